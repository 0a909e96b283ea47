const WINDOW_MS = 60_000
const SWITCHES = 3

interface Seen {
  instanceId: string
  at: number
}

export interface TwinDetector {
  /** A session began with this key. True when two agents that have it take turns, also for all who come just after. */
  seen(kid: string, instanceId: string, nowMs: number): boolean
  /** Someone has answered for the key: what was seen before does not count. */
  acquit(kid: string): void
  /** Lets go of what is too old to matter. */
  forget(nowMs: number): void
}

/**
 * An agent that starts again has a new instance each time, and an agent that dials again keeps its own:
 * only two agents that live at the same time bring an earlier instance back.
 */
export function createTwinDetector(): TwinDetector {
  const recent = new Map<string, Seen[]>()
  return {
    seen(kid, instanceId, nowMs) {
      const kept = (recent.get(kid) ?? []).filter(entry => nowMs - entry.at < WINDOW_MS)
      const seen = [...kept, { instanceId, at: nowMs }].slice(-20)
      recent.set(kid, seen)
      return switchesOf(seen) >= SWITCHES
    },
    acquit(kid) {
      recent.delete(kid)
    },
    forget(nowMs) {
      for (const [kid, seen] of recent) {
        if (seen.every(entry => nowMs - entry.at >= WINDOW_MS)) recent.delete(kid)
      }
    }
  }
}

/** How often the instance changed between ones that come back; the first of them counts with its return. */
function switchesOf(seen: Seen[]): number {
  const ids = seen.map(entry => entry.instanceId)
  const changes = ids.filter((id, index) => index > 0 && id !== ids[index - 1])
  const returns = changes.filter((id, index) => [ids[0], ...changes.slice(0, index)].includes(id))
  return returns.length === 0 ? 0 : returns.length + 1
}
