import type { FastifyBaseLogger } from 'fastify'
import type { Agents } from '../../agents/contract.ts'

export type PushWanted = (nodeId: string | null, serverId: string) => Promise<void>

/** Tells a node what is wanted of a server now. One that is away hears of it when it comes back. */
export function createPushWanted(deps: {
  agents: Pick<Agents, 'isOnline' | 'pushWanted'>
  log: Pick<FastifyBaseLogger, 'warn'>
}): PushWanted {
  const { agents, log } = deps
  return async (nodeId, serverId) => {
    if (nodeId === null || !agents.isOnline(nodeId)) return
    try {
      await agents.pushWanted(nodeId, serverId)
    } catch (err) {
      log.warn({ err, nodeId, serverId }, 'could not tell a node what is wanted of a server')
    }
  }
}
