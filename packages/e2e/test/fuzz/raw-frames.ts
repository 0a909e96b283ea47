import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'

interface Frame {
  opcode: number
  payload?: Buffer | string
  fin?: boolean
  rsv?: number
}

const CONTINUATION = 0
const TEXT = 1
const BINARY = 2
const CLOSE = 8
const PING = 9
const PONG = 10

/** What no WebSocket may send, and the code that the other end closes with. `mostBytes` is what it takes in one message. */
export function brokenRules(mostBytes: number): [string, Frame[], number][] {
  const half = Buffer.alloc(mostBytes / 2 + 1, 0x20)
  const code = (value: number): Buffer => {
    const bytes = Buffer.alloc(2)
    bytes.writeUInt16BE(value)
    return bytes
  }
  return [
    ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((opcode): [string, Frame[], number] => [
      `reserved opcode ${opcode}`,
      [{ opcode }],
      1002
    ]),
    ...[1, 2, 3, 4, 5, 6, 7].map((rsv): [string, Frame[], number] => [
      `reserved bits ${rsv}`,
      [{ opcode: TEXT, payload: '{}', rsv }],
      1002
    ]),
    ...[0, 999, 1004, 1005, 1006, 1016, 2999, 5000].map((value): [string, Frame[], number] => [
      `a close with ${value}`,
      [{ opcode: CLOSE, payload: code(value) }],
      1002
    ]),
    ['a close with half a code', [{ opcode: CLOSE, payload: Buffer.alloc(1) }], 1002],
    ['a ping of 126 bytes', [{ opcode: PING, payload: Buffer.alloc(126) }], 1002],
    ['a ping in fragments', [{ opcode: PING, fin: false }], 1002],
    ['a pong in fragments', [{ opcode: PONG, fin: false }], 1002],
    ['a continuation of nothing', [{ opcode: CONTINUATION, payload: 'x' }], 1002],
    ['a text within a text', [{ opcode: TEXT, payload: '{', fin: false }, { opcode: TEXT }], 1002],
    ['no UTF-8', [{ opcode: TEXT, payload: Buffer.from([0xed, 0xa0, 0x80]) }], 1007],
    [
      'no UTF-8, split over fragments',
      [
        { opcode: TEXT, payload: Buffer.from([0xf0, 0x9f]), fin: false },
        { opcode: CONTINUATION, payload: Buffer.from([0x28, 0x28]) }
      ],
      1007
    ],
    [
      'a close whose reason is no UTF-8',
      [{ opcode: CLOSE, payload: Buffer.from([3, 232, 255]) }],
      1007
    ],
    ['too large a message', [{ opcode: TEXT, payload: Buffer.concat([half, half]) }], 1009],
    [
      'too large a message in fragments',
      [
        { opcode: BINARY, payload: half, fin: false },
        { opcode: CONTINUATION, payload: half }
      ],
      1009
    ]
  ]
}

/** Past the library, which would not send such a thing. A server's frames are not masked. */
export function sendRaw(socket: WebSocket, frames: readonly Frame[]): void {
  const stream: unknown = Reflect.get(socket, '_socket')
  for (const frame of frames) (stream as Socket).write(bytesOf(frame))
}

function bytesOf({ opcode, payload = '', fin = true, rsv = 0 }: Frame): Buffer {
  const body = Buffer.from(payload)
  const first = (fin ? 0x80 : 0) | (rsv << 4) | opcode
  if (body.length < 126) return Buffer.concat([Buffer.from([first, body.length]), body])
  const header = Buffer.alloc(10)
  header.writeUInt8(first, 0)
  header.writeUInt8(127, 1)
  header.writeBigUInt64BE(BigInt(body.length), 2)
  return Buffer.concat([header, body])
}
