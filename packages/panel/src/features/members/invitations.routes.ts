import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { IdParams } from '../../plugins/conventions.ts'
import { callerOf } from '../caller.ts'
import type { InvitationsService } from './invitations.service.ts'
import { InvitationsQuery, Membership, MyInvitationsPage } from './members.schema.ts'

/** Under /invitations. A person answers them: a key would gain rights that nobody gave it. */
export const invitationsRoutes: FastifyPluginAsyncTypebox<{
  invitations: InvitationsService
}> = async (app, { invitations }) => {
  const config = { login: true } as const

  app.get(
    '/',
    {
      config,
      schema: {
        summary: 'The servers that I am invited to, by my username or e-mail address',
        querystring: InvitationsQuery,
        response: { 200: MyInvitationsPage }
      }
    },
    request => invitations.list(request.actor, request.query)
  )

  app.post(
    '/:id/accept',
    {
      config,
      schema: {
        summary: 'Become a member; what the inviter has lost since is not given',
        params: IdParams,
        response: { 200: Membership }
      }
    },
    request => invitations.accept(callerOf(request), request.params.id)
  )

  app.post(
    '/:id/decline',
    {
      config,
      schema: {
        summary: 'Decline an invitation',
        params: IdParams,
        response: { 204: Type.Null() }
      }
    },
    async (request, reply) => {
      await invitations.decline(callerOf(request), request.params.id)
      return reply.code(204).send(null)
    }
  )
}
