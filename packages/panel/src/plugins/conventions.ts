import { type Static, type TSchema, Type } from '@sinclair/typebox'
import { validationFailed } from '../errors.ts'

/** Parts that every route's schemas are made of. */
export const Uuid = Type.String({
  pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'
})
/** ISO 8601 in UTC; give it `date.toISOString()`. */
export const Timestamp = Type.String({ format: 'date-time' })
/** A time that a caller gives. */
export const TimestampInput = Type.String({
  format: 'date-time',
  pattern: '^(19|2\\d)\\d\\d-\\d\\d-\\d\\dT\\d\\d:\\d\\d:[0-5]\\d'
})
/** The params of a route whose path ends in `/:id`. */
export const IdParams = Type.Object({ id: Uuid })

export function Nullable<T extends TSchema>(schema: T) {
  return Type.Union([schema, Type.Null()])
}

export const ErrorBody = Type.Object({
  code: Type.String({ description: 'Part of the API: it never changes.' }),
  message: Type.String({ description: 'For people; it may change.' }),
  details: Type.Optional(
    Type.Array(
      Type.Object({
        field: Type.Optional(Type.String()),
        message: Type.String(),
        type: Type.Optional(Type.String()),
        id: Type.Optional(Type.String()),
        name: Type.Optional(Type.String())
      })
    )
  ),
  requestId: Type.String()
})
export type ErrorBody = Static<typeof ErrorBody>

/** `sorts[0]` is the order unless told; a leading "-" means descending. */
export function ListQuery<const S extends string>(sorts: readonly [S, ...S[]]) {
  return Type.Object(listQueryFields(sorts))
}

/** For lists with filters of their own: `Type.Object({ ...listQueryFields(['name']), status: … })`. */
export function listQueryFields<const S extends string>(sorts: readonly [S, ...S[]]) {
  return {
    limit: Type.Integer({ minimum: 1, maximum: 200, default: 50 }),
    cursor: Type.Optional(Type.String({ minLength: 1, maxLength: 512 })),
    sort: Type.Unsafe<S>(Type.String({ enum: sorts, default: sorts[0] }))
  }
}

export function ListOf<T extends TSchema>(item: T) {
  return Type.Object({
    data: Type.Array(item),
    nextCursor: Nullable(Type.String({ description: 'Hand it in as `cursor`; null: no more.' }))
  })
}

/** The place after a row: what the list is sorted by, then its id. */
export interface CursorPlace {
  key: string | number
  id: string
}

export function encodeCursor(sort: string, place: CursorPlace): string {
  return Buffer.from(JSON.stringify([sort, place.key, place.id])).toString('base64url')
}

/** What `toISOString` writes in our time. */
const datePattern =
  /^(19|2\d)\d\d-(0\d|1[0-2])-([0-2]\d|3[01])T([01]\d|2[0-3])(:[0-5]\d){2}\.\d{3}Z$/
const idPattern = new RegExp(Uuid.pattern ?? '')

/** Refuses one that is not ours or that belongs to another order. */
export function decodeCursor(
  sort: string,
  cursor: string | undefined,
  keyType: 'string' | 'number' | 'date' = 'string'
): CursorPlace | undefined {
  if (cursor === undefined) return undefined
  try {
    const place: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    if (Array.isArray(place) && place.length === 3 && place[0] === sort) {
      const [, key, id] = place
      if (isKey(key, keyType) && typeof id === 'string' && idPattern.test(id)) return { key, id }
    }
  } catch {
    // not JSON: refused below
  }
  throw validationFailed([
    { field: 'query.cursor', message: 'is not a cursor of this list: leave it out to start anew' }
  ])
}

function isKey(key: unknown, type: 'string' | 'number' | 'date'): key is string | number {
  if (type === 'number') return Number.isSafeInteger(key)
  if (typeof key !== 'string' || key.includes('\0')) return false
  return type === 'string' || datePattern.test(key)
}

/** Makes the answer of a list from `limit + 1` rows: the last one only tells that there are more. */
export function pageOf<Row, View>(
  rows: readonly Row[],
  list: { limit: number; sort: string },
  placeOf: (row: Row) => CursorPlace,
  viewOf: (row: Row) => View
): { data: View[]; nextCursor: string | null } {
  const shown = rows.slice(0, list.limit)
  const last = shown.at(-1)
  const more = rows.length > list.limit && last !== undefined
  return {
    data: shown.map(viewOf),
    nextCursor: more ? encodeCursor(list.sort, placeOf(last)) : null
  }
}
