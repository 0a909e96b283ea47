import { setTimeout as delay } from 'node:timers/promises'
import type pg from 'pg'

const LOCK_NOT_AVAILABLE = '55P03'
const PAUSE_MS = 500

/**
 * A statement that waits for a table lets nobody else pass who comes after it. So it waits a short
 * while, steps back to let them through, and tries again.
 */
export interface LockPatience {
  /** How long one attempt may keep others behind it. */
  lockTimeoutMs: number
  /** After this there is no further attempt. */
  totalMs: number
  /** Told before each further attempt. */
  onRetry?: (attempt: number) => void
}

/** Runs a script that is one transaction. One that says SET LOCAL lock_timeout itself is heard. */
export async function patiently(
  client: pg.ClientBase,
  script: string,
  patience?: LockPatience
): Promise<void> {
  if (!patience) {
    await client.query(script)
    return
  }
  const deadline = performance.now() + patience.totalMs
  await client.query(`SET lock_timeout = ${Math.round(patience.lockTimeoutMs)}`)
  for (let attempt = 1; ; attempt++) {
    try {
      await client.query(script)
      return
    } catch (err) {
      const pauseMs = PAUSE_MS * (1 + Math.random())
      if (!isLockTimeout(err) || performance.now() + pauseMs > deadline) throw err
      patience.onRetry?.(attempt + 1)
      await delay(pauseMs)
    }
  }
}

export function isLockTimeout(err: unknown): boolean {
  return err instanceof Error && 'code' in err && err.code === LOCK_NOT_AVAILABLE
}
