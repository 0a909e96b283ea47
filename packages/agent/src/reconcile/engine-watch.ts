import type { Orphan } from '@ctrl-alt-play/protocol'
import type { Logger } from 'pino'
import { pause, withDeadline } from '../deadline.ts'
import type { Container, Driver, EngineEvent, Found } from '../runtime/driver.ts'
import { DriverError } from '../runtime/driver-error.ts'
import { isUp } from './plan.ts'
import type { Timing } from './timing.ts'

/** What Docker shows, as fresh as its events, and whether it answers at all. */
export interface EngineWatch {
  /** Until the signal aborts. */
  run(signal: AbortSignal): Promise<void>
  /** Resolves once a list has been tried that was begun after this call. Never rejects. */
  refresh(): Promise<void>
  /** Docker has been heard at least once. */
  isKnown(): boolean
  problem(): EngineProblem | null
  /** Counts the times that Docker was lost. */
  outages(): number
  liveRestore(): boolean
  /** Docker was asked, lately and since its newest start, to send a signal to the container. */
  wasKilled(containerId: string): boolean
  containerOf(serverId: string): Container | undefined
  containers(): Container[]
  /** What carries our marks and is not ours to touch. */
  orphans(): Orphan[]
}

export interface EngineProblem {
  message: string
  sinceMs: number
}

export interface EngineWatchOptions {
  driver: Driver
  log: Logger
  timing: Timing
  nowMs(): number
  /** After each list that was tried, whether it worked or not: of which servers something may be new. */
  onChange(servers: ReadonlySet<string> | 'all'): void
}

/** A signal explains an exit that follows within so long. */
const KILL_COUNTS_MS = 60_000
/** After these an earlier signal explains nothing any more. */
const gone: ReadonlySet<EngineEvent['action']> = new Set(['start', 'destroy'])

export function createEngineWatch(options: EngineWatchOptions): EngineWatch {
  const { driver, log, timing, nowMs, onChange } = options
  let found = new Map<string, Container>()
  let orphans: Orphan[] = []
  let isKnown = false
  let problem: EngineProblem | null = null
  let outages = 0
  let liveRestore = false
  let isLiveRestoreKnown = false
  const killedAtMs = new Map<string, number>()
  /** Servers by the container that an event told of since the newest list was begun. */
  let touched = new Map<string, string>()
  /** Nothing of what was shown before counts. */
  let isAllOld = true
  let listing: Promise<void> | undefined
  let next: Promise<void> | undefined

  async function list(): Promise<void> {
    const told = touched
    const known = isAllOld ? undefined : withoutKeys(byId(found), told)
    touched = new Map()
    isAllOld = false
    try {
      const late = (): Error => new DriverError('ENGINE_UNAVAILABLE', 'it takes too long')
      const before = found
      show(await withDeadline(look(known), timing.listTimeoutMs, late))
      onChange(known ? new Set([...told.values(), ...differing(before, found)]) : 'all')
    } catch (err) {
      lose(err)
      onChange('all')
    }
  }

  async function look(known?: ReadonlyMap<string, Container>): Promise<Found> {
    const seen = await driver.list(known)
    if (isLiveRestoreKnown) return seen
    const info = await driver.info()
    liveRestore = info.liveRestore
    isLiveRestoreKnown = true
    return seen
  }

  function show(seen: Found): void {
    if (problem) log.info('docker answers again')
    const sorted = sort(seen)
    found = sorted.containers
    orphans = sorted.orphans
    isKnown = true
    problem = null
  }

  function lose(err: unknown): void {
    const message = err instanceof Error ? err.message : String(err)
    if (!problem) {
      outages++
      log.warn({ err }, 'docker does not answer')
    }
    problem = { message, sinceMs: problem?.sinceMs ?? nowMs() }
    isLiveRestoreKnown = false
    isAllOld = true
  }

  function refresh(): Promise<void> {
    if (!listing) {
      listing = list().finally(() => {
        listing = undefined
      })
      return listing
    }
    next ??= listing.then(() => {
      next = undefined
      return refresh()
    })
    return next
  }

  async function followEvents(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        for await (const event of driver.events(signal)) {
          log.debug({ event }, 'docker event')
          if (event.action === 'kill') killedAtMs.set(event.containerId, nowMs())
          if (gone.has(event.action)) killedAtMs.delete(event.containerId)
          touched.set(event.containerId, event.serverId)
          void refresh()
        }
      } catch (err) {
        log.debug({ err }, 'docker events broke off')
      }
      if (signal.aborted) return
      // A stream ends only with the engine: whatever died meanwhile may have died with it.
      if (!problem) outages++
      isLiveRestoreKnown = false
      await pause(timing.eventsRetryMs, signal)
      isAllOld = true
      await refresh()
    }
  }

  async function relist(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      isAllOld = true
      await refresh()
      await pause(problem ? Math.min(timing.relistMs, 5_000) : timing.relistMs, signal)
    }
  }

  return {
    async run(signal) {
      const aborted = new Promise(resolve => signal.addEventListener('abort', resolve))
      await Promise.race([Promise.all([followEvents(signal), relist(signal)]), aborted])
    },
    refresh,
    isKnown: () => isKnown,
    problem: () => problem,
    outages: () => outages,
    liveRestore: () => liveRestore,
    wasKilled(containerId) {
      const atMs = killedAtMs.get(containerId)
      return atMs !== undefined && nowMs() - atMs < KILL_COUNTS_MS
    },
    containerOf: serverId => found.get(serverId),
    containers: () => [...found.values()],
    orphans: () => orphans
  }
}

function byId(containers: ReadonlyMap<string, Container>): Map<string, Container> {
  return new Map([...containers.values()].map(container => [container.id, container]))
}

function withoutKeys<V>(map: Map<string, V>, others: ReadonlyMap<string, unknown>): Map<string, V> {
  for (const key of others.keys()) map.delete(key)
  return map
}

/** Servers whose container was asked about anew, came or went. */
function differing(
  before: ReadonlyMap<string, Container>,
  after: ReadonlyMap<string, Container>
): string[] {
  const servers = [...before.keys(), ...after.keys()]
  return servers.filter(serverId => before.get(serverId) !== after.get(serverId))
}

/** One container for each server: the one that runs, else the newest. Of others it is only told. */
function sort(seen: Found): { containers: Map<string, Container>; orphans: Orphan[] } {
  const containers = new Map<string, Container>()
  const orphans = [...seen.orphans]
  for (const container of [...seen.containers].sort(byWorth)) {
    if (containers.has(container.serverId)) orphans.push(second(container))
    else containers.set(container.serverId, container)
  }
  return { containers, orphans }
}

function byWorth(a: Container, b: Container): number {
  return Number(isUp(b)) - Number(isUp(a)) || b.restartSeq - a.restartSeq
}

function second(container: Container): Orphan {
  const { id: containerId, name } = container
  const reason = `A second container of server ${container.serverId}.`
  return { containerId, name, image: '', running: isUp(container), reason }
}
