import type { FastifyBaseLogger } from 'fastify'
import type { PanelEvent, PanelEvents } from './agents/contract.ts'

/** Passes each event to every listener, in order and at once; one that throws does not hold up the rest. */
export function createPanelEvents(log: Pick<FastifyBaseLogger, 'error'>): PanelEvents {
  const listeners = new Set<{ tell: (event: PanelEvent) => void }>()
  return {
    publish(event) {
      for (const listener of [...listeners]) {
        try {
          listener.tell(event)
        } catch (err) {
          log.error({ err, type: event.type }, 'a listener of panel events failed')
        }
      }
    },
    subscribe(tell) {
      const listener = { tell }
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
      }
    }
  }
}
