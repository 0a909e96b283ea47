import type pg from 'pg'
import type { BaseLogger } from 'pino'
import { v7 as uuidv7 } from 'uuid'
import type { Keyring } from './keyring.ts'
import { type KeysFile, makeKeysFile, newKey, readKeysFile, replaceKeysFile } from './keys-file.ts'
import { loadKeys } from './open-vault.ts'
import { resealAll } from './reseal.ts'
import type { SealedColumn } from './sealed-columns.ts'
import { countByKey, giveUp } from './sealed-rows.ts'

export interface RotateOptions {
  path: string
  /** One connection, which holds the lock. */
  db: Pick<pg.Client, 'query'>
  /** What the releases before sealed with. */
  secret: string
  say: (line: string) => void
  log: Pick<BaseLogger, 'info' | 'warn' | 'error'>
  batch?: number
  signal?: AbortSignal
}

const LOCK_KEY = 4_242_031
const MAX_PASSES = 5

/** A new key becomes current and seals everything anew; a rotation that was cut off is finished instead. */
export async function rotateKeys(options: RotateOptions): Promise<void> {
  const { path, db, say, log } = options
  await alone(db)
  const keyring = await loadKeys(path, db, log)
  const before = keyring.current().id
  // One that does not open stays with its old key for ever: then there is nothing to finish.
  if ((await hasOlder(options, before)) && (await reseal(options, keyring)).done > 0) {
    say(
      `That was a rotation to ${before} which had not been finished. For a further key run it again.`
    )
    return
  }
  const file = readAgain(path)
  const made = newKey()
  await replaceKeysFile(path, { ...file, current: made.id, keys: [...file.keys, made] })
  say(`The key ${made.id} is current; ${before} is kept until it is dropped.`)
  await note(db, 'secrets.rotated', { keyId: made.id, before })
  const { done, unopened } = await reseal(options, keyring)
  say(`Sealed ${done} of ${done + unopened} values anew.`)
  if (unopened > 0)
    say(`${unopened} do not open: their key is lost, or they were moved or changed.`)
  say('Save the keys file now. Backups of the database from before need the old key:')
  say('when none of them is kept any more, npm run secrets:rotate -- --drop')
}

/** Keys that the database does not need any more are deleted. */
export async function dropKeys({ path, db, say }: RotateOptions): Promise<void> {
  await alone(db)
  const file = readAgain(path)
  const used = new Set((await countByKey(db)).map(({ keyId }) => keyId))
  const isNeeded = ({ id }: { id: string }) => id === file.current || used.has(id)
  const dropped = file.keys.filter(key => !isNeeded(key)).map(({ id }) => id)
  if (dropped.length === 0) return say('No key can be dropped: each is current or in use.')
  await replaceKeysFile(path, { ...file, keys: file.keys.filter(isNeeded) })
  await note(db, 'secrets.keys-dropped', { keyIds: dropped })
  say(`Dropped ${dropped.join(', ')}. Backups from the time of these keys do not open any more.`)
}

/** What the key sealed is given up, so that a panel starts without it. */
export async function giveUpKey(options: RotateOptions, keyId: string): Promise<void> {
  const { path, db, say } = options
  await alone(db)
  if (readKeysFile(path)?.keys.some(({ id }) => id === keyId)) {
    throw new Error(`The key ${keyId} is in ${path}: nothing is lost.`)
  }
  const counts = (await countByKey(db)).filter(count => count.keyId === keyId)
  if (counts.length === 0) throw new Error(`Nothing in the database is sealed with ${keyId}.`)
  for (const { column, values, did } of await giveUp(db, keyId)) {
    say(`${values} of ${column}: ${did}${afterwards[column]}`)
  }
  await keepLost(path, keyId)
  await note(db, 'secrets.given-up', { keyId })
}

/** Which keys there are, and how much each of them seals. */
export async function showKeys({ path, db, say }: RotateOptions): Promise<void> {
  const file = readKeysFile(path)
  const counts = await countByKey(db)
  if (!file) say(`There is no ${path} yet: the panel makes it when it starts.`)
  for (const { id, madeAt } of file?.keys ?? []) {
    const role = id === file?.current ? 'current' : 'opens only'
    say(`${id}  ${role}, made ${madeAt.slice(0, 10)}${sealedBy(counts, id)}`)
  }
  const known = new Set([...(file?.keys.map(({ id }) => id) ?? []), ...(file?.lost ?? [])])
  for (const id of new Set(counts.map(({ keyId }) => keyId))) {
    if (file?.lost?.includes(id)) say(`${id}  given up${sealedBy(counts, id)}`)
    else if (!known.has(id)) say(`${id}  MISSING${sealedBy(counts, id)}`)
  }
}

const afterwards: Record<SealedColumn, string> = {
  'User.totpSecret':
    '. These people log in with a recovery code, or an administrator takes the second factor away.',
  'User.totpPendingSecret': '. Who was setting up a second factor begins again.',
  'IdempotencyKey.responseBody': '. A repeated request is told that its answer is lost.',
  'ServerVariable.value':
    ". These servers have their template's default again: set passwords anew before they start.",
  'AltVariable.defaultValue': '. Set these defaults anew.',
  'Alt.installScript': '. These scripts fail until they are written anew.',
  'Alt.source': '. An export holds only what the panel knows: import these eggs anew.',
  'AltVersion.content': '. Servers on these versions do not run until they are moved to another.',
  'AltVersion.installScript': '. These scripts fail: move their servers to another version.'
}

function sealedBy(counts: Awaited<ReturnType<typeof countByKey>>, id: string): string {
  const own = counts.filter(({ keyId }) => keyId === id)
  return own.length === 0
    ? ', seals nothing'
    : own.map(({ column, values }) => `\n    ${values} of ${column}`).join('')
}

/** Again until nothing is left: a panel at work seals with the old key until it has seen the new one. */
async function reseal(
  options: RotateOptions,
  keyring: Keyring
): Promise<{ done: number; unopened: number }> {
  const { db, secret, say, batch, signal } = options
  let done = 0
  for (let pass = 1; pass <= MAX_PASSES; pass++) {
    const result = await resealAll({
      ...{ db, keyring, secret },
      ...(batch !== undefined && { batch }),
      ...(signal && { signal }),
      onBatch: progress => say(`  ${done + progress.done} values, in ${progress.column}`)
    })
    done += result.done
    if (result.done === 0) {
      return { done, unopened: result.unopened.reduce((sum, { values }) => sum + values, 0) }
    }
  }
  throw new Error('A panel goes on sealing with an old key: does it use the same keys file?')
}

/** Whether the file has another key than the current one that is in use. */
async function hasOlder({ path, db }: RotateOptions, current: string): Promise<boolean> {
  const known = new Set(readKeysFile(path)?.keys.map(({ id }) => id))
  return (await countByKey(db)).some(({ keyId }) => keyId !== current && known.has(keyId))
}

async function keepLost(path: string, keyId: string): Promise<void> {
  const file = readKeysFile(path) ?? (await makeKeysFile(path))
  await replaceKeysFile(path, { ...file, lost: [...(file.lost ?? []), keyId] })
}

function readAgain(path: string): KeysFile {
  const file = readKeysFile(path)
  if (!file) throw new Error(`There is no ${path} yet: the panel makes it when it starts.`)
  return file
}

/** Until the connection ends. */
async function alone(db: RotateOptions['db']): Promise<void> {
  const { rows } = await db.query('SELECT pg_try_advisory_lock($1) AS free', [LOCK_KEY])
  if (!rows[0]?.free) throw new Error('Another secrets:rotate is at work on this database.')
}

async function note(db: RotateOptions['db'], action: string, after: object): Promise<void> {
  await db.query(
    `INSERT INTO "AuditLog" (id, "actorType", "actorName", action, after)
     VALUES ($1, 'SYSTEM', 'secrets:rotate', $2, $3)`,
    [uuidv7(), action, JSON.stringify(after)]
  )
}
