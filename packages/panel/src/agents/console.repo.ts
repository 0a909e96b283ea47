import { type ConsoleLine, decodeLines, encodeLines } from '@ctrl-alt-play/protocol'
import type pg from 'pg'
import { v7 as uuidv7 } from 'uuid'
import type { Fence } from './commands.repo.ts'
import { timeOf } from './console-entries.ts'

/** A run of lines that is stored as one row. */
export interface Chunk {
  start: number
  end: number
  /** Bytes lost just before it. */
  gapBefore: number
  lines: ConsoleLine[]
}

/** What one server's console grows by. */
export interface Growth extends Fence {
  serverId: string
  /** Where the stored console ends now. */
  from: number
  chunks: Chunk[]
}

export interface StoredChunk {
  start: number
  end: number
  lines: ConsoleLine[]
}

export type ConsoleRepo = ReturnType<typeof createConsoleRepo>

export function createConsoleRepo(pool: pg.Pool) {
  return {
    /** Where the stored console of each server ends; servers that are not there are left out. */
    async ends(serverIds: string[]): Promise<Map<string, number>> {
      const { rows } = await pool.query<{ id: string; end: string }>(
        `SELECT "id", "consoleEnd" AS "end" FROM "Server" WHERE "id" = ANY($1::uuid[])`,
        [serverIds]
      )
      return new Map(rows.map(row => [row.id, Number(row.end)]))
    },

    /**
     * Appends to each console whose end is still where the growth begins, in one statement. Answers the
     * servers that grew: another has gone, was written by someone else, or its session no longer counts.
     */
    async append(growths: Growth[]): Promise<string[]> {
      const chunks = growths.flatMap(growth =>
        growth.chunks.map(chunk => ({ ...chunk, serverId: growth.serverId }))
      )
      const { rows } = await pool.query<{ id: string }>(
        `WITH v AS (SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::bigint[], $5::bigint[])
             AS v("id", "node", "epoch", "from", "end")),
           fence AS (SELECT n."id", n."sessionEpoch" AS "epoch" FROM "Node" n WHERE n."id" = ANY($2::uuid[])
             ORDER BY n."id" FOR SHARE),
           held AS (SELECT s."id", s."nodeId", s."consoleEnd" FROM "Server" s WHERE s."id" = ANY($1::uuid[])
             ORDER BY s."id" FOR NO KEY UPDATE),
           grown AS (SELECT v."id", v."end" FROM v JOIN fence ON fence."id" = v."node" AND fence."epoch" = v."epoch"
             JOIN held ON held."id" = v."id" AND held."nodeId" = v."node" AND held."consoleEnd" = v."from"),
           stored AS (INSERT INTO "ServerLog" ("id", "serverId", "kind", "start", "end", "gapBefore", "at", "data")
             SELECT c."id", c."server", 'CONSOLE', c."start", c."end", c."gap", c."at", c."data"
             FROM unnest($6::uuid[], $7::uuid[], $8::bigint[], $9::bigint[], $10::bigint[], $11::timestamptz[], $12::bytea[])
               AS c("id", "server", "start", "end", "gap", "at", "data") JOIN grown ON grown."id" = c."server")
         UPDATE "Server" s SET "consoleEnd" = grown."end" FROM grown WHERE s."id" = grown."id" RETURNING s."id"`,
        [
          growths.map(growth => growth.serverId),
          growths.map(growth => growth.nodeId),
          growths.map(growth => growth.epoch),
          growths.map(growth => growth.from),
          growths.map(growth => growth.chunks.at(-1)?.end ?? growth.from),
          chunks.map(() => uuidv7()),
          chunks.map(chunk => chunk.serverId),
          chunks.map(chunk => chunk.start),
          chunks.map(chunk => chunk.end),
          chunks.map(chunk => chunk.gapBefore),
          chunks.map(chunk => timeOf(chunk.lines[0]?.atMs ?? 0)),
          chunks.map(chunk => encodeLines(chunk.lines))
        ]
      )
      return rows.map(row => row.id)
    },

    /** Stored chunks from the one that holds `after` on. */
    async chunks(serverId: string, after: number, limit: number): Promise<StoredChunk[]> {
      const { rows } = await pool.query<{ start: string; end: string; data: Buffer }>(
        `SELECT "start", "end", "data" FROM "ServerLog" WHERE "serverId" = $1 AND "kind" = 'CONSOLE'
           AND "start" >= coalesce((SELECT max(b."start") FROM "ServerLog" b WHERE b."serverId" = $1
             AND b."kind" = 'CONSOLE' AND b."start" <= $2::bigint), 0)
         ORDER BY "start" LIMIT $3`,
        [serverId, after, limit]
      )
      return rows.map(row => ({
        start: Number(row.start),
        end: Number(row.end),
        lines: decodeLines(row.data) ?? []
      }))
    }
  }
}
