import t from 'tap'
import {
  type ConsoleLine,
  decodeConsoleFrame,
  encodeConsoleFrame,
  endOf,
  lengthOf,
  limits,
  takeFrame
} from '../src/index.ts'

const serverId = '0191b2c4-1111-7000-8000-000000000001'

function line(text: string | Uint8Array, rest: Partial<ConsoleLine> = {}): ConsoleLine {
  return {
    atMs: 1_790_000_000_123,
    stream: 'stdout',
    continued: false,
    text: Buffer.from(text),
    ...rest
  }
}

t.test('a frame comes out as it went in, whatever bytes a game prints', async t => {
  const lines = [
    line('hello'),
    line(''),
    line(Buffer.from([0xff, 0x00, 0x1b, 0x5b, 0x80]), { stream: 'stderr' }),
    line('half', { continued: true }),
    line('x'.repeat(limits.consoleLineBytes))
  ]
  const start = 2 ** 40 + 7
  t.same(decodeConsoleFrame(encodeConsoleFrame({ type: 'live', streamId: 7, start, lines })), {
    type: 'live',
    streamId: 7,
    start,
    lines
  })
  t.same(decodeConsoleFrame(encodeConsoleFrame({ type: 'chunk', serverId, start, lines })), {
    type: 'chunk',
    serverId,
    start,
    lines
  })
  t.equal(endOf({ start, lines }), start + 6 + 1 + 6 + 4 + limits.consoleLineBytes + 1)
})

t.test(
  'every cut and every flipped length is refused or read as a shorter frame, never thrown',
  async t => {
    const whole = encodeConsoleFrame({
      type: 'chunk',
      serverId,
      start: 5,
      lines: [line('ab'), line('c')]
    })
    for (let end = 0; end < whole.length; end++) {
      const read = decodeConsoleFrame(whole.subarray(0, end))
      if (read) t.ok(read.lines.length < 2, `cut at ${end}`)
    }
    for (let index = 0; index < whole.length; index++) {
      const bent = Buffer.from(whole)
      bent.writeUInt8(bent.readUInt8(index) ^ 0xff, index)
      t.doesNotThrow(() => decodeConsoleFrame(bent))
    }
    t.equal(decodeConsoleFrame(Buffer.alloc(limits.framePayloadBytes + 12)), undefined, 'too long')
  }
)

t.test('lines are cut into frames that fit, in order', async t => {
  const lines = Array.from({ length: 4_000 }, (_, index) => line(`line ${index}`))
  const seen: ConsoleLine[] = []
  let rest = lines
  while (rest.length > 0) {
    const part = takeFrame(rest)
    t.ok(
      encodeConsoleFrame({ type: 'chunk', serverId, start: 0, lines: part }).length <=
        limits.framePayloadBytes + 11
    )
    seen.push(...part)
    rest = rest.slice(part.length)
  }
  t.same(seen, lines)
  t.equal(lengthOf(line('abc')), 4)
})
