import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type pg from 'pg'
import { beyondPrisma, foundBeyondPrisma } from './beyond-prisma.ts'
import { connect } from './create-database.ts'
import { type Migration, prismaFolder, readMigrations } from './migrations-folder.ts'

/**
 * failed: its last attempt failed and left nothing. unfinished: it runs now, or its panel was killed.
 * unknown: a newer release made it. edited: its file is not the one that was applied.
 */
type MigrationState = 'applied' | 'pending' | 'failed' | 'unfinished' | 'unknown' | 'edited'

export interface MigrationLine {
  name: string
  state: MigrationState
  /** When it ended or, for what did not, began. */
  at?: Date
  /** What PostgreSQL said to one that failed. */
  reason?: string
}

export interface DatabaseStatus {
  migrations: MigrationLine[]
  /** The SQL that would make the database what schema.prisma says; undefined: not looked at, migrations come first. */
  drift: string | undefined
  upToDate: boolean
}

export interface MigrationRow {
  migration_name: string
  checksum: string
  started_at: Date
  finished_at: Date | null
  rolled_back_at: Date | null
  logs: string | null
}

/** What the folder and the database's own record say together, in the order of their names. */
export function migrationLines(
  migrations: readonly Pick<Migration, 'name' | 'checksum'>[],
  rows: readonly MigrationRow[]
): MigrationLine[] {
  const lines = migrations.map(migration => lineOf(migration, rows))
  const known = new Set(migrations.map(({ name }) => name))
  const unknown = rows
    .filter(row => isApplied(row) && !known.has(row.migration_name))
    .map(row => ({ name: row.migration_name, state: 'unknown' as const, at: row.started_at }))
  return [...lines, ...unknown].sort((a, b) => (a.name < b.name ? -1 : 1))
}

const isApplied = (row: MigrationRow) => row.finished_at !== null && row.rolled_back_at === null

function lineOf(
  { name, checksum }: Pick<Migration, 'name' | 'checksum'>,
  rows: readonly MigrationRow[]
): MigrationLine {
  const own = rows.filter(row => row.migration_name === name)
  const applied = own.find(isApplied)
  if (applied) {
    const state = applied.checksum === checksum ? 'applied' : 'edited'
    return { name, state, ...(applied.finished_at && { at: applied.finished_at }) }
  }
  const last = own.sort((a, b) => a.started_at.getTime() - b.started_at.getTime()).at(-1)
  if (!last) return { name, state: 'pending' }
  const reason = last.logs?.trim()
  if (last.rolled_back_at === null && !reason) {
    return { name, state: 'unfinished', at: last.started_at }
  }
  return { name, state: 'failed', at: last.started_at, ...(reason && { reason }) }
}

export interface StatusOptions {
  url: string
  migrationsDir?: string
  schemaPath?: string
}

/** Changes nothing. */
export async function databaseStatus(options: StatusOptions): Promise<DatabaseStatus> {
  const { url, migrationsDir = join(prismaFolder, 'migrations') } = options
  const known = await readMigrations(migrationsDir)
  const client = await connect(url)
  const { rows, found } = await readBoth(client).finally(() => client.end())
  const migrations = migrationLines(known, rows)
  if (!migrations.every(({ state }) => state === 'applied')) {
    return { migrations, drift: undefined, upToDate: false }
  }
  const schema = await readDrift(url, options.schemaPath ?? join(prismaFolder, 'schema.prisma'))
  const missing = beyondPrisma.filter(what => !found.includes(what))
  const drift = [schema, ...missing.map(what => `-- missing, or turned off: ${what}`)]
    .filter(part => part !== '')
    .join('\n')
  return { migrations, drift, upToDate: drift === '' }
}

async function readBoth(client: pg.Client) {
  return { rows: await readRows(client), found: await foundBeyondPrisma(client) }
}

async function readRows(client: pg.Client): Promise<MigrationRow[]> {
  const table = await client.query(`SELECT to_regclass('"_prisma_migrations"') AS name`)
  if (table.rows[0].name === null) return []
  return (await client.query<MigrationRow>('SELECT * FROM "_prisma_migrations"')).rows
}

async function readDrift(url: string, schemaPath: string): Promise<string> {
  const { openSchemaEngine } = await import('./engine/engine.ts')
  const engine = await openSchemaEngine(url, await readFile(schemaPath, 'utf8'))
  return engine.drift().finally(() => engine.close())
}

const advice: Record<Exclude<MigrationState, 'applied'>, string> = {
  pending: 'npm run db:migrate applies what waits; so does the next start of the panel.',
  failed:
    'Of what failed nothing was kept: mend what it complains of, then npm run db:migrate tries it anew.',
  unfinished:
    'One is being applied, or its panel was killed: wait for it, then npm run db:migrate finishes it.',
  unknown:
    'A newer release has been here: use that one, or bring back a backup of before (docs/database.md).',
  edited:
    'A file was changed after it was applied: restore it from its release, and write the change as a further migration.'
}

/** For people; the last lines say what to do next. */
export function statusText(where: string, status: DatabaseStatus): string {
  const { migrations, drift, upToDate } = status
  const lines = migrations.map(({ name, state, at, reason }) => {
    const when = at ? `  ${at.toISOString().slice(0, 19)}Z` : ''
    const said = reason
      ? `\n            ${reason.split('\n').slice(0, 6).join('\n            ')}`
      : ''
    return `${state.padEnd(10)}  ${name}${when}${said}`
  })
  const states = [...new Set(migrations.map(({ state }) => state))]
  const next = states.flatMap(state => (state === 'applied' ? [] : [advice[state]]))
  if (drift) {
    next.push(
      `Somebody changed the database by hand. To be what schema.prisma says it would need:\n\n${drift}\n\nUndo what was done by hand, or make it a migration.`
    )
  }
  if (upToDate) next.push(`Up to date: ${migrations.length} migrations are applied, no drift.`)
  return `${[where, '', ...lines, '', ...next].join('\n')}\n`
}
