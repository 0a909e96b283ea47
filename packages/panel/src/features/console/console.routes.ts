import { closeCodes } from '@ctrl-alt-play/protocol'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { IdParams } from '../../plugins/conventions.ts'
import { callerOf } from '../caller.ts'
import { createLiveSocket } from '../live/live-socket.ts'
import type { SocketQuota } from '../live/socket-quota.ts'
import {
  ConsoleBody,
  ConsoleClientMessage,
  ConsoleServerMessage,
  LogsPage,
  LogsQuery
} from './console.schema.ts'
import { type ConsoleVisitDeps, serveConsole } from './console-visit.ts'

export type ConsoleRoutesOptions = ConsoleVisitDeps & { quota: SocketQuota }

/** Under /servers. */
export const consoleRoutes: FastifyPluginAsyncTypebox<ConsoleRoutesOptions> = async (app, deps) => {
  const { console, quota } = deps
  const read = { permission: 'console-read', serverParam: 'id' } as const
  app.addSchema(ConsoleClientMessage)
  app.addSchema(ConsoleServerMessage)

  app.get(
    '/:id/logs',
    {
      config: read,
      schema: {
        summary: "A page of a server's stored console",
        params: IdParams,
        querystring: LogsQuery,
        response: { 200: LogsPage }
      }
    },
    request => console.read(request.params.id, request.query)
  )

  app.post(
    '/:id/console',
    {
      config: { permission: 'console-send', serverParam: 'id', recent: true },
      schema: {
        summary: "Type one line into a server's console",
        params: IdParams,
        body: ConsoleBody,
        response: { 204: Type.Null() }
      }
    },
    async (request, reply) => {
      await console.input(callerOf(request), request.targetServer, request.body.command)
      return reply.code(204).send(null)
    }
  )

  app.get(
    '/:id/console',
    {
      websocket: true,
      config: read,
      schema: {
        summary: 'WebSocket: ConsoleClientMessage one way, ConsoleServerMessage the other',
        params: IdParams,
        'x-websocket': { hears: ConsoleClientMessage, says: ConsoleServerMessage }
      }
    },
    (socket, request) => {
      const { actor, id: requestId } = request
      const live = createLiveSocket(socket)
      const giveBack = quota.take(actor.userId)
      if (!giveBack) return live.close(closeCodes.tryAgainLater, 'you have too many sockets open')
      live.onClose(giveBack)
      serveConsole(live, { actor, requestId, serverId: request.params.id }, deps).catch(err => {
        request.log.error({ err }, 'a console socket failed')
        live.close(1011, 'something went wrong')
      })
    }
  )
}
