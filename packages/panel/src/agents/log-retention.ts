import type pg from 'pg'
import type { LogRetention } from '../db/retention.ts'

const BATCH = 5_000
/** A console is looked at again when it has grown by so much. */
const WORTH_A_LOOK_BYTES = 256 * 1024

/** Keeps the stored consoles small: what is too old goes, and of a server that printed a lot the oldest. */
export function createLogRetention(
  pool: pg.Pool,
  takeGrowth: () => Map<string, number>,
  { days, bytesPerServer }: LogRetention
) {
  const grown = new Map<string, number>()

  async function removeOld(): Promise<void> {
    for (;;) {
      const { rowCount } = await pool.query(
        `DELETE FROM "ServerLog" WHERE "id" = ANY(ARRAY(SELECT "id" FROM "ServerLog"
           WHERE "kind" = 'CONSOLE' AND "createdAt" < now() - $1 * interval '1 day' LIMIT $2))`,
        [days, BATCH]
      )
      if ((rowCount ?? 0) < BATCH) return
    }
  }

  async function trim(serverId: string): Promise<void> {
    await pool.query(
      `DELETE FROM "ServerLog" l USING (SELECT "id", sum(octet_length("data")) OVER (ORDER BY "start" DESC) AS "bytes"
         FROM "ServerLog" WHERE "serverId" = $1 AND "kind" = 'CONSOLE') newest
       WHERE newest."id" = l."id" AND newest."bytes" > $2`,
      [serverId, bytesPerServer]
    )
  }

  /** Safe to repeat, and for one panel at a time or many. */
  return async (): Promise<void> => {
    await removeOld()
    for (const [serverId, bytes] of takeGrowth()) {
      grown.set(serverId, (grown.get(serverId) ?? 0) + bytes)
    }
    for (const [serverId, bytes] of grown) {
      if (bytes < Math.min(WORTH_A_LOOK_BYTES, bytesPerServer)) continue
      await trim(serverId)
      grown.delete(serverId)
    }
  }
}
