import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { IdParams } from '../../plugins/conventions.ts'
import { callerOf } from '../caller.ts'
import {
  RoleBody,
  RoleDeleteQuery,
  RolePatch,
  RolesPage,
  RolesQuery,
  RoleView
} from './roles.schema.ts'
import type { RolesService } from './roles.service.ts'

/** Under /roles. */
export const rolesRoutes: FastifyPluginAsyncTypebox<{ roles: RolesService }> = async (
  app,
  { roles }
) => {
  const config = { permission: 'admin-roles' } as const

  app.get(
    '/',
    {
      config,
      schema: {
        summary: 'All roles, what they give, and how many users have them',
        querystring: RolesQuery,
        response: { 200: RolesPage }
      }
    },
    request => roles.list(request.query)
  )

  app.post(
    '/',
    {
      config,
      schema: {
        summary: 'A new role; it gives nothing that its maker lacks',
        body: RoleBody,
        response: { 201: RoleView }
      }
    },
    async (request, reply) => {
      reply.code(201)
      return roles.create(callerOf(request), request.body)
    }
  )

  app.get(
    '/:id',
    {
      config,
      schema: { summary: 'One role', params: IdParams, response: { 200: RoleView } }
    },
    request => roles.view(request.params.id)
  )

  app.patch(
    '/:id',
    {
      config,
      schema: {
        summary: 'Change a role, for all who have it; `permissions` takes the place of all it gave',
        params: IdParams,
        body: RolePatch,
        response: { 200: RoleView }
      }
    },
    request => roles.update(callerOf(request), request.params.id, request.body)
  )

  app.delete(
    '/:id',
    {
      config,
      schema: {
        summary: 'Delete a role that nobody has, or whose users get another',
        params: IdParams,
        querystring: RoleDeleteQuery,
        response: { 204: Type.Null() }
      }
    },
    async (request, reply) => {
      await roles.remove(callerOf(request), request.params.id, request.query.replaceWith)
      return reply.code(204).send(null)
    }
  )
}
