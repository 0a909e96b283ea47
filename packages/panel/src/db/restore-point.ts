import type pg from 'pg'
import type { BaseLogger } from 'pino'

/** PostgreSQL takes names shorter than 64 bytes; the time makes each attempt's its own. */
export function restorePointName(migration: string, now: Date): string {
  const stamp = now.toISOString().replaceAll(/[-:]|\.\d+/g, '')
  return `before_${migration.slice(0, 14)}_${stamp}`
}

/**
 * Marks the place in the log of changes (WAL) to which a backup with its archive can be brought back. A
 * server that does not allow it is said in the log and stops nothing.
 */
export async function createRestorePoint(
  client: pg.Client,
  migration: string,
  log?: Pick<BaseLogger, 'info' | 'warn'>
): Promise<string | undefined> {
  const restorePoint = restorePointName(migration, new Date())
  try {
    await client.query('SELECT pg_create_restore_point($1)', [restorePoint])
    log?.info({ restorePoint }, 'made a restore point before migrating')
    return restorePoint
  } catch (err) {
    const reason = err instanceof Error ? err.message : String(err)
    log?.warn(
      { restorePoint, reason },
      'no restore point before migrating: the server does not let us make one; a backup still leads back'
    )
    return undefined
  }
}
