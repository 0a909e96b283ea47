import { randomUUID } from 'node:crypto'
import { link, mkdir, open, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createKeyPair, type KeyPair, sign, verify } from '@ctrl-alt-play/protocol'
import { type Static, Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'

/** Who this panel is to its agents: they pin `keys.publicKey` when they enrol. */
export interface PanelIdentity {
  panelId: string
  keys: KeyPair
}

const IdentityFile = Type.Object({
  panelId: Type.String({ pattern: '^[0-9a-f-]{36}$' }),
  keys: Type.Object({ publicKey: Type.String(), privateKey: Type.String() })
})
type IdentityFile = Static<typeof IdentityFile>

/** Reads the identity, or makes it the first time. Two panels starting at once agree on one. */
export async function loadPanelIdentity(dataDir: string): Promise<PanelIdentity> {
  const file = join(dataDir, 'panel-identity.json')
  const kept = await readIdentity(file)
  if (kept) return kept
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  await writeOnce(dataDir, file, { panelId: randomUUID(), keys: createKeyPair() })
  const made = await readIdentity(file)
  if (made) return made
  throw new Error(`The panel's identity could not be kept in ${file}: check the folder.`)
}

async function readIdentity(file: string): Promise<PanelIdentity | undefined> {
  const text = await readFile(file, 'utf8').catch((err: NodeJS.ErrnoException) => {
    if (err.code === 'ENOENT') return undefined
    throw new Error(`The panel's identity ${file} cannot be read: ${err.message}`, { cause: err })
  })
  if (text === undefined) return undefined
  const value = parse(text)
  if (Value.Check(IdentityFile, value) && isPair(value.keys)) return value
  throw new Error(
    `The panel's identity ${file} is damaged: restore it from a backup, or remove it and enrol every node again.`
  )
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isPair(keys: KeyPair): boolean {
  try {
    const bytes = Buffer.from('the halves belong together')
    return verify(keys.publicKey, bytes, sign(keys, bytes))
  } catch {
    return false
  }
}

/** The file appears whole and never replaces one that another panel has just made. */
async function writeOnce(dir: string, file: string, identity: IdentityFile): Promise<void> {
  const draft = join(dir, `.panel-identity-${randomUUID()}`)
  try {
    const handle = await open(draft, 'wx', 0o600)
    try {
      await handle.writeFile(`${JSON.stringify(identity, null, 2)}\n`)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await link(draft, file).catch((err: NodeJS.ErrnoException) => {
      if (err.code !== 'EEXIST') throw err
    })
    const folder = await open(dir)
    await folder.sync().finally(() => folder.close())
  } finally {
    await rm(draft, { force: true })
  }
}
