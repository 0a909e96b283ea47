import { setTimeout as sleep } from 'node:timers/promises'

/** What `work` gives, or the error that `late` makes when it takes too long; the work itself goes on unheard. */
export async function withDeadline<T>(
  work: Promise<T>,
  timeoutMs: number,
  late: () => Error
): Promise<T> {
  const done = new AbortController()
  const tooLate = sleep(timeoutMs, undefined, { signal: done.signal, ref: false }).then(() => {
    throw late()
  })
  tooLate.catch(() => undefined)
  try {
    return await Promise.race([work, tooLate])
  } finally {
    done.abort()
    work.catch(() => undefined)
  }
}

/** Resolves after the time or as soon as the signal aborts; never rejects. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  await sleep(ms, undefined, signal ? { signal } : {}).catch(() => undefined)
}
