import { randomUUID } from 'node:crypto'
import { type AgentBody, closeCodes, createKeyPair } from '@ctrl-alt-play/protocol'
import { knock, type Played, play } from './played-agent.ts'
import { within } from './within.ts'
import type { AgentProcess, World } from './world.ts'

/** What somebody on the way has heard of an agent. */
export interface Overheard {
  agent: AgentProcess
  auth: AgentBody<'auth'> | undefined
}

/** P9: whoever has no key of a node, or only what was overheard, is turned away, and nothing changes. */
export async function letIn(world: World, overheard: readonly Overheard[]): Promise<string[]> {
  const before = await nodesOf(world)
  const connected = new Map(overheard.map(({ agent }) => [agent, connects(agent)]))
  const tried = await Promise.all(overheard.map(one => knockAs(world.url, one)))
  const after = await nodesOf(world)
  const changed = overheard.flatMap(({ agent }) => {
    const [then, now] = [before.get(agent.nodeId), after.get(agent.nodeId)]
    const own = connects(agent) - (connected.get(agent) ?? 0)
    const others = (now?.epoch ?? 0) - (then?.epoch ?? 0) - own
    return [
      ...(then?.keys === now?.keys ? [] : [`the keys of ${agent.nodeId} have changed`]),
      ...(others > 0 ? [`${others} sessions of ${agent.nodeId} that its agent has not begun`] : [])
    ]
  })
  return [...tried.flat(), ...changed]
}

async function knockAs(url: string, { agent, auth }: Overheard): Promise<string[]> {
  const { nodeId } = agent
  const forged = { nodeId, keys: createKeyPair(), instanceId: randomUUID(), panelKey: '' }
  const stranger = await isTurnedAway(await play(url, forged))
  const replayer = auth === undefined || (await isTurnedAway(await replay(url, auth)))
  return [
    ...(stranger ? [] : [`a key that is not ${nodeId}'s was taken for it`]),
    ...(replayer ? [] : [`what ${nodeId} once said opened its door again`])
  ]
}

async function replay(url: string, auth: AgentBody<'auth'>): Promise<Played> {
  const played = await knock(url)
  played.say('auth', auth)
  return played
}

async function isTurnedAway({ socket, heard, closed }: Played): Promise<boolean> {
  const { code } = await within('a stranger is turned away', closed).catch(() => ({ code: 0 }))
  socket.terminate()
  return code === closeCodes.notAuthenticated && !heard.some(({ type }) => type === 'welcome')
}

/** By the agent's own words. */
function connects(agent: AgentProcess): number {
  return agent.output().split('"connected to the panel"').length - 1
}

async function nodesOf({ database }: World): Promise<Map<string, { epoch: number; keys: string }>> {
  const rows = await database.query(
    `SELECT n.id, n."sessionEpoch" AS epoch, (SELECT string_agg(
       concat_ws(' ', a.kid, a."publicKey", a.status, a."revokedAt"), ', ' ORDER BY a.kid
     ) FROM "Agent" a WHERE a."nodeId" = n.id) AS keys FROM "Node" n`
  )
  return new Map(
    rows.map(({ id, epoch, keys }) => [String(id), { epoch: Number(epoch), keys: String(keys) }])
  )
}
