import type { PowerKind } from '@ctrl-alt-play/protocol'
import type { ServerStatus } from './servers.schema.ts'

export interface PowerFacts {
  desiredState: 'RUNNING' | 'STOPPED' | 'ABSENT'
  status: ServerStatus
  /** What it was when its node was last heard. */
  lastKnownStatus: ServerStatus | null
  generation: number
  restartSeq: number
}

export interface PowerPlan {
  desired: 'RUNNING' | 'STOPPED'
  generation: number
  restartSeq: number
}

const comesUp: ReadonlySet<ServerStatus> = new Set(['STARTING', 'RUNNING', 'STOPPING'])

/**
 * What is wanted after a power act. Each act has a generation of its own, so that a later one is told from
 * an earlier; a run of its own (restartSeq) only when something is to be started that is not up already.
 */
export function planPower(facts: PowerFacts, action: PowerKind): PowerPlan {
  const generation = facts.generation + 1
  if (action === 'stop' || action === 'kill') {
    return { desired: 'STOPPED', generation, restartSeq: facts.restartSeq }
  }
  const status = facts.status === 'UNKNOWN' ? facts.lastKnownStatus : facts.status
  const isUp = facts.desiredState === 'RUNNING' && status !== null && comesUp.has(status)
  const begins = action === 'restart' || !isUp
  return { desired: 'RUNNING', generation, restartSeq: facts.restartSeq + (begins ? 1 : 0) }
}
