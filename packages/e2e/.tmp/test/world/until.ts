import { setTimeout as pause } from 'node:timers/promises'

/** Thrown by a probe when waiting longer is of no use. */
export class Hopeless extends Error {}

/** Asks again and again until the probe gives a value; fails with what did not happen. */
export async function until<T>(
  what: string,
  probe: () => Promise<T | undefined | null | false> | T | undefined | null | false,
  { deadlineMs = 30_000, everyMs = 50 }: { deadlineMs?: number; everyMs?: number } = {}
): Promise<T> {
  const end = Date.now() + deadlineMs
  let last: unknown
  while (Date.now() < end) {
    try {
      const value = await probe()
      if (value !== undefined && value !== null && value !== false) return value
      last = undefined
    } catch (err) {
      if (err instanceof Hopeless) throw err
      last = err
    }
    await pause(everyMs)
  }
  throw new Error(`it did not happen within ${deadlineMs} ms: ${what}`, { cause: last })
}
