import type { LogLine } from './driver.ts'

/** How far a log has been handed out: all lines before `atNs`, and the first `count` of those at it. */
export interface LogCursor {
  readonly atNs: bigint
  /** From where to ask the engine: a little earlier, for two streams may be logged slightly out of order. */
  fromNs(): bigint
  /** A filter for lines read again from `fromNs` on: what was handed out stays out. */
  resume(): (line: LogLine) => boolean
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
    resume() {
      let repeated = count
      return line => {
        if (line.atNs < atNs) return false
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
