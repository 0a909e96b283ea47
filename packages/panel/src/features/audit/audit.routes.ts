import { Readable } from 'node:stream'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { callerOf } from '../caller.ts'
import { AuditFilter, AuditPage, AuditQuery } from './audit.schema.ts'
import type { AuditService } from './audit.service.ts'

const Lines = Type.Unsafe<Readable>(
  Type.String({ description: 'Each line is a row as the list has them.' })
)

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

  app.get(
    '/export',
    {
      config: { permission: 'admin-audit' },
      schema: {
        summary: 'All of it that fits, newest first: a line of JSON each',
        produces: ['application/x-ndjson'],
        querystring: AuditFilter,
        response: { 200: Lines }
      }
    },
    async (request, reply) => {
      reply
        .type('application/x-ndjson; charset=utf-8')
        .header('content-disposition', 'attachment; filename="audit-log.ndjson"')
      return Readable.from(audit.export(callerOf(request), request.query), { objectMode: false })
    }
  )
}
