import { createHash } from 'node:crypto'
import type { Keyring } from '../src/secrets/keyring.ts'
import { idOfKey } from '../src/secrets/keys-file.ts'
import { createVault } from '../src/secrets/vault.ts'

/** One key, the same for all panels of the tests: they may share a database. */
const testKey = keyOf('the key of the tests')

export function keyOf(text: string) {
  const bytes = createHash('sha256').update(text).digest()
  return { id: idOfKey(bytes), bytes }
}

const keyring: Keyring = {
  current: () => testKey,
  find: id => (id === testKey.id ? testKey : undefined)
}

export const testVault = createVault(keyring)
