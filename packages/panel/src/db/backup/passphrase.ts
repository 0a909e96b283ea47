import { randomBytes } from 'node:crypto'
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Say } from './backups.ts'

const MIN_LENGTH = 20

/**
 * Reads it. Where there is none yet one is made, and said aloud: without it no backup can be read. `known`
 * is what backups are made with already: another one would make them unreadable.
 */
export async function readPassphrase(
  file: string,
  say: Say,
  known?: string | undefined
): Promise<string> {
  const found = await stat(file).catch((err: NodeJS.ErrnoException) => {
    if (err.code === 'ENOENT') return undefined
    throw err
  })
  if (!found && known !== undefined) {
    throw new Error(`${file}, the pass phrase for backups, is gone: put it back from its copy.`)
  }
  if (!found) {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 })
    await writeFile(file, `${randomBytes(32).toString('base64url')}\n`, {
      mode: 0o600,
      flag: 'wx',
      flush: true
    })
    say(
      `Made the pass phrase for backups, ${file}. Keep a copy of it in another place, not with the backups: without it they cannot be read.`
    )
  } else if ((found.mode & 0o077) !== 0) {
    throw new Error(`${file} may be read by others: chmod 600 "${file}".`)
  }
  const passphrase = (await readFile(file, 'utf8')).trim()
  if (passphrase.length < MIN_LENGTH || /[\r\n]/.test(passphrase)) {
    throw new Error(`${file} must be one line of ${MIN_LENGTH} characters or more.`)
  }
  if (known !== undefined && known !== passphrase) {
    throw new Error(`${file} is not the pass phrase that backups are made with so far.`)
  }
  return passphrase
}
