import { askTogether } from '../../db/asked-together.ts'
import type { Database } from '../../db/client.ts'
import type { TargetServer } from '../../plugins/access.ts'
import type { ServerFactsRepo } from './server-access.ts'

const TARGET = `SELECT id, "ownerId", "suspendedAt", name, "nodeId", status, "statusReason", "startedAt",
    "consoleEnd"::float8 AS "consoleEnd"
  FROM "Server" WHERE id = ANY($1::uuid[])`

/** Asked by nearly every request: by their keys, prepared once on each connection. */
export function createServerFactsRepo({ pool }: Database): ServerFactsRepo {
  return {
    find: askTogether(async ids => {
      const { rows } = await pool.query<TargetServer>({
        name: 'server-facts',
        text: TARGET,
        values: [ids]
      })
      return rows
    })
  }
}
