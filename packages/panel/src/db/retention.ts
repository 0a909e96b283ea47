import type pg from 'pg'
import { connect } from './create-database.ts'

const LOCK_KEY = 4_242_020

export interface RetentionLimits {
  auditDays: number
  metricDays: number
  commandDays: number
  /** Of servers' events and installers; consoles are the link's. */
  logs: LogRetention
}

export interface LogRetention {
  days: number
  /** The newest is kept. */
  bytesPerServer: number
}

/** For consoles, and for all else that is logged of a server. */
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
    await client.query('SELECT cap_ensure_metric_partitions(3)')
    await client.query('SELECT cap_drop_metric_partitions($1)', [limits.metricDays])
    await removeExpired(client, limits)
    await removeLogs(client, limits.logs)
    await removeAudit(client, limits.auditDays)
    return true
  } finally {
    await client.end()
  }
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
  await client.query(
    `DELETE FROM "ServerLog" WHERE "kind" <> 'CONSOLE' AND "createdAt" < now() - $1 * interval '1 day'`,
    [days]
  )
  await client.query(
    `DELETE FROM "ServerLog" l USING (
      SELECT "id", sum(octet_length("data")) OVER (PARTITION BY "serverId" ORDER BY "at" DESC, "start" DESC) AS bytes
      FROM "ServerLog" WHERE "kind" = 'INSTALL'
    ) newest WHERE newest."id" = l."id" AND newest.bytes > $1`,
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
