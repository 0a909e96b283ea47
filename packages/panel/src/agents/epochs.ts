import type { AgentKey, AgentKeysRepo } from './agent-keys.repo.ts'
import { createBatcher } from './batcher.ts'
import type { Claim, ClaimedEpoch, NodeSessionsRepo } from './node-sessions.repo.ts'

/** When a fleet comes back at once, each of these is one statement for all who come within this time. */
const WINDOW_MS = 20
/** More would keep the event loop for too long when their answers come. */
const MOST_AT_ONCE = 100

export interface Epochs {
  findKey(kid: string): Promise<AgentKey | undefined>
  /** The fencing token of a new session; undefined when the key was revoked meanwhile. */
  claim(claim: Claim): Promise<ClaimedEpoch | undefined>
}

export function createEpochs(options: {
  keys: Pick<AgentKeysRepo, 'findMany'>
  nodes: Pick<NodeSessionsRepo, 'claim'>
  replicaId: string
}): Epochs {
  const { keys, nodes, replicaId } = options
  const findKey = createBatcher<string, AgentKey | undefined>({
    windowMs: WINDOW_MS,
    most: MOST_AT_ONCE,
    keyOf: kid => kid,
    run: async kids => {
      const found = new Map((await keys.findMany(kids)).map(key => [key.kid, key]))
      return kids.map(kid => found.get(kid))
    }
  })
  const claim = createBatcher<Claim, ClaimedEpoch | undefined>({
    windowMs: WINDOW_MS,
    most: MOST_AT_ONCE,
    keyOf: one => one.nodeId,
    run: claims => nodes.claim(claims, replicaId)
  })
  return { findKey, claim }
}
