import { crc32 } from 'node:zlib'

const HEADER_BYTES = 8
const MAX_RECORD_BYTES = 2 ** 20

/** length u32 | CRC-32 of the JSON u32 | JSON */
export function encodeRecord(value: unknown): Buffer {
  const json = Buffer.from(JSON.stringify(value), 'utf8')
  const header = Buffer.alloc(HEADER_BYTES)
  header.writeUInt32BE(json.length, 0)
  header.writeUInt32BE(crc32(json), 4)
  return Buffer.concat([header, json])
}

export interface Scan {
  records: unknown[]
  /** Where the next record goes. */
  end: number
  /** Something that was once written whole cannot be read any more. A torn last write is not that. */
  damaged: boolean
}

/** Reads all that can be read: of a damaged file also what comes behind the damage. */
export function scanRecords(bytes: Buffer): Scan {
  const { records, end } = readFrom(bytes, 0)
  const rest = bytes.subarray(end)
  if (isTorn(rest)) return { records, end, damaged: false }
  return { records: [...records, ...salvage(rest)], end, damaged: true }
}

function readFrom(bytes: Buffer, start: number): { records: unknown[]; end: number } {
  const records: unknown[] = []
  let end = start
  for (let found = readAt(bytes, end); found; found = readAt(bytes, end)) {
    records.push(found.value)
    end = found.end
  }
  return { records, end }
}

function readAt(bytes: Buffer, offset: number): { value: unknown; end: number } | undefined {
  if (bytes.length - offset < HEADER_BYTES) return
  const length = bytes.readUInt32BE(offset)
  const end = offset + HEADER_BYTES + length
  if (length === 0 || length > MAX_RECORD_BYTES || end > bytes.length) return
  const json = bytes.subarray(offset + HEADER_BYTES, end)
  if (crc32(json) !== bytes.readUInt32BE(offset + 4)) return
  try {
    return { value: JSON.parse(json.toString('utf8')), end }
  } catch {
    return
  }
}

function salvage(rest: Buffer): unknown[] {
  const records: unknown[] = []
  let offset = 1
  while (offset < rest.length) {
    const found = readFrom(rest, offset)
    records.push(...found.records)
    offset = found.end > offset ? found.end : offset + 1
  }
  return records
}

/**
 * Whether a write that a crash cut short explains what is behind the last good record. Such a write was
 * never answered, so it may be forgotten; anything else may have been, so it counts as damage.
 */
function isTorn(rest: Buffer): boolean {
  const written = lengthWithoutZeros(rest)
  if (written === 0 || rest.length < HEADER_BYTES) return true
  const length = rest.readUInt32BE(0)
  if (length === 0 || length > MAX_RECORD_BYTES) return false
  if (written >= HEADER_BYTES + length) return false
  if (salvage(rest).length > 0) return false
  // All of the JSON is there after all: then it is the length that has changed.
  return crc32(rest.subarray(HEADER_BYTES, written)) !== rest.readUInt32BE(4)
}

function lengthWithoutZeros(bytes: Buffer): number {
  let length = bytes.length
  while (length > 0 && bytes[length - 1] === 0) length--
  return length
}
