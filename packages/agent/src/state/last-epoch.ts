import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { writeFileAtomically } from './atomic-file.ts'

/** The newest session epoch this agent was given, on disk: a panel restored from a backup learns it from us. */
export interface LastEpoch {
  get(): number
  /** Durable before the session is used; a disk that is full is no reason to have none. */
  set(epoch: number): Promise<void>
}

export async function openLastEpoch(stateDir: string, log: Logger): Promise<LastEpoch> {
  const path = join(stateDir, 'epoch')
  let epoch = parse(await readFile(path, 'utf8').catch(() => ''))
  return {
    get: () => epoch,
    async set(next) {
      epoch = next
      await writeFileAtomically(path, `${next}\n`).catch(err =>
        log.error({ err }, 'epoch not written')
      )
    }
  }
}

function parse(text: string): number {
  const epoch = Number(text.trim() || '0')
  return Number.isSafeInteger(epoch) && epoch > 0 ? epoch : 0
}
