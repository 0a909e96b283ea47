import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { IdParams } from '../../plugins/conventions.ts'
import { callerOf } from '../caller.ts'
import {
  InvitationBody,
  InvitationParams,
  InvitationsPage,
  InvitationsQuery,
  InvitationView,
  MemberParams,
  MemberPatch,
  MembersPage,
  MembersQuery,
  MemberView
} from './members.schema.ts'
import type { MembersService } from './members.service.ts'

/** Under /servers. */
export const membersRoutes: FastifyPluginAsyncTypebox<{ members: MembersService }> = async (
  app,
  { members }
) => {
  const view = { permission: 'server-view', serverParam: 'id' } as const
  const change = { permission: 'server-update', serverParam: 'id' } as const

  app.get(
    '/:id/members',
    {
      config: view,
      schema: {
        summary: 'Who shares a server with its owner; who does not manage them sees only oneself',
        params: IdParams,
        querystring: MembersQuery,
        response: { 200: MembersPage }
      }
    },
    request => members.list(callerOf(request), request.targetServer, request.query)
  )

  app.post(
    '/:id/members',
    {
      config: change,
      schema: {
        summary:
          'Invite somebody, also by a mail; the answer is the same whether there is such a user or not',
        params: IdParams,
        body: InvitationBody,
        response: { 202: InvitationView }
      }
    },
    async (request, reply) => {
      reply.code(202)
      return members.invite(callerOf(request), request.params.id, request.body)
    }
  )

  app.patch(
    '/:id/members/:userId',
    {
      config: change,
      schema: {
        summary: 'What a member may do, all of it; what is denied to the user stays denied',
        params: MemberParams,
        body: MemberPatch,
        response: { 200: MemberView }
      }
    },
    request => {
      const { id, userId } = request.params
      return members.update(callerOf(request), id, userId, request.body)
    }
  )

  app.delete(
    '/:id/members/:userId',
    {
      // Whoever sees a server may leave it.
      config: view,
      schema: {
        summary: 'Remove a member, or leave',
        params: MemberParams,
        response: { 204: Type.Null() }
      }
    },
    async (request, reply) => {
      await members.remove(callerOf(request), request.params.id, request.params.userId)
      return reply.code(204).send(null)
    }
  )

  app.get(
    '/:id/invitations',
    {
      config: view,
      schema: {
        summary: 'The open invitations of a server',
        params: IdParams,
        querystring: InvitationsQuery,
        response: { 200: InvitationsPage }
      }
    },
    request => members.invitations(callerOf(request), request.targetServer, request.query)
  )

  app.delete(
    '/:id/invitations/:invitationId',
    {
      config: change,
      schema: {
        summary: 'Withdraw an invitation',
        params: InvitationParams,
        response: { 204: Type.Null() }
      }
    },
    async (request, reply) => {
      await members.withdraw(callerOf(request), request.params.id, request.params.invitationId)
      return reply.code(204).send(null)
    }
  )
}
