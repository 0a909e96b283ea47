import type { ServerReport } from '@ctrl-alt-play/protocol'
import type { Calls } from './calls.ts'
import type { Fence } from './commands.repo.ts'
import type { Dispatcher } from './dispatcher.ts'
import type { AgentWire } from './wire.ts'

/** One authenticated connection of a node, from its welcome to its end. */
export interface AgentSession extends Fence {
  readonly kid: string
  /** The node's key was seen in two places: nothing is done there or believed. */
  readonly quarantined: boolean
  readonly wire: AgentWire
  readonly dispatcher: Dispatcher
  readonly calls: Calls
  /** The newest report of each server of which the node has spoken in this session. */
  readonly reports: ReadonlyMap<string, ServerReport>
  /** It has told what it has and heard what is wanted: it takes commands and calls. */
  isReady(): boolean
  /** Something came from it: it lives. */
  hear(): void
  end(code: number, reason: string): void
  tick(nowMs: number): void
}

/** Who is connected; the session with the highest epoch counts. */
export interface AgentRegistry {
  /** False when a newer session of the node is here already. Answers the one that it replaces. */
  attach(session: AgentSession): { attached: boolean; replaced?: AgentSession }
  /** False when another session has taken its place. */
  detach(session: AgentSession): boolean
  get(nodeId: string): AgentSession | undefined
  ready(nodeId: string): AgentSession | undefined
  all(): IterableIterator<AgentSession>
  count(): number
}

export function createRegistry(): AgentRegistry {
  const sessions = new Map<string, AgentSession>()
  return {
    attach(session) {
      const current = sessions.get(session.nodeId)
      if (current && current.epoch > session.epoch) return { attached: false }
      sessions.set(session.nodeId, session)
      return current ? { attached: true, replaced: current } : { attached: true }
    },
    detach(session) {
      const isCurrent = sessions.get(session.nodeId) === session
      if (isCurrent) sessions.delete(session.nodeId)
      return isCurrent
    },
    get: nodeId => sessions.get(nodeId),
    ready(nodeId) {
      const session = sessions.get(nodeId)
      return session?.isReady() ? session : undefined
    },
    all: () => sessions.values(),
    count: () => sessions.size
  }
}
