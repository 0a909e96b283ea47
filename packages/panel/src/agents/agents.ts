import { closeCodes } from '@ctrl-alt-play/protocol'
import { NodeOffline } from '../errors.ts'
import type { Agents } from './contract.ts'
import type { NodeFacts } from './node-facts.ts'
import type { LinkOutbox } from './outbox.ts'
import type { AgentRegistry } from './registry.ts'

export interface LinkAgents extends Agents {
  /** Whether the node was revoked since, by the link's clock: a session that came meanwhile must not stay. */
  wasRevokedSince(nodeId: string, sinceMs: number): boolean
}

/** Longer than any handshake takes. */
const REVOCATION_MS = 600_000

/** What the features may ask of connected nodes. */
export function createAgents(options: {
  registry: AgentRegistry
  outbox: Pick<LinkOutbox, 'pushWanted'>
  facts: NodeFacts
  now: () => number
}): LinkAgents {
  const { registry, outbox, facts, now } = options
  const revocations = new Map<string, number>()
  return {
    // From its welcome on: what is queued before it has told what it has is sent right after.
    isOnline: nodeId => registry.get(nodeId)?.quarantined === false,
    async sendInput({ nodeId, serverId }, line) {
      const session = registry.ready(nodeId)
      if (!session) throw new NodeOffline(nodeId)
      await session.calls.call('console.input', { serverId, line })
    },
    pushWanted: (nodeId, serverId) => outbox.pushWanted(nodeId, serverId),
    revoke(nodeId) {
      const nowMs = now()
      for (const [id, at] of revocations) {
        if (nowMs - at > REVOCATION_MS) revocations.delete(id)
      }
      revocations.set(nodeId, nowMs)
      registry.get(nodeId)?.end(closeCodes.revoked, 'this key was revoked')
    },
    newestStats: serverId => facts.stats(serverId),
    newestEngine: nodeId => facts.engine(nodeId),
    newestResources: nodeId => facts.resources(nodeId),
    orphans: nodeId => facts.orphans(nodeId),
    refusal: nodeId => facts.refusal(nodeId),
    wasRevokedSince: (nodeId, sinceMs) =>
      (revocations.get(nodeId) ?? Number.NEGATIVE_INFINITY) >= sinceMs
  }
}
