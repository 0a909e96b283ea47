import { askTogether } from '../../db/asked-together.ts'
import type { Database } from '../../db/client.ts'
import type { ServerFacts } from './can.ts'
import type { ServerFactsRepo } from './server-access.ts'

/** Asked by nearly every request: by their keys, prepared once on each connection. */
export function createServerFactsRepo({ pool }: Database): ServerFactsRepo {
  return {
    find: askTogether(async ids => {
      const { rows } = await pool.query<ServerFacts>({
        name: 'server-facts',
        text: 'SELECT id, "ownerId", "suspendedAt" FROM "Server" WHERE id = ANY($1::uuid[])',
        values: [ids]
      })
      return rows
    })
  }
}
