import type { CommandProgress } from '@ctrl-alt-play/protocol'

export interface ProgressTeller {
  tell(progress: CommandProgress): void
  close(): void
}

export interface ProgressOptions {
  /** Steps of one phase are told no faster than this. */
  everyMs: number
  /** Without news the last is told again: the panel hears that work goes on. */
  atLeastMs: number
  send(progress: CommandProgress): void
}

/** Tells a new phase at once, what changes within a phase now and then, and each again when nothing happens. */
export function createProgressTeller({
  everyMs,
  atLeastMs,
  send
}: ProgressOptions): ProgressTeller {
  let newest: CommandProgress | undefined
  let told: CommandProgress | undefined
  let toldMs = 0
  let timer: NodeJS.Timeout | undefined

  function sendNewest(): void {
    if (!newest) return
    told = newest
    toldMs = performance.now()
    send(newest)
    wait(atLeastMs)
  }

  function wait(ms: number): void {
    clearTimeout(timer)
    timer = setTimeout(sendNewest, ms)
  }

  return {
    tell(progress) {
      newest = progress
      if (told?.phase !== progress.phase) return sendNewest()
      if (told.percent === progress.percent && told.message === progress.message) return
      wait(Math.max(0, toldMs + everyMs - performance.now()))
    },
    close() {
      clearTimeout(timer)
      newest = undefined
    }
  }
}
