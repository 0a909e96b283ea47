import { rm, stat, utimes, writeFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import type { Backups, Say } from './backups.ts'

const DAY_MS = 86_400_000
/** After a failure: the database may be away, or a disk full. */
const RETRY_MS = 600_000
/** A clock may be set: it is looked at so often. */
const LONGEST_PAUSE_MS = 3_600_000

export interface BackupServiceOptions {
  backups: Pick<Backups, 'backUp' | 'verify'>
  /** Its time is that of the newest backup with which everything was whole; a health check looks at it. */
  verifiedFile: string
  say: Say
  pause?(ms: number, signal: AbortSignal): Promise<unknown>
}

/** A backup each day, verified; what fails is said and tried again. Until the signal aborts. */
export async function serveBackups(
  { backups, verifiedFile, say, pause = pauseUntil }: BackupServiceOptions,
  signal: AbortSignal
): Promise<void> {
  while (!signal.aborted) {
    const dueInMs = await dueIn(verifiedFile)
    await pause(dueInMs > 0 ? Math.min(dueInMs, LONGEST_PAUSE_MS) : await backUpAndVerify(), signal)
  }

  /** Answers how long to wait then. */
  async function backUpAndVerify(): Promise<number> {
    try {
      await backups.backUp(undefined)
      const problems = await backups.verify()
      for (const problem of problems) say(`DAMAGED: ${problem}`)
      if (problems.length === 0) {
        await touch(verifiedFile)
        return 0
      }
      // It does not mend itself: a backup each few minutes would only fill the disk.
      await rm(verifiedFile, { force: true })
      return DAY_MS
    } catch (err) {
      say(`No backup: ${err instanceof Error ? err.message : String(err)}`)
      return RETRY_MS
    }
  }
}

async function pauseUntil(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined)
}

async function dueIn(verifiedFile: string): Promise<number> {
  const found = await stat(verifiedFile).catch(() => undefined)
  if (!found) return 0
  const age = Date.now() - found.mtimeMs
  // One from the future is from before the clock was set.
  return age < 0 ? 0 : DAY_MS - age
}

async function touch(file: string): Promise<void> {
  await writeFile(file, '', { flag: 'a', mode: 0o600 })
  const now = new Date()
  await utimes(file, now, now)
}
