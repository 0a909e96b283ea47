import { join } from 'node:path'
import { insertNodes, insertServers } from '../../fleet/bulk-nodes.ts'
import type { FleetCounts } from '../../fleet/fleet.ts'
import { fleetAlt, makeNode } from '../../fleet/nodes.ts'
import { writeNodes } from '../../fleet/recruits.ts'
import { launch } from './process.ts'
import { Hopeless, until } from './until.ts'
import type { Teardown, World } from './world.ts'

/** Simulated agents in a process of their own, all with nodes of the world's panel. */
export interface SimulatedFleet {
  nodeIds: string[]
  /** Node by node. */
  serverIds: string[]
  pid: number
  counts(): FleetCounts & { atMs: number }
  untilConnected(deadlineMs: number): Promise<void>
}

export interface SimulatedFleetOptions {
  agents: number
  /** On each node; installed, and down. */
  servers?: number
  perSecond?: number
}

let made = 0

export async function startSimulatedFleet(
  t: Teardown,
  world: World,
  { agents, servers = 0, perSecond = 500 }: SimulatedFleetOptions
): Promise<SimulatedFleet> {
  const { url, admin, database } = world
  made++
  const name = `simulated ${made}`
  const model = await makeNode(admin, url, name)
  const names = Array.from({ length: agents - 1 }, (_, index) => `${name}.${index + 2}`)
  const nodes = [model, ...(await insertNodes({ databaseUrl: database.url, model, names }))]
  const nodeIds = nodes.map(node => node.nodeId)
  const serverIds: string[] = []
  if (servers > 0) {
    const { user } = await admin.get('/api/v1/auth/me')
    const owner = { altId: (await fleetAlt(admin)).id, ownerId: user.id, running: false }
    const databaseUrl = database.url
    const ids = await insertServers({ databaseUrl, nodeIds, perNode: servers, ...owner })
    serverIds.push(...ids)
  }
  const file = join(world.dir, `fleet-${made}.json`)
  await writeNodes(file, nodes)

  const running = launch({
    args: [
      ...['--import', 'tsx', 'packages/e2e/fleet/main.ts', '--agents', String(agents)],
      ...['--nodes', file, '--panel', url, '--per-second', String(perSecond)]
    ],
    ipc: true
  })
  t.teardown(() => running.end('SIGKILL'))
  const counts = () => running.messages.at(-1) as unknown as FleetCounts & { atMs: number }
  const { child } = running
  return {
    ...{ nodeIds, serverIds, counts, pid: child.pid ?? 0 },
    async untilConnected(deadlineMs) {
      await until(
        `${agents} agents are connected`,
        () => {
          if (child.exitCode !== null) throw new Hopeless('the fleet ended')
          return counts()?.connected === agents
        },
        { deadlineMs }
      ).catch(err => {
        throw new Error(`${err.message}\n${running.output().slice(-2_000)}`, { cause: err })
      })
    }
  }
}
