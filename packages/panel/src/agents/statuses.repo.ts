import type { ServerReport } from '@ctrl-alt-play/protocol'
import type pg from 'pg'
import type { Fence } from './commands.repo.ts'

export interface StatusWrite extends Fence {
  report: ServerReport
}

/** A server after a write that changed it. */
export interface WrittenStatus {
  id: string
  nodeId: string
  status: string
  reason: string | null
  startedAt: Date | null
  desiredState: string
  generation: number
  /** Whether people can see a difference. */
  visible: boolean
}

export interface OwnServer {
  id: string
  nodeId: string
  generation: number
}

export type StatusesRepo = ReturnType<typeof createStatusesRepo>
export type ServerFactsRepo = Pick<StatusesRepo, 'nodesOf'>

/** A node may say any number: it must still fit its column. */
const MAX_INT = 2_147_483_647

/**
 * What a report means for the row. An install that has not ended stays one until it has: the agent may
 * not have begun it. What failed, as far as anybody knows, stays failed although the agent knows nothing
 * of it. What is nowhere was never made, or went.
 */
const meaning = `CASE
  WHEN v."state" IN ('ABSENT', 'STOPPED') AND old."installState" IN ('PENDING', 'RUNNING')
    AND EXISTS (SELECT 1 FROM "Command" c WHERE c."nodeId" = v."node" AND c."serverId" = v."id"
      AND c."kind" IN ('install', 'reinstall') AND c."status" IN ('QUEUED', 'DISPATCHED', 'ACKED', 'RUNNING'))
    THEN 'INSTALLING'
  WHEN v."state" IN ('ABSENT', 'STOPPED') AND old."installState" = 'FAILED' THEN 'INSTALL_FAILED'
  WHEN v."state" <> 'ABSENT' THEN v."state"
  WHEN old."installState" = 'DONE' THEN 'STOPPED'
  ELSE 'INSTALLING' END::"ServerStatus"`

const reason = `CASE WHEN v."state" IN ('ABSENT', 'STOPPED') AND old."installState" = 'FAILED'
  THEN coalesce(old."statusReason", v."reason") ELSE v."reason" END`

const write = `
WITH v AS (SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::text[], $5::int[], $6::text[],
    $7::timestamptz[], $8::int[], $9::boolean[], $10::int[], $11::text[])
    AS v("id", "node", "epoch", "state", "generation", "container", "started", "exit", "oom", "crashes", "reason")),
  fence AS (SELECT n."id", n."sessionEpoch" AS "epoch" FROM "Node" n WHERE n."id" = ANY($2::uuid[])
    ORDER BY n."id" FOR SHARE),
  old AS (SELECT s."id", s."nodeId", s."status", s."statusReason", s."startedAt", s."installState" FROM "Server" s
    WHERE s."id" = ANY($1::uuid[]) ORDER BY s."id" FOR NO KEY UPDATE),
  new AS (SELECT v.*, ${meaning} AS "status", ${reason} AS "told",
      old."status" AS "oldStatus", old."statusReason" AS "oldReason",
      old."startedAt" AS "oldStarted"
    FROM v JOIN fence ON fence."id" = v."node" AND fence."epoch" = v."epoch"
    JOIN old ON old."id" = v."id" AND old."nodeId" = v."node")
UPDATE "Server" s SET "status" = new."status", "lastKnownStatus" = NULL, "statusReason" = new."told",
  "dockerContainerId" = new."container", "startedAt" = new."started", "exitCode" = new."exit",
  "oomKilled" = new."oom", "crashCount" = new."crashes", "reportedGeneration" = new."generation",
  "updatedAt" = now()
FROM new WHERE s."id" = new."id" AND (s."status", s."lastKnownStatus", s."statusReason", s."dockerContainerId",
    s."startedAt", s."exitCode", s."oomKilled", s."crashCount", s."reportedGeneration")
  IS DISTINCT FROM (new."status", NULL::"ServerStatus", new."told", new."container", new."started", new."exit",
    new."oom", new."crashes", new."generation")
RETURNING s."id", s."nodeId", s."status"::text, s."statusReason" AS "reason", s."startedAt",
  s."desiredState"::text, s."generation", (s."status", s."statusReason", s."startedAt")
    IS DISTINCT FROM (new."oldStatus", new."oldReason", new."oldStarted") AS "visible"`

export function createStatusesRepo(pool: pg.Pool) {
  return {
    /** Changes the rows of servers that are the node's and whose session still counts. */
    async write(writes: StatusWrite[]): Promise<WrittenStatus[]> {
      const reports = writes.map(one => one.report)
      const { rows } = await pool.query<WrittenStatus>(write, [
        reports.map(report => report.serverId),
        writes.map(one => one.nodeId),
        writes.map(one => one.epoch),
        reports.map(report => report.state),
        reports.map(report => Math.min(report.generation, MAX_INT)),
        reports.map(report => report.containerId),
        reports.map(report => millisecondsOf(report.startedAt)),
        reports.map(report => report.exitCode),
        reports.map(report => report.oomKilled),
        reports.map(report => Math.min(report.crashCount, MAX_INT)),
        reports.map(report => report.reason)
      ])
      return rows
    },

    async nodesOf(serverIds: string[]): Promise<Map<string, string | null>> {
      const { rows } = await pool.query<{ id: string; nodeId: string | null }>(
        `SELECT "id", "nodeId" FROM "Server" WHERE "id" = ANY($1::uuid[])`,
        [serverIds]
      )
      return new Map(rows.map(row => [row.id, row.nodeId]))
    },

    async serversOf(nodeIds: string[]): Promise<OwnServer[]> {
      const { rows } = await pool.query<OwnServer>(
        `SELECT "id", "nodeId", "generation" FROM "Server" WHERE "nodeId" = ANY($1::uuid[])`,
        [nodeIds]
      )
      return rows
    }
  }
}

/** Docker's nanoseconds are cut off, not rounded up: the same moment as a Date made from them. */
function millisecondsOf(timestamp: string | null): string | null {
  const time = timestamp === null ? Number.NaN : Date.parse(timestamp)
  return Number.isNaN(time) ? null : new Date(time).toISOString()
}
