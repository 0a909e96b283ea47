import type pg from 'pg'
import { connect } from './create-database.ts'
import { migrate } from './migrate.ts'
import { MIGRATING } from './migration-locks.ts'
import { poll } from './postgres/process.ts'

const OTHERS_MS = 1_000

/** What a reset would take, in the words of who is asked. */
export interface ResetPlan {
  /** Rows of each table that has any, the largest first. */
  rows: { table: string; count: number }[]
}

const TABLES = `
  SELECT c.oid::regclass::text AS name, c.relname AS label FROM pg_class c
  WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
    AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')`

/** Tables, types and functions go; extensions and what they brought stay, and so do the schema's owner and grants. */
const DROP = `
  DO $$
  DECLARE found record;
  BEGIN
    FOR found IN SELECT format('DROP TABLE %s CASCADE', name) AS drop FROM (${TABLES}) tables LOOP
      EXECUTE found.drop;
    END LOOP;
    FOR found IN SELECT format('DROP FUNCTION %s CASCADE', p.oid::regprocedure) AS drop FROM pg_proc p
      WHERE p.pronamespace = 'public'::regnamespace AND p.prokind = 'f'
        AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e') LOOP
      EXECUTE found.drop;
    END LOOP;
    FOR found IN SELECT format('DROP TYPE %s CASCADE', t.oid::regtype) AS drop FROM pg_type t
      WHERE t.typnamespace = 'public'::regnamespace AND t.typtype = 'e'
        AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = t.oid AND d.deptype = 'e') LOOP
      EXECUTE found.drop;
    END LOOP;
  END $$`

export async function planReset(url: string): Promise<ResetPlan> {
  const client = await connect(url)
  try {
    const rows: ResetPlan['rows'] = []
    const { rows: tables } = await client.query<{ name: string; label: string }>(TABLES)
    for (const { name, label } of tables) {
      const counted = await client.query(`SELECT count(*)::int AS count FROM ${name}`)
      const count: number = counted.rows[0].count
      if (count > 0 && label !== '_prisma_migrations') rows.push({ table: label, count })
    }
    rows.sort((a, b) => b.count - a.count)
    return { rows }
  } finally {
    await client.end()
  }
}

/** Empties the database and makes it anew, without a single row. Refuses while others use it. */
export async function resetDatabase(url: string): Promise<{ applied: string[] }> {
  const client = await connect(url)
  try {
    // A panel that starts meanwhile waits before it migrates.
    await client.query(`SET lock_timeout = '10s'`)
    await client.query('SELECT pg_advisory_lock($1)', [MIGRATING])
    // One that has just been closed is still counted for a moment.
    const isFree = await poll(async () => (await countOthers(client)) === 0, OTHERS_MS)
    if (!isFree) throw new Error(inUse(await countOthers(client)))
    await client.query(DROP)
  } finally {
    await client.end()
  }
  return migrate({ url })
}

function inUse(others: number): string {
  return `Nothing was deleted: this database is in use (${others} other connections). Stop the panel (Ctrl-C where npm start runs) and close psql, then try again.`
}

/** Why this installation is none to be reset; undefined when it may be. */
export function resetRefusal(env: { nodeEnv: string | undefined; publicUrl: string | undefined }) {
  const because = isProduction(env)
  if (!because) return undefined
  return `db:reset is for development and is refused here, because ${because}: this looks like production. To go back there, bring back a backup (docs/database.md).`
}

function isProduction({ nodeEnv, publicUrl }: Parameters<typeof resetRefusal>[0]) {
  if (nodeEnv === 'production') return 'NODE_ENV is production'
  return publicUrl === undefined ? undefined : 'PUBLIC_URL says that others use it'
}

/** For people, before anything is done. */
export function resetText(where: string, { rows }: ResetPlan): string {
  if (rows.length === 0) return `${where} holds no rows; all its tables would be made anew.\n`
  const width = Math.max(...rows.map(({ count }) => String(count).length))
  const counts = rows.map(({ table, count }) => `  ${String(count).padStart(width)}  ${table}`)
  const servers = rows.find(({ table }) => table === 'Server')?.count ?? 0
  const games =
    servers > 0
      ? `\nThe containers of these ${servers} servers are not stopped: delete the servers in the panel first, or they run on unknown to it.`
      : ''
  return `${where} would lose these rows for good:\n${counts.join('\n')}${games}\n`
}

async function countOthers(client: pg.Client): Promise<number> {
  const { rows } = await client.query(
    `SELECT count(*)::int AS count FROM pg_stat_activity WHERE datname = current_database()
       AND pid <> pg_backend_pid() AND backend_type = 'client backend'`
  )
  return rows[0].count
}
