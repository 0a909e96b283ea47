import type { BackupKind } from './backups.ts'

const DAY_MS = 86_400_000
/** A job that runs daily does not run to the second. */
const SLACK_MS = DAY_MS / 2

/** Differential ones hold what changed since the last full one, which is made anew after so many days. */
export function dueKind(lastFull: Date | undefined, now: Date, fullEveryDays: number): BackupKind {
  if (!lastFull) return 'full'
  return now.getTime() - lastFull.getTime() >= fullEveryDays * DAY_MS - SLACK_MS ? 'full' : 'diff'
}

/** Those that no moment of the last days needs. Of the older ones the newest stays: the first of those moments needs it. */
export function expiredBackups<T extends { at: Date }>(backups: T[], now: Date, days: number): T[] {
  const since = now.getTime() - days * DAY_MS
  const older = backups.filter(({ at }) => at.getTime() <= since)
  return older.sort((a, b) => a.at.getTime() - b.at.getTime()).slice(0, -1)
}

/** The newest that had ended by then. */
export function backupFor<T extends { at: Date }>(
  backups: T[],
  to: Date | undefined
): T | undefined {
  return backups
    .filter(({ at }) => to === undefined || at <= to)
    .sort((a, b) => a.at.getTime() - b.at.getTime())
    .at(-1)
}

/**
 * Where a piece of WAL (its name begins with 8 digits each of timeline, log and segment) is missing between
 * two that are there, from the first that is needed on. A timeline begins where another was left.
 */
export function walGaps(names: string[], from: string): string[] {
  const segments = [...new Set(names.map(name => name.slice(0, 24)))]
    .filter(name => /^[0-9A-F]{24}$/.test(name) && name.slice(8) >= from.slice(8))
    .sort()
  return segments.flatMap((name, index) => {
    const before = segments[index - 1]
    if (!before || before.slice(0, 8) !== name.slice(0, 8) || follows(before, name)) return []
    return [`between ${before} and ${name}`]
  })
}

function follows(before: string, name: string): boolean {
  const [log = 0, segment = 0] = [before.slice(8, 16), before.slice(16)].map(part =>
    parseInt(part, 16)
  )
  const [nextLog, nextSegment] = [name.slice(8, 16), name.slice(16)].map(part => parseInt(part, 16))
  if (nextLog === log) return nextSegment === segment + 1
  // The last segment of a log is 3 to FFF, by the size that the cluster was made with.
  const isLast = segment >= 3 && (segment & (segment + 1)) === 0
  return nextLog === log + 1 && nextSegment === 0 && isLast
}

/** 20261126T082051123Z: sorts, and is a name for a file everywhere. */
export function stampOf(time: Date): string {
  return time.toISOString().replaceAll(/[-:.]/g, '')
}

export function timeOfStamp(stamp: string): Date | undefined {
  const [, year, month, day, hour, minute, second, ms] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z$/.exec(stamp) ?? []
  if (year === undefined) return undefined
  return new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}.${ms}Z`)
}

/** For people: to the second, in UTC. */
export function spokenTime(time: Date): string {
  return `${time.toISOString().slice(0, 19).replace('T', ' ')} UTC`
}
