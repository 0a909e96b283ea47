import type { Database } from './database.ts'

/** What a running world writes by itself: heartbeats, samples, the use of a login. */
const byItself: Record<string, string[]> = {
  Node: ['lastSeen', 'resources', 'updatedAt'],
  Agent: ['lastSeen'],
  Session: ['lastUsedAt'],
  Server: ['resources']
}
const samples = /^Metric(Sample|Rollup)/

/** Every row of every table, summed up table by table; `except` are tables that are looked at otherwise. */
export async function digestOf(
  database: Database,
  except: string[] = []
): Promise<Record<string, string>> {
  const tables = await database.query(
    `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1`
  )
  const names = tables.map(({ name }) => String(name))
  const held = names.filter(name => !samples.test(name) && !except.includes(name))
  const sums = held.map(
    name => `SELECT '${name}' AS name, count(*) || ' ' || md5(coalesce(string_agg(line, '' ORDER BY line), '')) AS sum
      FROM (SELECT (to_jsonb(t) - ARRAY[${columnsOf(name)}]::text[])::text AS line FROM "${name}" t) AS lines`
  )
  const rows = await database.query(sums.join(' UNION ALL '))
  return Object.fromEntries(rows.map(({ name, sum }) => [String(name), String(sum)]))
}

function columnsOf(table: string): string {
  return (byItself[table] ?? []).map(name => `'${name}'`).join()
}
