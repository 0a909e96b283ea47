import type { Failpoint } from '@ctrl-alt-play/protocol'
import type { FastifyBaseLogger } from 'fastify'
import type { AgentKeysRepo } from './agent-keys.repo.ts'
import type { Arrivals } from './arrivals.ts'
import type { CatchUp } from './catch-up.ts'
import type { CommandsRepo } from './commands.repo.ts'
import type { LinkConsoleHub } from './console-hub.ts'
import type { ConsoleStore } from './console-store.ts'
import type { Audit, PanelEvents, WantedStates } from './contract.ts'
import type { Heartbeats } from './heartbeats.ts'
import type { Liveness } from './liveness.ts'
import type { NodeFacts } from './node-facts.ts'
import type { NodeSessionsRepo } from './node-sessions.repo.ts'
import type { LinkOutbox } from './outbox.ts'
import type { AgentRegistry } from './registry.ts'
import type { SecurityNotes } from './security-notes.ts'
import type { ServerEventsRepo } from './server-events.repo.ts'
import type { Settle } from './settle.ts'
import type { StatusesRepo } from './statuses.repo.ts'
import type { Statuses } from './statuses.ts'
import type { LinkTiming } from './timing.ts'

/** What every session shares. */
export interface SessionServices {
  catchUp: CatchUp
  arrivals: Arrivals
  registry: AgentRegistry
  outbox: LinkOutbox
  settle: Settle
  states: WantedStates
  statuses: Statuses
  heartbeats: Heartbeats
  liveness: Liveness
  consoleStore: ConsoleStore
  consoleHub: LinkConsoleHub
  facts: NodeFacts
  commands: CommandsRepo
  statusesRepo: StatusesRepo
  nodes: NodeSessionsRepo
  keys: AgentKeysRepo
  serverEvents: ServerEventsRepo
  events: PanelEvents
  audit: Pick<Audit, 'note'>
  note: SecurityNotes
  timing: LinkTiming
  now: () => number
  log: FastifyBaseLogger
  failpoint?: Failpoint | undefined
}
