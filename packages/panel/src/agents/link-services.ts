import { absentReport, closeCodes, type Failpoint } from '@ctrl-alt-play/protocol'
import type { FastifyBaseLogger } from 'fastify'
import type { Database } from '../db/client.ts'
import { createAgentKeysRepo } from './agent-keys.repo.ts'
import { createArrivals } from './arrivals.ts'
import { createCatchUp } from './catch-up.ts'
import { type CommandRow, toCommandView } from './command-row.ts'
import { createCommandsRepo, type Fence } from './commands.repo.ts'
import { createConsoleRepo } from './console.repo.ts'
import { createConsoleHub } from './console-hub.ts'
import { createConsoleStore } from './console-store.ts'
import type { Audit, PanelEvents, ServerLifecycle, WantedStates } from './contract.ts'
import { createHeartbeats } from './heartbeats.ts'
import { createKeyedQueue, type KeyedQueue } from './keyed-queue.ts'
import { createLiveness } from './liveness.ts'
import { createNodeFacts } from './node-facts.ts'
import { createNodeSessionsRepo } from './node-sessions.repo.ts'
import { createOutbox } from './outbox.ts'
import { createRegistry } from './registry.ts'
import { createSecurityNotes } from './security-notes.ts'
import { createServerEventsRepo } from './server-events.repo.ts'
import type { SessionServices } from './session-services.ts'
import { createSettle } from './settle.ts'
import { createStatusesRepo } from './statuses.repo.ts'
import { createStatuses } from './statuses.ts'
import type { LinkTiming } from './timing.ts'

export interface ServicesDeps {
  db: Database
  wanted: WantedStates
  lifecycle: ServerLifecycle
  audit: Audit
  events: PanelEvents
  log: FastifyBaseLogger
  now: () => number
  timing: LinkTiming
  failpoint?: Failpoint | undefined
}

/** Makes what all sessions share, each part with what it needs of the others. */
export function createServices(deps: ServicesDeps): SessionServices & { queue: KeyedQueue } {
  const { db, lifecycle, audit, events, log, now, timing, failpoint } = deps
  const { wanted: states } = deps
  const { pool, transaction } = db
  const registry = createRegistry()
  const queue = createKeyedQueue()
  const commands = createCommandsRepo(pool)
  const nodes = createNodeSessionsRepo(pool)
  const statusesRepo = createStatusesRepo(pool)
  const consoleRepo = createConsoleRepo(pool)

  const settle = createSettle({ transaction, commands, lifecycle, onFinished, failpoint })
  const arrivals = createArrivals({ commands, nodes, statusesRepo })
  const outbox = createOutbox({
    ...{ arrivals, commands, settle, states, registry, queue, log, failpoint }
  })
  const { pushWanted } = outbox
  const statuses = createStatuses({ repo: statusesRepo, events, lifecycle, pushWanted, log })
  const { lastSeenMs } = timing
  const heartbeats = createHeartbeats({ repo: nodes, lastSeenMs, now, onSuperseded, log })
  const consoleStore = createConsoleStore({ repo: consoleRepo, log })
  events.subscribe(event => {
    if (event.type === 'server.deleted') consoleStore.forget(event.serverId)
  })
  const parts = { events, audit, log, timing, now, failpoint }
  const liveness = createLiveness({
    ...parts,
    repo: nodes,
    onSuspect: heartbeats.hurry,
    onUnreachable: fence => endOf(fence, closeCodes.unresponsive, 'nothing was heard for too long')
  })

  function endOf({ nodeId, epoch }: Fence, code: number, reason: string): void {
    const session = registry.get(nodeId)
    if (session?.epoch === epoch) session.end(code, reason)
  }

  function onSuperseded(fence: Fence): void {
    endOf(fence, closeCodes.superseded, 'a newer session of this node exists')
  }

  function onFinished(
    command: CommandRow,
    { ownerId, neverRan }: { ownerId?: string; neverRan: boolean }
  ): void {
    const { nodeId, serverId, kind } = command
    events.publish({ type: 'command', command: toCommandView(command) })
    outbox.finished(command)
    if (!serverId) return
    if (ownerId) events.publish({ type: 'server.deleted', serverId, ownerId })
    const isInstall = kind === 'install' || kind === 'reinstall'
    if (isInstall) showAgain(nodeId, serverId)
    if (!isInstall && !neverRan) return
    // What is wanted may have changed with it, by the undoing or by the install's sequel.
    outbox.pushWanted(nodeId, serverId).catch(err => {
      log.warn({ err, nodeId, serverId }, 'the node hears what is wanted when it connects again')
    })
  }

  /** While an install was open it hid what the node reported. */
  function showAgain(nodeId: string, serverId: string): void {
    const session = registry.get(nodeId)
    if (!session || session.quarantined) return
    statuses.offer(session, [session.reports.get(serverId) ?? absentReport(serverId)])
  }

  return {
    ...parts,
    ...{ registry, queue, commands, settle, states, outbox, statuses, heartbeats, liveness },
    ...{ nodes, statusesRepo, arrivals, consoleStore },
    catchUp: createCatchUp(pool),
    keys: createAgentKeysRepo(pool),
    serverEvents: createServerEventsRepo(pool),
    consoleHub: createConsoleHub({ repo: consoleRepo, registry, log }),
    facts: createNodeFacts(now),
    note: createSecurityNotes(audit, now)
  }
}
