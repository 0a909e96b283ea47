import { randomBytes } from 'node:crypto'
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Reads the secret of this name, or makes a random one the first time; only its owner may read the file. */
export async function loadSecret(dataDir: string, name: string): Promise<string> {
  const file = join(dataDir, name)
  const kept = await read(file)
  if (kept !== undefined) return kept
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  const draft = join(dataDir, `.${name}-${randomBytes(6).toString('hex')}`)
  try {
    await writeFile(draft, `${randomBytes(32).toString('base64url')}\n`, {
      mode: 0o600,
      flush: true
    })
    // Never over one that another process has just made.
    await link(draft, file).catch((err: NodeJS.ErrnoException) => {
      if (err.code !== 'EEXIST') throw err
    })
  } finally {
    await rm(draft, { force: true })
  }
  const made = await read(file)
  if (made === undefined) throw new Error(`${file} cannot be kept: check the folder`)
  return made
}

async function read(file: string): Promise<string | undefined> {
  const text = await readFile(file, 'utf8').catch((err: NodeJS.ErrnoException) => {
    if (err.code === 'ENOENT') return undefined
    throw err
  })
  const secret = text?.trim()
  if (secret !== undefined && secret.length < 32) {
    throw new Error(`${file} is damaged: remove it (everybody has to log in again)`)
  }
  return secret
}
