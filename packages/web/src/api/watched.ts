/** Whose figures the panel is to send. */
interface WatchMessage {
  type: 'watch'
  servers: string[]
  nodes: string[]
}

export type Watchable = 'servers' | 'nodes'

export interface Watched {
  /** Until what it answers is called. */
  add(kind: Watchable, id: string): () => void
  message(): WatchMessage
}

/** The panel takes no more at once. */
const MOST = 200
/** A list that is scrolled changes often. */
const SETTLE_MS = 150

/** What is looked at now, by how many parts of the page; `onChange` comes once for many changes. */
export function createWatched(onChange: () => void): Watched {
  const counts = { servers: new Map<string, number>(), nodes: new Map<string, number>() }
  let settling: ReturnType<typeof setTimeout> | undefined

  function count(kind: Watchable, id: string, by: 1 | -1): void {
    const left = (counts[kind].get(id) ?? 0) + by
    if (left > 0) counts[kind].set(id, left)
    else counts[kind].delete(id)
    if (settling !== undefined) return
    settling = setTimeout(() => {
      settling = undefined
      onChange()
    }, SETTLE_MS)
  }

  return {
    add(kind, id) {
      count(kind, id, 1)
      return () => count(kind, id, -1)
    },
    message: () => ({
      type: 'watch',
      servers: [...counts.servers.keys()].slice(0, MOST),
      nodes: [...counts.nodes.keys()].slice(0, MOST)
    })
  }
}
