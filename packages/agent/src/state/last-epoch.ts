import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFileAtomically } from './atomic-file.ts'

/** The newest session epoch this agent was given, on disk: a panel restored from a backup learns it from us. */
export interface LastEpoch {
  get(): number
  /** Durable before the session is used. */
  set(epoch: number): Promise<void>
}

export async function openLastEpoch(stateDir: string): Promise<LastEpoch> {
  const path = join(stateDir, 'epoch')
  let epoch = parse(await readFile(path, 'utf8').catch(() => ''))
  return {
    get: () => epoch,
    async set(next) {
      await writeFileAtomically(path, `${next}\n`)
      epoch = next
    }
  }
}

function parse(text: string): number {
  const epoch = Number(text.trim() || '0')
  return Number.isSafeInteger(epoch) && epoch > 0 ? epoch : 0
}
