import {
  type AgentBody,
  type AgentMessage,
  closeCodes,
  digestOf,
  type ServerReport
} from '@ctrl-alt-play/protocol'
import { boundedOutcome } from './bounded-outcome.ts'
import type { CommandReports } from './command-reports.ts'
import type { ProvenAgent } from './handshake.ts'
import { rotateKey } from './key-rotation.ts'
import type { Ownership } from './ownership.ts'
import type { AgentSession } from './registry.ts'
import type { SecurityNote } from './security-notes.ts'
import type { SessionServices } from './session-services.ts'
import { applySnapshot } from './session-snapshot.ts'
import { createSnapshotCollector, orphanOf } from './snapshot.ts'
import { untilStored } from './until-stored.ts'
import type { AgentWire } from './wire.ts'

const CLOCK_SKEW_MS = 2_000
const SNAPSHOT_REQUEST_MS = 10_000

/** One session as its handlers see it. */
export interface SessionContext {
  agent: ProvenAgent
  session: AgentSession
  wire: AgentWire
  services: SessionServices
  reports: Map<string, ServerReport>
  ownership: Ownership
  commandReports: CommandReports
  signal: AbortSignal
  /** What is wanted was told: commands and calls may come. */
  becomeReady(): void
  /** False when a server of another node is among them: the session has then ended. */
  mayName(serverIds: Iterable<string>): Promise<boolean>
  refuse(action: SecurityNote['action'], after: Record<string, unknown>): void
}

type Handlers = {
  [K in AgentMessage['type']]: (body: AgentBody<K>) => Promise<void> | void
}

/** The text half of a session: a handler for each message. */
export function createSessionMessages(context: SessionContext) {
  const { agent, session, wire, services, reports, ownership, commandReports, signal } = context
  const { facts, heartbeats, statuses, events, log, now } = services
  const { nodeId, epoch } = agent
  const fence = { nodeId, epoch }
  const snapshots = createSnapshotCollector()
  let hello: AgentBody<'hello'> | undefined
  let hasToldAll = false
  let snapshotAskedAt = Number.NEGATIVE_INFINITY

  const stored = <T>(work: () => Promise<T>) => untilStored(work, { signal, log, nodeId })

  const handlers: Handlers = {
    auth: () => session.end(closeCodes.badMessage, 'it is known already who you are'),

    async hello(body) {
      if (hello) return session.end(closeCodes.badMessage, 'hello comes once')
      hello = body
      facts.setEngine(nodeId, body.docker)
      const { machine, journal, clock } = body
      const skewMs = Math.round(clock.wallMs - Date.now())
      if (Math.abs(skewMs) > CLOCK_SKEW_MS) log.warn({ nodeId, skewMs }, "a node's clock is wrong")
      if (journal.lost) log.error({ nodeId }, 'a node has lost its journal')
      const told = { nodeId, epoch, kid: agent.kid, machine, journalLost: journal.lost }
      if (await stored(() => services.arrivals.describe(told))) return
      session.end(closeCodes.superseded, 'a newer session of this node exists')
    },

    async snapshot(part) {
      if (!hello) return session.end(closeCodes.badMessage, 'hello comes first')
      const snapshot = snapshots.add(part)
      if (snapshot === 'too large') return session.end(closeCodes.tooBig, 'too much for one node')
      if (!snapshot) return
      const isFirst = !hasToldAll
      hasToldAll = true
      await applySnapshot(context, snapshot, { isFirst, hello })
    },

    async report(body) {
      const ids = body.servers.map(report => report.serverId)
      if (!(await context.mayName(ids))) return
      for (const report of body.servers) reports.set(report.serverId, report)
      const own = body.servers.filter(report => ownership.owns(report.serverId))
      statuses.offer(fence, own)
      if (!body.orphans) return
      const strays = [...reports.values()].filter(report => !ownership.owns(report.serverId))
      facts.setOrphans(nodeId, [...body.orphans, ...strays.map(orphanOf)])
    },

    heartbeat({ resources, digest }) {
      heartbeats.beat(fence, facts.setResources(nodeId, resources))
      const isDue = hasToldAll && now() - snapshotAskedAt >= SNAPSHOT_REQUEST_MS
      if (digest === undefined || !isDue || digest === digestOf(reports.values())) return
      snapshotAskedAt = now()
      wire.send('snapshot.request', {})
    },

    async stats({ servers }) {
      if (!(await context.mayName(servers.map(stats => stats.serverId)))) return
      const own = servers.filter(stats => ownership.owns(stats.serverId))
      facts.setStats(nodeId, own)
      for (const stats of own) {
        events.publish({ type: 'server.stats', serverId: stats.serverId, stats })
      }
    },

    async events(body) {
      if (!(await context.mayName(body.events.map(event => event.serverId)))) return
      const seq = Math.max(0, ...body.events.map(event => event.seq))
      if (seq === 0) return
      const { instanceId } = agent
      await stored(() => services.serverEvents.insert(fence, instanceId, body.events))
      wire.send('events.stored', { seq })
    },

    'command.ack'({ id }) {
      session.dispatcher.answered(id)
      return commandReports.push({ type: 'ack', id })
    },

    'command.progress'({ id, progress }) {
      session.dispatcher.answered(id)
      return commandReports.push({ type: 'progress', id, progress })
    },

    'command.result'({ id, outcome }) {
      session.dispatcher.answered(id)
      return commandReports.push({ type: 'result', id, outcome: boundedOutcome(outcome) })
    },

    reply: body => session.calls.answer(body),

    async 'key.rotate'(body) {
      const rotated = await stored(() => rotateKey(agent, body, services.keys))
      if ('refused' in rotated) {
        return context.refuse('security.agent.key-refused', { reason: rotated.refused })
      }
      const { kid } = rotated
      services.audit.note({
        ...{ actorType: 'AGENT', actorId: nodeId, actorName: agent.kid, ip: agent.ip },
        ...{ action: 'agent.key-rotated', targetType: 'node', targetId: nodeId, after: { kid } }
      })
      await services.failpoint?.('panel.key.added')
      wire.send('key.accepted', { kid, publicKey: body.publicKey })
    }
  }

  return async (message: AgentMessage): Promise<void> => {
    // Of a node that is in two places only its pulse is believed.
    if (agent.quarantined && message.type !== 'heartbeat') return
    const handler = handlers[message.type] as (body: unknown) => Promise<void> | void
    await handler(message.body)
  }
}
