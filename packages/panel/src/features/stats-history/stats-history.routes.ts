import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { IdParams } from '../../plugins/conventions.ts'
import { StatsHistory, StatsHistoryQuery } from './stats-history.schema.ts'
import type { StatsHistoryService } from './stats-history.service.ts'

/** Under /api/v1. */
export const statsHistoryRoutes: FastifyPluginAsyncTypebox<{
  history: StatsHistoryService
}> = async (app, { history }) => {
  const answer = {
    params: IdParams,
    querystring: StatsHistoryQuery,
    response: { 200: StatsHistory }
  }

  app.get(
    '/servers/:id/stats/history',
    {
      config: { permission: 'monitoring-view', serverParam: 'id' },
      schema: { summary: 'What a server has used, from the samples that are kept', ...answer }
    },
    request => history.ofServer(request.params.id, request.query)
  )

  app.get(
    '/nodes/:id/stats/history',
    {
      config: { permission: 'admin-nodes' },
      schema: { summary: 'What a node has used, from the samples that are kept', ...answer }
    },
    request => history.ofNode(request.params.id, request.query)
  )
}
