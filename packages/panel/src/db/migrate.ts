import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type pg from 'pg'
import type { BaseLogger } from 'pino'
import { connect, createDatabaseIfMissing } from './create-database.ts'
import { isLockTimeout } from './lock-patience.ts'
import { MIGRATING, SCRIPT_RUNNING } from './migration-locks.ts'
import { type Migration, prismaFolder, readMigrations } from './migrations-folder.ts'
import { createRestorePoint } from './restore-point.ts'

const LOCK_WAIT_MS = 120_000
const TABLE_LOCK_MS = 3_000
const TABLE_WAIT_MS = 60_000

export interface MigrateOptions {
  url: string
  migrationsDir?: string
  schemaPath?: string
  /** How long to wait for another panel that is migrating. */
  lockWaitMs?: number
  /** How long an attempt at a migration waits for a table, and whoever comes after it with it. */
  tableLockMs?: number
  /** How long such attempts go on. */
  tableWaitMs?: number
  log?: Pick<BaseLogger, 'info' | 'warn'>
}

export interface MigrationStatus {
  upToDate: boolean
  pending: string[]
}

interface AppliedMigration {
  migration_name: string
  checksum: string
  finished_at: Date | null
}

type Query = Pick<pg.Client, 'query'> | Pick<pg.Pool, 'query'>

/**
 * Brings the database to this release; one panel at a time, and safe to repeat. A migration that
 * fails leaves no trace but a line in _prisma_migrations, and is tried anew at the next start.
 */
export async function migrate(options: MigrateOptions): Promise<{ applied: string[] }> {
  const { url, lockWaitMs = LOCK_WAIT_MS } = options
  const migrations = await readMigrations(options.migrationsDir ?? join(prismaFolder, 'migrations'))
  await createDatabaseIfMissing(url)
  const client = await connect(url)
  try {
    if (pendingOf(migrations, await readApplied(client)).length === 0) return { applied: [] }
    await lock(client, lockWaitMs)
    // Another panel may have done it while this one waited, also one that was killed.
    const pending = pendingOf(migrations, await readApplied(client))
    const [first] = pending
    if (!first) return { applied: [] }
    await closeInterrupted(client)
    // An empty database has nothing to go back to.
    if (pending.length < migrations.length) {
      await createRestorePoint(client, first.name, options.log)
    }
    options.log?.info({ migrations: pending.map(({ name }) => name) }, 'migrating the database')
    await apply(client, migrations, options)
    return { applied: pending.map(({ name }) => name) }
  } finally {
    // The lock belongs to the connection and ends with it.
    await client.end()
  }
}

/** What readiness asks: is the database that of this release? Throws as migrate() does. */
export async function migrationStatus(
  pool: pg.Pool,
  dir = join(prismaFolder, 'migrations')
): Promise<MigrationStatus> {
  const pending = pendingOf(await readMigrations(dir), await readApplied(pool))
  return { upToDate: pending.length === 0, pending: pending.map(({ name }) => name) }
}

async function apply(
  client: pg.Client,
  migrations: Migration[],
  options: MigrateOptions
): Promise<void> {
  const schema = await readFile(options.schemaPath ?? join(prismaFolder, 'schema.prisma'), 'utf8')
  // Loaded only when there is work: it takes longer than all else here.
  const { openSchemaEngine } = await import('./engine/engine.ts')
  const { log, tableLockMs = TABLE_LOCK_MS, tableWaitMs = TABLE_WAIT_MS } = options
  let current: string | undefined
  const engine = await openSchemaEngine(options.url, schema, {
    patience: {
      lockTimeoutMs: tableLockMs,
      totalMs: tableWaitMs,
      onRetry: attempt =>
        log?.warn({ migration: current, attempt }, 'somebody holds a table: trying again')
    },
    onBegin(migration) {
      current = migration
      log?.info({ migration }, 'applying a migration')
    }
  })
  try {
    await engine.apply(migrations)
  } catch (err) {
    const left = pendingOf(migrations, await readApplied(client))
    await closeInterrupted(client)
    const advice = isLockTimeout(err)
      ? ` after ${Math.round(tableWaitMs / 1000)} seconds: end what holds the table (pg_stat_activity names it), then start again`
      : ''
    throw new Error(
      `The migration ${left[0]?.name} failed and nothing of it was kept: ${reasonOf(err, left[0]?.sql ?? '')}${advice}`,
      { cause: err }
    )
  } finally {
    await engine.close()
  }
}

async function readApplied(query: Query): Promise<AppliedMigration[]> {
  const table = await query.query(`SELECT to_regclass('"_prisma_migrations"') AS name`)
  if (table.rows[0].name === null) return []
  const { rows } = await query.query<AppliedMigration>(
    'SELECT migration_name, checksum, finished_at FROM "_prisma_migrations" WHERE rolled_back_at IS NULL'
  )
  return rows
}

/** Those without a finished row; throws when database and folder tell different histories. */
function pendingOf(migrations: Migration[], rows: AppliedMigration[]): Migration[] {
  const applied = rows.filter(row => row.finished_at !== null)
  const known = new Map(migrations.map(migration => [migration.name, migration]))
  for (const row of applied) {
    const migration = known.get(row.migration_name)
    if (!migration) {
      throw new Error(
        `The database already has the migration ${row.migration_name}, which this release does not know: start the newer release that made it, or load a backup.`
      )
    }
    if (migration.checksum !== row.checksum) {
      throw new Error(
        `The migration ${row.migration_name} was edited after it was applied: restore the file, and write the change as a further migration.`
      )
    }
  }
  const done = new Set(applied.map(row => row.migration_name))
  return migrations.filter(({ name }) => !done.has(name))
}

async function lock(client: pg.Client, waitMs: number): Promise<void> {
  await client.query(`SET lock_timeout = ${Math.round(waitMs)}`)
  try {
    await client.query('SELECT pg_advisory_lock($1)', [MIGRATING])
    await client.query('SELECT pg_advisory_lock($1)', [SCRIPT_RUNNING])
    await client.query('SELECT pg_advisory_unlock($1)', [SCRIPT_RUNNING])
  } catch (err) {
    throw new Error(
      `Another panel has been migrating this database for more than ${Math.round(waitMs / 1000)} seconds: wait for it, then start again.`,
      { cause: err }
    )
  }
}

/** Nothing runs any more, so an unfinished row belongs to an attempt that left nothing else behind. */
async function closeInterrupted(client: pg.Client): Promise<void> {
  const table = await client.query(`SELECT to_regclass('"_prisma_migrations"') AS name`)
  if (table.rows[0].name === null) return
  await client.query(
    'UPDATE "_prisma_migrations" SET rolled_back_at = now() WHERE finished_at IS NULL AND rolled_back_at IS NULL'
  )
}

/** PostgreSQL's own sentence, and where in the file it stumbled. */
function reasonOf(err: unknown, sql: string): string {
  const { message, position } = err as { message?: string; position?: string }
  const line = sql.slice(0, Number(position ?? 0)).split('\n').length
  return position === undefined ? (message ?? String(err)) : `${message} (line ${line})`
}
