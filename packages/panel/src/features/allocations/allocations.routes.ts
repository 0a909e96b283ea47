import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { IdParams } from '../../plugins/conventions.ts'
import { callerOf } from '../caller.ts'
import {
  AllocationParams,
  AllocationsBody,
  AllocationsPage,
  AllocationsQuery,
  CreatedAllocations
} from './allocations.schema.ts'
import type { AllocationsService } from './allocations.service.ts'

/** Under /nodes. */
export const allocationsRoutes: FastifyPluginAsyncTypebox<{
  allocations: AllocationsService
}> = async (app, { allocations }) => {
  const config = { permission: 'admin-nodes' } as const

  app.get(
    '/:id/allocations',
    {
      config,
      schema: {
        summary: 'The addresses and ports of a node',
        params: IdParams,
        querystring: AllocationsQuery,
        response: { 200: AllocationsPage }
      }
    },
    request => allocations.list(request.params.id, request.query)
  )

  app.post(
    '/:id/allocations',
    {
      config,
      schema: {
        summary: 'Add ports to a node: all of them or none',
        params: IdParams,
        body: AllocationsBody,
        response: { 201: CreatedAllocations }
      }
    },
    async (request, reply) => {
      reply.code(201)
      return {
        data: await allocations.create(callerOf(request), request.params.id, request.body)
      }
    }
  )

  app.delete(
    '/:id/allocations/:allocationId',
    {
      config,
      schema: {
        summary: 'Take a port away that no server uses',
        params: AllocationParams,
        response: { 204: Type.Null() }
      }
    },
    async (request, reply) => {
      const { id, allocationId } = request.params
      await allocations.remove(callerOf(request), id, allocationId)
      return reply.code(204).send(null)
    }
  )
}
