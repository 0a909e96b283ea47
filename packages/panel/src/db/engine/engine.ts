import { randomUUID } from 'node:crypto'
import {
  bindMigrationAwareSqlAdapterFactory,
  type SqlDriverAdapter
} from '@prisma/driver-adapter-utils'
import type { DiffTarget, MigrationList } from '@prisma/schema-engine-wasm'
import pg from 'pg'
import { connect } from '../create-database.ts'
import type { LockPatience } from '../lock-patience.ts'
import type { Migration } from '../migrations-folder.ts'
import { createEngineAdapter } from './adapter.ts'
import { loadEngineBindings } from './bindings.ts'

const SCHEMA_FILE = 'schema.prisma'
const filters = { externalTables: [], externalEnums: [] }

/** Prisma's own schema engine, which otherwise comes as a download, over the pg driver. */
export interface Engine {
  /** Applies what is missing, each migration and the note that it is done in one transaction. Throws PostgreSQL's own error. */
  apply(migrations: Migration[]): Promise<void>
  /** The SQL that leads from the migrations to the schema; empty when they agree. */
  diff(migrations: Migration[]): Promise<string>
  /** The SQL that leads from the database as it is to the schema; empty when they agree. */
  drift(): Promise<string>
  close(): Promise<void>
}

export interface ApplyHooks {
  patience?: LockPatience
  /** Told of each migration as it begins. */
  onBegin?: (name: string) => void
}

export async function openSchemaEngine(
  url: string,
  schema: string,
  hooks: ApplyHooks = {}
): Promise<Engine> {
  const { SchemaEngine } = await loadEngineBindings()
  const names = new Map<string, string>()
  const opened: SqlDriverAdapter[] = []
  let scriptError: unknown
  const adapter = bindMigrationAwareSqlAdapterFactory({
    provider: 'postgres',
    adapterName: 'ctrl-alt-play',
    async connect() {
      const opening = createEngineAdapter(url, {
        ...(hooks.patience && { patience: hooks.patience }),
        prepare(script) {
          const name = names.get(script)
          if (name === undefined) return script
          hooks.onBegin?.(name)
          return recorded(script, name)
        },
        onError(err) {
          scriptError = err
        }
      })
      opened.push(await opening)
      return opening
    },
    connectToShadowDb: () => createShadow(url)
  })
  /** As Prisma's own command line prints it. */
  const scriptBetween = async (from: DiffTarget, to: DiffTarget) => {
    const { stdout } = await engine.diff({ from, to, script: true, exitCode: null, filters })
    const sql = stdout ?? ''
    return sql.includes('This is an empty migration') ? '' : sql.trim()
  }
  const files = [{ path: SCHEMA_FILE, content: schema }]
  const engine = await SchemaEngine.new(
    { datamodels: [[SCHEMA_FILE, schema]] },
    () => undefined,
    adapter
  )
  return {
    async apply(migrations) {
      for (const { name, sql } of migrations) names.set(sql, name)
      const input = { migrationsList: listOf(migrations), filters }
      try {
        await engine.applyMigrations(input)
      } catch (err) {
        throw scriptError ?? err
      }
    },
    diff(migrations) {
      const from = { tag: 'migrations' as const, ...listOf(migrations) }
      return scriptBetween(from, { tag: 'schemaDatamodel', files })
    },
    drift() {
      const from = { tag: 'schemaDatasource' as const, files, configDir: '' }
      return scriptBetween(from, { tag: 'schemaDatamodel', files })
    },
    async close() {
      engine.free()
      await Promise.all(opened.map(database => database.dispose()))
    }
  }
}

/**
 * With the note that it is done in the same transaction, a panel killed half-way finds either all
 * of a migration or nothing of it. The engine's own note follows and changes nothing more.
 */
function recorded(script: string, name: string): string {
  return `${script}
;UPDATE "_prisma_migrations" SET "finished_at" = now()
WHERE "migration_name" = ${pg.escapeLiteral(name)} AND "finished_at" IS NULL AND "rolled_back_at" IS NULL`
}

/** A database for trying migrations out, gone when it is disposed. */
async function createShadow(url: string): Promise<SqlDriverAdapter> {
  const name = `ctrl_alt_play_shadow_${randomUUID().replaceAll('-', '')}`
  const shadowUrl = new URL(url)
  shadowUrl.pathname = `/${name}`
  await runOnce(url, `CREATE DATABASE "${name}" TEMPLATE template0`)
  const adapter = await createEngineAdapter(shadowUrl.href)
  const dispose = adapter.dispose.bind(adapter)
  return Object.assign(adapter, {
    async dispose() {
      await dispose()
      await runOnce(url, `DROP DATABASE "${name}" WITH (FORCE)`)
    }
  })
}

async function runOnce(url: string, sql: string): Promise<void> {
  const client = await connect(url)
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}

function listOf(migrations: Migration[]): MigrationList {
  return {
    baseDir: 'prisma/migrations',
    lockfile: { path: 'migration_lock.toml', content: 'provider = "postgresql"\n' },
    shadowDbInitScript: '',
    migrationDirectories: migrations.map(({ name, sql }) => ({
      path: name,
      migrationFile: { path: 'migration.sql', content: { tag: 'ok', value: sql } }
    }))
  }
}
