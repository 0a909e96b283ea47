import type { Database } from '../../db/client.ts'

interface HistorySpan {
  from: Date
  to: Date
  /** Samples of so many seconds are one point. */
  binSeconds: number
}

interface HistoryRow {
  at: Date
  cpuPercent: number
  memoryMiB: number
  diskMiB: number | null
  rxPerSecond: number | null
  txPerSecond: number | null
}

export interface StatsHistoryRepo {
  list(subjectId: string, span: HistorySpan): Promise<HistoryRow[]>
}

/** Samples further apart say nothing about how fast it was between them. */
const MOST_APART_SECONDS = 150

/** Counters begin again with the game: a step back is no traffic. */
const LIST = `
  WITH sample AS (
    SELECT at, "cpuPercent", "memoryMiB", "diskMiB",
      "networkRxBytes" - lag("networkRxBytes") OVER turns AS rx,
      "networkTxBytes" - lag("networkTxBytes") OVER turns AS tx,
      extract(epoch FROM at - lag(at) OVER turns)::float8 AS seconds
    FROM "MetricSample" WHERE "subjectId" = $1 AND at > $2 AND at <= $3
    WINDOW turns AS (ORDER BY at)),
  judged AS (
    SELECT *, rx >= 0 AND tx >= 0 AND seconds <= ${MOST_APART_SECONDS} AS counts FROM sample)
  SELECT date_bin(make_interval(secs => $4), at, 'epoch') AS at,
    avg("cpuPercent")::float8 AS "cpuPercent", avg("memoryMiB")::float8 AS "memoryMiB",
    avg("diskMiB")::float8 AS "diskMiB",
    (sum(rx) FILTER (WHERE counts) / sum(seconds) FILTER (WHERE counts))::float8 AS "rxPerSecond",
    (sum(tx) FILTER (WHERE counts) / sum(seconds) FILTER (WHERE counts))::float8 AS "txPerSecond"
  FROM judged GROUP BY 1 ORDER BY 1`

export function createStatsHistoryRepo({ pool }: Pick<Database, 'pool'>): StatsHistoryRepo {
  return {
    async list(subjectId, { from, to, binSeconds }) {
      return (await pool.query<HistoryRow>(LIST, [subjectId, from, to, binSeconds])).rows
    }
  }
}
