import type { ServerReport } from '@ctrl-alt-play/protocol'
import type pg from 'pg'
import type { Fence } from './commands.repo.ts'

/** Brings records that were set back level with what a node knows; answers the servers that were behind. */
export type CatchUp = (fence: Fence, reports: ServerReport[]) => Promise<string[]>

/** No backup is as old as that: a node that says more is not believed. */
const MOST_BEHIND = 1_000_000

/**
 * A node takes no act that is older than what it has heard, and no game ends because a database was restored:
 * the numbers go on behind the node's, and what runs there is wanted. What else was changed since is lost.
 */
export function createCatchUp(pool: pg.Pool): CatchUp {
  return async ({ nodeId, epoch }, reports) => {
    const { rows } = await pool.query<{ id: string }>(
      `WITH fence AS (SELECT 1 FROM "Node" WHERE "id" = $1::uuid AND "sessionEpoch" = $2 FOR SHARE),
         v AS (SELECT * FROM unnest($3::uuid[], $4::bigint[], $5::bigint[], $6::boolean[])
           AS v("id", "generation", "restartSeq", "up"))
       UPDATE "Server" s SET "generation" = v."generation" + 1,
         "restartSeq" = greatest(s."restartSeq", v."restartSeq"), "updatedAt" = now(),
         "desiredState" = (CASE WHEN s."desiredState" = 'ABSENT' THEN 'ABSENT' WHEN v."up" THEN 'RUNNING'
           ELSE 'STOPPED' END)::"DesiredState"
       FROM v, fence WHERE s."id" = v."id" AND s."nodeId" = $1::uuid AND s."generation" < v."generation"
         AND greatest(v."generation" - s."generation", v."restartSeq" - s."restartSeq") < $7
       RETURNING s."id"`,
      [
        nodeId,
        epoch,
        reports.map(report => report.serverId),
        reports.map(report => report.generation),
        reports.map(report => report.restartSeq),
        reports.map(report => up.has(report.state)),
        MOST_BEHIND
      ]
    )
    return rows.map(row => row.id)
  }
}

const up: ReadonlySet<ServerReport['state']> = new Set(['STARTING', 'RUNNING', 'CRASHED'])
