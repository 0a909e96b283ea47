import { encodeConsoleFrame } from '@ctrl-alt-play/protocol'
import type { Direction } from './golden.ts'
import { goldenOf } from './golden.ts'
import type { Random } from './random.ts'
import { wrongShapeOf } from './shapes.ts'

/** One WebSocket message as a hostile end sends it: text is a string. */
export type HostileFrame = string | Buffer

export interface HostileFrames {
  next(): HostileFrame
}

export interface HostileFramesOptions {
  direction: Direction
  random: Random
  /** Makes a golden message speak of what is there: that is more dangerous. */
  adapt?(message: string): string
  /** Servers whose console may be told. */
  serverIds?: readonly string[]
}

const KEPT = 50

/** Whatever may come over a wire, without an end. */
export function createHostileFrames(options: HostileFramesOptions): HostileFrames {
  const { direction, random, adapt = text => text, serverIds = [] } = options
  const own = goldenOf(direction)
  const foreign = goldenOf(direction === 'agent' ? 'panel' : 'agent')
  const said: HostileFrame[] = []

  const real = (): string => adapt(random.pick(own))

  const kinds: (() => HostileFrame)[] = [
    real,
    () => wrongShapeOf(real(), random.pick),
    () => wrongShapeOf(real(), random.pick),
    () => wrongShapeOf(real(), random.pick),
    () => damagedText(real(), random),
    () => real() + real(),
    () => damagedBytes(Buffer.from(real()), random),
    () => random.pick(foreign),
    () => optional(real(), random),
    () => random.bytes(random.below(300)),
    () => random.bytes(random.below(300)).toString('latin1'),
    () => consoleFrame(random, serverIds),
    () => damagedBytes(consoleFrame(random, serverIds), random),
    // Once more what was said before, in whatever order.
    () => (said.length > 0 ? random.pick(said) : real())
  ]

  return {
    next() {
      const frame = random.oneIn(2_000) ? 'x'.repeat(70_000) : random.pick(kinds)()
      said[said.length < KEPT ? said.length : random.below(KEPT)] = frame
      return frame
    }
  }
}

/** A message that only a later version knows, and that may be ignored or must not be. */
function optional(text: string, random: Random): string {
  const message = JSON.parse(text)
  const type = random.pick(['news', '__proto__', 'constructor', 'toString', message.type])
  return JSON.stringify({ ...message, type, must: random.pick([false, true, null, 'false']) })
}

/** A whole frame of console lines, sometimes with a place where no console is. */
function consoleFrame(random: Random, serverIds: readonly string[]): Buffer {
  const lines = Array.from({ length: random.below(20) }, () => ({
    atMs: random.pick([0, 1_700_000_000_000, 2 ** 48 - 1]),
    stream: random.pick(['stdout', 'stderr'] as const),
    continued: random.oneIn(5),
    text: random.bytes(random.below(random.oneIn(20) ? 8_192 : 80))
  }))
  const start = random.pick([0, 1, 1_000, 2 ** 47, 2 ** 48 - 1])
  if (random.oneIn(2) || serverIds.length === 0) {
    const streamId = random.pick([0, 1, 2, 2 ** 32 - 1])
    return encodeConsoleFrame({ type: 'live', streamId, start, lines })
  }
  return encodeConsoleFrame({ type: 'chunk', serverId: random.pick(serverIds), start, lines })
}

function damagedText(text: string, random: Random): string {
  const at = random.below(text.length)
  const to = at + random.below(40)
  const ways = [
    () => text.slice(0, at),
    () => text.slice(at),
    () => text.slice(0, at) + text.slice(to),
    () => text.slice(0, at) + String.fromCharCode(random.below(65_536)) + text.slice(at + 1),
    () => text.slice(0, at) + text.slice(at, to).repeat(1 + random.below(5)) + text.slice(to),
    () =>
      text.slice(0, at) +
      random.pick(['"', '{', '}', '[', ']', ',', ':', '\\', '\0']) +
      text.slice(at)
  ]
  return random.pick(ways)()
}

function damagedBytes(bytes: Buffer, random: Random): Buffer {
  const damaged = Buffer.from(bytes)
  for (let count = random.below(4); count >= 0 && damaged.length > 0; count--) {
    damaged[random.below(damaged.length)] = random.below(256)
  }
  return random.oneIn(3) ? damaged.subarray(0, random.below(damaged.length + 1)) : damaged
}
