import { randomFillSync } from 'node:crypto'
import { v7 } from 'uuid'

const BYTES = 16
const pool = new Uint8Array(BYTES * 512)
let used = pool.length
let last = { ms: 0, seq: 0 }

/** A UUID v7, later than all before it. Randomness is drawn for many at once: a draw costs more than the rest. */
export function newId(): string {
  if (used === pool.length) {
    randomFillSync(pool)
    used = 0
  }
  const random = pool.subarray(used, used + BYTES)
  used += BYTES
  last = following(last, Date.now(), random)
  return v7({ random, msecs: last.ms, seq: last.seq })
}

/** Within one millisecond, or with the clock set back, the sequence (31 bits) goes on. */
function following({ ms, seq }: typeof last, nowMs: number, random: Uint8Array): typeof last {
  if (nowMs > ms) return { ms: nowMs, seq: ((random[0] ?? 0) << 16) | ((random[1] ?? 0) << 8) }
  return seq < 0x7fff_ffff ? { ms, seq: seq + 1 } : { ms: ms + 1, seq: 0 }
}
