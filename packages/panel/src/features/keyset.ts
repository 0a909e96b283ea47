import { Prisma } from '../db/generated/client.ts'
import { type CursorPlace, decodeCursor } from '../plugins/conventions.ts'

/** What every list is asked with. */
export interface ListRequest<S extends string = string> {
  limit: number
  sort: S
  cursor?: string
}

interface SortColumn {
  /** As it stands in the statement. */
  sql: Prisma.Sql
  type: 'text' | 'bigint' | 'timestamptz'
  /** No two rows of the list have the same: then the column alone is the order, as it is in its index. */
  isUnique: boolean
}

type Bare<S extends string> = S extends `-${infer Name}` ? Name : S

const keyTypes = { text: 'string', bigint: 'number', timestamptz: 'date' } as const

/** One column of a list's order; `name` is SQL and never comes from outside. */
export function sortColumn(
  name: string,
  type: SortColumn['type'],
  { isUnique = false } = {}
): SortColumn {
  return { sql: Prisma.raw(name), type, isUnique }
}

/**
 * Pages by the place after the last row and not by counting, so that rows which come and go in
 * between shift nothing. `id` breaks ties where there may be any; where there are none it would make
 * an order that the column's index does not have, for which the database may read all that is left.
 */
export function keyset<S extends string>(
  list: ListRequest<S>,
  columns: Record<Bare<S>, SortColumn>,
  id: string
): { isAfter: Prisma.Sql; orderAndLimit: Prisma.Sql } {
  const descending = list.sort.startsWith('-')
  const column = columns[list.sort.replace('-', '') as Bare<S>]
  const place = decodeCursor(list.sort, list.cursor, keyTypes[column.type])
  const direction = Prisma.raw(descending ? 'DESC' : 'ASC')
  const idColumn = Prisma.raw(id)
  const order = column.isUnique
    ? Prisma.sql`${column.sql} ${direction}`
    : Prisma.sql`${column.sql} ${direction}, ${idColumn} ${direction}`
  return {
    isAfter: place ? afterPlace(column, idColumn, place, descending) : Prisma.sql`TRUE`,
    orderAndLimit: Prisma.sql`ORDER BY ${order} LIMIT ${list.limit + 1}`
  }
}

function afterPlace(
  column: SortColumn,
  id: Prisma.Sql,
  place: CursorPlace,
  descending: boolean
): Prisma.Sql {
  const beyond = Prisma.raw(descending ? '<' : '>')
  const key = Prisma.sql`${place.key}::${Prisma.raw(column.type)}`
  if (column.isUnique) return Prisma.sql`${column.sql} ${beyond} ${key}`
  return Prisma.sql`(${column.sql}, ${id}) ${beyond} (${key}, ${place.id}::uuid)`
}

/**
 * What was made before the place, newest first, for Prisma, which compares no rows: by its first
 * condition the index begins at the place and not at the newest of all.
 */
export function madeBefore({ key, id }: CursorPlace) {
  const createdAt = new Date(key)
  return {
    createdAt: { lte: createdAt },
    OR: [{ createdAt: { lt: createdAt } }, { id: { lt: id } }]
  }
}

/** A pattern that finds the text anywhere, its own % and _ taken as they are. */
export function containing(text: string): string {
  return `%${text.replace(/[\\%_]/g, '\\$&')}%`
}
