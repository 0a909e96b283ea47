export interface FlusherOptions {
  /** At least so long between two runs; the first after a pause begins at once. */
  intervalMs: number
  /** After a run that failed. */
  retryMs: number
  /** Takes what has gathered; on failure it keeps it for the next run. */
  work(): Promise<void>
  onError(err: unknown): void
}

export interface Flusher {
  /** There is something to do. */
  poke(): void
  /** Runs until what there was when it was called is done. */
  flush(): Promise<void>
  stop(): void
}

/** Runs `work` now and then while there is work, never twice at the same time. */
export function createFlusher(options: FlusherOptions): Flusher {
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> | undefined
  let poked = false
  let stopped = false
  let notBefore = 0

  function schedule(): void {
    if (stopped || running || timer || !poked) return
    const waitMs = Math.max(0, notBefore - performance.now())
    timer = setTimeout(() => {
      timer = undefined
      void run().catch(options.onError)
    }, waitMs)
  }

  function run(): Promise<void> {
    poked = false
    running = options
      .work()
      .then(
        () => {
          notBefore = performance.now() + options.intervalMs
        },
        (err: unknown) => {
          poked = true
          notBefore = performance.now() + options.retryMs
          throw err
        }
      )
      .finally(() => {
        running = undefined
        schedule()
      })
    return running
  }

  return {
    poke() {
      poked = true
      schedule()
    },
    async flush() {
      while (running !== undefined) await running.catch(() => undefined)
      clearTimeout(timer)
      timer = undefined
      await run()
    },
    stop() {
      stopped = true
      clearTimeout(timer)
      timer = undefined
    }
  }
}
