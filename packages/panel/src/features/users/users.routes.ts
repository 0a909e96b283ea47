import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { IdParams } from '../../plugins/conventions.ts'
import { callerOf } from '../caller.ts'
import type { UserChanges } from './user-changes.service.ts'
import type { UserRemoval } from './user-removal.service.ts'
import {
  CreatedUser,
  UserBody,
  UserDeleteQuery,
  UserLeaving,
  UserPatch,
  UsersPage,
  UsersQuery,
  UserView
} from './users.schema.ts'
import type { UsersService } from './users.service.ts'

export interface UsersRoutesOptions {
  users: UsersService
  changes: UserChanges
  removal: UserRemoval
}

/** Under /users. */
export const usersRoutes: FastifyPluginAsyncTypebox<UsersRoutesOptions> = async (
  app,
  { users, changes, removal }
) => {
  app.get(
    '/',
    {
      config: { permission: 'user-view' },
      schema: { summary: 'The users', querystring: UsersQuery, response: { 200: UsersPage } }
    },
    request => users.list(request.query)
  )

  app.post(
    '/',
    {
      config: { permission: 'user-create' },
      schema: {
        summary: 'A new user, who may do nothing that its maker may not',
        body: UserBody,
        response: { 201: CreatedUser }
      }
    },
    async (request, reply) => {
      reply.code(201)
      return changes.create(callerOf(request), request.body)
    }
  )

  app.get(
    '/:id',
    {
      config: { permission: 'user-view' },
      schema: { summary: 'One user', params: IdParams, response: { 200: UserView } }
    },
    request => users.view(request.params.id)
  )

  app.patch(
    '/:id',
    {
      config: { permission: 'user-update' },
      schema: {
        summary:
          'Change a user; another role, and disabling, end all logins; enabling calls off a deletion',
        params: IdParams,
        body: UserPatch,
        response: { 200: UserView }
      }
    },
    request => changes.update(callerOf(request), request.params.id, request.body)
  )

  app.delete(
    '/:id',
    {
      config: { permission: 'user-delete' },
      schema: {
        summary: 'Delete a user who owns no server, or the servers first and then the user',
        params: IdParams,
        querystring: UserDeleteQuery,
        response: { 202: UserLeaving, 204: Type.Null() }
      }
    },
    async (request, reply) => {
      const { id } = request.params
      const withServers = request.query.servers === 'delete'
      const leaving = await removal.remove(callerOf(request), id, { withServers })
      if (!leaving) return reply.code(204).send(null)
      reply.code(202)
      return leaving
    }
  )
}
