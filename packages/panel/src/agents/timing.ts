import { limits } from '@ctrl-alt-play/protocol'

/** How long the link waits for what. Tests hand in their own. */
export interface LinkTiming {
  handshakeMs: number
  acknowledgeMs: number
  /** How often an unacknowledged command is sent again before its session is given up. */
  resends: number
  callMs: number
  pingMs: number
  pongMs: number
  suspectMs: number
  unreachableMs: number
  /** A panel that has just started judges nobody whom it has not yet heard. */
  startGraceMs: number
  /** lastSeen is written at least so often while a node is heard. */
  lastSeenMs: number
  tickMs: number
  sweepMs: number
  metricsMs: number
  retentionMs: number
}

export const defaultTiming: LinkTiming = {
  handshakeMs: limits.authenticationTimeoutMs,
  acknowledgeMs: limits.acknowledgeTimeoutMs,
  resends: 3,
  callMs: limits.callTimeoutMs,
  pingMs: limits.pingIntervalMs,
  pongMs: limits.pongTimeoutMs,
  suspectMs: 30_000,
  unreachableMs: 45_000,
  startGraceMs: 90_000,
  lastSeenMs: 15_000,
  tickMs: 1_000,
  sweepMs: 2_000,
  metricsMs: 60_000,
  retentionMs: 600_000
}

/** A round that comes so late means that the panel slept: what came meanwhile waits to be read. */
export const SLEPT_MS = 5_000

/** Seconds between two heartbeats of a node: the more nodes, the fewer from each. */
export function heartbeatSeconds(nodes: number): number {
  return Math.min(60, Math.max(10, nodes / 1_000))
}

/** Within how many seconds agents spread when they dial again. */
export function spreadSeconds(nodes: number): number {
  return Math.min(60, Math.max(2, nodes / 1_000))
}
