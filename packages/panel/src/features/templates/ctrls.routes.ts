import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { IdParams } from '../../plugins/conventions.ts'
import { callerOf } from '../caller.ts'
import type { CtrlsService } from './ctrls.service.ts'
import { CtrlBody, CtrlPatch, CtrlsPage, CtrlsQuery, CtrlView } from './templates.schema.ts'

/** Under /ctrls. */
export const ctrlsRoutes: FastifyPluginAsyncTypebox<{ ctrls: CtrlsService }> = async (
  app,
  { ctrls }
) => {
  const anyone = { authenticated: true } as const
  const keeper = { permission: 'admin-templates' } as const

  app.get(
    '/',
    {
      config: anyone,
      schema: { summary: 'Game categories', querystring: CtrlsQuery, response: { 200: CtrlsPage } }
    },
    request => ctrls.list(request.query)
  )

  app.post(
    '/',
    {
      config: keeper,
      schema: { summary: 'A new game category', body: CtrlBody, response: { 201: CtrlView } }
    },
    async (request, reply) => {
      reply.code(201)
      return ctrls.create(callerOf(request), request.body)
    }
  )

  app.get(
    '/:id',
    {
      config: anyone,
      schema: { summary: 'One game category', params: IdParams, response: { 200: CtrlView } }
    },
    request => ctrls.view(request.params.id)
  )

  app.patch(
    '/:id',
    {
      config: keeper,
      schema: {
        summary: 'Change a game category',
        params: IdParams,
        body: CtrlPatch,
        response: { 200: CtrlView }
      }
    },
    request => ctrls.update(callerOf(request), request.params.id, request.body)
  )

  app.delete(
    '/:id',
    {
      config: keeper,
      schema: {
        summary: 'Delete an empty game category',
        params: IdParams,
        response: { 204: Type.Null() }
      }
    },
    async (request, reply) => {
      await ctrls.remove(callerOf(request), request.params.id)
      return reply.code(204).send(null)
    }
  )
}
