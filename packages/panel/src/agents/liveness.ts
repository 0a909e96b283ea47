import type { FastifyBaseLogger } from 'fastify'
import type { Fence } from './commands.repo.ts'
import type { Audit, PanelEvents } from './contract.ts'
import { isDone, isIncident, judge, type Watched } from './liveness-judgement.ts'
import type { NodeSessionsRepo } from './node-sessions.repo.ts'
import { statusEvent } from './statuses.ts'
import type { LinkTiming } from './timing.ts'

/** Says which nodes are silent: SUSPECT, then UNREACHABLE, never because of the panel's own pauses. */
export interface Liveness {
  /** Takes up the nodes that were heard before this panel started. */
  start(): Promise<void>
  begin(fence: Fence): void
  heard(nodeId: string): void
  /** It is not judged any more (quarantined, revoked, deleted). */
  forget(nodeId: string): void
  /** The panel itself paused for so long: nobody's silence counts for that time. */
  slept(ms: number): void
  tick(): Promise<void>
}

type Changes = Record<Watched['status'], Watched[]>

export interface LivenessOptions {
  repo: Pick<NodeSessionsRepo, 'listHeard' | 'markSuspect' | 'markUnreachable'>
  events: PanelEvents
  audit: Pick<Audit, 'note'>
  log: FastifyBaseLogger
  timing: LinkTiming
  now: () => number
  /** Called after the node was marked. */
  onSuspect(nodeId: string): void
  onUnreachable(fence: Fence): void
}

export function createLiveness(options: LivenessOptions): Liveness {
  const { repo, events, log, timing, now } = options
  const nodes = new Map<string, Watched>()
  let startedAt = now()
  let inIncident = false

  function publish(nodeId: string, status: Watched['status']): void {
    events.publish({ type: 'node.status', nodeId, status })
  }

  async function mark({ ONLINE, SUSPECT, UNREACHABLE }: Changes): Promise<void> {
    for (const node of ONLINE) {
      node.status = 'ONLINE'
      publish(node.nodeId, 'ONLINE')
    }
    if (SUSPECT.length > 0) await markSuspect(SUSPECT)
    if (UNREACHABLE.length > 0) await markUnreachable(UNREACHABLE)
  }

  async function markSuspect(suspect: Watched[]): Promise<void> {
    const marked = await repo.markSuspect(suspect)
    for (const node of suspect) node.status = 'SUSPECT'
    for (const nodeId of marked) {
      log.warn({ nodeId }, 'node is silent')
      publish(nodeId, 'SUSPECT')
      options.onSuspect(nodeId)
    }
  }

  async function markUnreachable(unreachable: Watched[]): Promise<void> {
    const marked = await repo.markUnreachable(unreachable)
    for (const node of unreachable) {
      node.status = 'UNREACHABLE'
      options.onUnreachable(node)
    }
    for (const nodeId of marked.nodes) {
      log.warn({ nodeId }, 'node is unreachable')
      publish(nodeId, 'UNREACHABLE')
    }
    for (const server of marked.servers) {
      events.publish(statusEvent({ ...server, status: 'UNKNOWN' }))
    }
  }

  /** One line for all of them: their silence is one event, and not theirs. */
  function noteIncident(nowMs: number): void {
    const was = inIncident
    inIncident = isIncident(nodes.values(), nowMs)
    if (!inIncident || was) return
    log.error({ nodes: nodes.size }, "most nodes fell silent at once: look at the panel's network")
    options.audit.note({
      actorType: 'SYSTEM',
      actorId: null,
      actorName: null,
      action: 'panel.incident.nodes-silent',
      targetType: 'panel',
      targetId: null,
      ip: null,
      after: { nodes: nodes.size }
    })
  }

  return {
    async start() {
      startedAt = now()
      for (const node of await repo.listHeard()) {
        if (nodes.has(node.nodeId)) continue
        const watched = { ...node, heardAt: startedAt, inherited: true, silentSince: undefined }
        nodes.set(node.nodeId, watched)
      }
    },
    begin({ nodeId, epoch }) {
      nodes.set(nodeId, {
        nodeId,
        epoch,
        status: 'ONLINE',
        heardAt: now(),
        inherited: false,
        silentSince: undefined
      })
      publish(nodeId, 'ONLINE')
    },
    heard(nodeId) {
      const node = nodes.get(nodeId)
      if (node) node.heardAt = now()
    },
    forget(nodeId) {
      nodes.delete(nodeId)
    },
    slept(ms) {
      const nowMs = now()
      for (const node of nodes.values()) node.heardAt = Math.min(nowMs, node.heardAt + ms)
    },
    async tick() {
      const nowMs = now()
      const changed: Changes = { ONLINE: [], SUSPECT: [], UNREACHABLE: [] }
      for (const node of nodes.values()) {
        const status = judge(node, nowMs, startedAt, timing)
        if (status === 'ONLINE') node.silentSince = undefined
        else node.silentSince ??= nowMs
        if (status !== node.status) changed[status].push(node)
        else if (isDone(node, nowMs)) nodes.delete(node.nodeId)
      }
      noteIncident(nowMs)
      await mark(changed)
    }
  }
}
