import { batchesOf, type NodeResources, type ServerStats } from '@ctrl-alt-play/protocol'
import type { Logger } from 'pino'
import { withDeadline } from '../deadline.ts'
import type { Container, Driver } from '../runtime/driver.ts'
import type { Uplink } from './uplink.ts'

/** Tells how the machine is, at the panel's pace, and how its games are. */
export interface Heartbeats {
  start(heartbeatSeconds: number): void
  pace(heartbeatSeconds: number): void
  stop(): void
}

export interface HeartbeatsOptions {
  read(): Promise<NodeResources>
  driver: Pick<Driver, 'stats'>
  running(): Container[]
  /** Servers that somebody looks at now: their figures come more often. */
  watched(): Set<string>
  digest(): string
  send: Uplink
  /** Too much waits to be sent already: figures can be left out. */
  isBusy(): boolean
  log: Logger
  random?: () => number
}

const WATCHED_EVERY_MS = 2_000
const DIGEST_EVERY = 4
const SHORTEST_MS = 1_000
const STATS_TIMEOUT_MS = 5_000
/** Questions to Docker at once. */
const WIDTH = 8
const PART_BYTES = 48 * 1024
const MOST_IN_PART = 200

export function createHeartbeats(options: HeartbeatsOptions): Heartbeats {
  const { send, log, random = Math.random } = options
  let beat: NodeJS.Timeout | undefined
  let watching: NodeJS.Timeout | undefined
  let seconds = 10
  let count = 0
  let isAsking = false

  /** Agents that were started together do not stay together. */
  function schedule(): void {
    const ms = Math.max(SHORTEST_MS, seconds * 1_000 * (0.8 + 0.4 * random()))
    beat = setTimeout(tick, ms)
  }

  function tick(): void {
    schedule()
    tell().catch(err => log.warn({ err }, 'heartbeat left out'))
  }

  async function tell(): Promise<void> {
    const resources = await options.read()
    const withDigest = count++ % DIGEST_EVERY === DIGEST_EVERY - 1
    send('heartbeat', { resources, ...(withDigest && { digest: options.digest() }) })
    await tellStats(options.running())
  }

  function tellWatched(): void {
    const watched = options.watched()
    const running = options.running().filter(({ serverId }) => watched.has(serverId))
    tellStats(running).catch(err => log.debug({ err }, 'statistics left out'))
  }

  async function tellStats(containers: Container[]): Promise<void> {
    if (isAsking || containers.length === 0 || options.isBusy()) return
    isAsking = true
    try {
      const stats: ServerStats[] = []
      for (let from = 0; from < containers.length; from += WIDTH) {
        const read = await Promise.all(containers.slice(from, from + WIDTH).map(statsOf))
        stats.push(...read.filter(one => one !== undefined))
      }
      for (const batch of batchesOf(stats, PART_BYTES)) {
        for (let from = 0; from < batch.length; from += MOST_IN_PART) {
          send('stats', { servers: batch.slice(from, from + MOST_IN_PART) })
        }
      }
    } finally {
      isAsking = false
    }
  }

  async function statsOf(container: Container): Promise<ServerStats | undefined> {
    const late = (): Error => new Error('Docker is slow')
    const reading = options.driver.stats(container)
    return withDeadline(reading, STATS_TIMEOUT_MS, late).catch(() => undefined)
  }

  function stop(): void {
    clearTimeout(beat)
    clearInterval(watching)
  }

  return {
    start(heartbeatSeconds) {
      stop()
      seconds = heartbeatSeconds
      count = 0
      watching = setInterval(tellWatched, WATCHED_EVERY_MS)
      tick()
    },
    pace(heartbeatSeconds) {
      seconds = heartbeatSeconds
      clearTimeout(beat)
      schedule()
    },
    stop
  }
}
