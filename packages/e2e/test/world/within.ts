import { setTimeout as delay } from 'node:timers/promises'

/** What the promise gives, or a failure when that takes too long. */
export async function within<T>(
  what: string,
  promise: Promise<T>,
  deadlineMs = 15_000
): Promise<T> {
  const done = new AbortController()
  const late = delay(deadlineMs, undefined, { signal: done.signal }).then(() => {
    throw new Error(`it did not happen within ${deadlineMs} ms: ${what}`)
  })
  late.catch(() => undefined)
  try {
    return await Promise.race([promise, late])
  } finally {
    done.abort()
  }
}
