/** A piece of a connection's bytes that is never torn apart: what HTTP says first, a WebSocket frame, or what is neither. */
export interface Piece {
  kind: 'head' | 'data' | 'control' | 'raw'
  bytes: Buffer
}

/** Cuts one direction of a connection into pieces. A connection that is not upgraded stays raw. */
export function createFrameSplitter(): (chunk: Buffer) => Piece[] {
  let kept: Buffer = Buffer.alloc(0)
  let state: 'head' | 'frames' | 'raw' = 'head'

  function next(): Piece | undefined {
    if (kept.length === 0) return
    if (state === 'raw') return take('raw', kept.length)
    if (state === 'head') return nextHead()
    const length = frameLength(kept)
    if (length === undefined || kept.length < length) return
    return take(opcodeOf(kept) >= 8 ? 'control' : 'data', length)
  }

  function nextHead(): Piece | undefined {
    const end = kept.indexOf('\r\n\r\n')
    if (end < 0) return
    const isUpgrade = /^upgrade:\s*websocket/im.test(kept.toString('latin1', 0, end))
    state = isUpgrade ? 'frames' : 'raw'
    return take('head', end + 4)
  }

  function take(kind: Piece['kind'], length: number): Piece {
    const bytes = kept.subarray(0, length)
    kept = kept.subarray(length)
    return { kind, bytes }
  }

  return chunk => {
    kept = kept.length === 0 ? chunk : Buffer.concat([kept, chunk])
    const pieces: Piece[] = []
    for (let piece = next(); piece; piece = next()) pieces.push(piece)
    return pieces
  }
}

/** What a frame carries, unmasked. */
export function payloadOf(frame: Buffer): Buffer {
  const header = headerOf(frame)
  if (!header) return Buffer.alloc(0)
  const payload = Buffer.from(frame.subarray(header.bytes, header.bytes + header.payloadBytes))
  const { mask } = header
  if (!mask) return payload
  return Buffer.from(payload.map((byte, at) => byte ^ (mask[at % 4] ?? 0)))
}

/** A whole text message as one frame. Where one has to be masked, the mask that changes nothing. */
export function textFrame(text: string, isMasked: boolean): Buffer {
  const payload = Buffer.from(text)
  const header = Buffer.alloc(isMasked ? 14 : 10)
  header.writeUInt8(0x81, 0)
  header.writeUInt8(isMasked ? 255 : 127, 1)
  header.writeBigUInt64BE(BigInt(payload.length), 2)
  return Buffer.concat([header, payload])
}

export function isText(frame: Buffer): boolean {
  return opcodeOf(frame) === 1
}

function opcodeOf(frame: Buffer): number {
  return (frame[0] ?? 0) & 0x0f
}

function frameLength(bytes: Buffer): number | undefined {
  const header = headerOf(bytes)
  return header && header.bytes + header.payloadBytes
}

function headerOf(bytes: Buffer) {
  if (bytes.length < 2) return
  const second = bytes.readUInt8(1)
  const short = second & 0x7f
  const lengthBytes = extraLengthBytes[short] ?? 0
  const isMasked = second >= 128
  const headerBytes = 2 + lengthBytes + (isMasked ? 4 : 0)
  if (bytes.length < headerBytes) return
  const extra = bytes.toString('hex', 2, 2 + lengthBytes)
  const payloadBytes = lengthBytes > 0 ? Number.parseInt(extra, 16) : short
  const mask = isMasked ? bytes.subarray(headerBytes - 4, headerBytes) : undefined
  return { bytes: headerBytes, payloadBytes, mask }
}

/** Lengths that stand for a longer field behind them. */
const extraLengthBytes: Record<number, number> = { 126: 2, 127: 8 }
