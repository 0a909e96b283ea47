import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { IdParams } from '../../plugins/conventions.ts'
import { callerOf } from '../caller.ts'
import {
  CreatedNode,
  EnrollmentAnswer,
  LostNode,
  NodeBody,
  NodeDetail,
  NodePatch,
  NodesPage,
  NodesQuery
} from './nodes.schema.ts'
import type { NodesService } from './nodes.service.ts'

/** Under /nodes. */
export const nodesRoutes: FastifyPluginAsyncTypebox<{ nodes: NodesService }> = async (
  app,
  { nodes }
) => {
  const config = { permission: 'admin-nodes' } as const

  app.get(
    '/',
    {
      config,
      schema: { summary: 'All nodes', querystring: NodesQuery, response: { 200: NodesPage } }
    },
    request => nodes.list(request.query)
  )

  app.post(
    '/',
    {
      config,
      schema: {
        summary: 'A new node; the answer has the line to paste on the machine',
        body: NodeBody,
        response: { 201: CreatedNode }
      }
    },
    async (request, reply) => {
      reply.code(201)
      return nodes.create(callerOf(request), request.body)
    }
  )

  app.get(
    '/:id',
    {
      config,
      schema: { summary: 'One node', params: IdParams, response: { 200: NodeDetail } }
    },
    request => nodes.view(request.params.id)
  )

  app.patch(
    '/:id',
    {
      config,
      schema: {
        summary: 'Change a node',
        params: IdParams,
        body: NodePatch,
        response: { 200: NodeDetail }
      }
    },
    request => nodes.update(callerOf(request), request.params.id, request.body)
  )

  app.delete(
    '/:id',
    {
      config,
      schema: {
        summary: 'Delete a node that has no servers; its agent is cut off',
        params: IdParams,
        response: { 204: Type.Null() }
      }
    },
    async (request, reply) => {
      await nodes.remove(callerOf(request), request.params.id)
      return reply.code(204).send(null)
    }
  )

  app.post(
    '/:id/enrollment-tokens',
    {
      config,
      schema: {
        summary: 'A new line to paste, for a machine that joins or joins again',
        params: IdParams,
        response: { 201: EnrollmentAnswer }
      }
    },
    async (request, reply) => {
      reply.code(201)
      return { enrollment: await nodes.addEnrollmentToken(callerOf(request), request.params.id) }
    }
  )

  app.post(
    '/:id/revoke',
    {
      config,
      schema: {
        summary: "Refuse the node's key from now on; games run on",
        params: IdParams,
        response: { 200: NodeDetail }
      }
    },
    request => nodes.revoke(callerOf(request), request.params.id)
  )

  app.post(
    '/:id/declare-lost',
    {
      config,
      schema: {
        summary: 'Give a node up for good: its open commands become UNKNOWN',
        params: IdParams,
        response: { 200: LostNode }
      }
    },
    request => nodes.declareLost(callerOf(request), request.params.id)
  )
}
