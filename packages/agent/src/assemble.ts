import type { Failpoint } from '@ctrl-alt-play/protocol'
import type { Logger } from 'pino'
import { type Clock, systemClock } from './clock.ts'
import { createDeleteHandler } from './commands/delete.ts'
import { type Commands, createCommands } from './commands/dispatch.ts'
import { createInstallHandler } from './commands/install.ts'
import { createPowerHandlers } from './commands/power.ts'
import { createReach } from './commands/reach.ts'
import { createConsoles } from './console/consoles.ts'
import type { Vitals } from './host/vitals.ts'
import { createEventLog } from './link/events.ts'
import type { LinkState } from './link/one-session.ts'
import { createPanelLink, type LinkSettings } from './link/panel-link.ts'
import { createReporter } from './link/reporter.ts'
import type { Uplink } from './link/uplink.ts'
import { createReconciler } from './reconcile/reconciler.ts'
import { defaultTiming, type Timing } from './reconcile/timing.ts'
import type { Driver } from './runtime/driver.ts'
import type { Credentials } from './state/credentials.ts'
import type { AgentState } from './state/state.ts'

export interface AgentParts {
  credentials: Credentials
  /** Durable once resolved. */
  saveCredentials(next: Credentials): Promise<void>
  state: AgentState
  /** Made anew at each start of the agent. */
  instanceId: string
  bootId: string
  driver: Driver
  vitals: Vitals
  log: Logger
  signal: AbortSignal
  clock?: Clock
  /** Shorter ones for tests. */
  timing?: Partial<Timing>
  link?: LinkSettings
  /** The link to the panel has come or gone. */
  onLink?(state: LinkState): void
  failpoint?: Failpoint | undefined
}

export interface Agent {
  /** What people on the machine may ask. */
  status(): AgentStatus
  /** Servers at whose console somebody looks now. */
  watched(): Set<string>
  /** Resolves when the signal has aborted and everything is on disk. Games run on. */
  ended: Promise<void>
}

export interface AgentStatus {
  link: LinkState
  docker: { answers: boolean; problem: string | null }
  servers: { serverId: string; desired: string; state: string; reason: string | null }[]
}

/** Wires the parts together. Nothing else in the agent knows more than its neighbours. */
export async function assembleAgent(options: AgentParts): Promise<Agent> {
  const { credentials, saveCredentials, state, driver, vitals, log, signal } = options
  const { instanceId, bootId, failpoint } = options
  const clock = options.clock ?? systemClock
  const timing = { ...defaultTiming, ...options.timing }

  const send: Uplink = (type, body) => link.send(type, body)
  const events = createEventLog(send)
  const reporter = createReporter(send)
  const consoles = createConsoles({
    driver,
    log,
    clock,
    cursors: state.cursors,
    drainTimeoutMs: timing.drainTimeoutMs,
    onReady: (serverId, containerId) => reconciler.markReady(serverId, containerId),
    onEnd: () => void reconciler.refresh()
  })
  const reconciler = createReconciler({
    driver,
    log,
    clock,
    timing,
    bootId,
    failpoint,
    wanted: state.wanted,
    notes: state.notes,
    consoles,
    onChange: view => reporter.update(view.report),
    onOrphans: orphans => reporter.updateOrphans(orphans),
    tell: events.tell
  })
  const reach = createReach({ reconciler, clock, timing })
  const install = createInstallHandler({
    reconciler,
    reach,
    onLine: consoles.insert,
    tell: events.tell
  })
  const commands: Commands = createCommands({
    journal: state.journal,
    handlers: {
      ...createPowerHandlers(reconciler, reach),
      install,
      reinstall: install,
      delete: createDeleteHandler(reconciler, reach)
    },
    send,
    log,
    clock,
    timing,
    bootId,
    failpoint,
    wantedOf: state.wanted.get,
    onDeleted: forget
  })
  const link = createPanelLink({
    ...options.link,
    credentials,
    saveCredentials,
    lastEpoch: state.lastEpoch,
    instanceId,
    bootId,
    log,
    signal,
    failpoint,
    parts: { commands, consoles, events, reporter, reconciler, vitals, forget },
    journal: state.journal,
    driver,
    ...(options.onLink && { onState: options.onLink })
  })

  async function forget(serverId: string): Promise<void> {
    await reconciler.forget(serverId)
    await consoles.forget(serverId)
    reporter.forget(serverId)
    events.forget(serverId)
  }

  for (const view of reconciler.views()) reporter.update(view.report)
  const working = reconciler.run(signal)
  signal.addEventListener('abort', commands.close, { once: true })
  await commands.recover()
  const linked = link.run()

  return {
    ended: Promise.all([working, linked]).then(async () => {
      reporter.close()
      events.close()
      await consoles.close()
      await state.close()
    }),
    watched: consoles.watched,
    status: () => ({
      link: link.state(),
      docker: {
        answers: reconciler.isEngineKnown() && !reconciler.engineProblem(),
        problem: reconciler.engineProblem()?.message ?? null
      },
      servers: reconciler.views().map(({ wanted: { serverId, desired }, report }) => {
        return { serverId, desired, state: report.state, reason: report.reason }
      })
    })
  }
}
