import { type ConsoleLine, lengthOf, type PanelBody } from '@ctrl-alt-play/protocol'
import type { Logger } from 'pino'
import type { Clock } from '../clock.ts'
import { withDeadline } from '../deadline.ts'
import { isUp } from '../reconcile/plan.ts'
import type { Container, Driver } from '../runtime/driver.ts'
import type { Cursor } from '../state/cursor.ts'
import type { RecordFolder } from '../state/record-folder.ts'
import { createBookmarks } from './bookmarks.ts'
import type { Carrier } from './carrier.ts'
import { createFollower, type Follower, type Watched } from './follower.ts'
import { createLiveStream, type LiveStream } from './live-stream.ts'
import { createRing, type Resume, type Ring } from './ring.ts'
import { createShipper, SHIP_EVERY_MS, type Shipper } from './shipper.ts'

/** The consoles of all servers of this node. */
export interface Consoles {
  /** Sees to it that the container's output is read; may be repeated at will. */
  follow(container: Container, watched: Watched): void
  /** Resolves when the log of a container that is down has been read to its end, or when that takes too long. */
  drain(container: Container): Promise<void>
  /** A line of the agent's own, e.g. of an installation. One after the other: wait until it resolves. */
  insert(serverId: string, line: ConsoleLine): Promise<void>
  watch(body: PanelBody<'console.watch'>): void
  credit(body: PanelBody<'console.credit'>): void
  unwatch(body: PanelBody<'console.unwatch'>): void
  stored(body: PanelBody<'console.stored'>): void
  /** Servers that somebody looks at now. */
  watched(): Set<string>
  /** A session is there to carry frames; undefined: it is gone, and with it who watched. */
  connect(carrier: Carrier | undefined): void
  forget(serverId: string): Promise<void>
  close(): Promise<void>
}

export interface ConsolesOptions {
  driver: Driver
  log: Logger
  clock: Clock
  cursors: RecordFolder<Cursor>
  drainTimeoutMs: number
  shipEveryMs?: number
  onReady(serverId: string, containerId: string): void
  /** A log ended: Docker may be asked why. */
  onEnd(): void
}

const RING_BYTES = 2 ** 20
const MOST_STREAMS = 1_000
/** Cursors need not be the newest: reading from an older one gives the same positions. */
const CURSOR_EVERY_MS = 5_000
const RETRY_MS = 50

interface Console {
  ring: Ring
  follower: Follower
  shipper: Shipper
  viewers: Set<LiveStream>
}

export function createConsoles(options: ConsolesOptions): Consoles {
  const { driver, log, clock, cursors } = options
  const consoles = new Map<string, Console>()
  const streams = new Map<number, LiveStream>()
  const bookmarks = createBookmarks({
    cursors,
    log,
    isUnconfirmed: serverId => consoles.get(serverId)?.shipper.isConfirmed() === false
  })
  /** What was printed before this may have reached the panel through an agent whose records were lost. */
  const sinceMs = clock.wallMs()
  let carrier: Carrier | undefined
  let turn = 0
  let retry: NodeJS.Timeout | undefined

  const shipping = setInterval(shipAll, options.shipEveryMs ?? SHIP_EVERY_MS)
  const saving = setInterval(bookmarks.save, CURSOR_EVERY_MS)

  function consoleOf(serverId: string): Console {
    const known = consoles.get(serverId)
    if (known) return known
    const cursor = bookmarks.of(serverId)
    const from = resumeOf(cursor)
    const isConfirmed = cursor !== undefined && !cursor.unconfirmed
    const ring = createRing(RING_BYTES)
    const viewers = new Set<LiveStream>()
    const { position } = from
    const follower = createFollower({
      driver,
      log: log.child({ serverId }),
      from,
      onLine(placed) {
        ring.push(placed)
        let wait: Promise<void> | undefined
        for (const stream of viewers) {
          stream.wake()
          wait ??= stream.catchUp()
        }
        return wait
      },
      onReady: containerId => options.onReady(serverId, containerId),
      onSwitch: resume => bookmarks.move(serverId, resume),
      onEnd: options.onEnd
    })
    const nowMs = (): number => clock.monotonicMs()
    const shipper = createShipper({ serverId, ring, from: position, isConfirmed, nowMs })
    const made = { ring, follower, shipper, viewers }
    consoles.set(serverId, made)
    return made
  }

  /** Our cursor was lost while the panel has the console up to there: what is new goes behind a gap. */
  function goOnBehind(serverId: string, position: number, about: Console): void {
    const { ring, follower, shipper, viewers } = about
    const head = follower.head()
    const kept = ring.keepSince(sinceMs)
    const by = Math.max(0, position + 1 - (kept?.start ?? head.position))
    ring.shift(by)
    follower.shift(by, sinceMs)
    shipper.goOnFrom(position)
    const { containerId } = kept?.resume ?? head
    const start = (kept?.start ?? head.position) + by
    const sinceNs = BigInt(sinceMs) * 1_000_000n
    bookmarks.move(serverId, { containerId, sinceNs, skip: 0, position: start })
    for (const stream of viewers) stream.wake()
  }

  /** On a full road each turn begins with another server. */
  function shipAll(): void {
    const shippers = [...consoles.values()].map(({ shipper }) => shipper)
    turn = (turn + 1) % Math.max(1, shippers.length)
    const inTurn = [...shippers.slice(turn), ...shippers.slice(0, turn)]
    shipOn(inTurn.filter(shipper => carrier && !shipper.ship(carrier)))
  }

  function shipOn(waiting: Shipper[]): void {
    clearTimeout(retry)
    if (waiting.length === 0) return
    retry = setTimeout(() => {
      shipOn(waiting.filter(shipper => carrier && !shipper.goOn(carrier)))
    }, RETRY_MS)
  }

  function drop(streamId: number): void {
    const stream = streams.get(streamId)
    if (!stream) return
    stream.close()
    streams.delete(streamId)
    consoles.get(stream.serverId)?.viewers.delete(stream)
  }

  return {
    follow(container, watched) {
      const { follower } = consoleOf(container.serverId)
      if (isUp(container)) follower.followLive(container, watched)
      else if (container.startedAt !== null) void follower.readToEnd(container, watched)
    },
    async drain(container) {
      if (container.startedAt === null) return
      const { follower } = consoleOf(container.serverId)
      const late = (): Error => new Error('The log could not be read to its end in time.')
      const reading = follower.readToEnd(container, { beganNs: 0n, ready: [] })
      await withDeadline(reading, options.drainTimeoutMs, late).catch(err =>
        log.warn({ err, serverId: container.serverId }, 'log not drained')
      )
    },
    async insert(serverId, line) {
      const { follower } = consoleOf(serverId)
      await bookmarks.spend(serverId, follower.head().position + lengthOf(line))
      follower.insert(line)
    },
    watch({ streamId, serverId, from, creditBytes, whole: isWhole = false }) {
      if (!carrier || streams.size >= MOST_STREAMS) return
      drop(streamId)
      const { ring, follower, viewers } = consoleOf(serverId)
      const end = (): number => follower.head().position
      const place = { ring, end, carrier }
      const stream = createLiveStream({ streamId, serverId, from, creditBytes, isWhole, ...place })
      streams.set(streamId, stream)
      viewers.add(stream)
      stream.wake()
    },
    credit: ({ streamId, bytes }) => streams.get(streamId)?.credit(bytes),
    unwatch: ({ streamId }) => drop(streamId),
    stored({ serverId, position }) {
      const about = consoles.get(serverId)
      if (!about) return
      const { follower, shipper } = about
      if (!shipper.isConfirmed()) {
        const how = shipper.confirm(position)
        if (how === 'ahead') goOnBehind(serverId, position, about)
        if (how === 'same') bookmarks.confirm(serverId)
        if (how && carrier) shipper.ship(carrier)
        if (how !== 'same') return
      }
      const known = shipper.stored(position)
      const isAhead = position > follower.head().position
      follower.jumpTo(position)
      const resume = isAhead ? follower.head() : known
      if (resume) bookmarks.advance(serverId, resume)
    },
    watched: () => new Set([...streams.values()].map(stream => stream.serverId)),
    connect(next) {
      for (const streamId of [...streams.keys()]) drop(streamId)
      carrier = next
      for (const { shipper } of consoles.values()) shipper.restart()
    },
    async forget(serverId) {
      consoles.get(serverId)?.follower.close()
      consoles.delete(serverId)
      await bookmarks.forget(serverId)
    },
    async close() {
      clearInterval(shipping)
      clearInterval(saving)
      clearTimeout(retry)
      for (const streamId of [...streams.keys()]) drop(streamId)
      for (const { follower } of consoles.values()) follower.close()
      await bookmarks.close()
    }
  }
}

function resumeOf(cursor: Cursor | undefined): Resume {
  if (!cursor) return { containerId: '', sinceNs: 0n, skip: 0, position: 0 }
  const { containerId, sinceNs, skip, position } = cursor
  return { containerId, sinceNs: BigInt(sinceNs), skip, position }
}
