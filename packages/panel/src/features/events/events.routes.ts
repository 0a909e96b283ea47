import { closeCodes } from '@ctrl-alt-play/protocol'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { createLiveSocket } from '../live/live-socket.ts'
import type { SocketQuota } from '../live/socket-quota.ts'
import type { EventStream } from './event-stream.ts'
import { EventMessage, EventsClientMessage } from './events.schema.ts'

export interface EventsRoutesOptions {
  stream: EventStream
  quota: SocketQuota
}

/** Under /events. */
export const eventsRoutes: FastifyPluginAsyncTypebox<EventsRoutesOptions> = async (
  app,
  { stream, quota }
) => {
  app.addSchema(EventMessage)
  app.addSchema(EventsClientMessage)

  app.get(
    '/',
    {
      websocket: true,
      config: { authenticated: true },
      schema: {
        summary: 'WebSocket: an EventMessage for each change that I may see',
        'x-websocket': { hears: EventsClientMessage, says: EventMessage }
      }
    },
    (socket, request) => {
      const { actor } = request
      const live = createLiveSocket(socket)
      const giveBack = quota.take(actor.userId)
      if (!giveBack) return live.close(closeCodes.tryAgainLater, 'you have too many sockets open')
      live.onClose(giveBack)
      stream.serve(live, actor).catch(err => {
        request.log.error({ err }, 'an events socket failed')
        live.close(1011, 'something went wrong')
      })
    }
  )
}
