import { randomUUID } from 'node:crypto'
import type { CommandKind } from '@ctrl-alt-play/protocol'
import type { Json, Person } from '../test/world/api.ts'
import type { Answer, Deed } from '../test/world/checker.ts'
import { patience } from '../test/world/config.ts'
import { effectsOn, nothingYet } from '../test/world/effects.ts'
import { freePort } from '../test/world/free-port.ts'
import { act } from '../test/world/servers.ts'
import { until } from '../test/world/until.ts'
import type { Field, Lane } from './field.ts'

/** What there must be for an act to mean something. */
const needs: Record<CommandKind, 'nothing' | 'RUNNING' | 'STOPPED'> = {
  install: 'nothing',
  start: 'STOPPED',
  restart: 'RUNNING',
  stop: 'RUNNING',
  kill: 'RUNNING',
  reinstall: 'STOPPED',
  delete: 'RUNNING'
}

export interface Wanted {
  lane: Lane
  kind: CommandKind
  /** Undefined for a server that the act itself makes. */
  serverId: string | undefined
}

/** The answer is in the deed when `answered` resolves, which it always does. */
export interface AskedFor {
  deed: Deed
  answered: Promise<void>
}

/** Brings a server to where the act makes sense. */
export async function prepare(field: Field, lane: Lane, kind: CommandKind): Promise<Wanted> {
  const need = needs[kind]
  await untilConnected(lane)
  if (need === 'nothing') return { lane, kind, serverId: undefined }
  const { admin } = field.world
  const serverId = lane.servers.pop() ?? (await newServer(field, lane))
  // One that has never run has nothing that could be stopped or removed.
  const hasRun = (await field.world.containerOf(serverId)) !== undefined
  if (!hasRun) await succeed(admin, serverId, 'start')
  const { status } = await admin.get(`/api/v1/servers/${serverId}`)
  if (status !== need) await succeed(admin, serverId, need === 'RUNNING' ? 'start' : 'kill')
  return { lane, kind, serverId }
}

async function succeed(admin: Person, serverId: string, action: string): Promise<void> {
  const done = await act(admin, serverId, action)
  if (done.status !== 'SUCCEEDED') throw new Error(`not prepared: ${JSON.stringify(done)}`)
}

/** What an earlier fault has ended is there again; by its agent's own words. */
async function untilConnected({ agent }: Lane): Promise<void> {
  await until(
    'the agent is connected',
    async () => {
      if (agent.hasEnded()) await agent.start()
      return agent.isConnected()
    },
    { deadlineMs: 30_000 * patience }
  )
}

/** Asks the panel for it, with a key by which it is found again whatever becomes of the answer. */
export async function ask(
  field: Field,
  { lane, kind, serverId }: Wanted,
  { queue } = { queue: false }
): Promise<AskedFor> {
  const { agent } = lane
  const key = randomUUID()
  const before = serverId ? effectsOn({ agent, serverId }, field.engine) : nothingYet
  const { method, path, body } = await requestOf(field, { lane, kind, serverId }, queue)
  const answer: Answer = { status: 0, body: undefined }
  const again: Deed['again'] = by => by.request(method, path, body, { 'idempotency-key': key })
  const answered = again(field.world.admin).then(
    given => void Object.assign(answer, given),
    () => undefined
  )
  return { deed: { kind, key, agent, serverId, before, answer, again }, answered }
}

async function requestOf(
  { altId }: Field,
  { lane, kind, serverId }: Wanted,
  queue: boolean
): Promise<{ method: string; path: string; body?: Json }> {
  const path = `/api/v1/servers/${serverId}`
  switch (kind) {
    case 'install': {
      const ports = [{ port: await freePort(), protocol: 'tcp' }]
      const size = { memoryMiB: 64, cpuPercent: 100, diskMiB: 256 }
      const { nodeId } = lane.agent
      const body = { name: 'Worker', altId, nodeId, ports, queue, ...size }
      return { method: 'POST', path: '/api/v1/servers', body }
    }
    case 'reinstall':
      return { method: 'POST', path: `${path}/reinstall`, body: { queue } }
    case 'delete':
      return { method: 'DELETE', path: queue ? `${path}?queue=true` : path }
    default:
      return { method: 'POST', path: `${path}/power`, body: { action: kind, queue } }
  }
}

export async function newServer(
  { world, altId }: Pick<Field, 'world' | 'altId'>,
  lane: Pick<Lane, 'agent'>
): Promise<string> {
  return (await world.addServer({ altId, nodeId: lane.agent.nodeId, name: 'Worker' })).id
}
