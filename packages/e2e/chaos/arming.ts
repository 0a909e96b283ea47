import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { until } from '../test/world/until.ts'

/** The failpoint of one process, which reads it at every arrow and takes it away when it fires. */
export interface Arming {
  /** For the process: where it reads. */
  env: Record<string, string>
  arm(failpoint: string): void
  disarm(): void
  hasFired(): boolean
  fired(deadlineMs: number): Promise<void>
}

export function createArming(file: string): Arming {
  let newest = ''
  const hasFired = () => !existsSync(file)
  return {
    env: { CAP_FAILPOINT: `file:${file}` },
    arm(failpoint) {
      newest = failpoint
      writeFileSync(`${file}.new`, failpoint)
      renameSync(`${file}.new`, file)
    },
    disarm: () => rmSync(file, { force: true }),
    hasFired,
    async fired(deadlineMs) {
      await until(`${newest} is reached`, hasFired, { deadlineMs, everyMs: 20 }).finally(() => {
        rmSync(file, { force: true })
      })
    }
  }
}
