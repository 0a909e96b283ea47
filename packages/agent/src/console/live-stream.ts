import { limits, wireLengthOf } from '@ctrl-alt-play/protocol'
import type { Carrier } from './carrier.ts'
import type { Ring } from './ring.ts'

/** One person's (or many persons') look at one console: as fast as its credit lets it. */
export interface LiveStream {
  serverId: string
  /** There may be something new. */
  wake(): void
  credit(bytes: number): void
  close(): void
}

export interface LiveStreamOptions {
  streamId: number
  serverId: string
  from: number
  creditBytes: number
  ring: Ring
  /** The position behind the newest line. */
  end(): number
  carrier: Carrier
}

/** Lines go out at once when nothing did for so long, else they are joined. */
const JOIN_MS = 20
const RETRY_MS = 20
/** Credit counts what lies between a frame's header and its end. More than this is not saved up. */
const MOST_CREDIT_BYTES = 2 ** 22

export function createLiveStream(options: LiveStreamOptions): LiveStream {
  const { streamId, serverId, ring, carrier } = options
  let position = options.from
  let creditBytes = options.creditBytes
  let lastSentMs = Number.NEGATIVE_INFINITY
  let timer: NodeJS.Timeout | undefined
  let immediate: NodeJS.Immediate | undefined
  let isClosed = false

  function wake(): void {
    if (isClosed || immediate || creditBytes <= 0) return
    const waitMs = lastSentMs + JOIN_MS - performance.now()
    const isMuch = options.end() - position >= limits.framePayloadBytes
    if (waitMs <= 0 || isMuch) {
      immediate = setImmediate(pump)
      return
    }
    timer ??= setTimeout(pump, waitMs)
  }

  function pump(): void {
    clearTimeout(timer)
    clearImmediate(immediate)
    timer = undefined
    immediate = undefined
    while (!isClosed && creditBytes > 0) {
      const room = carrier.room()
      const most = Math.min(limits.framePayloadBytes, creditBytes, room)
      const stretch = ring.read(position, most)
      if (!stretch) return
      const { start, lines } = stretch
      if (room === 0 || !carrier.send({ type: 'live', streamId, start, lines })) {
        timer = setTimeout(pump, RETRY_MS)
        return
      }
      position = stretch.resume.position
      creditBytes -= lines.reduce((sum, line) => sum + wireLengthOf(line), 0)
      lastSentMs = performance.now()
    }
  }

  return {
    serverId,
    wake,
    credit(bytes) {
      creditBytes = Math.min(MOST_CREDIT_BYTES, creditBytes + bytes)
      wake()
    },
    close() {
      isClosed = true
      clearTimeout(timer)
      clearImmediate(immediate)
    }
  }
}
