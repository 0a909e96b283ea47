import type { BaseLogger } from 'pino'
import type { StatementListener } from './watched-client.ts'

/** A statement that took too long at least once since the panel started. */
interface SlowStatement {
  statement: string
  times: number
  longestMs: number
  lastAt: Date
}

export interface SlowStatements {
  hear: StatementListener
  /** Those that took longest first. */
  list(): SlowStatement[]
}

const MAX_TEXTS = 100
const MAX_TEXT_LENGTH = 2_000
/** A database that is slow as a whole must not fill the log with one line a statement. */
const LOG_PAUSE_MS = 10_000

/** Remembers and logs what took longer than the threshold; 0 turns it off. Values are never seen here. */
export function createSlowStatements(options: {
  thresholdMs: number
  log: Pick<BaseLogger, 'warn'>
  now?: () => number
}): SlowStatements {
  const { thresholdMs, log, now = Date.now } = options
  const known = new Map<string, SlowStatement & { quietUntil: number; unsaid: number }>()

  function hear({ text, ms }: Parameters<StatementListener>[0]): void {
    if (thresholdMs <= 0 || ms < thresholdMs) return
    const statement = text.replaceAll(/\s+/g, ' ').trim().slice(0, MAX_TEXT_LENGTH)
    const at = now()
    const before = known.get(statement)
    const entry = before ?? {
      ...{ statement, times: 0, longestMs: 0, lastAt: new Date(at), quietUntil: 0, unsaid: 0 }
    }
    entry.times += 1
    entry.longestMs = Math.max(entry.longestMs, ms)
    entry.lastAt = new Date(at)
    // The newest stands last, so that the first is the one to forget.
    known.delete(statement)
    known.set(statement, entry)
    const oldest = known.keys().next().value
    if (known.size > MAX_TEXTS && oldest !== undefined) known.delete(oldest)
    if (at < entry.quietUntil) {
      entry.unsaid += 1
      return
    }
    log.warn({ statement, ms: Math.round(ms), unsaid: entry.unsaid }, 'a slow statement')
    entry.quietUntil = at + LOG_PAUSE_MS
    entry.unsaid = 0
  }

  return {
    hear,
    list: () =>
      [...known.values()]
        .sort((a, b) => b.longestMs - a.longestMs)
        .map(({ statement, times, longestMs, lastAt }) => ({
          ...{ statement, times, longestMs, lastAt }
        }))
  }
}
