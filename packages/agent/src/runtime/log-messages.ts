import type { ConsoleLine } from '@ctrl-alt-play/protocol'
import { createStampReader, STAMP_BYTES } from './log-stamp.ts'

/** One entry of Docker's log: a line, or a piece of one that was longer than Docker's buffer. */
export interface LogMessage {
  atNs: bigint
  stream: ConsoleLine['stream']
  bytes: Buffer
  /** No more of this line follows. */
  ended: boolean
}

export interface MessageParser {
  push(chunk: Buffer): LogMessage[]
  /** What is left when the log has ended. */
  end(): LogMessage[]
}

/** Docker cuts longer lines into pieces of just this size. */
const PIECE_BYTES = 16_384
const HEADER_BYTES = 8
const MAX_FRAME_BYTES = 1_048_576
const STDERR = 2
const NEWLINE = 10
const EMPTY = Buffer.alloc(0)

export function createMessageParser(tty: boolean): MessageParser {
  return tty ? createRawParser() : createFrameParser()
}

/** Without a terminal: frames of `stream u8 | 0 0 0 | length u32 | stamp and text`. */
function createFrameParser(): MessageParser {
  const stamps = createStampReader()
  let rest: Buffer = EMPTY

  function read(offset: number, length: number): LogMessage {
    const start = offset + HEADER_BYTES
    const atNs = stamps.at(rest, start)
    if (atNs === undefined) throw new Error("a frame of Docker's log has no time stamp")
    const end = start + length
    const hasNewline = length > STAMP_BYTES && rest[end - 1] === NEWLINE
    const bytes = rest.subarray(start + STAMP_BYTES, hasNewline ? end - 1 : end)
    // The last piece of a long line comes without its newline from some engines; its size tells.
    const ended = hasNewline || bytes.length < PIECE_BYTES
    return { atNs, stream: rest[offset] === STDERR ? 'stderr' : 'stdout', bytes, ended }
  }

  return {
    push(chunk) {
      rest = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk
      const messages: LogMessage[] = []
      let offset = 0
      while (rest.length - offset >= HEADER_BYTES) {
        const length = rest.readUInt32BE(offset + 4)
        if (length > MAX_FRAME_BYTES) throw new Error("a frame of Docker's log is too long")
        if (rest.length - offset < HEADER_BYTES + length) break
        messages.push(read(offset, length))
        offset += HEADER_BYTES + length
      }
      rest = rest.subarray(offset)
      return messages
    },
    end: () => []
  }
}

/**
 * With a terminal there are no frames, only `stamp text newline`. Where a line ended without a newline
 * (the last of an earlier run, the last piece of a long one), the next stamp follows in the middle.
 */
function createRawParser(): MessageParser {
  const stamps = createStampReader()
  let rest: Buffer = EMPTY
  let atNs: bigint | undefined
  let isInside = false

  function startMessage(): boolean {
    if (rest.length < STAMP_BYTES) return false
    const stamp = stamps.at(rest, 0)
    if (stamp === undefined && atNs === undefined) throw new Error("Docker's log has no time stamp")
    if (stamp !== undefined) rest = rest.subarray(STAMP_BYTES)
    atNs = stamp ?? atNs
    isInside = true
    return true
  }

  function take(end: number, next: number, ended: boolean): LogMessage {
    const bytes = rest.subarray(0, end)
    rest = rest.subarray(next)
    isInside = false
    return { atNs: atNs ?? 0n, stream: 'stdout', bytes, ended }
  }

  function nextMessage(isLast: boolean): LogMessage | undefined {
    if (!isInside && !startMessage()) return
    const newline = rest.subarray(0, PIECE_BYTES + 1).indexOf(NEWLINE)
    const isWhole = newline >= 0 || rest.length >= PIECE_BYTES + STAMP_BYTES
    if (!isWhole && !isLast) return
    const end = newline >= 0 ? newline : Math.min(rest.length, PIECE_BYTES)
    const later = findLaterStamp(end)
    if (later !== undefined) return take(later, later, true)
    if (newline >= 0) return take(newline, newline + 1, true)
    return take(end, end, end < PIECE_BYTES)
  }

  function findLaterStamp(end: number): number | undefined {
    // A stamp ends in "Z ": looking for that is much cheaper than the pattern.
    let zulu = rest.indexOf('Z ', STAMP_BYTES - 2, 'latin1')
    while (zulu >= 0 && zulu + 2 - STAMP_BYTES < end) {
      const start = zulu + 2 - STAMP_BYTES
      const stamp = start > 0 ? stamps.at(rest, start) : undefined
      if (stamp !== undefined && atNs !== undefined && stamp > atNs) return start
      zulu = rest.indexOf('Z ', zulu + 2, 'latin1')
    }
    return undefined
  }

  function drain(isLast: boolean): LogMessage[] {
    const messages: LogMessage[] = []
    for (let message = nextMessage(isLast); message; message = nextMessage(isLast)) {
      messages.push(message)
    }
    return messages
  }

  return {
    push(chunk) {
      rest = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk
      return drain(false)
    },
    end: () => drain(true)
  }
}
