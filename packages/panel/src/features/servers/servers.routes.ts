import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import type { Outbox } from '../../agents/contract.ts'
import { awaitCommand } from '../../plugins/command-answer.ts'
import { IdParams } from '../../plugins/conventions.ts'
import { callerOf } from '../caller.ts'
import type { CreationService } from './creation.service.ts'
import type { PowerService } from './power.service.ts'
import type { RemovalService } from './removal.service.ts'
import {
  CommandAnswer,
  CreatedServer,
  DeleteQuery,
  PowerBody,
  ReinstallBody,
  ServerBody,
  ServerEventsPage,
  ServerEventsQuery,
  ServerPatch,
  ServersPage,
  ServersQuery,
  ServerView,
  StatsView
} from './servers.schema.ts'
import type { ServersService } from './servers.service.ts'
import type { SettingsService } from './settings.service.ts'

export interface ServersRoutesOptions {
  servers: ServersService
  creation: CreationService
  power: PowerService
  settings: SettingsService
  removal: RemovalService
  outbox: Pick<Outbox, 'settled'>
}

/** Under /servers. */
export const serversRoutes: FastifyPluginAsyncTypebox<ServersRoutesOptions> = async (
  app,
  { servers, creation, power, settings, removal, outbox }
) => {
  const view = { permission: 'server-view', serverParam: 'id' } as const
  const answers = { 200: CommandAnswer, 202: CommandAnswer }

  app.get(
    '/',
    {
      config: { permission: 'server-view', somewhere: true },
      schema: {
        summary: 'The servers that I may see',
        querystring: ServersQuery,
        response: { 200: ServersPage }
      }
    },
    request => servers.list(callerOf(request), request.query)
  )

  app.post(
    '/',
    {
      config: { permission: 'server-create' },
      schema: {
        summary: 'A new server; the command installs it',
        body: ServerBody,
        response: { 201: CreatedServer }
      }
    },
    async (request, reply) => {
      const caller = callerOf(request)
      const made = await creation.create(caller, request.body)
      const command = await awaitCommand(request, reply, outbox, made.command, 201)
      return { server: await servers.view(caller, made.serverId), command }
    }
  )

  app.get(
    '/:id',
    {
      config: view,
      schema: { summary: 'One server', params: IdParams, response: { 200: ServerView } }
    },
    request => servers.view(callerOf(request), request.params.id)
  )

  app.patch(
    '/:id',
    {
      config: { permission: 'server-update', serverParam: 'id' },
      schema: {
        summary: 'Change a server; a game that runs follows at its next start',
        params: IdParams,
        body: ServerPatch,
        response: { 200: ServerView }
      }
    },
    async request => {
      const caller = callerOf(request)
      await settings.update(caller, request.params.id, request.body)
      return servers.view(caller, request.params.id)
    }
  )

  app.delete(
    '/:id',
    {
      config: { permission: 'server-delete', serverParam: 'id' },
      schema: {
        summary: 'Delete a server and its files',
        params: IdParams,
        querystring: DeleteQuery,
        response: { ...answers, 204: Type.Null() }
      }
    },
    async (request, reply) => {
      const command = await removal.remove(callerOf(request), request.params.id, request.query)
      if (!command) return reply.code(204).send(null)
      return { command: await awaitCommand(request, reply, outbox, command) }
    }
  )

  app.post(
    '/:id/power',
    {
      config: { permission: 'server-power', serverParam: 'id' },
      schema: {
        summary: 'Start, stop, restart or kill a server',
        params: IdParams,
        body: PowerBody,
        response: answers
      }
    },
    async (request, reply) => {
      const command = await power.power(callerOf(request), request.params.id, request.body)
      return { command: await awaitCommand(request, reply, outbox, command) }
    }
  )

  app.post(
    '/:id/reinstall',
    {
      config: { permission: 'server-reinstall', serverParam: 'id' },
      schema: {
        summary: "Stop a server and run its alt's install script again",
        params: IdParams,
        body: ReinstallBody,
        response: answers
      }
    },
    async (request, reply) => {
      const command = await power.reinstall(callerOf(request), request.params.id, request.body)
      return { command: await awaitCommand(request, reply, outbox, command) }
    }
  )

  app.get(
    '/:id/stats',
    {
      config: { permission: 'monitoring-view', serverParam: 'id' },
      schema: {
        summary: 'The newest sample of what a server uses',
        params: IdParams,
        response: { 200: StatsView }
      }
    },
    request => servers.stats(request.params.id)
  )

  app.get(
    '/:id/events',
    {
      config: view,
      schema: {
        summary: 'What happened to a server, newest first',
        params: IdParams,
        querystring: ServerEventsQuery,
        response: { 200: ServerEventsPage }
      }
    },
    request => servers.events(request.params.id, request.query)
  )
}
