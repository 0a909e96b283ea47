import { type ConsoleLine, lengthOf } from '@ctrl-alt-play/protocol'

const LAST_MS = Date.UTC(9999, 11, 31)

/** A line as people see it. */
interface ShownLine {
  position: number
  at: string
  stream: 'stdout' | 'stderr'
  line: string
}

/** A shown line and the place after it. */
export interface ConsoleEntry {
  /** Where the frame began that brought it. */
  frame: number
  end: number
  shown: ShownLine
}

export type ConsoleStretch = { lines: ShownLine[] } | { gap: { from: number; to: number } }

export function entriesOf(chunk: { start: number; lines: ConsoleLine[] }): ConsoleEntry[] {
  let position = chunk.start
  let [newestMs, at] = [Number.NaN, '']
  return chunk.lines.map(line => {
    const start = position
    position += lengthOf(line)
    const { atMs, stream, text } = line
    // In a burst hundreds of lines share a millisecond.
    if (atMs !== newestMs) [newestMs, at] = [atMs, timeOf(atMs)]
    const words = Buffer.from(text.buffer, text.byteOffset, text.byteLength).toString()
    return {
      frame: chunk.start,
      end: position,
      shown: { position: start, at, stream, line: words }
    }
  })
}

/** A node may say any time: it stays within the years that everybody can read. */
export function timeOf(atMs: number): string {
  return new Date(Math.min(atMs, LAST_MS)).toISOString()
}

/**
 * What fits of the first frame, at least a line. Frame by frame those who keep up and those who lag get
 * the same stretches, which are made into messages once.
 */
export function fittingOf(entries: readonly ConsoleEntry[], maxBytes: number): ConsoleEntry[] {
  const [first] = entries
  if (!first) return []
  const from = first.shown.position
  const until = entries.findIndex(
    ({ frame, end }, at) => at > 0 && (frame !== first.frame || end - from > maxBytes)
  )
  return until === -1 ? [...entries] : entries.slice(0, until)
}

/**
 * What someone who has seen everything before `cursor` has yet to see: lines, and the gaps between them.
 * A line that began before the cursor counts as seen.
 */
export function stretchesFrom(
  entries: Iterable<ConsoleEntry>,
  cursor: number
): { stretches: ConsoleStretch[]; cursor: number } {
  const stretches: ConsoleStretch[] = []
  let lines: ShownLine[] = []
  let place = cursor
  for (const { shown, end } of entries) {
    if (shown.position > place) {
      if (lines.length > 0) stretches.push({ lines })
      stretches.push({ gap: { from: place, to: shown.position } })
      lines = []
    }
    if (shown.position >= place) lines.push(shown)
    place = Math.max(place, end)
  }
  if (lines.length > 0) stretches.push({ lines })
  return { stretches, cursor: place }
}
