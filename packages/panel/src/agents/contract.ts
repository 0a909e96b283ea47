import type {
  CommandKind,
  EngineInfo,
  InstallScript,
  NodeResources,
  ServerStats,
  WantedServer
} from '@ctrl-alt-play/protocol'
import type { PrismaClient } from '../db/generated/client.ts'

/**
 * What the features ask of the link and what the link asks of the features.
 * The link (this folder) implements the first part; `app.ts` hands in the second.
 */

/** A transaction of Prisma's, or the client itself. */
export type Queries = Pick<
  PrismaClient,
  'command' | 'server' | 'node' | 'auditLog' | '$queryRaw' | '$executeRaw'
>

export interface NewCommand {
  nodeId: string
  serverId: string
  kind: CommandKind
  /** Stored with the row. `desired`, `generation`, `restartSeq` are of the act itself; `previousDesired` undoes it when it never begins. */
  payload: {
    desired: 'RUNNING' | 'STOPPED' | 'ABSENT'
    generation: number
    restartSeq: number
    previousDesired: 'RUNNING' | 'STOPPED' | 'ABSENT'
    /** As it was before the act: one that asks for what already runs leaves it alone. */
    previousRestartSeq?: number
    wipe?: boolean
  }
  actorId: string | null
  idempotencyKey?: string
  traceId?: string
  /** How long it may wait for its node: short for one that is online, long when the caller asked to queue. */
  ttlMs: number
}

export interface CommandView {
  id: string
  nodeId: string
  serverId: string | null
  kind: string
  status:
    | 'QUEUED'
    | 'DISPATCHED'
    | 'ACKED'
    | 'RUNNING'
    | 'SUCCEEDED'
    | 'FAILED'
    | 'UNKNOWN'
    | 'EXPIRED'
    | 'CANCELLED'
  createdAt: Date
  startedAt: Date | null
  finishedAt: Date | null
  errorCode: string | null
  errorMessage: string | null
  progress: unknown
  result: unknown
  actorId: string | null
}

export type CancelNote = (
  tx: Queries,
  change: { before: CommandView; after: CommandView }
) => Promise<void>

/** The durable acts: a row first, then the wire. */
export interface Outbox {
  /**
   * Inserts the rows inside the caller's transaction; undefined where the actor has a command with that
   * idempotency key. Nothing is sent before `wake`.
   */
  enqueue(tx: Queries, commands: NewCommand[]): Promise<(CommandView | undefined)[]>
  /** Call it after the commit. A lost call costs latency: the sweeper finds the row within 2 s. */
  wake(nodeId: string): void
  find(id: string): Promise<CommandView | undefined>
  listOfServer(serverId: string, page: { limit: number; before?: string }): Promise<CommandView[]>
  /** Resolves with the command once it is final, or as it is at the deadline. */
  settled(id: string, waitMs: number): Promise<CommandView | undefined>
  /**
   * QUEUED: cancelled at once (and what it wanted is undone). Later: the agent decides. `note` is called in
   * the same transaction, and not for a command that has ended.
   */
  cancel(id: string, note?: CancelNote): Promise<CommandView | undefined>
  /** Acts on that server that will not have happened leave it stopped, whatever it was before them. */
  leaveStopped(tx: Queries, serverId: string): Promise<void>
  /** An administrator gives the node up for lost: its open once-only commands become UNKNOWN. */
  abandon(nodeId: string): Promise<number>
}

export interface Agents {
  isOnline(nodeId: string): boolean
  /** Types one line into a game. Rejects with NodeOffline, or OutcomeUnknown when the link breaks in flight, ServerNotRunning, InputStalled, or AgentRefused. */
  sendInput(target: { nodeId: string; serverId: string }, line: string): Promise<void>
  /** Tells a connected node the newest wanted state of one server (after PATCH and the like). */
  pushWanted(nodeId: string, serverId: string): Promise<void>
  /** Ends the node's session at once (4403) and keeps its key out: call it after `revokedAt` is committed. */
  revoke(nodeId: string): void
  newestStats(serverId: string): ServerStats | undefined
  /** Known before the resources are. Null: no engine answers there. Undefined: it is not told yet. */
  newestEngine(nodeId: string): EngineInfo | null | undefined
  newestResources(nodeId: string): NodeResources | undefined
  /** Why the node's agent is turned away when it knocks. */
  refusal(nodeId: string): string | undefined
  /** Foreign or unwanted containers that the node reported. */
  orphans(
    nodeId: string
  ): { containerId: string; name: string; image: string; running: boolean; reason: string }[]
}

export interface ConsoleListener {
  lines(lines: { position: number; at: string; stream: 'stdout' | 'stderr'; line: string }[]): void
  gap(gap: { from: number; to: number }): void
  /** Bytes that wait to be passed on. */
  bufferedBytes(): number
  /** So many more arrive soon; 0: what is under way has to arrive first. */
  room(): number
  /** `then` is called whenever there may be room again. */
  onRoom(then: () => void): void
}

export interface ConsoleHub {
  /** Stored history from `after` on, then live lines, without a hole or a double. Answers the stop. */
  watch(
    server: { id: string; nodeId: string | null },
    after: number,
    listener: ConsoleListener
  ): () => void
  /** A page of the stored console. */
  read(
    serverId: string,
    after: number,
    limit: number
  ): Promise<{
    data: { position: number; at: string; stream: 'stdout' | 'stderr'; line: string }[]
    nextPosition: number
    gaps: { from: number; to: number }[]
  }>
}

/** What happened, for everyone in this process who wants to pass it on (browsers, waiting requests). */
export type PanelEvent =
  | {
      type: 'server.status'
      serverId: string
      nodeId: string | null
      status: string
      reason: string | null
      startedAt: string | null
    }
  | { type: 'server.stats'; serverId: string; stats: ServerStats }
  | { type: 'server.deleted'; serverId: string; ownerId?: string }
  | { type: 'node.status'; nodeId: string; status: string }
  | { type: 'command'; command: CommandView }
  /** A login, key or grant ended: whoever serves that user or login checks again at once. */
  | { type: 'access.changed'; userId?: string; sessionId?: string; serverId?: string }

export interface PanelEvents {
  publish(event: PanelEvent): void
  subscribe(listener: (event: PanelEvent) => void): () => void
}

/** What the features know and the link needs (features/servers/wanted.ts). */
export interface WantedStates {
  /** All servers of a node, those being deleted as ABSENT. */
  ofNode(nodeId: string): Promise<WantedServer[]>
  ofServer(serverId: string): Promise<WantedServer | undefined>
  /** The Alt's install script with this server's environment in the spec, or null. */
  installScript(serverId: string): Promise<InstallScript | null>
}

/**
 * Called by the link inside its own transaction `tx` when a command has ended (features/servers). Work
 * in `tx`: the link holds locks there. Should the commit fail, the call comes again.
 */
export interface ServerLifecycle {
  /**
   * install/reinstall ended: note it. start?: a server made with `start: true` is then wanted RUNNING.
   * `neverRan`: it ended before it began, so the files are as they were.
   */
  installEnded(
    serverId: string,
    outcome: { ok: boolean; reason: string | null; neverRan?: boolean },
    tx?: Queries
  ): Promise<void>
  /** delete ended well: the row goes, its allocations are free. The link publishes `server.deleted`. */
  deleted(serverId: string, tx?: Queries): Promise<void>
  /** The game ended by itself: what is wanted becomes STOPPED, unless something newer is wanted. */
  endedByItself(serverId: string, generation: number): Promise<void>
}

/** One line into the audit log, outside or inside a transaction. */
export interface AuditEntry {
  actorType: 'USER' | 'API_KEY' | 'AGENT' | 'SYSTEM'
  /** The user, also when it is the user's key. */
  actorId: string | null
  actorName: string | null
  /** The key that the user acted by. */
  apiKey?: { id: string; name: string }
  action: string
  targetType: string
  targetId: string | null
  ip: string | null
  before?: unknown
  after?: unknown
  requestId?: string
}

export interface Audit {
  write(tx: Queries, ...entries: AuditEntry[]): Promise<void>
  /** For what must not wait or fail with the audit log: batched, bounded, written within a second. */
  note(entry: AuditEntry): void
}
