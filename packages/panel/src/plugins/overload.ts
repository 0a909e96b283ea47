import underPressure from '@fastify/under-pressure'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { Unavailable } from '../errors.ts'

const MAX_EVENT_LOOP_DELAY_MS = 2_000

/** Late is worse than no: what the panel cannot answer in time it refuses at once; probes still get through. */
export const overload = fp(async (app: FastifyInstance) => {
  await app.register(underPressure, {
    maxEventLoopDelay: MAX_EVENT_LOOP_DELAY_MS,
    pressureHandler(request) {
      if (request.url.startsWith('/api/')) throw new Unavailable()
    }
  })
})
