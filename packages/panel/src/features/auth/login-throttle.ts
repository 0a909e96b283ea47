import { TooManyRequests } from '../../errors.ts'

interface Counter {
  failures: number
  pending: number
  /** Nothing is tried before. */
  waitUntil: number
  lastAt: number
}

export interface ThrottleRule {
  /** Failures that cost no time. */
  free: number
  firstDelayMs: number
  maxDelayMs: number
}

export interface LoginAttempt {
  succeeded(): void
  failed(): void
  /** Neither counts; nothing happens when it was decided before. */
  dropped(): void
}

export interface LoginThrottle {
  /** Throws TooManyRequests with the seconds to wait; what it turned away does not count as a failure. */
  begin(key: string): LoginAttempt
}

const FORGET_MS = 15 * 60_000
const MAX_KEYS = 20_000

/** Each failure beyond the free ones doubles the wait: nobody is locked out, and nobody can guess fast. */
export function createLoginThrottle(
  rule: ThrottleRule,
  now: () => number = () => performance.now()
): LoginThrottle {
  const counters = new Map<string, Counter>()

  return {
    begin(key) {
      const at = now()
      const counter = counterOf(key, at)
      const isFree = counter.failures < rule.free
      if (at < counter.waitUntil) throw new TooManyRequests(secondsUntil(counter.waitUntil, at))
      if (counter.pending >= (isFree ? rule.free : 1)) throw new TooManyRequests(1)
      counter.pending += 1
      counter.lastAt = at
      return attemptOf(key, counter)
    }
  }

  function counterOf(key: string, at: number): Counter {
    const known = counters.get(key)
    if (known && (known.pending > 0 || !isForgotten(known, at))) return known
    const fresh = { failures: 0, pending: 0, waitUntil: 0, lastAt: at }
    counters.delete(key)
    if (counters.size >= MAX_KEYS) forgetSome(at)
    counters.set(key, fresh)
    return fresh
  }

  /** A wait is never shorter than it was said to be. */
  function isForgotten({ lastAt, waitUntil }: Counter, at: number): boolean {
    return at - Math.max(lastAt, waitUntil) >= FORGET_MS
  }

  function forgetSome(at: number): void {
    for (const [key, counter] of counters) {
      if (counter.pending === 0 && isForgotten(counter, at)) counters.delete(key)
    }
    const oldest = counters.keys().next().value
    if (counters.size >= MAX_KEYS && oldest !== undefined) counters.delete(oldest)
  }

  function attemptOf(key: string, counter: Counter): LoginAttempt {
    let open = true
    const end = (then: () => void) => () => {
      if (!open) return
      open = false
      counter.pending -= 1
      then()
    }
    return {
      succeeded: end(() => counters.delete(key)),
      failed: end(() => {
        counter.failures += 1
        counter.lastAt = now()
        const extra = counter.failures - rule.free
        if (extra < 0) return
        counter.waitUntil = now() + Math.min(rule.firstDelayMs * 2 ** extra, rule.maxDelayMs)
      }),
      dropped: end(() => undefined)
    }
  }
}

function secondsUntil(until: number, at: number): number {
  return Math.max(1, Math.ceil((until - at) / 1_000))
}
