import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type Docker from 'dockerode'
import type { Json } from '../test/world/api.ts'
import { createWrongClock, type WrongClock } from '../test/world/clocks.ts'
import { patience } from '../test/world/config.ts'
import type { Database } from '../test/world/database.ts'
import { createDockerProxy, type DockerProxy } from '../test/world/docker-proxy.ts'
import { type EngineRecord, recordEngine } from '../test/world/engine-record.ts'
import { createLinkProxy, type LinkProxy } from '../test/world/link-proxy.ts'
import { createPrivateEngine, type PrivateEngine } from '../test/world/private-engine.ts'
import { act } from '../test/world/servers.ts'
import { createSmallDisk, type SmallDisk } from '../test/world/small-disk.ts'
import { until } from '../test/world/until.ts'
import { callWitness, type Witness } from '../test/world/witness.ts'
import { type AgentProcess, createWorld, type Teardown, type World } from '../test/world/world.ts'
import { type Arming, createArming } from './arming.ts'

/** A node where things are made to fail, and a game on it to which nothing may happen. */
export interface Lane {
  name: string
  agent: AgentProcess
  arming: Arming
  bystander: { serverId: string; pid: number; startedAt: string; sinceMs: number }
  /** Servers that earlier deeds have left behind whole. */
  servers: string[]
  /** The engine of its games. */
  docker: Docker
  /** What its agent goes through to the panel and to Docker, where that was asked for. */
  roads: Roads | undefined
}

interface Roads {
  link: LinkProxy
  docker: DockerProxy
  /** Where the agent keeps its journal. */
  disk: SmallDisk
  /** The agent's alone; the first lane has one. */
  clock: WrongClock | undefined
  /** The node's alone; the last lane has one. */
  engine: PrivateEngine | undefined
}

/** More than a journal has before it is written anew, twice. */
const DISK_SIZE = '40m'

export interface FieldOptions {
  lanes: number
  /** What agents need can be made bad: the roads to the panel and to Docker, the disk, a clock, an engine. */
  withRoads?: boolean
  /** Instead of one on the server of all tests. */
  database?: Database
}

/** A panel, nodes and games of their own, watched by the database and by Docker. */
export interface Field {
  world: World
  arming: Arming
  witness: Witness
  engine: EngineRecord
  lanes: Lane[]
  altId: string
  addLane(): Promise<Lane>
  /** The number of each node's newest session. */
  epochs(): Promise<Map<string, number>>
  /** Each of these nodes has a newer session than it had then. */
  untilBack(lanes: readonly Lane[], before: Map<string, number>): Promise<void>
}

/** The script leaves a line each time that it runs. */
const INSTALL_SCRIPT = 'echo installed >> /mnt/server/installs.txt\n'

export async function createField(t: Teardown, options: FieldOptions): Promise<Field> {
  const { withRoads = false, database } = options
  const armings = new Map<string, Arming>()
  const panelFile = join(await temporaryFolder(t), 'panel.failpoint')
  const arming = createArming(panelFile)
  // Before the world, so that it goes after the world's agents.
  const ownEngine = withRoads ? await createPrivateEngine(t, { liveRestore: true }) : undefined
  const world = await createWorld(t, {
    env: { ...arming.env, DATABASE_POOL_SIZE: '30' },
    ...(database && { database })
  })
  const witness = await callWitness(world.database)
  const engines = [world.docker, ...(ownEngine ? [ownEngine.docker] : [])]
  const engine = await recordEngine(t, ...engines)
  const quiet = { environment: { TICK_MS: '0' }, installScript: INSTALL_SCRIPT }
  const altId = await world.addProbeAlt(quiet)
  const tickingId = await world.addProbeAlt({ environment: { TICK_MS: '250' } })

  async function addLane(): Promise<Lane> {
    const number = armings.size + 1
    const name = `lane-${number}`
    const ofAgent = createArming(join(world.dir, `${name}.failpoint`))
    armings.set(name, ofAgent)
    const roads = withRoads ? await makeRoads(name, number) : undefined
    const dockerHost = roads && { DOCKER_HOST: roads.docker.dockerHost }
    const docker = roads?.engine?.docker ?? world.docker
    const agent = await world.addNode(name, {
      docker,
      env: { ...ofAgent.env, ...dockerHost, ...roads?.clock?.env, CAP_RECONNECT_SECONDS: '1' },
      ...(roads && { panelUrl: `http://127.0.0.1:${roads.link.port}` })
    })
    const server: Json = await world.addServer({ altId: tickingId, nodeId: agent.nodeId, name })
    const started = await act(world.admin, server.id, 'start')
    if (started.status !== 'SUCCEEDED') throw new Error(JSON.stringify(started))
    const container = await world.containerOf(server.id)
    const pid = container?.State.Pid ?? 0
    const startedAt = container?.State.StartedAt ?? ''
    const bystander = { serverId: server.id, pid, startedAt, sinceMs: Date.now() + 500 }
    const lane = { name, agent, arming: ofAgent, bystander, servers: [], docker, roads }
    field.lanes.push(lane)
    return lane
  }

  async function makeRoads(name: string, number: number): Promise<Roads> {
    const targetPort = Number(new URL(world.url).port)
    const isLast = number === options.lanes
    return {
      link: await createLinkProxy(t, { targetPort, seed: number }),
      docker: await createDockerProxy(t, isLast ? ownEngine?.socketPath : undefined),
      disk: await createSmallDisk(t, join(world.dir, name, 'state'), DISK_SIZE),
      clock: number === 1 ? await createWrongClock(t) : undefined,
      engine: isLast ? ownEngine : undefined
    }
  }

  async function epochs(): Promise<Map<string, number>> {
    const rows = await world.database.query(`SELECT id, "sessionEpoch" AS epoch FROM "Node"`)
    return new Map(rows.map(({ id, epoch }) => [String(id), Number(epoch)]))
  }

  const field: Field = {
    ...{ world, arming, witness, engine, altId, addLane, epochs },
    lanes: [],
    async untilBack(lanes, before) {
      const isBack = (now: Map<string, number>) => (lane: Lane) =>
        (now.get(lane.agent.nodeId) ?? 0) > (before.get(lane.agent.nodeId) ?? 0)
      await until('P4: the nodes are back', async () => lanes.every(isBack(await epochs())), {
        deadlineMs: 30_000 * patience
      })
    }
  }
  // Two at a time: so many are made at once on no machine, and each takes a program's start.
  for (let made = 0; made < options.lanes; made += 2) {
    await Promise.all(Array.from({ length: Math.min(2, options.lanes - made) }, addLane))
  }
  return field
}

async function temporaryFolder(t: Teardown): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'cap-chaos-'))
  t.teardown(() => rm(dir, { recursive: true, force: true }))
  return dir
}
