import type { LiveNode } from './node-sessions.repo.ts'
import type { LinkTiming } from './timing.ts'

/** Of so many nodes at least, so large a part that falls silent at once means that the panel's side is at fault. */
const INCIDENT_SHARE = 0.55
const INCIDENT_NODES = 3
const WINDOW_MS = 60_000

export interface Watched extends LiveNode {
  heardAt: number
  /** Known from the records only: it has not been heard since the panel started. */
  inherited: boolean
  silentSince: number | undefined
}

/** What a node is by how long it has been silent. */
export function judge(
  node: Pick<Watched, 'heardAt' | 'inherited' | 'status'>,
  nowMs: number,
  startedAt: number,
  timing: Pick<LinkTiming, 'suspectMs' | 'unreachableMs' | 'startGraceMs'>
): LiveNode['status'] {
  if (node.inherited && nowMs - startedAt < timing.startGraceMs) return node.status
  const silentMs = nowMs - node.heardAt
  if (silentMs >= timing.unreachableMs) return 'UNREACHABLE'
  return silentMs >= timing.suspectMs ? 'SUSPECT' : 'ONLINE'
}

/** Whether most of the fleet fell silent within a minute. */
export function isIncident(nodes: Iterable<Watched>, nowMs: number): boolean {
  let total = 0
  let silent = 0
  for (const { silentSince } of nodes) {
    const isNews = silentSince !== undefined && nowMs - silentSince < WINDOW_MS
    if (silentSince === undefined || isNews) total += 1
    if (isNews) silent += 1
  }
  return total >= INCIDENT_NODES && silent / total > INCIDENT_SHARE
}

/** Marked, and long enough ago that it no longer counts as part of an incident. */
export function isDone({ status, silentSince }: Watched, nowMs: number): boolean {
  return status === 'UNREACHABLE' && nowMs - (silentSince ?? nowMs) >= WINDOW_MS
}
