import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { IdParams } from '../../plugins/conventions.ts'
import { UsersPage, UsersQuery, UserView } from './users.schema.ts'
import type { UsersService } from './users.service.ts'

export const usersRoutes: FastifyPluginAsyncTypebox<{ users: UsersService }> = async (
  app,
  { users }
) => {
  app.get(
    '/',
    {
      config: { permission: 'user-view' },
      schema: { summary: 'The users', querystring: UsersQuery, response: { 200: UsersPage } }
    },
    request => users.list(request.query)
  )

  app.get(
    '/:id',
    {
      config: { permission: 'user-view' },
      schema: { summary: 'One user', params: IdParams, response: { 200: UserView } }
    },
    request => users.view(request.params.id)
  )
}
