import type { LinkFaults } from './link-faults.ts'

const MOST_REMEMBERED = 256
const MOST_REMEMBERED_BYTES = 4 * 2 ** 20
const GARBAGE_BYTES = 64

/** The newest messages of one direction, over all connections. */
export interface Memory {
  keep(frame: Buffer): void
  frames(): readonly Buffer[]
}

export function createMemory(): Memory {
  const frames: Buffer[] = []
  let bytes = 0
  return {
    keep(frame) {
      frames.push(Buffer.from(frame))
      bytes += frame.length
      while (frames.length > MOST_REMEMBERED || bytes > MOST_REMEMBERED_BYTES) {
        bytes -= frames.shift()?.length ?? 0
      }
    },
    frames: () => frames
  }
}

/** What becomes of each message of one direction of one connection. */
export function createMischief(options: {
  faults: Readonly<LinkFaults>
  memory: Memory
  random: () => number
}): (frame: Buffer) => Buffer[] {
  const { faults, memory, random } = options
  let held: Buffer | undefined
  const happens = (chance: number): boolean => chance > 0 && random() < chance

  function past(): Buffer[] {
    const frames = memory.frames()
    const frame = frames[Math.floor(random() * frames.length)]
    return frame ? [frame] : []
  }

  function garbage(): Buffer {
    return Buffer.from(Array.from({ length: GARBAGE_BYTES }, () => Math.floor(random() * 256)))
  }

  function changed(frame: Buffer): Buffer[] {
    if (happens(faults.drop)) return []
    const before = happens(faults.garbage) ? [garbage()] : []
    const whole = happens(faults.truncate) ? frame.subarray(0, Math.ceil(frame.length / 2)) : frame
    const twice = happens(faults.duplicate) ? [frame] : []
    const again = happens(faults.replay) ? past() : []
    return [...before, whole, ...twice, ...again]
  }

  return frame => {
    const before = held
    held = undefined
    if (!before && happens(faults.reorder)) {
      held = frame
      return []
    }
    const now = changed(frame)
    memory.keep(frame)
    return before ? [...now, before] : now
  }
}
