import type pg from 'pg'
import { ENVELOPE_START } from './envelope.ts'
import { type SealedColumn, type SealedPlace, sealedColumns } from './sealed-columns.ts'

/** A value as it stands in the database. */
export interface StoredValue {
  /** The parts of the primary key. */
  id: string[]
  stored: string
  /** What `before.place` asks for. */
  before: string[]
}

type Queries = Pick<pg.Pool, 'query'>

export const columnNames = Object.keys(sealedColumns) as SealedColumn[]
const placeOf = (column: SealedColumn): SealedPlace => sealedColumns[column]

/** How many values each key has sealed, by column. Reads the tables. */
export async function countByKey(
  db: Queries
): Promise<{ keyId: string; column: SealedColumn; values: number }[]> {
  const counts = columnNames.map(column => {
    const { table, column: name, isJson } = placeOf(column)
    const text = isJson ? `"${name}" #>> '{}'` : `"${name}"`
    const start = `left(${text}, ${ENVELOPE_START.length + 12})`
    return `SELECT '${column}' AS "column", right(${start}, 12) AS "keyId", count(*)::int AS values
      FROM "${table}" WHERE ${start} LIKE '${ENVELOPE_START}%' GROUP BY 2`
  })
  const text = `${counts.join(' UNION ALL ')} ORDER BY 1, 2`
  return (await db.query(text)).rows
}

export interface Batch {
  column: SealedColumn
  /** Those that this key sealed are left out. */
  sealedBy: string
  after: string[] | undefined
  limit: number
}

/** The next values in the order of the primary key. */
export async function readBatch(db: Queries, batch: Batch): Promise<StoredValue[]> {
  const { table, column, id, isJson, before } = placeOf(batch.column)
  const keys = Object.entries(id)
  const names = keys.map(([name]) => `"${name}"`).join(', ')
  const types = keys.map(([, type], index) => `$${index + 3}::${type}`).join(', ')
  const text = isJson ? `"${column}" #>> '{}'` : `"${column}"`
  const places = before === 'plain' ? [] : before.place.map(name => `"${name}"::text`)
  const { rows } = await db.query<StoredValue>(
    `SELECT ARRAY[${keys.map(([name]) => `"${name}"::text`).join(', ')}] AS id, ${text} AS stored,
       ARRAY[${places.join(', ')}]::text[] AS before
     FROM "${table}"
     WHERE "${column}" IS NOT NULL AND ${text} NOT LIKE $1
       ${batch.after ? `AND (${names}) > (${types})` : ''}
     ORDER BY ${names} LIMIT $2`,
    [`${ENVELOPE_START}${batch.sealedBy}:%`, batch.limit, ...(batch.after ?? [])]
  )
  return rows
}

/** Puts sealed values in place of what was read, and leaves alone what somebody changed meanwhile. */
export async function writeBatch(
  db: Queries,
  of: SealedColumn,
  values: (StoredValue & { sealed: string })[]
): Promise<number> {
  const { table, column, id, isJson } = placeOf(of)
  const keys = Object.entries(id)
  const text = isJson ? `t."${column}" #>> '{}'` : `t."${column}"`
  const parts = keys.map((_, index) => `$${index + 3}::text[]`).join(', ')
  const same = keys.map(([name, type], index) => `t."${name}" = v.k${index}::${type}`)
  const { rowCount } = await db.query(
    `UPDATE "${table}" t SET "${column}" = ${isJson ? 'to_jsonb(v.sealed)' : 'v.sealed'}
     FROM unnest($1::text[], $2::text[], ${parts})
       AS v(stored, sealed${keys.map((_, index) => `, k${index}`).join('')})
     WHERE ${same.join(' AND ')} AND ${text} = v.stored`,
    [
      values.map(({ stored }) => stored),
      values.map(({ sealed }) => sealed),
      ...keys.map((_, index) => values.map(value => value.id[index]))
    ]
  )
  return rowCount ?? 0
}

const outcomes = { delete: 'deleted', set: 'cleared', keep: 'kept' } as const

/** Gives up what a lost key sealed; answers how many values of each column. */
export async function giveUp(
  db: Queries,
  keyId: string
): Promise<{ column: SealedColumn; values: number; did: 'deleted' | 'cleared' | 'kept' }[]> {
  const done: Awaited<ReturnType<typeof giveUp>> = []
  for (const of of columnNames) {
    const { table, column, isJson, whenLost } = placeOf(of)
    const text = isJson ? `"${column}" #>> '{}'` : `"${column}"`
    const isLost = `WHERE ${text} LIKE '${ENVELOPE_START}${keyId}:%'`
    const act = whenLost?.do ?? 'keep'
    const statements = {
      delete: `DELETE FROM "${table}" ${isLost}`,
      set: `UPDATE "${table}" SET "${column}" = ${whenLost?.do === 'set' ? whenLost.to : ''} ${isLost}`,
      keep: `SELECT 1 FROM "${table}" ${isLost}`
    }
    const { rowCount } = await db.query(statements[act])
    if (rowCount) done.push({ column: of, values: rowCount, did: outcomes[act] })
  }
  return done
}
