import type { FastifyBaseLogger } from 'fastify'

/** Work that no answer waits for, so that no answer tells by its time what the work was. */
export interface Background {
  run(what: string, work: () => Promise<void>): void
  /** When all of it has ended. */
  close(): Promise<void>
}

const MAX = 200

export function createBackground(log: Pick<FastifyBaseLogger, 'error'>): Background {
  const underWay = new Set<Promise<void>>()
  return {
    run(what, work) {
      if (underWay.size >= MAX) {
        log.error({ what }, 'not done: too much is under way')
        return
      }
      const done = work()
        .catch((err: unknown) => log.error({ err, what }, 'background work failed'))
        .finally(() => underWay.delete(done))
      underWay.add(done)
    },
    async close() {
      await Promise.all(underWay)
    }
  }
}
