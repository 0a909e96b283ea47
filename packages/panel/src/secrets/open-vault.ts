import { join } from 'node:path'
import type pg from 'pg'
import type { BaseLogger } from 'pino'
import { type Keyring, openKeyring } from './keyring.ts'
import { isOpenToOthers, KEYS_FILE, makeKeysFile, readKeysFile } from './keys-file.ts'
import { resealAll } from './reseal.ts'
import { countByKey } from './sealed-rows.ts'
import { createVault, type Vault } from './vault.ts'

type Log = Pick<BaseLogger, 'info' | 'warn' | 'error'>

/** Where the keys are: ENCRYPTION_KEYS_FILE, or a file in DATA_DIR. */
export function keysFileOf(config: {
  encryptionKeysFile: string | undefined
  dataDir: string
}): string {
  return config.encryptionKeysFile ?? join(config.dataDir, KEYS_FILE)
}

/**
 * The keys, made the first time. Throws when the database holds what none of them opens: a panel that went on
 * would show and run servers without their passwords.
 */
export async function loadKeys(
  path: string,
  db: Pick<pg.Pool, 'query'>,
  log: Log
): Promise<Keyring> {
  const used = await countByKey(db)
  const file = readKeysFile(path)
  const known = new Set([...(file?.keys.map(({ id }) => id) ?? []), ...(file?.lost ?? [])])
  const missing = used.filter(({ keyId }) => !known.has(keyId))
  if (missing.length > 0) throw new Error(missingText(path, file !== undefined, missing))
  if (!file) {
    const { current } = await makeKeysFile(path)
    log.info(
      { file: path, keyId: current },
      'made the key that secrets in the database are sealed with'
    )
  }
  if (isOpenToOthers(path)) {
    log.warn({ file: path }, 'others may read the encryption keys: chmod 600 is enough')
  }
  return openKeyring(path, log)
}

/** The vault, once everything that a release before left plain is sealed. */
export async function openVault(options: {
  path: string
  db: Pick<pg.Pool, 'query'>
  /** What the releases before sealed with. */
  secret: string
  log: Log
}): Promise<Vault> {
  const { path, db, secret, log } = options
  const keyring = await loadKeys(path, db, log)
  await sealWhatIsPlain({ db, keyring, secret, log })
  return createVault(keyring)
}

async function sealWhatIsPlain(options: {
  db: Pick<pg.Pool, 'query'>
  keyring: Keyring
  secret: string
  log: Log
}): Promise<void> {
  const { log, ...deps } = options
  const { done, unopened } = await resealAll(deps)
  if (done > 0) log.info({ values: done }, 'sealed secrets that were not, or by another key')
  for (const { column, values } of unopened) {
    log.warn({ column, values }, 'sealed with what nobody has: they stay, and do not open')
  }
}

function missingText(
  path: string,
  isThere: boolean,
  missing: Awaited<ReturnType<typeof countByKey>>
): string {
  const ids = [...new Set(missing.map(({ keyId }) => keyId))]
  const [first = ''] = ids
  const columns = missing.map(({ column, values }) => `${values} of ${column}`).join(', ')
  const key = ids.length === 1 ? 'a key that is' : 'keys that are'
  const where = isThere ? `not in ${path}` : `not there: there is no ${path}`
  return [
    `The database holds secrets (${columns}) sealed with ${key} ${where}. Missing: ${ids.join(', ')}.`,
    'Restore that file from its backup, or say where it is by ENCRYPTION_KEYS_FILE. Several panels on one database use the same file.',
    `If it is lost for good: npm run secrets:rotate -- --give-up ${first} (its --help says what is lost then).`
  ].join('\n')
}
