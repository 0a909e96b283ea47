/**
 * Runs of which Docker said "out of memory". It says so in an event, and under load sometimes too late to
 * write it into the container's own state: the event is then the only witness.
 */
export interface OomKills {
  note(containerId: string): void
  /** It starts again: what was said is of the run before. */
  clear(containerId: string): void
  has(containerId: string): boolean
}

const MOST_KEPT = 1_000

export function createOomKills(): OomKills {
  const killed = new Set<string>()
  return {
    note(containerId) {
      const [oldest] = killed
      if (killed.size >= MOST_KEPT && oldest !== undefined) killed.delete(oldest)
      killed.add(containerId)
    },
    clear: containerId => void killed.delete(containerId),
    has: containerId => killed.has(containerId)
  }
}
