import { TypeCompiler } from '@sinclair/typebox/compiler'
import type { FastifyBaseLogger } from 'fastify'
import type { Agents } from '../../agents/contract.ts'
import type { ServerAccess } from '../../plugins/access.ts'
import type { LiveSocket } from '../live/live-socket.ts'
import { can, type Requester } from '../permissions/can.ts'
import { type EventMessage, EventsClientMessage } from './events.schema.ts'

export interface FiguresWatchDeps {
  access: Pick<ServerAccess, 'requireServer'>
  agents: Pick<Agents, 'newestStats' | 'newestResources'>
  /** As it is now. */
  actor: () => Requester
  log: Pick<FastifyBaseLogger, 'warn'>
}

/** The figures that one browser looks at. */
export interface FiguresWatch {
  /** False: it was not understood. */
  take(message: unknown): boolean
}

/** A reader this far behind gets no figures until it has caught up. */
const BEHIND_BYTES = 256 * 1024

const clientMessage = TypeCompiler.Compile(EventsClientMessage)

/** Looks each second at what came in, and passes on the newest: however often agents tell, and only to who looks. */
export function createFiguresWatch(socket: LiveSocket, deps: FiguresWatchDeps): FiguresWatch {
  const { access, agents, actor, log } = deps
  let servers = new Map<string, unknown>()
  let nodes = new Map<string, unknown>()
  let isTelling = false

  const say = (message: EventMessage) => socket.say(message)

  async function tellServer(serverId: string): Promise<void> {
    const newest = agents.newestStats(serverId)
    if (!newest || newest === servers.get(serverId)) return
    const told = servers
    if (!(await mayWatch(serverId))) return
    if (servers !== told) return
    servers.set(serverId, newest)
    const { serverId: _, ...stats } = newest
    say({ type: 'server.stats', serverId, stats })
  }

  async function mayWatch(serverId: string): Promise<boolean> {
    try {
      await access.requireServer(actor(), serverId, 'monitoring-view', { recent: true })
      return true
    } catch (err) {
      if (err instanceof Error && 'statusCode' in err) return false
      throw err
    }
  }

  function tellNode(nodeId: string): void {
    const newest = agents.newestResources(nodeId)
    // It is changed in place.
    const text = newest && JSON.stringify(newest)
    if (!newest || text === nodes.get(nodeId)) return
    nodes.set(nodeId, text)
    say({ type: 'node.resources', nodeId, resources: newest })
  }

  async function tell(): Promise<void> {
    if (isTelling || socket.bufferedBytes() > BEHIND_BYTES) return
    isTelling = true
    try {
      if (can(actor(), 'admin-nodes')) for (const nodeId of nodes.keys()) tellNode(nodeId)
      for (const serverId of servers.keys()) await tellServer(serverId)
    } finally {
      isTelling = false
    }
  }

  function begin(): void {
    tell().catch(err => log.warn({ err }, 'could not pass figures on; the next second tries again'))
  }

  socket.onTick(begin)

  return {
    take(message) {
      if (!clientMessage.Check(message)) return false
      // What was told before and is still watched is not told twice.
      servers = new Map(message.servers.map(id => [id, servers.get(id)]))
      nodes = new Map(message.nodes.map(id => [id, nodes.get(id)]))
      begin()
      return true
    }
  }
}
