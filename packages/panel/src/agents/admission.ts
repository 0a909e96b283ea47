import { closeCodes } from '@ctrl-alt-play/protocol'
import type { LinkAgents } from './agents.ts'
import type { ProvenAgent } from './handshake.ts'
import { createSession, type RunningSession } from './session.ts'
import type { SessionServices } from './session-services.ts'
import { statusEvent } from './statuses.ts'
import type { TwinDetector } from './twins.ts'
import type { AgentWire } from './wire.ts'

/** Makes a proven agent's connection its node's session. */
export function createAdmission(options: {
  services: SessionServices
  agents: Pick<LinkAgents, 'wasRevokedSince'>
  twins: TwinDetector
}) {
  const { services, agents, twins } = options
  const { registry, heartbeats, liveness, nodes, events, note, now, log } = services

  /** Two agents hold the node's key: until it is enrolled anew nothing is done there or believed. */
  async function quarantine({ nodeId, kid, ip }: ProvenAgent): Promise<void> {
    const lost = await nodes.quarantine({ nodeId, kid })
    liveness.forget(nodeId)
    log.error({ nodeId, kid }, 'two agents use the key of one node: it is in quarantine')
    const after = { reason: 'two agents took turns with the same key' }
    note({ action: 'security.node.quarantined', nodeId, kid, ip, after })
    events.publish({ type: 'node.status', nodeId, status: 'QUARANTINED' })
    for (const server of lost) events.publish(statusEvent({ ...server, status: 'UNKNOWN' }))
  }

  return async (proven: ProvenAgent, wire: AgentWire): Promise<RunningSession | undefined> => {
    const { nodeId, epoch, kid } = proven
    const isTwin = !proven.quarantined && twins.seen(kid, proven.instanceId, now())
    if (isTwin) await quarantine(proven)
    const quarantined = proven.quarantined || isTwin
    const session = createSession({ ...proven, quarantined }, wire, services)
    const { attached, replaced } = registry.attach(session)
    if (!attached) {
      session.end(closeCodes.superseded, 'a newer session of this node exists')
      // The newer one began before it was known: it comes again, into quarantine.
      if (isTwin) registry.get(nodeId)?.end(closeCodes.superseded, 'the node is in quarantine')
      return undefined
    }
    replaced?.end(closeCodes.superseded, 'a newer session of this node exists')
    if (agents.wasRevokedSince(nodeId, proven.askedAt)) {
      session.end(closeCodes.revoked, 'this key was revoked')
      return undefined
    }
    log.info({ nodeId, epoch, kid, ip: proven.ip }, 'agent session begins')
    wire.send('welcome', proven.welcome)
    heartbeats.begin(session)
    if (!quarantined) liveness.begin(session)
    return session
  }
}
