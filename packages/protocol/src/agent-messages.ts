import { Type } from '@sinclair/typebox'
import { CommandOutcome, CommandProgress } from './commands.ts'
import { EngineInfo, MachineFacts, NodeResources } from './node-report.ts'
import { Base64Of32, Base64Of64, Epoch, KeyId, ProtocolRange, ShortText, Uuid } from './parts.ts'
import { Orphan, ServerEvent, ServerReport, ServerStats } from './server-report.ts'

/** A command that the panel has not yet confirmed, as the agent's journal knows it. */
const OpenCommand = Type.Object({
  id: Uuid,
  state: Type.Union([Type.Literal('RECEIVED'), Type.Literal('STARTED'), Type.Literal('DONE')]),
  outcome: Type.Optional(CommandOutcome)
})

/** What an agent says to the panel. */
export const agentMessages = {
  auth: Type.Object({
    nodeId: Uuid,
    kid: KeyId,
    agentNonce: Base64Of32,
    /** Made anew at each start of the agent: tells a restart from a twin. */
    instanceId: Uuid,
    bootId: ShortText,
    lastEpoch: Epoch,
    protocol: ProtocolRange,
    signature: Base64Of64
  }),
  hello: Type.Object({
    machine: MachineFacts,
    features: Type.Array(ShortText, { maxItems: 64 }),
    docker: Type.Union([EngineInfo, Type.Null()]),
    journal: Type.Object({ lastSeq: Type.Integer({ minimum: 0 }), lost: Type.Boolean() }),
    clock: Type.Object({ wallMs: Type.Number(), monotonicMs: Type.Number() })
  }),
  /** All that the node knows, in parts; the last part says so. */
  snapshot: Type.Object({
    servers: Type.Array(ServerReport, { maxItems: 1_000 }),
    commands: Type.Array(OpenCommand, { maxItems: 1_000 }),
    orphans: Type.Array(Orphan, { maxItems: 100 }),
    last: Type.Boolean()
  }),
  /** What has changed since. `orphans`, when given, is the whole new list. */
  report: Type.Object({
    servers: Type.Array(ServerReport, { maxItems: 1_000 }),
    orphans: Type.Optional(Type.Array(Orphan, { maxItems: 100 }))
  }),
  heartbeat: Type.Object({
    resources: NodeResources,
    /** `digestOf` the newest reports: the panel asks for a snapshot when its own differs. */
    digest: Type.Optional(Type.String({ maxLength: 64 }))
  }),
  stats: Type.Object({ servers: Type.Array(ServerStats, { maxItems: 200 }) }),
  events: Type.Object({ events: Type.Array(ServerEvent, { maxItems: 100 }) }),
  'command.ack': Type.Object({ id: Uuid }),
  'command.progress': Type.Object({ id: Uuid, progress: CommandProgress }),
  'command.result': Type.Object({ id: Uuid, outcome: CommandOutcome }),
  reply: Type.Union([
    Type.Object({ to: ShortText, ok: Type.Literal(true), result: Type.Unknown() }),
    Type.Object({
      to: ShortText,
      ok: Type.Literal(false),
      code: Type.String({ pattern: '^[A-Z_]{1,64}$' }),
      message: Type.String({ maxLength: 2_000 })
    })
  ]),
  'key.rotate': Type.Object({
    publicKey: Base64Of32,
    signatureOld: Base64Of64,
    signatureNew: Base64Of64
  })
}
