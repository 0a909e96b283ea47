import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import { type ConsoleEntry, fittingOf, stretchesFrom } from './console-entries.ts'
import type { ConsoleRing } from './console-ring.ts'
import type { ConsoleListener } from './contract.ts'

/** Who watches alone may have so much waiting. */
const MAX_WAITING_BYTES = 1024 * 1024
const PAGE_LINES = 500
const POLL_MS = 100
const RETRY_MS = 1_000

/** One listener's way through a console: what is stored first, then what comes. */
export interface ConsoleWatcher {
  /** There is a ring now, or more in it. */
  advance(): void
  stop(): void
}

export interface WatcherOptions {
  after: number
  listener: ConsoleListener
  /** Nobody else watches: then it is better to be late than to miss something. */
  isAlone(): boolean
  readStored(after: number, limit: number): Promise<ConsoleEntry[]>
  /** Undefined until the node streams. */
  ring(): ConsoleRing | undefined
  log: FastifyBaseLogger
}

export function createConsoleWatcher(options: WatcherOptions): ConsoleWatcher {
  const { listener, isAlone, readStored, ring, log } = options
  const ended = new AbortController()
  let cursor = options.after
  let isLive = false
  let isReading = false

  listener.onRoom(advance)

  /** Where many watch, what cannot be shown soon makes room for what is newest, and is a gap. */
  function room(): number {
    if (!isAlone()) return listener.room()
    return Math.max(0, MAX_WAITING_BYTES - listener.bufferedBytes())
  }

  function show(entries: ConsoleEntry[]): void {
    const seen = stretchesFrom(entries, cursor)
    cursor = seen.cursor
    for (const stretch of seen.stretches) {
      if ('gap' in stretch) listener.gap(stretch.gap)
      else listener.lines(stretch.lines)
    }
  }

  /** What the ring no longer holds when a slow listener has room again is its gap. */
  function showLive(): void {
    let due = ring()?.from(cursor) ?? []
    while (due.length > 0) {
      const maxBytes = room()
      if (maxBytes === 0) return
      const next = fittingOf(due, maxBytes)
      show(next)
      due = due.slice(next.length)
    }
  }

  async function catchUp(): Promise<void> {
    while (!ended.signal.aborted) {
      const live = ring()
      if (live && cursor >= live.start()) {
        isLive = true
        return showLive()
      }
      if (room() === 0) {
        await delay(POLL_MS, undefined, { signal: ended.signal })
        continue
      }
      const page = await readStored(cursor, PAGE_LINES)
      if (ended.signal.aborted) return
      if (page.length > 0) show(page)
      else if (!live) return
      else skipTo(live.start())
    }
  }

  /** It is stored nowhere: lost before it was stored, or too old. */
  function skipTo(position: number): void {
    if (cursor >= position) return
    listener.gap({ from: cursor, to: position })
    cursor = position
  }

  async function read(): Promise<void> {
    for (;;) {
      try {
        return await catchUp()
      } catch (err) {
        if (ended.signal.aborted) return
        log.warn({ err }, 'a stored console could not be read')
        await delay(RETRY_MS, undefined, { signal: ended.signal }).catch(() => undefined)
      }
    }
  }

  function advance(): void {
    if (ended.signal.aborted || isReading) return
    if (isLive) showLive()
    else void readOn()
  }

  async function readOn(): Promise<void> {
    isReading = true
    await read()
    isReading = false
    // A ring may have come just when the stored lines were at their end.
    if (isLive || ring()) advance()
  }

  return {
    advance,
    stop: () => ended.abort()
  }
}
