import type { PanelEvents } from '../../agents/contract.ts'
import { forbidden, ServerNotFound, ServerSuspended } from '../../errors.ts'
import { createFreshCache } from '../../fresh-cache.ts'
import type { ServerAccess, TargetServer } from '../../plugins/access.ts'
import type { Actors } from '../auth/actors.ts'
import { can } from './can.ts'

export interface ServerFactsRepo {
  find(serverId: string): Promise<TargetServer | undefined>
}

/** As logins: what ends without an event has ended everywhere within 5 s. */
const FRESH_MS = 2_500
const MAX_CACHED = 10_000

export function createServerAccess(
  repo: ServerFactsRepo,
  actors: Pick<Actors, 'current'>,
  events: Pick<PanelEvents, 'subscribe'>
): ServerAccess {
  const recent = createFreshCache({ load: repo.find, ttlMs: FRESH_MS, max: MAX_CACHED })
  events.subscribe(event => {
    if ('serverId' in event && event.serverId && event.type !== 'server.stats') {
      recent.forget(event.serverId)
    }
  })

  return {
    current: actor => actors.current(actor),
    async requireServer(actor, serverId, permission, options) {
      const server = await (options?.recent ? recent.get(serverId) : repo.find(serverId))
      if (!server || !can(actor, 'server-view', server)) throw new ServerNotFound(serverId)
      if (can(actor, permission, server)) return server
      if (can(actor, permission, { ...server, suspendedAt: null })) {
        throw new ServerSuspended(serverId)
      }
      throw forbidden(permission)
    }
  }
}
