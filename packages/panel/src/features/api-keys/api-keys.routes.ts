import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { IdParams } from '../../plugins/conventions.ts'
import { callerOf } from '../caller.ts'
import { ApiKeyBody, ApiKeysPage, ApiKeysQuery, CreatedApiKey } from './api-keys.schema.ts'
import type { ApiKeysService } from './api-keys.service.ts'

/** Under /api-keys. No key makes or removes keys: one that leaked could outlive its end. */
export const apiKeysRoutes: FastifyPluginAsyncTypebox<{ apiKeys: ApiKeysService }> = async (
  app,
  { apiKeys }
) => {
  const config = { login: true } as const

  app.get(
    '/',
    {
      config,
      schema: {
        summary: 'My API keys',
        querystring: ApiKeysQuery,
        response: { 200: ApiKeysPage }
      }
    },
    request => apiKeys.list(request.actor, request.query)
  )

  app.post(
    '/',
    {
      config,
      schema: {
        summary: 'A new API key; send `code` if you have a second factor, else `currentPassword`',
        body: ApiKeyBody,
        response: { 201: CreatedApiKey }
      }
    },
    async (request, reply) => {
      reply.code(201)
      return apiKeys.create(callerOf(request), request.body)
    }
  )

  app.delete(
    '/:id',
    {
      config,
      schema: {
        summary: 'Delete one of my API keys; what it opened ends',
        params: IdParams,
        response: { 204: Type.Null() }
      }
    },
    async (request, reply) => {
      await apiKeys.remove(callerOf(request), request.params.id)
      return reply.code(204).send(null)
    }
  )
}
