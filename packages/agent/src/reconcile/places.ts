/** A number of places and a line before them: first come, first served. */
export interface Places {
  /** Resolves with the place's return, which may be called more than once. Rejects when the signal aborts first. */
  take(signal: AbortSignal): Promise<() => void>
  areTaken(): boolean
}

export function createPlaces(count: number): Places {
  let free = count
  const line = new Set<() => void>()

  function giveBack(): void {
    const [next] = line
    if (!next) {
      free++
      return
    }
    line.delete(next)
    next()
  }

  function once(): () => void {
    let isBack = false
    return () => {
      if (!isBack) giveBack()
      isBack = true
    }
  }

  return {
    areTaken: () => free === 0,
    async take(signal) {
      signal.throwIfAborted()
      if (free > 0) {
        free--
        return once()
      }
      await new Promise<void>((resolve, reject) => {
        const leave = (): void => {
          line.delete(enter)
          reject(signal.reason)
        }
        const enter = (): void => {
          signal.removeEventListener('abort', leave)
          resolve()
        }
        line.add(enter)
        signal.addEventListener('abort', leave, { once: true })
      })
      return once()
    }
  }
}
