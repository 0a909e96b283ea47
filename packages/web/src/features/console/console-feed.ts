import type { ConsoleMessage } from '../../api/client.ts'

export type ShownItem = { kind: 'line'; text: string } | { kind: 'gap'; bytes: number }

/** What has been shown of a console, so that after a reconnect nothing is missing and nothing comes twice. */
export interface ConsoleFeed {
  /** What to show of a message. */
  take(message: ConsoleMessage): ShownItem[]
  /** From where to go on; undefined: nothing was shown yet. */
  resumeAt(): number | undefined
  /** Where what is shown begins. */
  beginsAt(): number | undefined
}

export function createConsoleFeed(): ConsoleFeed {
  let first: number | undefined
  /** Everything that begins before this was shown. */
  let shownTo = 0

  function takeLine(position: number, text: string): ShownItem[] {
    if (position < shownTo) return []
    first ??= position
    shownTo = position + 1
    return [{ kind: 'line', text }]
  }

  function takeGap(from: number, to: number): ShownItem[] {
    const missingFrom = Math.max(from, shownTo)
    if (to <= missingFrom) return []
    first ??= from
    shownTo = to
    return [{ kind: 'gap', bytes: to - missingFrom }]
  }

  return {
    take(message) {
      if (message.type === 'gap') return takeGap(message.from, message.to)
      if (message.type !== 'lines') return []
      return message.lines.flatMap(({ position, line }) => takeLine(position, line))
    },
    // The last line is asked for once more, since only its beginning is known.
    resumeAt: () => (first === undefined ? undefined : Math.max(0, shownTo - 1)),
    beginsAt: () => first
  }
}
