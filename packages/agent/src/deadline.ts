import { setTimeout as sleep } from 'node:timers/promises'

/** What `work` gives, or the error that `late` makes when it takes too long; the work itself goes on unheard. */
export function withDeadline<T>(
  work: Promise<T>,
  timeoutMs: number,
  late: () => Error
): Promise<T> {
  return new Promise((resolve, reject) => {
    // A plain timer: most work is in time, and to end the other kinds costs more than all of the rest.
    const timer = setTimeout(() => reject(late()), timeoutMs)
    timer.unref()
    work.finally(() => clearTimeout(timer)).then(resolve, reject)
  })
}

/** Resolves after the time or as soon as the signal aborts; never rejects. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  await sleep(ms, undefined, signal ? { signal } : {}).catch(() => undefined)
}
