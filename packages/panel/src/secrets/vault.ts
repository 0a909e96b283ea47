import { keyIdOf, openText, sealText } from './envelope.ts'
import type { Keyring } from './keyring.ts'
import { type SealedColumn, sealedColumns } from './sealed-columns.ts'

/**
 * Seals what the database must not tell by itself. A value opens only in its own row and column: `rowId` is
 * the primary key, its parts joined by "/".
 */
export interface Vault {
  seal(column: SealedColumn, rowId: string, text: string): string
  /** Undefined when it is another place's, was changed, or its key is not there. */
  open(column: SealedColumn, rowId: string, stored: string): string | undefined
}

export function createVault(keyring: Keyring): Vault {
  return {
    seal: (column, rowId, text) => sealText(keyring.current(), placeOf(column, rowId), text),
    open(column, rowId, stored) {
      const keyId = keyIdOf(stored)
      // What a seed or a release before has written; the next start seals it.
      if (keyId === undefined) return sealedColumns[column].before === 'plain' ? stored : undefined
      const key = keyring.find(keyId)
      return key && openText(key, placeOf(column, rowId), stored)
    }
  }
}

function placeOf(column: SealedColumn, rowId: string): string {
  const { table, column: name } = sealedColumns[column]
  return `${table}:${name}:${rowId}`
}
