/** Lets others wait until something has become true, asking again each time it is rung. */
export interface Bell {
  ring(): void
  /** True as soon as the probe is; false at the deadline or when the signal aborts. */
  until(
    probe: () => boolean,
    options: { timeoutMs: number; signal?: AbortSignal }
  ): Promise<boolean>
}

export function createBell(): Bell {
  const waiting = new Set<() => void>()
  return {
    ring() {
      for (const ask of [...waiting]) ask()
    },
    until(probe, { timeoutMs, signal }) {
      if (probe()) return Promise.resolve(true)
      if (signal?.aborted) return Promise.resolve(false)
      return new Promise(resolve => {
        const end = (answer: boolean): void => {
          waiting.delete(ask)
          clearTimeout(timer)
          signal?.removeEventListener('abort', giveUp)
          resolve(answer)
        }
        const ask = (): void => {
          if (probe()) end(true)
        }
        const giveUp = (): void => end(false)
        const timer = setTimeout(giveUp, timeoutMs)
        waiting.add(ask)
        signal?.addEventListener('abort', giveUp, { once: true })
      })
    }
  }
}
