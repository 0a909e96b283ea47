import { limits, wireLengthOf } from '@ctrl-alt-play/protocol'
import type { Carrier } from './carrier.ts'
import type { Ring } from './ring.ts'

/** One person's (or many persons') look at one console: as fast as its credit lets it. */
export interface LiveStream {
  serverId: string
  /** There may be something new. */
  wake(): void
  credit(bytes: number): void
  /**
   * Resolves when reading may go on: undefined when it is near enough, and soon in any case. A log waits,
   * a game does not.
   */
  catchUp(): Promise<void> | undefined
  close(): void
}

export interface LiveStreamOptions {
  streamId: number
  serverId: string
  from: number
  creditBytes: number
  /** It is to miss nothing, if it is quick enough. */
  isWhole: boolean
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
/** So far behind, a viewer is waited for: the ring holds as much even of the shortest lines. */
const FAR_BEHIND_BYTES = 2 ** 16
/** A road that is slower than this loses lines, and gaps say so: what is new matters more than what is whole. */
const PATIENCE_MS = 1_000

export function createLiveStream(options: LiveStreamOptions): LiveStream {
  const { streamId, serverId, ring, carrier } = options
  let position = options.from
  let creditBytes = options.creditBytes
  let lastSentMs = Number.NEGATIVE_INFINITY
  let timer: NodeJS.Timeout | undefined
  let immediate: NodeJS.Immediate | undefined
  let isClosed = false
  let isGivenUp = false
  let waiting: { done: Promise<void>; end(): void } | undefined

  const behindBytes = (): number => options.end() - position

  function beginWait(): Promise<void> {
    let end = (): void => undefined
    const done = new Promise<void>(resolve => {
      end = resolve
    })
    const late = setTimeout(() => {
      isGivenUp = true
      waiting?.end()
    }, PATIENCE_MS)
    waiting = {
      done,
      end() {
        clearTimeout(late)
        waiting = undefined
        end()
      }
    }
    return done
  }

  /** Once given up, it is waited for again when it has seen all there is. */
  function notePlace(): void {
    const behind = behindBytes()
    if (behind <= FAR_BEHIND_BYTES / 2) waiting?.end()
    if (behind <= 0) isGivenUp = false
  }

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
      notePlace()
    }
  }

  return {
    serverId,
    wake,
    credit(bytes) {
      creditBytes = Math.min(MOST_CREDIT_BYTES, creditBytes + bytes)
      wake()
    },
    catchUp() {
      if (!options.isWhole || isClosed || isGivenUp || behindBytes() < FAR_BEHIND_BYTES) return
      return waiting?.done ?? beginWait()
    },
    close() {
      isClosed = true
      waiting?.end()
      clearTimeout(timer)
      clearImmediate(immediate)
    }
  }
}
