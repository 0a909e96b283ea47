import type pg from 'pg'

export interface TablesRead {
  tables: number
  rows: number
}

/** Reads every table from end to end: a page whose checksum is wrong does not go unseen. */
export async function readTables(client: pg.Client): Promise<TablesRead> {
  const { rows: found } = await client.query<{ name: string }>(
    `SELECT format('%I.%I', nspname, relname) AS name
     FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
     WHERE relkind = 'r' AND nspname !~ '^pg_' AND nspname <> 'information_schema'`
  )
  let rows = 0
  for (const { name } of found) {
    const { rows: counted } = await client.query<{ count: string }>(
      `SELECT count(*) AS count FROM ${name}`
    )
    rows += Number(counted[0]?.count)
  }
  return { tables: found.length, rows }
}

export function spokenTables({ tables, rows }: TablesRead): string {
  return `${tables} tables with ${rows} rows were read`
}
