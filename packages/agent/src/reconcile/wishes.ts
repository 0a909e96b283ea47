import type { WantedServer } from '@ctrl-alt-play/protocol'
import type { Logger } from 'pino'
import { pause } from '../deadline.ts'

/** What the panel says is wanted: tried again as long as it cannot be written, for the panel says it once a session. */
export interface Wishes {
  /** Resolves when it is taken over, or when it could not be written this time. */
  hear(wish: WantedServer): Promise<void>
  /** Those whose newest wish is not written yet. */
  unwritten(): string[]
  forget(serverId: string): void
  /** Until the signal aborts. */
  run(signal: AbortSignal): Promise<void>
}

export interface WishesOptions {
  /** Rejects when it cannot be written; changes nothing when something newer is wanted. */
  want(server: WantedServer): Promise<unknown>
  retryMs: number
  log: Logger
}

export function createWishes({ want, retryMs, log }: WishesOptions): Wishes {
  const unwritten = new Map<string, WantedServer>()
  const beingWritten = new Set<WantedServer>()

  async function hear(wish: WantedServer): Promise<void> {
    const { serverId, generation } = wish
    unwritten.set(serverId, wish)
    beingWritten.add(wish)
    try {
      await want(wish)
    } catch (err) {
      return log.warn({ err, serverId, generation }, 'wanted state not written yet')
    } finally {
      beingWritten.delete(wish)
    }
    if (unwritten.get(serverId) === wish) unwritten.delete(serverId)
  }

  return {
    hear,
    unwritten: () => [...unwritten.keys()],
    forget(serverId) {
      unwritten.delete(serverId)
    },
    async run(signal) {
      for (;;) {
        await pause(retryMs, signal)
        if (signal.aborted) return
        const failed = [...unwritten.values()].filter(wish => !beingWritten.has(wish))
        await Promise.all(failed.map(hear))
      }
    }
  }
}
