import type { Agents } from '../../agents/contract.ts'
import { ServerNotFound, StatsNotFound } from '../../errors.ts'
import { pageOf } from '../../plugins/conventions.ts'
import type { Caller } from '../caller.ts'
import { serversWith } from '../permissions/can.ts'
import { summaryOf, viewFor } from './server-view.ts'
import type { ServersRepo } from './servers.repo.ts'
import type {
  ServerEventsQuery,
  ServerEventView,
  ServerSummary,
  ServersQuery,
  ServerView,
  StatsView
} from './servers.schema.ts'

interface Page<T> {
  data: T[]
  nextCursor: string | null
}

/** Reading; what changes servers is in creation, power, settings and removal. */
export interface ServersService {
  /** Only those that the caller may see. */
  list(caller: Caller, query: ServersQuery): Promise<Page<ServerSummary>>
  view(caller: Caller, serverId: string): Promise<ServerView>
  stats(serverId: string): Promise<StatsView>
  events(serverId: string, query: ServerEventsQuery): Promise<Page<ServerEventView>>
}

export function createServersService(
  repo: ServersRepo,
  agents: Pick<Agents, 'newestStats'>
): ServersService {
  return {
    async list({ actor }, query) {
      const rows = await repo.list(query, serversWith(actor, 'server-view'), actor.userId)
      const byName = query.sort.endsWith('name')
      return pageOf(
        rows,
        query,
        row => ({ key: byName ? row.name : row.createdAt.toISOString(), id: row.id }),
        summaryOf
      )
    },

    async view({ actor }, serverId) {
      const row = await repo.find(serverId)
      if (!row) throw new ServerNotFound(serverId)
      return viewFor(actor, row)
    },

    async stats(serverId) {
      const sample = agents.newestStats(serverId) ?? (await repo.newestSample(serverId))
      if (!sample) throw new StatsNotFound(serverId)
      const { serverId: _, ...stats } = sample
      return stats
    },

    async events(serverId, query) {
      const rows = await repo.events(serverId, query)
      return pageOf(
        rows,
        query,
        row => ({ key: Number(row.start), id: row.id }),
        row => ({ id: row.id, at: row.at.toISOString(), text: row.text })
      )
    }
  }
}
