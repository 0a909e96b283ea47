import type { Database } from '../../db/client.ts'
import type { ServerFacts } from './can.ts'
import type { ServerFactsRepo } from './server-access.ts'

/** Asked by nearly every request: one row by its key, prepared once on each connection. */
export function createServerFactsRepo({ pool }: Database): ServerFactsRepo {
  return {
    async find(serverId) {
      const { rows } = await pool.query<ServerFacts>({
        name: 'server-facts',
        text: 'SELECT id, "ownerId", "suspendedAt" FROM "Server" WHERE id = $1',
        values: [serverId]
      })
      return rows[0]
    }
  }
}
