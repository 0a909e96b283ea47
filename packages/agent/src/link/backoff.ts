import { closeCodes } from '@ctrl-alt-play/protocol'

/** How a session, or the attempt to have one, ended. */
export interface SessionEnd {
  /** The WebSocket close code; undefined when there was no connection. */
  code: number | undefined
  reason: string
  /** How long the session was whole; 0 when it never was. */
  healthyMs: number
  /** The panel asked to be left alone for so long. */
  retryAfterMs?: number
  /** The panel said goodbye: it is back soon, and not all shall come at once. */
  goodbye?: boolean
  /** Within which time agents spread when they dial again after a healthy session. */
  spreadMs: number
}

export interface Backoff {
  /** How long to wait before the next attempt. */
  after(end: SessionEnd): number
}

const FIRST_MS = 1_000
/** Once the road is whole again the panel shall know within 30 s, however long it was not. */
const LONGEST_WAIT_MS = 20_000
/** A session of this length makes earlier failures forgotten; a shorter one does not. */
const HEALTHY_MS = 60_000
const REVOKED_MS = 60_000
const TOO_OLD_MS = 300_000

/** Full jitter: a random wait up to a ceiling that doubles, so that ten thousand agents do not return at once. */
export function createBackoff(
  random: () => number = Math.random,
  longestMs: number = LONGEST_WAIT_MS
): Backoff {
  let failures = 0

  function doubled(): number {
    const ceiling = Math.min(longestMs, FIRST_MS * 2 ** failures)
    failures++
    return random() * ceiling
  }

  return {
    after({ code, healthyMs, retryAfterMs, goodbye, spreadMs }) {
      const isHealthy = healthyMs >= HEALTHY_MS
      if (isHealthy) failures = 0
      if (code === closeCodes.revoked) return REVOKED_MS * (1 + 0.1 * random())
      if (code === closeCodes.upgradeNeeded) return TOO_OLD_MS * (1 + 0.1 * random())
      if (retryAfterMs !== undefined) return retryAfterMs + doubled()
      if (goodbye || isHealthy) return random() * spreadMs
      return doubled()
    }
  }
}
