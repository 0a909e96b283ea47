import { TooManyRequests } from './errors.ts'

/** Does work when it is its turn. Rejects with TooManyRequests when too much waits already. */
export type InTurn = <T>(work: () => Promise<T>) => Promise<T>

interface Turns {
  atOnce: number
  maxWaiting: number
}

/** For what costs much: so much of it at once, and so much more waits in its order. */
export function createTurns({ atOnce, maxWaiting }: Turns): InTurn {
  const waiting: (() => void)[] = []
  let running = 0

  return async work => {
    if (running >= atOnce) {
      if (waiting.length >= maxWaiting) throw new TooManyRequests(1)
      await new Promise<void>(resolve => waiting.push(resolve))
    } else {
      running += 1
    }
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else running -= 1
    }
  }
}
