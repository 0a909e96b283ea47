import { type ConsoleLine, wireLengthOf } from '@ctrl-alt-play/protocol'

/** Where reading a container's log goes on after a line, and the position of the line after it. */
export interface Resume {
  /** Empty: no container's log, but what the agent itself wrote. */
  containerId: string
  sinceNs: bigint
  /** So many lines carry exactly that time and are behind us. */
  skip: number
  position: number
}

export interface PlacedLine {
  start: number
  line: ConsoleLine
  resume: Resume
}

/** Lines in one piece: each begins where the one before it ends. */
interface Stretch {
  start: number
  lines: ConsoleLine[]
  resume: Resume
}

/** The newest lines of one server. What nobody fetched in time is overwritten, and positions show the hole. */
export interface Ring {
  push(placed: PlacedLine): void
  /** The first lines from `position` on that fit, at least one; undefined when there are none. */
  read(position: number, maxBytes: number): Stretch | undefined
  /** The line that ends exactly there. */
  endingAt(position: number): PlacedLine | undefined
  /** Forgets what was printed before; answers the first line that stays. */
  keepSince(ms: number): PlacedLine | undefined
  /** All lines now begin so much later. */
  shift(by: number): void
}

/** What a line costs in memory beside its text. */
const LINE_OVERHEAD_BYTES = 128
const SHRINK_AT = 1_024

export function createRing(maxBytes: number): Ring {
  let placed: PlacedLine[] = []
  let first = 0
  let bytes = 0

  function dropOldest(): void {
    const oldest = placed[first]
    if (!oldest) return
    bytes -= costOf(oldest)
    first++
    if (first < SHRINK_AT || first * 2 < placed.length) return
    placed = placed.slice(first)
    first = 0
  }

  /** The index of the first line for which the probe holds; lines are in order of position. */
  function search(probe: (candidate: PlacedLine) => boolean): number {
    let low = first
    let high = placed.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const candidate = placed[middle]
      if (candidate && probe(candidate)) high = middle
      else low = middle + 1
    }
    return low
  }

  return {
    push(line) {
      placed.push(line)
      bytes += costOf(line)
      while (bytes > maxBytes && placed.length - first > 1) dropOldest()
    },
    read(position, most) {
      const begin = search(candidate => candidate.start >= position)
      const opening = placed[begin]
      if (!opening) return
      const lines: ConsoleLine[] = []
      let last = opening
      let size = 0
      for (let index = begin; index < placed.length; index++) {
        const next = placed[index]
        if (!next || (next !== opening && next.start !== last.resume.position)) break
        size += wireLengthOf(next.line)
        if (lines.length > 0 && size > most) break
        lines.push(next.line)
        last = next
      }
      return { start: opening.start, lines, resume: last.resume }
    },
    endingAt(position) {
      const found = placed[search(candidate => candidate.resume.position >= position)]
      return found?.resume.position === position ? found : undefined
    },
    keepSince(ms) {
      while (first < placed.length && isBefore(placed[first], ms)) dropOldest()
      return placed[first]
    },
    shift(by) {
      placed = placed.slice(first).map(({ start, line, resume }) => {
        return { start: start + by, line, resume: { ...resume, position: resume.position + by } }
      })
      first = 0
    }
  }
}

function isBefore(placed: PlacedLine | undefined, ms: number): boolean {
  return placed !== undefined && placed.line.atMs < ms
}

function costOf({ line }: PlacedLine): number {
  return line.text.byteLength + LINE_OVERHEAD_BYTES
}
