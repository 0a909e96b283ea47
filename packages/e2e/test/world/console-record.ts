import type { Json, Person } from './api.ts'

interface ShownLine {
  position: number
  line: string
}

interface Gap {
  from: number
  to: number
}

/** A console as somebody has seen it, piece by piece. */
export interface ConsoleRecord {
  lines: ShownLine[]
  gaps: Gap[]
}

/** The stored console from a position to its end. */
export async function storedConsole(
  admin: Person,
  serverId: string,
  from = 0
): Promise<ConsoleRecord> {
  const record: ConsoleRecord = { lines: [], gaps: [] }
  let after = from
  for (;;) {
    const path = `/api/v1/servers/${serverId}/logs?after=${after}&limit=1000`
    const { data, gaps, nextPosition } = await admin.get(path)
    record.lines.push(...data)
    record.gaps.push(...gaps)
    if (nextPosition === after) return record
    after = nextPosition
  }
}

/** What a viewer's socket has received. */
export function seenBy(received: readonly Json[]): ConsoleRecord {
  return {
    lines: received.flatMap(message => (message.type === 'lines' ? message.lines : [])),
    gaps: received.flatMap(({ type, from, to }) => (type === 'gap' ? [{ from, to }] : []))
  }
}

/** Where pieces overlap or leave a hole that no gap names; empty when bytes and gaps add up exactly. */
export function misfits({ lines, gaps }: ConsoleRecord): string[] {
  const pieces = [
    ...lines.map(({ position, line }) => ({ from: position, to: position + endOf(line) })),
    ...gaps
  ].sort((a, b) => a.from - b.from)
  return pieces.flatMap((piece, index) => {
    const before = pieces[index - 1]
    if (!before || before.to === piece.from) return []
    return [`${before.from}–${before.to}, then ${piece.from}–${piece.to}`]
  })
}

/** For plain text: its bytes and one for its end. */
function endOf(line: string): number {
  return Buffer.byteLength(line) + 1
}

/** Where numbered lines that stand side by side do not follow one another: lost, and nobody said so. */
export function unmarked({ lines }: ConsoleRecord): string[] {
  return lines.flatMap(({ position, line }, index) => {
    const before = lines[index - 1]
    if (!before || before.position + endOf(before.line) !== position) return []
    const [from, to] = [Number.parseInt(before.line, 10), Number.parseInt(line, 10)]
    return Number.isNaN(from) || to === from + 1 ? [] : [`${from}, then ${to} at ${position}`]
  })
}
