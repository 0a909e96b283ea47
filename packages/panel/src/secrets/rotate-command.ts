import type { BaseLogger } from 'pino'
import type { Config } from '../config.ts'
import { connect } from '../db/create-database.ts'
import { loadSecret } from '../secret-file.ts'
import { keysFileOf } from './open-vault.ts'
import { dropKeys, giveUpKey, rotateKeys, showKeys } from './rotate-keys.ts'

export interface RotateCommand {
  url: string
  config: Pick<Config, 'dataDir' | 'encryptionKeysFile' | 'sessionSecret'>
  values: { show?: boolean; drop?: boolean; 'give-up'?: string }
  say: (line: string) => void
  log: Pick<BaseLogger, 'info' | 'warn' | 'error'>
}

/** What `npm run secrets:rotate` does, by its options. */
export async function runRotateCommand(command: RotateCommand): Promise<void> {
  const { url, config, values, say, log } = command
  const secret = config.sessionSecret ?? (await loadSecret(config.dataDir, 'session-secret'))
  const path = keysFileOf(config)
  const db = await connect(url)
  const options = { path, db, secret, say, log }
  const lostKey = values['give-up']
  try {
    if (values.show) await showKeys(options)
    else if (values.drop) await dropKeys(options)
    else if (lostKey !== undefined) await giveUpKey(options, lostKey)
    else await rotateKeys(options)
  } finally {
    await db.end()
  }
}
