import type { ConsoleEntry } from './console-entries.ts'

/** What a line costs beside its text. */
const ENTRY_BYTES = 64

/** The newest lines of one console, up to so many bytes. */
export interface ConsoleRing {
  /** The first position that it holds, or would hold. */
  start(): number
  end(): number
  /** Those that are new; what it has seen already is left out. */
  push(entries: ConsoleEntry[]): void
  from(position: number): ConsoleEntry[]
}

export function createConsoleRing(start: number, maxBytes: number): ConsoleRing {
  let entries: ConsoleEntry[] = []
  let bytes = 0
  let first = start
  let end = start

  function dropOldest(): void {
    let count = 0
    while (bytes > maxBytes && count < entries.length - 1) {
      const oldest = entries[count]
      if (!oldest) break
      bytes -= costOf(oldest)
      first = oldest.end
      count += 1
    }
    if (count > 0) entries = entries.slice(count)
  }

  return {
    start: () => first,
    end: () => end,
    push(news) {
      for (const entry of news) {
        if (entry.shown.position < end) continue
        entries.push(entry)
        bytes += costOf(entry)
        end = entry.end
      }
      dropOldest()
    },
    from(position) {
      const last = entries.at(-1)
      if (!last || last.end <= position) return []
      // Nearly always only the newest few are asked for.
      let index = entries.length
      while (index > 0 && (entries[index - 1]?.end ?? 0) > position) index -= 1
      return entries.slice(index)
    }
  }
}

function costOf(entry: ConsoleEntry): number {
  return entry.shown.line.length + ENTRY_BYTES
}
