import { forbidden, ServerNotFound, ServerSuspended } from '../../errors.ts'
import type { ServerAccess } from '../../plugins/access.ts'
import type { Actors } from '../auth/actors.ts'
import { can, type ServerFacts } from './can.ts'

export interface ServerFactsRepo {
  find(serverId: string): Promise<ServerFacts | undefined>
}

export function createServerAccess(
  repo: ServerFactsRepo,
  actors: Pick<Actors, 'current'>
): ServerAccess {
  return {
    current: actor => actors.current(actor),
    async requireServer(actor, serverId, permission) {
      const server = await repo.find(serverId)
      if (!server || !can(actor, 'server-view', server)) throw new ServerNotFound(serverId)
      if (can(actor, permission, server)) return server
      if (can(actor, permission, { ...server, suspendedAt: null })) {
        throw new ServerSuspended(serverId)
      }
      throw forbidden(permission)
    }
  }
}
