import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import type { FastifyRequest } from 'fastify'
import { forbidden } from '../../errors.ts'
import type { HealthService } from './health.service.ts'
import type { Metrics } from './metrics.ts'

export interface HealthRoutesOptions {
  health: HealthService
  metrics: Metrics
  mayReadMetrics: (request: FastifyRequest) => boolean
}

// Whoever probes may add what it likes, e.g. to get around a cache.
const AnyQuery = Type.Object({}, { additionalProperties: true })
const Part = Type.Union([Type.Literal('ok'), Type.Literal('failed')])
const Readiness = Type.Object({
  status: Type.Union([Type.Literal('ready'), Type.Literal('not ready')]),
  database: Part,
  migrations: Part
})

export const healthRoutes: FastifyPluginAsyncTypebox<HealthRoutesOptions> = async (
  app,
  { health, metrics, mayReadMetrics }
) => {
  app.get(
    '/healthz',
    {
      config: { public: true },
      schema: {
        summary: 'Whether the panel is alive',
        querystring: AnyQuery,
        response: { 200: Type.Object({ status: Type.Literal('ok') }) }
      }
    },
    async () => ({ status: 'ok' as const })
  )

  app.get(
    '/readyz',
    {
      config: { public: true },
      schema: {
        summary: 'Whether the panel can serve: its database answers and is of this release',
        querystring: AnyQuery,
        response: { 200: Readiness, 503: Readiness }
      }
    },
    async (_, reply) => {
      const readiness = await health.readiness()
      return reply.code(readiness.status === 'ready' ? 200 : 503).send(readiness)
    }
  )

  app.get(
    '/metrics',
    {
      config: { public: true },
      schema: {
        summary: 'Figures for Prometheus',
        description:
          'For who holds METRICS_TOKEN or `monitoring-view` on all servers, and for this machine while nobody else reaches the panel.',
        produces: ['text/plain'],
        querystring: AnyQuery,
        response: { 200: Type.String() }
      }
    },
    async (request, reply) => {
      if (!mayReadMetrics(request)) throw forbidden('monitoring-view')
      return reply.type(metrics.contentType).send(await metrics.read())
    }
  )
}
