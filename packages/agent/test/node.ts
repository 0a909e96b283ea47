import { randomUUID } from 'node:crypto'
import { pino } from 'pino'
import type { Test } from 'tap'
import { systemClock } from '../src/clock.ts'
import { type Consoles, createConsoles } from '../src/console/consoles.ts'
import { createReconciler, type Reconciler } from '../src/reconcile/reconciler.ts'
import { defaultTiming, type Timing } from '../src/reconcile/timing.ts'
import { type AgentState, openState } from '../src/state/state.ts'
import { createMemoryDriver, type MemoryDriver } from './memory-driver.ts'
import { quickFolder } from './quick-folder.ts'
import { until } from './until.ts'

/** Everything that takes seconds on a real node, in milliseconds. */
export const quickTiming: Timing = {
  ...defaultTiming,
  relistMs: 200,
  eventsRetryMs: 20,
  judgeAfterMs: 10,
  explainWithinMs: 100,
  firstRestartMs: 30,
  lastRestartMs: 200,
  firstRetryMs: 30,
  lastRetryMs: 100,
  wantedRetryMs: 20,
  enginePatienceMs: 300,
  yieldAfterMs: 100,
  progressEveryMs: 5
}

export const quiet = pino({ enabled: false })

/** A reconciler with real state on disk, over an engine in memory. */
export interface TestNode {
  driver: MemoryDriver
  reconciler: Reconciler
  /** What people would be told: "<code>" of each event, by server. */
  told: { serverId: string; code: string; message: string }[]
  /** The state of a server as it is reported. */
  state(serverId: string): string | undefined
  disk: AgentState
  consoles: Consoles
  untilState(serverId: string, state: string): Promise<void>
  /** Ends it as a crash of the agent would: nothing is said or stopped. */
  end(): Promise<void>
}

export interface TestNodeOptions {
  dir?: string
  driver?: MemoryDriver
  timing?: Partial<Timing>
  bootId?: string
  shipEveryMs?: number
}

export async function startNode(t: Test, options: TestNodeOptions = {}): Promise<TestNode> {
  const { driver = createMemoryDriver(), bootId = 'boot-1' } = options
  const timing = { ...quickTiming, ...options.timing }
  const dir = options.dir ?? (await quickFolder(t))
  const disk = await openState(dir, { log: quiet, clock: systemClock })
  const told: TestNode['told'] = []
  const consoles = createConsoles({
    driver,
    log: quiet,
    clock: systemClock,
    cursors: disk.cursors,
    drainTimeoutMs: timing.drainTimeoutMs,
    shipEveryMs: options.shipEveryMs ?? 5,
    onReady: (serverId, containerId) => reconciler.markReady(serverId, containerId),
    onEnd: () => void reconciler.refresh()
  })
  const reconciler = createReconciler({
    driver,
    log: quiet,
    clock: systemClock,
    timing,
    bootId,
    wanted: disk.wanted,
    notes: disk.notes,
    consoles,
    onChange: () => undefined,
    onOrphans: () => undefined,
    tell: (serverId, code, message) => told.push({ serverId, code, message })
  })
  const ending = new AbortController()
  const running = reconciler.run(ending.signal)
  const node: TestNode = {
    driver,
    reconciler,
    told,
    disk,
    consoles,
    state: serverId => reconciler.view(serverId)?.report.state,
    async untilState(serverId, wanted) {
      await until(`${wanted}, not ${node.state(serverId)}`, () => node.state(serverId) === wanted)
    },
    async end() {
      ending.abort()
      await running
      await consoles.close()
      await disk.close()
    }
  }
  t.teardown(() => node.end().catch(() => undefined))
  return node
}

export const newId = (): string => randomUUID()
