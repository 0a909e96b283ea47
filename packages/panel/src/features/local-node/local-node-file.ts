import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Static, Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'

const LocalNodeFile = Type.Object({
  nodeId: Type.String(),
  /** Made once: one that was deleted does not come back. */
  demoServerId: Type.Optional(Type.String())
})
export type LocalNodeFile = Static<typeof LocalNodeFile>

const NAME = 'local-node.json'

/** Undefined when there is none, or none that can be read: a new node is then made. */
export async function readLocalNode(dataDir: string): Promise<LocalNodeFile | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(join(dataDir, NAME), 'utf8'))
    return Value.Check(LocalNodeFile, value) ? value : undefined
  } catch {
    return undefined
  }
}

export async function writeLocalNode(dataDir: string, content: LocalNodeFile): Promise<void> {
  const file = join(dataDir, NAME)
  await writeFile(`${file}.new`, `${JSON.stringify(content)}\n`, { mode: 0o600, flush: true })
  await rename(`${file}.new`, file)
}
