import { setTimeout as pause } from 'node:timers/promises'
import { systemActor } from '../permissions/system-actor.ts'
import type { CreationService } from '../servers/creation.service.ts'
import { freeUdpPort } from './free-udp-port.ts'
import type { LocalNodeRepo } from './local-node.repo.ts'

export interface DemoAnswer {
  server: { id: string; name: string; status: string } | null
  /** In words: why there is none. */
  reason?: string
}

const NAME = 'Teeworlds demo'
const ALT = 'Teeworlds demo'
const FIRST_PORT = 8303
const WAIT_MS = 20_000
const LOOK_MS = 250
const settled = new Set(['RUNNING', 'STOPPED', 'CRASHED', 'INSTALL_FAILED'])

/** Makes the demo server on the node and starts it; answers its id, or why it could not be made. */
export async function makeDemoServer(
  repo: LocalNodeRepo,
  creation: Pick<CreationService, 'create'>,
  nodeId: string
): Promise<{ serverId: string } | { reason: string }> {
  const [altId, ownerId] = [await repo.findAlt(ALT), await repo.findAdmin()]
  if (!altId) return { reason: `there is no alt named ${ALT}` }
  if (!ownerId) return { reason: 'there is no administrator whom it could belong to' }
  const port = await freeUdpPort(FIRST_PORT, await repo.takenPorts(nodeId))
  if (!port) return { reason: `no UDP port from ${FIRST_PORT} on is free` }
  try {
    const { serverId } = await creation.create(
      { actor: systemActor },
      {
        name: NAME,
        altId,
        nodeId,
        ownerId,
        memoryMiB: 256,
        cpuPercent: 100,
        diskMiB: 512,
        ports: [{ port, protocol: 'udp' }],
        start: true
      }
    )
    return { serverId }
  } catch (err) {
    return { reason: err instanceof Error ? err.message : String(err) }
  }
}

/** Its status once it has found one, or as it is when patience ends. */
export async function demoStatus(repo: LocalNodeRepo, serverId: string): Promise<DemoAnswer> {
  const end = Date.now() + WAIT_MS
  let wasStopped = false
  for (;;) {
    const server = await repo.findServer(serverId)
    if (!server) return { server: null, reason: 'it was deleted' }
    // Between its installation and its start it is STOPPED for a moment.
    const isSettled = settled.has(server.status) && (server.status !== 'STOPPED' || wasStopped)
    if (isSettled || Date.now() >= end) return { server }
    wasStopped = server.status === 'STOPPED'
    await pause(LOOK_MS)
  }
}
