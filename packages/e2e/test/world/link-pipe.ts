import type { Socket } from 'node:net'
import type { LinkFaults } from './link-faults.ts'

/** The sender is not read from while so much is under way. */
const MOST_UNDER_WAY_BYTES = 2 ** 20
/** A slow link has a short queue, as a real one has. */
const SLOW_QUEUE_MS = 100
const WAIT_MS = 20

interface Parcel {
  dueMs: number
  /** Undefined: the sender has said its last. */
  bytes: Buffer | undefined
}

/** One direction of one connection, late and narrow as its faults say. */
export interface LinkPipe {
  send(bytes: Buffer): void
  /** The sender has ended; the receiver hears it after all that came before. */
  finish(): void
  /** Something was swallowed: whoever is at the other end hears nothing more of this one. */
  isGone(): boolean
  /** Lets through what may pass now. */
  poke(): void
  close(): void
}

export function createLinkPipe(options: {
  from: Socket
  to: Socket
  faults: Readonly<LinkFaults>
  random: () => number
  passed(bytes: number): void
}): LinkPipe {
  const { from, to, faults, random, passed } = options
  const parcels: Parcel[] = []
  let underWay = 0
  let lastDueMs = 0
  let timer: NodeJS.Timeout | undefined
  let isDead = false

  to.on('drain', poke)

  /** No TCP connection goes on with a hole: once swallowed is for good. */
  function isGone(): boolean {
    isDead ||= faults.swallow
    return isDead
  }

  function add(bytes: Buffer | undefined): void {
    const nowMs = performance.now()
    const length = bytes?.length ?? 0
    const arrivesMs = nowMs + faults.latencyMs + faults.jitterMs * random()
    const passesMs = (length / faults.bytesPerSecond) * 1_000
    lastDueMs = Math.max(arrivesMs, lastDueMs) + passesMs
    parcels.push({ dueMs: lastDueMs, bytes })
    underWay += length
    poke()
  }

  function poke(): void {
    clearTimeout(timer)
    timer = undefined
    if (isGone()) return void from.resume()
    while (!faults.stall && !to.writableNeedDrain) {
      const next = parcels[0]
      if (!next || next.dueMs > performance.now()) break
      parcels.shift()
      deliver(next)
    }
    flow()
    const next = parcels[0]
    if (!next || to.writableNeedDrain) return
    const waitMs = Math.max(WAIT_MS / 20, next.dueMs - performance.now())
    timer = setTimeout(poke, faults.stall ? WAIT_MS : waitMs)
  }

  function deliver({ bytes }: Parcel): void {
    if (!bytes) return void to.end()
    underWay -= bytes.length
    passed(bytes.length)
    if (!to.destroyed && to.writable) to.write(bytes)
  }

  /** A sender must feel a narrow link: what waits here would hide it. */
  function flow(): void {
    const queueBytes = (faults.bytesPerSecond * (faults.latencyMs + SLOW_QUEUE_MS)) / 1_000
    const most = Math.min(MOST_UNDER_WAY_BYTES, Math.max(queueBytes, 4_096))
    if (faults.stall || underWay > most) from.pause()
    else from.resume()
  }

  return {
    send(bytes) {
      if (!isGone()) add(bytes)
    },
    finish() {
      if (!isGone()) add(undefined)
    },
    poke,
    isGone,
    close() {
      clearTimeout(timer)
      parcels.length = 0
      isDead = true
    }
  }
}
