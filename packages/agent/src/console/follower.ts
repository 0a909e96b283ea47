import { isDeepStrictEqual } from 'node:util'
import { type ConsoleLine, lengthOf } from '@ctrl-alt-play/protocol'
import type { Logger } from 'pino'
import { pause, withDeadline } from '../deadline.ts'
import type { Container, Driver, LogLine } from '../runtime/driver.ts'
import { createReadyWatch } from './ready.ts'
import type { PlacedLine, Resume } from './ring.ts'

type Source = Pick<Container, 'id' | 'tty' | 'startedAt'>

/** What is to be found in the output of a run. */
export interface Watched {
  /** Output from before this belongs to an earlier run. */
  beganNs: bigint
  /** The texts and expressions that mean "ready"; empty when there is nothing to find. */
  ready: readonly string[]
}

/** Reads the console of one server, container after container, and gives each line its position. */
export interface Follower {
  /** Reads on as long as the container runs. May be repeated. */
  followLive(container: Source, watched: Watched): void
  /** Reads what a container that has ended left behind. May be repeated. */
  readToEnd(container: Source, watched: Watched): Promise<void>
  /** Output that comes from no container's log. */
  insert(line: ConsoleLine): void
  head(): Resume
  /** Everything before this is known elsewhere: the next line comes no earlier. */
  jumpTo(position: number): void
  /** Later lines begin so much later, and what was printed before `sinceMs` is left out. */
  shift(by: number, sinceMs: number): void
  close(): void
}

export interface FollowerOptions {
  driver: Driver
  log: Logger
  from: Resume
  /** What it answers is waited for before more is read. */
  onLine(placed: PlacedLine): Promise<void> | undefined
  onReady(containerId: string): void
  /** Another log has begun: reading it starts here, also after a restart of the agent. */
  onSwitch(resume: Resume): void
  /** A log that was followed ended or broke off: somebody may look whether its container still runs. */
  onEnd(): void
}

interface Job {
  key: string
  /** It ends when the game does, or when somebody ends it. */
  isLive: boolean
  done: Promise<void>
  stop: AbortController
}

/** How long a log that should have ended may go on before the next one is read. */
const OVERDUE_MS = 2_000
/** How long reading to the end of a log may take. */
const READ_TIMEOUT_MS = 30_000
const RETRY_MS = 500
/** Looking for expressions may take so much time at once, and a tenth of all time: games share the agent. */
const SEARCH_MS = 10
const REST_FACTOR = 9

export function createFollower(options: FollowerOptions): Follower {
  const { driver, log } = options
  let head = options.from
  let watched: Watched = { beganNs: 0n, ready: [] }
  let watch = createReadyWatch(watched.ready)
  let searchedMs = 0
  let newest: Job | undefined
  let endedKey = ''
  let scannedKey = ''
  let leftOutBeforeMs = 0
  const closing = new AbortController()

  /** After what is being read now; the same job is not queued twice. */
  function queue(
    kind: 'scan' | 'live' | 'end',
    source: Source,
    work: (signal: AbortSignal) => Promise<void>
  ): Promise<void> {
    const key = `${kind} ${keyOf(source)}`
    if (newest?.key === key) return newest.done
    const before = newest
    const stop = new AbortController()
    const signal = AbortSignal.any([stop.signal, closing.signal])
    const job: Job = { key, isLive: kind === 'live', stop, done: run() }
    newest = job

    async function run(): Promise<void> {
      if (before) await endOf(before)
      const began = performance.now()
      try {
        if (!signal.aborted) await work(signal)
      } catch (err) {
        if (!signal.aborted) log.debug({ err, key }, 'log broke off')
      }
      if (newest === job) newest = undefined
      if (kind === 'live') void sayEnd(performance.now() - began)
    }
    return job.done
  }

  /** Not in a circle when a log ends at once again and again. */
  async function sayEnd(lastedMs: number): Promise<void> {
    if (lastedMs < RETRY_MS) await pause(RETRY_MS, closing.signal)
    if (!closing.signal.aborted) options.onEnd()
  }

  /** A live log that should have ended is not waited for any longer than a moment. */
  async function endOf(job: Job): Promise<void> {
    const late = (): Error => new Error('The log does not end.')
    const timeoutMs = job.isLive ? OVERDUE_MS : READ_TIMEOUT_MS
    await withDeadline(job.done, timeoutMs, late).catch(() => job.stop.abort())
    await job.done
  }

  async function read(source: Source, follow: boolean, signal: AbortSignal): Promise<void> {
    if (head.containerId !== source.id) begin(source.id)
    const { sinceNs, skip } = head
    let toSkip = skip
    for await (const line of driver.logs(source, { sinceNs, follow, signal })) {
      if (signal.aborted) return
      if (line.atNs < sinceNs) continue
      if (toSkip > 0 && line.atNs === sinceNs) {
        toSkip--
        continue
      }
      // Where we were has been rotated away: the hole shows as a jump of the position.
      const isAfterHole = toSkip > 0 || line.afterHole
      if (isAfterHole) head = { ...head, position: head.position + 1 }
      toSkip = 0
      const wait = take(source.id, line)
      if (wait !== undefined) await wait
      if (searchedMs > SEARCH_MS) await rest(signal)
    }
  }

  /** The log waits, the game does not. */
  async function rest(signal: AbortSignal): Promise<void> {
    const restMs = searchedMs * REST_FACTOR
    searchedMs = 0
    await pause(restMs, signal)
  }

  function lookFor(next: Watched): void {
    if (!isDeepStrictEqual(next.ready, watched.ready)) watch = createReadyWatch(next.ready)
    watched = next
  }

  function begin(containerId: string): void {
    head = { containerId, sinceNs: 0n, skip: 0, position: head.position }
    options.onSwitch(head)
  }

  function take(containerId: string, line: LogLine): Promise<void> | undefined {
    const skip = line.atNs === head.sinceNs ? head.skip + 1 : 1
    const { position } = head
    let wait: Promise<void> | undefined
    if (line.atMs < leftOutBeforeMs) head = { containerId, sinceNs: line.atNs, skip, position }
    else wait = place(line, { containerId, sinceNs: line.atNs, skip })
    if (isReady(line)) options.onReady(containerId)
    return wait
  }

  function place(line: ConsoleLine, at: Omit<Resume, 'position'>): Promise<void> | undefined {
    const start = head.position
    const { containerId, sinceNs, skip } = at
    // Without spreads: a burst has a hundred thousand lines.
    head = { containerId, sinceNs, skip, position: start + lengthOf(line) }
    return options.onLine({ start, line: ownCopyOf(line), resume: head })
  }

  function isReady(line: LogLine): boolean {
    if (watched.ready.length === 0 || line.atNs <= watched.beganNs) return false
    if (!watch.isCostly) return watch.seesIn(line)
    const beganMs = performance.now()
    const isSeen = watch.seesIn(line)
    searchedMs += performance.now() - beganMs
    return isSeen
  }

  /** Looks for the ready text in what was read before this agent was started. */
  async function scan(source: Source, untilNs: bigint, signal: AbortSignal): Promise<void> {
    const sinceNs = watched.beganNs
    for await (const line of driver.logs(source, { sinceNs, follow: false, signal })) {
      if (line.atNs > untilNs || signal.aborted) return
      if (isReady(line)) return options.onReady(source.id)
      if (searchedMs > SEARCH_MS) await rest(signal)
    }
  }

  function scanOnce(source: Source): void {
    const key = keyOf(source)
    if (scannedKey === key) return
    scannedKey = key
    const { containerId, sinceNs } = head
    const isMidway = containerId === source.id && sinceNs > 0n
    if (!isMidway || watched.ready.length === 0) return
    void queue('scan', source, signal => scan(source, sinceNs, signal))
  }

  return {
    followLive(source, next) {
      lookFor(next)
      scanOnce(source)
      void queue('live', source, signal => read(source, true, signal))
    },
    async readToEnd(source, next) {
      lookFor(next)
      const key = keyOf(source)
      if (endedKey === key) return
      await queue('end', source, async signal => {
        await read(source, false, signal)
        endedKey = key
      })
    },
    insert(line) {
      void place(line, { containerId: '', sinceNs: 0n, skip: 0 })
    },
    head: () => head,
    jumpTo(position) {
      if (position > head.position) head = { ...head, position }
    },
    shift(by, sinceMs) {
      head = { ...head, position: head.position + by }
      leftOutBeforeMs = sinceMs
    },
    close() {
      closing.abort()
    }
  }
}

function keyOf({ id, startedAt }: Source): string {
  return `${id} ${startedAt ?? 'never started'}`
}

/** A small text must not keep the large buffer alive that it was read from; small ones share Node's pages of 8 KiB. */
function ownCopyOf({ atMs, stream, continued, text }: ConsoleLine): ConsoleLine {
  return { atMs, stream, continued, text: Buffer.from(text) }
}
