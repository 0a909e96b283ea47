import type { Database } from '../../db/client.ts'

interface ServerState {
  version: string
  startedAt: Date
  sizeMiB: number
  openConnections: number
}

interface CostlyStatement {
  statement: string
  calls: number
  meanMs: number
  totalMs: number
}

export interface DatabaseRepo {
  state(): Promise<ServerState>
  /** Undefined where pg_stat_statements is not installed, not loaded, or not for us to read. */
  costliest(limit: number): Promise<CostlyStatement[] | undefined>
}

const STATE = `
  SELECT current_setting('server_version') AS version, pg_postmaster_start_time() AS "startedAt",
    pg_database_size(current_database()) / 1048576.0 AS "sizeMiB",
    (SELECT count(*)::int FROM pg_stat_activity WHERE backend_type = 'client backend') AS "openConnections"`

const HAS_STATISTICS = `SELECT 1 FROM pg_extension WHERE extname = 'pg_stat_statements'`

const COSTLIEST = `
  SELECT left(regexp_replace(query, '\\s+', ' ', 'g'), 2000) AS statement, calls::float8,
    mean_exec_time AS "meanMs", total_exec_time AS "totalMs"
  FROM pg_stat_statements
  WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND userid = (SELECT oid FROM pg_roles WHERE rolname = current_user)
  ORDER BY total_exec_time DESC LIMIT $1`

export function createDatabaseRepo({ pool }: Pick<Database, 'pool'>): DatabaseRepo {
  return {
    async state() {
      const { rows } = await pool.query(STATE)
      const { version, startedAt, sizeMiB, openConnections } = rows[0]
      return { version, startedAt, sizeMiB: Number(sizeMiB), openConnections }
    },
    async costliest(limit) {
      const { rowCount } = await pool.query(HAS_STATISTICS)
      if (rowCount === 0) return undefined
      try {
        const { rows } = await pool.query<CostlyStatement>(COSTLIEST, [limit])
        return rows
      } catch (err) {
        // 55000: the library is not loaded. 42501, 42P01: not for this user, or not in its search path.
        const code = err instanceof Error && 'code' in err ? String(err.code) : ''
        if (['55000', '42501', '42P01'].includes(code)) return undefined
        throw err
      }
    }
  }
}
