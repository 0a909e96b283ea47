import { createHash, randomBytes } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { link, mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type Static, Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import type { SealingKey } from './envelope.ts'

const KEY_BYTES = 32
export const KEYS_FILE = 'encryption-keys.json'

const KeyId = Type.String({ pattern: '^[0-9a-f]{12}$' })
const KeysFile = Type.Object({
  current: KeyId,
  /** The newest last; all but the current one only open. */
  keys: Type.Array(
    Type.Object({
      id: KeyId,
      key: Type.String({ pattern: '^[A-Za-z0-9_-]{43}$' }),
      madeAt: Type.String()
    }),
    { minItems: 1 }
  ),
  /** Keys that somebody gave up: what they sealed never opens again. */
  lost: Type.Optional(Type.Array(KeyId))
})
export type KeysFile = Static<typeof KeysFile>

/** With a name made of the key itself, so that a damaged one is noticed. */
export function newKey(now = new Date()): KeysFile['keys'][number] {
  const bytes = randomBytes(KEY_BYTES)
  return { id: idOfKey(bytes), key: bytes.toString('base64url'), madeAt: now.toISOString() }
}

export function idOfKey(bytes: Buffer): string {
  return createHash('sha256')
    .update('ctrl-alt-play key id')
    .update(bytes)
    .digest('hex')
    .slice(0, 12)
}

export function sealingKeys({ keys }: KeysFile): SealingKey[] {
  return keys.map(({ id, key }) => ({ id, bytes: Buffer.from(key, 'base64url') }))
}

/** Undefined when there is none; throws when it is none of ours, without a word of what is in it. */
export function readKeysFile(path: string): KeysFile | undefined {
  const text = readText(path)
  if (text === undefined) return undefined
  const value = parse(text)
  if (Value.Check(KeysFile, value) && isWhole(value)) return value
  throw new Error(
    `The encryption keys ${path} are damaged: restore the file from its backup. What it sealed cannot be read without it.`
  )
}

/** What changes whenever the file does. */
export function stampOf(path: string): string | undefined {
  const found = statSync(path, { throwIfNoEntry: false })
  return found && `${found.dev}:${found.ino}:${found.size}:${found.mtimeMs}`
}

/** Whether others than its owner may read it. */
export function isOpenToOthers(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false })
  return found !== undefined && (found.mode & 0o077) !== 0
}

/** Makes a file with one key; of two who do it at once both read the same one afterwards. */
export async function makeKeysFile(path: string): Promise<KeysFile> {
  const first = newKey()
  await write(path, { current: first.id, keys: [first] }, draft =>
    link(draft, path).catch((err: NodeJS.ErrnoException) => {
      if (err.code !== 'EEXIST') throw err
    })
  )
  const made = readKeysFile(path)
  if (!made) throw new Error(`The encryption keys ${path} cannot be kept: check the folder.`)
  return made
}

/** In place of what is there: whoever reads sees the old keys or the new ones, whole. */
export async function replaceKeysFile(path: string, keys: KeysFile): Promise<void> {
  await write(path, keys, draft => rename(draft, path))
}

async function write(path: string, keys: KeysFile, put: (draft: string) => Promise<void>) {
  try {
    await writeWhole(path, keys, put)
  } catch (err) {
    const { code, message } = err as NodeJS.ErrnoException
    throw new Error(`The encryption keys ${path} cannot be written (${code ?? message}).`, {
      cause: err
    })
  }
}

async function writeWhole(path: string, keys: KeysFile, put: (draft: string) => Promise<void>) {
  const folder = dirname(path)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const before = statSync(path, { throwIfNoEntry: false })
  const draft = join(folder, `.${KEYS_FILE}-${randomBytes(6).toString('hex')}`)
  try {
    const handle = await open(draft, 'wx', 0o600)
    try {
      // Rotated by root, it still belongs to whom the panel runs as.
      if (before && process.getuid?.() === 0) await handle.chown(before.uid, before.gid)
      await handle.writeFile(`${JSON.stringify(keys, null, 2)}\n`)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await put(draft)
    const opened = await open(folder)
    await opened.sync().finally(() => opened.close())
  } finally {
    await rm(draft, { force: true })
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (err) {
    const { code, message } = err as NodeJS.ErrnoException
    if (code === 'ENOENT') return undefined
    throw new Error(`The encryption keys ${path} cannot be read: ${message}`, { cause: err })
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isWhole(file: KeysFile): boolean {
  const named = file.keys.every(({ id, key }) => idOfKey(Buffer.from(key, 'base64url')) === id)
  return named && file.keys.some(({ id }) => id === file.current)
}
