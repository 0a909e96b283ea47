const WINDOW_MS = 60_000
const SWITCHES = 3

interface Seen {
  instanceId: string
  at: number
}

export interface TwinDetector {
  /** A session of the node began. True when two agents with the node's key take turns. */
  seen(nodeId: string, instanceId: string, nowMs: number): boolean
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
    seen(nodeId, instanceId, nowMs) {
      const kept = (recent.get(nodeId) ?? []).filter(entry => nowMs - entry.at < WINDOW_MS)
      const seen = [...kept, { instanceId, at: nowMs }].slice(-20)
      recent.set(nodeId, seen)
      const takesTurns = switchesOf(seen) >= SWITCHES
      if (takesTurns) recent.delete(nodeId)
      return takesTurns
    },
    forget(nowMs) {
      for (const [nodeId, seen] of recent) {
        if (seen.every(entry => nowMs - entry.at >= WINDOW_MS)) recent.delete(nodeId)
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
