import type pg from 'pg'
import { connect } from './create-database.ts'
import { type LockPatience, patiently } from './lock-patience.ts'

const LOCK_KEY = 4_242_020
const DAYS_AHEAD = 3
const TURN_PATIENCE: LockPatience = { lockTimeoutMs: 2_000, totalMs: 60_000 }

export interface RetentionLimits {
  auditDays: number
  metricDays: number
  commandDays: number
  logs: LogRetention
}

/** Of what is logged of servers: consoles, events and installers. */
export interface LogRetention {
  days: number
  /** The newest is kept; of a console the link sees to it. */
  bytesPerServer: number
}

export const defaultLogRetention: LogRetention = { days: 14, bytesPerServer: 8 * 1024 * 1024 }

const defaultRetention: RetentionLimits = {
  auditDays: 365,
  metricDays: 14,
  commandDays: 90,
  logs: defaultLogRetention
}

/**
 * Removes what is older than its time and makes the coming days' partitions of metrics. For once at
 * start and then daily; false when another panel is at it. The connection is its own: it may take long.
 */
export async function runRetention(
  url: string,
  limits: RetentionLimits = defaultRetention
): Promise<boolean> {
  const client = await connect(url)
  try {
    const { rows } = await client.query('SELECT pg_try_advisory_lock($1) AS mine', [LOCK_KEY])
    if (rows[0].mine !== true) return false
    await turnDays(client, limits)
    await removeExpired(client, limits)
    await removeLogs(client, limits.logs)
    await removeAudit(client, limits.auditDays)
    return true
  } finally {
    await client.end()
  }
}

/** A partition comes and goes under locks of its table and of those that it refers to. */
async function turnDays(
  client: pg.Client,
  { metricDays, logs }: Pick<RetentionLimits, 'metricDays' | 'logs'>
): Promise<void> {
  const turns = [
    `cap_ensure_metric_partitions(${DAYS_AHEAD})`,
    `cap_ensure_log_partitions(${DAYS_AHEAD})`,
    `cap_drop_metric_partitions(${Math.trunc(metricDays)})`,
    `cap_drop_log_partitions(${Math.trunc(logs.days)})`
  ]
  for (const turn of turns) await patiently(client, `SELECT ${turn}`, TURN_PATIENCE)
  await client.query('SET lock_timeout = DEFAULT')
}

async function removeExpired(client: pg.Client, limits: RetentionLimits): Promise<void> {
  await client.query('DELETE FROM "IdempotencyKey" WHERE "expiresAt" < now()')
  await client.query(`DELETE FROM "Session" WHERE "expiresAt" < now() - interval '1 day'`)
  for (const table of ['EnrollmentToken', 'MailToken', 'Invitation']) {
    await client.query(`DELETE FROM "${table}" WHERE "expiresAt" < now() - interval '1 day'`)
  }
  await client.query(
    `DELETE FROM "Command" WHERE "createdAt" < now() - $1 * interval '1 day'
      AND "status" NOT IN ('QUEUED', 'DISPATCHED', 'ACKED', 'RUNNING')`,
    [limits.commandDays]
  )
}

async function removeLogs(
  client: pg.Client,
  { days, bytesPerServer }: LogRetention
): Promise<void> {
  // What came with the time of a day that is gone, or that is far off.
  await client.query(
    `DELETE FROM "ServerLog_default" WHERE "createdAt" < now() - $1 * interval '1 day'`,
    [days]
  )
  await client.query(
    `DELETE FROM "ServerLog" WHERE "id" = ANY(ARRAY(SELECT "id" FROM (
      SELECT "id", sum(octet_length("data")) OVER (PARTITION BY "serverId" ORDER BY "at" DESC, "start" DESC) AS bytes
      FROM "ServerLog" WHERE "kind" = 'INSTALL'
    ) newest WHERE newest.bytes > $1))`,
    [bytesPerServer]
  )
}

async function removeAudit(client: pg.Client, days: number): Promise<void> {
  await client.query('BEGIN')
  await client.query(`SET LOCAL cap.retention = 'on'`)
  await client.query(`DELETE FROM "AuditLog" WHERE "createdAt" < now() - $1 * interval '1 day'`, [
    days
  ])
  await client.query('COMMIT')
}
