import { PrismaPg } from '@prisma/adapter-pg'
import {
  ColumnTypeEnum,
  DriverAdapterError,
  type SqlDriverAdapter,
  type SqlQuery
} from '@prisma/driver-adapter-utils'
import pg from 'pg'
import { type LockPatience, patiently } from '../lock-patience.ts'
import { SCRIPT_RUNNING } from '../migration-locks.ts'

/** PostgreSQL's numbers for its types "char" and text. */
const CHAR_OID = 18
const TEXT_OID = 25

export interface ScriptHooks {
  /** Gives back what is run in the script's place. */
  prepare?: (script: string) => string
  /** Told of PostgreSQL's own error, of which the engine passes on less. */
  onError?: (err: unknown) => void
  /** How it waits for what others hold; for ever unless told. */
  patience?: LockPatience
}

/**
 * The pg driver as the schema engine needs it. PrismaPg alone cuts a script at every semicolon, runs
 * the parts on any connection, and cannot read the "char" columns by which the engine sees a schema.
 */
export async function createEngineAdapter(
  url: string,
  scripts: ScriptHooks = {}
): Promise<SqlDriverAdapter> {
  const pool = new pg.Pool({ connectionString: url, application_name: 'ctrl-alt-play', max: 2 })
  const charColumns = rememberCharColumns(pool)
  const adapter = await new PrismaPg(pool).connect()
  // A connection that breaks fails the query that uses it.
  pool.on('error', () => undefined)
  const queryRaw = adapter.queryRaw.bind(adapter)
  return Object.assign(adapter, {
    async queryRaw(query: SqlQuery) {
      const result = await queryRaw(query)
      const { Character } = ColumnTypeEnum
      for (const at of charColumns.get(result.rows) ?? []) result.columnTypes[at] = Character
      return result
    },
    /** PostgreSQL runs several statements of one message as one transaction. */
    async executeScript(script: string) {
      const client = await pool.connect()
      try {
        await client.query('SELECT pg_advisory_lock($1)', [SCRIPT_RUNNING])
        await patiently(client, scripts.prepare?.(script) ?? script, scripts.patience)
      } catch (err) {
        scripts.onError?.(err)
        throw asAdapterError(err)
      } finally {
        // The lock ends with its connection.
        client.release(true)
      }
    },
    async dispose() {
      if (!pool.ended) await pool.end()
    }
  })
}

function rememberCharColumns(pool: pg.Pool): WeakMap<object, number[]> {
  const charColumns = new WeakMap<object, number[]>()
  const query = pool.query.bind(pool)
  Object.assign(pool, {
    async query(config: pg.QueryArrayConfig) {
      const result = await query(config)
      const { fields = [], rows } = result
      const chars = fields.filter(field => field.dataTypeID === CHAR_OID)
      if (chars.length > 0)
        charColumns.set(
          rows,
          chars.map(field => fields.indexOf(field))
        )
      for (const field of chars) field.dataTypeID = TEXT_OID
      return result
    }
  })
  return charColumns
}

function asAdapterError(err: unknown): unknown {
  if (!(err instanceof pg.DatabaseError)) return err
  const { code = '', severity = 'ERROR', message, detail, column, hint } = err
  return new DriverAdapterError({ kind: 'postgres', code, severity, message, detail, column, hint })
}
