import { limits } from './limits.ts'

/** `live` goes to people who watch; `chunk` goes into the stored history and names its server. */
export type ConsoleFrame =
  | { type: 'live'; streamId: number; start: number; lines: ConsoleLine[] }
  | { type: 'chunk'; serverId: string; start: number; lines: ConsoleLine[] }

/** One line as the game wrote it. Its place is the sum of the lengths before it: see `lengthOf`. */
export interface ConsoleLine {
  atMs: number
  stream: 'stdout' | 'stderr'
  /** The line goes on in the next one: it was longer than `limits.consoleLineBytes`. */
  continued: boolean
  text: Uint8Array
}

const HEADER_BYTES = 11
const SERVER_ID_BYTES = 16
const LINE_HEADER_BYTES = 9
const LIVE = 1
const CHUNK = 2
const FLAG_STDERR = 1
const FLAG_CONTINUED = 2

/** How far a line moves the position: its bytes and one for its end. */
export function lengthOf(line: ConsoleLine): number {
  return line.text.byteLength + (line.continued ? 0 : 1)
}

/** What a line takes up in a frame's payload. */
export function wireLengthOf(line: ConsoleLine): number {
  return LINE_HEADER_BYTES + line.text.byteLength
}

export function endOf(frame: { start: number; lines: ConsoleLine[] }): number {
  return frame.lines.reduce((position, line) => position + lengthOf(line), frame.start)
}

/** The most lines from the front that fit in one frame, at least one. */
export function takeFrame(lines: ConsoleLine[], maxBytes: number = maxLinesBytes): ConsoleLine[] {
  let bytes = 0
  let count = 0
  for (const line of lines) {
    bytes += wireLengthOf(line)
    if (count > 0 && bytes > maxBytes) break
    count++
  }
  return lines.slice(0, count)
}

const maxLinesBytes = limits.framePayloadBytes - SERVER_ID_BYTES

/** type u8 | streamId u32 | start u48 | [serverId 16 bytes] | lines */
export function encodeConsoleFrame(frame: ConsoleFrame): Buffer {
  const lines = encodeLines(frame.lines)
  const header = Buffer.alloc(HEADER_BYTES)
  header.writeUInt8(frame.type === 'live' ? LIVE : CHUNK, 0)
  header.writeUInt32BE(frame.type === 'live' ? frame.streamId : 0, 1)
  header.writeUIntBE(frame.start, 5, 6)
  if (frame.type === 'live') return Buffer.concat([header, lines])
  return Buffer.concat([header, Buffer.from(frame.serverId.replaceAll('-', ''), 'hex'), lines])
}

/** Undefined for anything that is not a whole frame. */
export function decodeConsoleFrame(bytes: Buffer): ConsoleFrame | undefined {
  if (bytes.length < HEADER_BYTES || bytes.length > HEADER_BYTES + limits.framePayloadBytes) return
  const type = bytes.readUInt8(0)
  const start = bytes.readUIntBE(5, 6)
  if (type === LIVE) {
    const lines = decodeLines(bytes.subarray(HEADER_BYTES))
    return lines && { type: 'live', streamId: bytes.readUInt32BE(1), start, lines }
  }
  if (type !== CHUNK || bytes.length < HEADER_BYTES + SERVER_ID_BYTES) return
  const lines = decodeLines(bytes.subarray(HEADER_BYTES + SERVER_ID_BYTES))
  const hex = bytes.toString('hex', HEADER_BYTES, HEADER_BYTES + SERVER_ID_BYTES)
  return lines && { type: 'chunk', serverId: formatUuid(hex), start, lines }
}

/** flags u8 | atMs u48 | length u16 | bytes, for each line. */
export function encodeLines(lines: ConsoleLine[]): Buffer {
  const out = Buffer.alloc(lines.reduce((sum, line) => sum + wireLengthOf(line), 0))
  let offset = 0
  for (const line of lines) {
    const flags =
      (line.stream === 'stderr' ? FLAG_STDERR : 0) | (line.continued ? FLAG_CONTINUED : 0)
    out.writeUInt8(flags, offset)
    out.writeUIntBE(line.atMs, offset + 1, 6)
    out.writeUInt16BE(line.text.byteLength, offset + 7)
    out.set(line.text, offset + LINE_HEADER_BYTES)
    offset += wireLengthOf(line)
  }
  return out
}

/** The reverse of `encodeLines`; undefined when the bytes end within a line or a line is too long. */
export function decodeLines(bytes: Buffer): ConsoleLine[] | undefined {
  const lines: ConsoleLine[] = []
  let offset = 0
  while (offset < bytes.length) {
    if (bytes.length - offset < LINE_HEADER_BYTES) return
    const flags = bytes.readUInt8(offset)
    const length = bytes.readUInt16BE(offset + 7)
    const end = offset + LINE_HEADER_BYTES + length
    if (flags > (FLAG_STDERR | FLAG_CONTINUED)) return
    if (length > limits.consoleLineBytes || end > bytes.length) return
    lines.push({
      atMs: bytes.readUIntBE(offset + 1, 6),
      stream: flags & FLAG_STDERR ? 'stderr' : 'stdout',
      continued: (flags & FLAG_CONTINUED) !== 0,
      text: bytes.subarray(offset + LINE_HEADER_BYTES, end)
    })
    offset = end
  }
  return lines
}

function formatUuid(hex: string): string {
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
