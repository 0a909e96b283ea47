import type pg from 'pg'
import type { LogRetention } from '../db/retention.ts'

/** A console is looked at again when it has grown by so much. */
const WORTH_A_LOOK_BYTES = 256 * 1024

/** Keeps the stored consoles small: of a server that printed a lot the oldest goes. */
export function createLogRetention(
  pool: pg.Pool,
  takeGrowth: () => Map<string, number>,
  { bytesPerServer }: Pick<LogRetention, 'bytesPerServer'>
) {
  const grown = new Map<string, number>()

  async function trim(serverId: string): Promise<void> {
    await pool.query(
      `DELETE FROM "ServerLog" WHERE "serverId" = $1 AND "kind" = 'CONSOLE' AND "start" <= (
         SELECT max("start") FROM (
           SELECT "start", sum(octet_length("data")) OVER (ORDER BY "start" DESC) AS "bytes"
           FROM "ServerLog" WHERE "serverId" = $1 AND "kind" = 'CONSOLE') newest
         WHERE "bytes" > $2)`,
      [serverId, bytesPerServer]
    )
  }

  /** Safe to repeat, and for one panel at a time or many. */
  return async (): Promise<void> => {
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
