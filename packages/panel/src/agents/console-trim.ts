import { type ConsoleLine, lengthOf } from '@ctrl-alt-play/protocol'
import type { Chunk } from './console.repo.ts'

/**
 * What is new in the lines for a console that is known up to `end`; undefined when nothing is. A line
 * that begins before the end was seen. What lies between the end and the first new line was lost.
 */
export function trimChunk(
  frame: { start: number; lines: ConsoleLine[] },
  end: number
): Chunk | undefined {
  let position = frame.start
  let skipped = 0
  for (const line of frame.lines) {
    if (position >= end) break
    position += lengthOf(line)
    skipped += 1
  }
  const lines = frame.lines.slice(skipped)
  if (lines.length === 0) return undefined
  const length = lines.reduce((sum, line) => sum + lengthOf(line), 0)
  return { start: position, end: position + length, gapBefore: position - end, lines }
}
