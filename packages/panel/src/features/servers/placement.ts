/** What placement has to know of a node. */
export interface Candidate {
  id: string
  name: string
  online: boolean
  maintenance: boolean
  hasDocker: boolean
  /** Null: it has not reported yet. */
  memoryTotalMiB: number | null
  /** The sum of the limits of its servers. */
  memoryPromisedMiB: number
  servers: number
}

export type Placement =
  | { ok: true; nodeId: string }
  /** Why none can, in words for people. */
  | { ok: false; reason: string }

/** Chooses the node with the fewest servers among those that can take the server; of equals the one with most memory left. */
export function placeServer(
  candidates: readonly Candidate[],
  wanted: { memoryMiB: number }
): Placement {
  if (candidates.length === 0) return { ok: false, reason: 'there is no node yet' }
  const able = candidates.filter(node => obstacleOf(node, wanted) === undefined)
  const [best] = able.toSorted(
    (one, other) =>
      one.servers - other.servers ||
      leftOf(other) - leftOf(one) ||
      one.name.localeCompare(other.name)
  )
  if (best) return { ok: true, nodeId: best.id }
  const reasons = candidates.slice(0, 5).map(node => `${node.name} ${obstacleOf(node, wanted)}`)
  const more = candidates.length > 5 ? ` and ${candidates.length - 5} more nodes cannot either` : ''
  return { ok: false, reason: reasons.join(', ') + more }
}

function obstacleOf(node: Candidate, wanted: { memoryMiB: number }): string | undefined {
  if (!node.online) return 'is not connected'
  if (node.maintenance) return 'is in maintenance'
  if (!node.hasDocker) return 'has no Docker engine that answers'
  const left = leftOf(node)
  if (left < wanted.memoryMiB) return `has ${Math.max(left, 0)} of ${wanted.memoryMiB} MiB left`
  return undefined
}

function leftOf(node: Candidate): number {
  return Math.floor(node.memoryTotalMiB ?? 0) - node.memoryPromisedMiB
}
