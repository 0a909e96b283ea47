import underPressure from '@fastify/under-pressure'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { Unavailable } from '../errors.ts'

const MAX_EVENT_LOOP_DELAY_MS = 2_000
/** A single long moment (a start, a pause of the machine) is no overload. */
const PATIENCE_MS = 5_000
/** Without a late request for so long it is over. */
const CALM_MS = 2_000

/** Late is worse than no: once the panel has been behind for a while it refuses at once; probes still get through. */
export const overload = fp(async (app: FastifyInstance) => {
  const late = { since: 0, last: 0 }
  await app.register(underPressure, {
    maxEventLoopDelay: MAX_EVENT_LOOP_DELAY_MS,
    pressureHandler(request) {
      const now = performance.now()
      if (now - late.last > CALM_MS) late.since = now
      late.last = now
      if (now - late.since < PATIENCE_MS) return
      if (request.url.startsWith('/api/')) throw new Unavailable()
    }
  })
})
