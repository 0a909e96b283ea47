import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'

const RETRY_MS = 1_000
const TRIES = 60

/**
 * Repeats what the database did not take, for a minute: a session outlives a database that restarts.
 * `work` must be safe to repeat. Rejects when the session ends meanwhile.
 */
export async function untilStored<T>(
  work: () => Promise<T>,
  options: { signal: AbortSignal; log: FastifyBaseLogger; nodeId: string }
): Promise<T> {
  const { signal, log, nodeId } = options
  for (let tries = 1; ; tries++) {
    try {
      return await work()
    } catch (err) {
      if (tries >= TRIES || signal.aborted) throw err
      log.warn({ err, nodeId }, 'what a node said waits for the database')
    }
    await delay(RETRY_MS, undefined, { signal })
  }
}
