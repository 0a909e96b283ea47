import type { BaseLogger } from 'pino'
import type { SealingKey } from './envelope.ts'
import { readKeysFile, sealingKeys, stampOf } from './keys-file.ts'

/** The keys as they are now. */
export interface Keyring {
  /** The one to seal with. */
  current(): SealingKey
  /** Undefined when nobody has it. */
  find(id: string): SealingKey | undefined
}

/**
 * Follows the file: a key that `npm run secrets:rotate` puts there is used by whatever is sealed next. Should
 * the file go or be damaged meanwhile, the keys that are known go on to serve.
 */
export function openKeyring(path: string, log: Pick<BaseLogger, 'error' | 'info'>): Keyring {
  const state = read()

  function read() {
    const stamp = stampOf(path) ?? ''
    const file = readKeysFile(path)
    if (!file) throw new Error(`The encryption keys ${path} are gone.`)
    const keys = new Map(sealingKeys(file).map(key => [key.id, key]))
    return { stamp, keys, current: file.current }
  }

  function follow(): void {
    const stamp = stampOf(path) ?? ''
    if (stamp === state.stamp) return
    try {
      const { current } = state
      Object.assign(state, read())
      if (current !== state.current) log.info({ keyId: state.current }, 'a new key seals secrets')
    } catch (err) {
      state.stamp = stamp
      log.error({ err }, 'the encryption keys cannot be read: those known before go on to serve')
    }
  }

  return {
    current() {
      follow()
      const key = state.keys.get(state.current)
      if (!key) throw new Error(`The encryption key ${state.current} is not there.`)
      return key
    },
    find(id) {
      if (!state.keys.has(id)) follow()
      return state.keys.get(id)
    }
  }
}
