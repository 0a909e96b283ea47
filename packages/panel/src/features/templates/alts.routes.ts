import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { IdParams } from '../../plugins/conventions.ts'
import { callerOf } from '../caller.ts'
import type { AltsService } from './alts.service.ts'
import {
  AltBody,
  AltPatch,
  AltsPage,
  AltsQuery,
  AltVersionParams,
  AltVersionsPage,
  AltVersionsQuery,
  AltView,
  IconParams
} from './templates.schema.ts'

/** Under /alts. */
export const altsRoutes: FastifyPluginAsyncTypebox<{ alts: AltsService }> = async (
  app,
  { alts }
) => {
  const anyone = { authenticated: true } as const
  const keeper = { permission: 'admin-templates' } as const

  app.get(
    '/',
    {
      config: anyone,
      schema: { summary: 'Templates of games', querystring: AltsQuery, response: { 200: AltsPage } }
    },
    request => alts.list(callerOf(request), request.query)
  )

  app.post(
    '/',
    {
      config: keeper,
      schema: { summary: 'A new template', body: AltBody, response: { 201: AltView } }
    },
    async (request, reply) => {
      reply.code(201)
      return alts.create(callerOf(request), request.body)
    }
  )

  app.get(
    '/:id/icon/:hash',
    {
      config: anyone,
      schema: {
        summary: 'The picture of a template; its address is in the template',
        produces: ['image/png'],
        params: IconParams,
        response: { 200: Type.Unsafe<Buffer>(Type.String({ format: 'binary' })) }
      }
    },
    async (request, reply) => {
      const icon = await alts.icon(request.params.id, request.params.hash)
      reply.type('image/png').header('cache-control', 'private, max-age=31536000, immutable')
      return Buffer.from(icon)
    }
  )

  app.get(
    '/:id/versions',
    {
      config: anyone,
      schema: {
        summary: 'The versions of a template and what changed',
        params: IdParams,
        querystring: AltVersionsQuery,
        response: { 200: AltVersionsPage }
      }
    },
    request => alts.versions(callerOf(request), request.params.id, request.query)
  )

  app.get(
    '/:id/versions/:version',
    {
      config: anyone,
      schema: {
        summary: 'A template as a version has it',
        params: AltVersionParams,
        response: { 200: AltView }
      }
    },
    request => {
      const { id, version } = request.params
      return alts.viewVersion(callerOf(request), id, version)
    }
  )

  app.get(
    '/:id',
    {
      config: anyone,
      schema: { summary: 'One template', params: IdParams, response: { 200: AltView } }
    },
    request => alts.view(callerOf(request), request.params.id)
  )

  app.patch(
    '/:id',
    {
      config: keeper,
      schema: {
        summary: 'Change a template; its servers stay on the version that they are on',
        params: IdParams,
        body: AltPatch,
        response: { 200: AltView }
      }
    },
    request => alts.update(callerOf(request), request.params.id, request.body)
  )

  app.delete(
    '/:id',
    {
      config: keeper,
      schema: {
        summary: 'Delete a template that no server uses',
        params: IdParams,
        response: { 204: Type.Null() }
      }
    },
    async (request, reply) => {
      await alts.remove(callerOf(request), request.params.id)
      return reply.code(204).send(null)
    }
  )
}
