import type pg from 'pg'
import { keyIdOf } from './envelope.ts'
import type { Keyring } from './keyring.ts'
import { openSealedBefore } from './sealed-before.ts'
import { type SealedColumn, type SealedPlace, sealedColumns } from './sealed-columns.ts'
import { columnNames, readBatch, type StoredValue, writeBatch } from './sealed-rows.ts'
import { createVault } from './vault.ts'

export interface ResealDeps {
  db: Pick<pg.Pool, 'query'>
  keyring: Keyring
  /** What the releases before sealed with. */
  secret: string
  batch?: number
  /** Told after each batch. */
  onBatch?: (progress: { column: SealedColumn; done: number }) => void
  signal?: AbortSignal
}

export interface Resealed {
  done: number
  /** Nobody has what opens them: they stay as they are. */
  unopened: { column: SealedColumn; values: number }[]
}

const BATCH = 500

/**
 * Seals with the current key what stands there plain, or sealed with another. Safe to end at any time and to
 * repeat, and beside a panel at work: what somebody changes meanwhile is left to them.
 */
export async function resealAll(deps: ResealDeps): Promise<Resealed> {
  const { db, keyring, batch: limit = BATCH, onBatch, signal } = deps
  const vault = createVault(keyring)
  const result: Resealed = { done: 0, unopened: [] }
  for (const column of columnNames) {
    let unopened = 0
    let after: string[] | undefined
    for (;;) {
      signal?.throwIfAborted()
      const sealedBy = keyring.current().id
      const rows = await readBatch(db, { column, sealedBy, after, limit })
      const last = rows.at(-1)
      if (!last) break
      after = last.id
      const sealed = rows.flatMap(row => {
        const text = textOf(column, row)
        if (text === undefined) return []
        return [{ ...row, sealed: vault.seal(column, row.id.join('/'), text) }]
      })
      unopened += rows.length - sealed.length
      if (sealed.length > 0) result.done += await writeBatch(db, column, sealed)
      onBatch?.({ column, done: result.done })
    }
    if (unopened > 0) result.unopened.push({ column, values: unopened })
  }
  return result

  function textOf(column: SealedColumn, { id, stored, before }: StoredValue): string | undefined {
    const place: SealedPlace = sealedColumns[column]
    if (keyIdOf(stored) !== undefined || place.before === 'plain') {
      return vault.open(column, id.join('/'), stored)
    }
    const { sealedFor } = place.before
    return openSealedBefore(deps.secret, sealedFor, { sealed: stored, place: before.join(':') })
  }
}
