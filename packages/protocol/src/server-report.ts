import { type Static, Type } from '@sinclair/typebox'
import { Sentence, ShortText, Timestamp, Uuid } from './parts.ts'

export const ServerState = Type.Union([
  Type.Literal('ABSENT'),
  Type.Literal('INSTALLING'),
  Type.Literal('INSTALL_FAILED'),
  Type.Literal('STOPPED'),
  Type.Literal('STARTING'),
  Type.Literal('RUNNING'),
  Type.Literal('STOPPING'),
  Type.Literal('CRASHED')
])
export type ServerState = Static<typeof ServerState>

/** What a node found to be true of one server, from Docker and not from memory. */
export const ServerReport = Type.Object({
  serverId: Uuid,
  state: ServerState,
  /** The wanted generation that the node has heard of. */
  generation: Type.Integer({ minimum: 0 }),
  restartSeq: Type.Integer({ minimum: 0 }),
  containerId: Type.Union([Type.String({ pattern: '^[0-9a-f]{12,64}$' }), Type.Null()]),
  startedAt: Type.Union([Timestamp, Type.Null()]),
  exitCode: Type.Union([Type.Integer({ minimum: -1, maximum: 255 }), Type.Null()]),
  oomKilled: Type.Boolean(),
  crashCount: Type.Integer({ minimum: 0 }),
  /** The game ended by itself and in order: it is not to be started again. */
  endedByItself: Type.Boolean(),
  /** The container was made from an older spec than the wanted one. */
  pendingRestart: Type.Boolean(),
  /** Why it is so, in words for people. */
  reason: Type.Union([Sentence, Type.Null()])
})
export type ServerReport = Static<typeof ServerReport>

/** What is true of a server that its node does not name: nothing of it is there. */
export function absentReport(serverId: string): ServerReport {
  return {
    serverId,
    state: 'ABSENT',
    generation: 0,
    restartSeq: 0,
    containerId: null,
    startedAt: null,
    exitCode: null,
    oomKilled: false,
    crashCount: 0,
    endedByItself: false,
    pendingRestart: false,
    reason: null
  }
}

export const ServerStats = Type.Object({
  serverId: Uuid,
  at: Timestamp,
  cpuPercent: Type.Number({ minimum: 0 }),
  memoryMiB: Type.Number({ minimum: 0 }),
  networkRxBytes: Type.Number({ minimum: 0 }),
  networkTxBytes: Type.Number({ minimum: 0 }),
  diskMiB: Type.Number({ minimum: 0 }),
  uptimeSeconds: Type.Number({ minimum: 0 })
})
export type ServerStats = Static<typeof ServerStats>

/** A container that carries our name or labels and that nobody wants. It is reported and left alone. */
export const Orphan = Type.Object({
  containerId: Type.String({ maxLength: 64 }),
  name: ShortText,
  image: Type.String({ maxLength: 512 }),
  running: Type.Boolean(),
  reason: Sentence
})
export type Orphan = Static<typeof Orphan>

/** Something that happened to a server and that a person may want to read later. `seq` grows within one agent instance. */
export const ServerEvent = Type.Object({
  seq: Type.Integer({ minimum: 1 }),
  serverId: Uuid,
  at: Timestamp,
  code: Type.String({ pattern: '^[A-Z_]{1,64}$' }),
  message: Sentence
})
export type ServerEvent = Static<typeof ServerEvent>
