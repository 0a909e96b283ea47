import { randomUUID } from 'node:crypto'
import type { CommandKind } from '@ctrl-alt-play/protocol'
import type { Json } from '../test/world/api.ts'
import type { Answer, Deed } from '../test/world/checker.ts'
import { effectsOn, nothingYet } from '../test/world/effects.ts'
import { act } from '../test/world/servers.ts'
import { freePort } from '../test/world/world.ts'
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

/** An act that is ready to be asked for. */
export interface Prepared {
  kind: CommandKind
  lane: Lane
  /** Asks, once; the answer is in the deed when `answered` resolves. */
  ask(options?: { queue: boolean }): { deed: Deed; answered: Promise<void> }
}

/** Brings a server to where the act makes sense. */
export async function prepare(field: Field, lane: Lane, kind: CommandKind): Promise<Prepared> {
  const { world, engine } = field
  const { admin } = world
  const { agent } = lane
  const serverId = needs[kind] === 'nothing' ? undefined : await serverThatIs(needs[kind])
  const port = await freePort()

  async function serverThatIs(wanted: string): Promise<string> {
    const id = lane.servers.pop() ?? (await newServer(field, lane))
    const { status } = await admin.get(`/api/v1/servers/${id}`)
    if (status === wanted) return id
    const done = await act(admin, id, wanted === 'RUNNING' ? 'start' : 'kill')
    if (done.status !== 'SUCCEEDED') throw new Error(`not prepared: ${JSON.stringify(done)}`)
    return id
  }

  function requestOf(queue: boolean): { method: string; path: string; body?: Json } {
    const path = `/api/v1/servers/${serverId}`
    switch (kind) {
      case 'install':
        return {
          method: 'POST',
          path: '/api/v1/servers',
          body: serverBody(field, lane, port, queue)
        }
      case 'reinstall':
        return { method: 'POST', path: `${path}/reinstall`, body: { queue } }
      case 'delete':
        return { method: 'DELETE', path: queue ? `${path}?queue=true` : path }
      default:
        return { method: 'POST', path: `${path}/power`, body: { action: kind, queue } }
    }
  }

  return {
    kind,
    lane,
    ask({ queue } = { queue: false }) {
      const key = randomUUID()
      const before = serverId ? effectsOn({ agent, serverId }, engine) : nothingYet
      const answer: Answer = { status: 0, body: undefined }
      const { method, path, body } = requestOf(queue)
      const again: Deed['again'] = by => by.request(method, path, body, { 'idempotency-key': key })
      const deed: Deed = { kind, key, agent, serverId, before, answer, again }
      const answered = again(admin).then(
        given => void Object.assign(answer, given),
        () => undefined
      )
      return { deed, answered }
    }
  }
}

async function newServer(field: Field, lane: Lane): Promise<string> {
  const { world, altId } = field
  return (await world.addServer({ altId, nodeId: lane.agent.nodeId, name: 'Worker' })).id
}

function serverBody(field: Field, lane: Lane, port: number, queue: boolean): Json {
  return {
    name: 'Worker',
    altId: field.altId,
    nodeId: lane.agent.nodeId,
    memoryMiB: 64,
    cpuPercent: 100,
    diskMiB: 256,
    ports: [{ port, protocol: 'tcp' }],
    queue
  }
}
