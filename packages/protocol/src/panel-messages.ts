import { Type } from '@sinclair/typebox'
import {
  Base64Of32,
  Base64Of64,
  ConsolePosition,
  Epoch,
  KeyId,
  ProtocolRange,
  ShortText,
  Uuid
} from './parts.ts'
import { WantedServer } from './server-spec.ts'

const Seconds = Type.Number({ minimum: 0, maximum: 3_600 })
const StreamId = Type.Integer({ minimum: 1, maximum: 2 ** 32 - 1 })

/** What the panel says to an agent. */
export const panelMessages = {
  challenge: Type.Object({
    panelId: Uuid,
    panelNonce: Base64Of32,
    protocol: ProtocolRange,
    nowMs: Type.Number()
  }),
  welcome: Type.Object({
    epoch: Epoch,
    protocol: Type.Integer({ minimum: 1 }),
    heartbeatSeconds: Seconds,
    /** After losing a healthy session wait up to so long before dialling again. */
    spreadSeconds: Seconds,
    features: Type.Array(ShortText, { maxItems: 64 }),
    signature: Base64Of64
  }),
  /**
   * What should be true. With `full` it is a part of the whole set (`last` ends it): what must go is listed
   * as ABSENT, what is not listed is reported and left alone. Without `full` it is changes.
   */
  wanted: Type.Object({
    full: Type.Boolean(),
    last: Type.Boolean(),
    servers: Type.Array(WantedServer, { maxItems: 1_000 })
  }),
  command: Type.Object({
    id: Uuid,
    epoch: Epoch,
    kind: Type.String({ maxLength: 64 }),
    serverId: Type.Union([Uuid, Type.Null()]),
    payload: Type.Unknown(),
    /** How much longer the agent may take before it has to begin. */
    ttlMs: Type.Number({ minimum: 0 })
  }),
  'command.cancel': Type.Object({ id: Uuid, epoch: Epoch }),
  /** The outcomes are stored: the agent may forget them. */
  'command.confirm': Type.Object({ ids: Type.Array(Uuid, { maxItems: 1_000 }) }),
  /** A panel of before says no epoch. */
  call: Type.Object({
    epoch: Type.Optional(Epoch),
    method: Type.String({ maxLength: 64 }),
    params: Type.Unknown()
  }),
  'console.watch': Type.Object({
    streamId: StreamId,
    serverId: Uuid,
    from: ConsolePosition,
    creditBytes: Type.Integer({ minimum: 1, maximum: 1_048_576 }),
    /** Nothing is to be missed: the log is read no faster than this stream goes on. Else what is new matters more. */
    whole: Type.Optional(Type.Boolean())
  }),
  'console.credit': Type.Object({
    streamId: StreamId,
    bytes: Type.Integer({ minimum: 1, maximum: 1_048_576 })
  }),
  'console.unwatch': Type.Object({ streamId: StreamId }),
  /** The console is stored up to here: the agent moves its cursor. */
  'console.stored': Type.Object({ serverId: Uuid, position: ConsolePosition }),
  'events.stored': Type.Object({ seq: Type.Integer({ minimum: 1 }) }),
  pace: Type.Object({ heartbeatSeconds: Seconds }),
  'snapshot.request': Type.Object({}),
  /** The new key is known; the next authentication with it retires the old one. */
  'key.accepted': Type.Object({ kid: KeyId, publicKey: Base64Of32 }),
  goaway: Type.Object({ spreadSeconds: Seconds, reason: ShortText })
}
