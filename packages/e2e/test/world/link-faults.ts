/** What is done to one direction. Chances are from 0 to 1 and concern WebSocket messages only. */
export interface LinkFaults {
  latencyMs: number
  /** Up to so much more, at random; the order stays. */
  jitterMs: number
  bytesPerSecond: number
  /** Nothing passes; what comes meanwhile passes when this ends, as after a partition. */
  stall: boolean
  /** Nothing passes ever again on the connections of this time, not even their end: the sockets stay. */
  swallow: boolean
  /** The message comes twice. */
  duplicate: number
  /** The message changes places with the one after it. */
  reorder: number
  /** A message from before, of this connection or an earlier one, comes again after this one. */
  replay: number
  /** The message is lost, and only it. */
  drop: number
  /** Random bytes come before the message. */
  garbage: number
  /** Only the first half of the message comes. */
  truncate: number
}

export const healthy: Readonly<LinkFaults> = {
  latencyMs: 0,
  jitterMs: 0,
  bytesPerSecond: Number.POSITIVE_INFINITY,
  stall: false,
  swallow: false,
  duplicate: 0,
  reorder: 0,
  replay: 0,
  drop: 0,
  garbage: 0,
  truncate: 0
}

/** The same numbers for the same seed (mulberry32). */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
