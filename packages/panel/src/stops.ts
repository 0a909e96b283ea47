import type { FastifyBaseLogger } from 'fastify'

/** What was started, to be stopped the other way round. */
export interface Stops {
  add(name: string, stop: () => Promise<unknown>): void
  /** Goes on when one fails; safe to call again. */
  run(): Promise<void>
}

export function createStops(log: Pick<FastifyBaseLogger, 'error' | 'debug'>): Stops {
  const list: { name: string; stop: () => Promise<unknown> }[] = []
  return {
    add: (name, stop) => list.push({ name, stop }),
    async run() {
      for (let last = list.pop(); last !== undefined; last = list.pop()) {
        try {
          await last.stop()
          log.debug({ part: last.name }, 'stopped')
        } catch (err) {
          log.error({ err, part: last.name }, 'could not be stopped')
        }
      }
    }
  }
}
