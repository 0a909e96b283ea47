import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { Outbox } from '../../agents/contract.ts'
import { awaitCommand, CommandBody, commandBody } from '../../plugins/command-answer.ts'
import { IdParams, ListOf, ListQuery } from '../../plugins/conventions.ts'
import { CommandAnswer } from '../servers/servers.schema.ts'
import type { CommandsService } from './commands.service.ts'

export interface CommandsRoutesOptions {
  commands: CommandsService
  outbox: Pick<Outbox, 'settled'>
}

/** Under /api/v1: of one server, and by their own id. */
export const commandsRoutes: FastifyPluginAsyncTypebox<CommandsRoutesOptions> = async (
  app,
  { commands, outbox }
) => {
  app.get(
    '/servers/:id/commands',
    {
      config: { permission: 'server-view', serverParam: 'id' },
      schema: {
        summary: 'What a server was told, newest first',
        params: IdParams,
        querystring: ListQuery(['-createdAt']),
        response: { 200: ListOf(CommandBody) }
      }
    },
    async request => {
      const page = await commands.listOfServer(request.params.id, request.query)
      return { ...page, data: page.data.map(commandBody) }
    }
  )

  app.get(
    '/commands/:id',
    {
      config: { authenticated: true },
      schema: {
        summary: 'One command and its outcome; of servers that I may see',
        params: IdParams,
        response: { 200: CommandBody }
      }
    },
    async request => commandBody(await commands.view(request.actor, request.params.id))
  )

  app.post(
    '/commands/:id/cancel',
    {
      config: { authenticated: true },
      schema: {
        summary: 'Call a command off: at once while it waits, later if the node can',
        params: IdParams,
        response: { 200: CommandAnswer, 202: CommandAnswer }
      }
    },
    async (request, reply) => {
      const command = await commands.cancel(
        { actor: request.actor, requestId: request.id },
        request.params.id
      )
      return { command: await awaitCommand(request, reply, outbox, command) }
    }
  )
}
