import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { IdParams } from '../../plugins/conventions.ts'
import { callerOf } from '../caller.ts'
import { SessionsPage, SessionsQuery, UserSessionParams } from './sessions.schema.ts'
import type { SessionsService } from './sessions.service.ts'

export interface SessionsRoutesOptions {
  sessions: SessionsService
}

/** Under /auth/sessions. */
export const sessionsRoutes: FastifyPluginAsyncTypebox<SessionsRoutesOptions> = async (
  app,
  { sessions }
) => {
  const config = { login: true } as const

  app.get(
    '/',
    {
      config,
      schema: {
        summary: 'My logins',
        querystring: SessionsQuery,
        response: { 200: SessionsPage }
      }
    },
    request => sessions.listOwn(request.actor, request.query)
  )

  app.delete(
    '/',
    {
      config,
      schema: { summary: 'End all my logins but this one', response: { 204: Type.Null() } }
    },
    async (request, reply) => {
      await sessions.endOthers(callerOf(request))
      return reply.code(204).send(null)
    }
  )

  app.delete(
    '/:id',
    {
      config,
      schema: { summary: 'End one of my logins', params: IdParams, response: { 204: Type.Null() } }
    },
    async (request, reply) => {
      await sessions.endOwn(callerOf(request), request.params.id)
      return reply.code(204).send(null)
    }
  )
}

/** Under /users. */
export const userSessionsRoutes: FastifyPluginAsyncTypebox<SessionsRoutesOptions> = async (
  app,
  { sessions }
) => {
  app.get(
    '/:id/sessions',
    {
      config: { permission: 'user-view' },
      schema: {
        summary: "A user's logins",
        params: IdParams,
        querystring: SessionsQuery,
        response: { 200: SessionsPage }
      }
    },
    request => sessions.listOf(request.actor, request.params.id, request.query)
  )

  app.delete(
    '/:id/sessions',
    {
      config: { permission: 'user-update' },
      schema: {
        summary: "End all of a user's logins",
        params: IdParams,
        response: { 204: Type.Null() }
      }
    },
    async (request, reply) => {
      await sessions.endAllOf(callerOf(request), request.params.id)
      return reply.code(204).send(null)
    }
  )

  app.delete(
    '/:id/sessions/:sessionId',
    {
      config: { permission: 'user-update' },
      schema: {
        summary: "End one of a user's logins",
        params: UserSessionParams,
        response: { 204: Type.Null() }
      }
    },
    async (request, reply) => {
      const { id, sessionId } = request.params
      await sessions.endOf(callerOf(request), id, sessionId)
      return reply.code(204).send(null)
    }
  )
}
