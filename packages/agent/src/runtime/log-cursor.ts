import type { LogLine } from './driver.ts'

/**
 * The last lines that were handed out are not there any more, and later ones are: stop before them, or take
 * it as it is and mark the first of them.
 */
type OnHole = 'stop' | 'mark'

interface Resumption {
  /** What was handed out stays out. */
  isNew(line: LogLine): boolean
  hasStopped(): boolean
}

/** How far a log has been handed out: all lines before `atNs`, and the first `count` of those at it. */
export interface LogCursor {
  readonly atNs: bigint
  /** From where to ask the engine: a little earlier, for two streams may be logged slightly out of order. */
  fromNs(): bigint
  /** For lines read again from `fromNs` on. */
  resume(onHole: OnHole): Resumption
}

const MARGIN_NS = 1_000_000_000n

export function createLogCursor(sinceNs: bigint): LogCursor {
  let atNs = sinceNs
  let count = 0
  return {
    get atNs() {
      return atNs
    },
    fromNs: () => (atNs > MARGIN_NS ? atNs - MARGIN_NS : 0n),
    resume(onHole) {
      let repeated = count
      let hasStopped = false
      return {
        hasStopped: () => hasStopped,
        isNew(line) {
          const isAfterHole = line.atNs > atNs && repeated > 0
          hasStopped ||= isAfterHole && onHole === 'stop'
          if (hasStopped || line.atNs < atNs) return false
          if (isAfterHole) line.afterHole = true
          if (line.atNs > atNs) {
            atNs = line.atNs
            count = 0
            repeated = 0
          }
          if (repeated > 0) {
            repeated--
            return false
          }
          count++
          return true
        }
      }
    }
  }
}
