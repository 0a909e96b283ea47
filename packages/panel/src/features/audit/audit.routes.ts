import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { AuditPage, AuditQuery } from './audit.schema.ts'
import type { AuditService } from './audit.service.ts'

export const auditRoutes: FastifyPluginAsyncTypebox<{ audit: AuditService }> = async (
  app,
  { audit }
) => {
  app.get(
    '/',
    {
      config: { permission: 'admin-audit' },
      schema: {
        summary: 'Who did what, newest first',
        querystring: AuditQuery,
        response: { 200: AuditPage }
      }
    },
    request => audit.list(request.query)
  )
}
