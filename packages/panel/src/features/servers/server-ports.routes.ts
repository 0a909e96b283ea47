import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { IdParams } from '../../plugins/conventions.ts'
import { callerOf } from '../caller.ts'
import type { ServerPortsService } from './server-ports.service.ts'
import { ServerPortBody, ServerPortParams, ServerPortPatch, ServerView } from './servers.schema.ts'
import type { ServersService } from './servers.service.ts'

export interface ServerPortsRoutesOptions {
  ports: ServerPortsService
  servers: Pick<ServersService, 'view'>
}

/** Under /servers. */
export const serverPortsRoutes: FastifyPluginAsyncTypebox<ServerPortsRoutesOptions> = async (
  app,
  { ports, servers }
) => {
  const config = { permission: 'network-allocate', serverParam: 'id' } as const

  app.post(
    '/:id/allocations',
    {
      config,
      schema: {
        summary: 'Give a server a port; a game that runs follows at its next start',
        params: IdParams,
        body: ServerPortBody,
        response: { 201: ServerView }
      }
    },
    async (request, reply) => {
      const caller = callerOf(request)
      await ports.add(caller, request.params.id, request.body)
      reply.code(201)
      return servers.view(caller, request.params.id)
    }
  )

  app.patch(
    '/:id/allocations/:allocationId',
    {
      config,
      schema: {
        summary: 'Make this the port that players use',
        params: ServerPortParams,
        body: ServerPortPatch,
        response: { 200: ServerView }
      }
    },
    async request => {
      const caller = callerOf(request)
      const { id, allocationId } = request.params
      await ports.makePrimary(caller, id, allocationId)
      return servers.view(caller, id)
    }
  )

  app.delete(
    '/:id/allocations/:allocationId',
    {
      config,
      schema: {
        summary: 'Take a port from a server, which is not the primary one; its node keeps it',
        params: ServerPortParams,
        response: { 200: ServerView }
      }
    },
    async request => {
      const caller = callerOf(request)
      const { id, allocationId } = request.params
      await ports.remove(caller, id, allocationId)
      return servers.view(caller, id)
    }
  )
}
