import type { Json } from '../../test/world/api.ts'
import { storedConsole } from '../../test/world/console-record.ts'
import { act, ledgerOf } from '../../test/world/servers.ts'
import { until } from '../../test/world/until.ts'
import { type AgentProcess, createWorld, type World } from '../../test/world/world.ts'
import { cpuMsOf, settledRss } from '../processes.ts'
import type { Row } from '../row.ts'
import type { Figure } from '../table.ts'

const STEPS = [1, 50, 100, 250, 500, 1_000]
/** The agent is killed when there are so many. */
const KILLED_WITH = 100
const SECONDS = 20
/** Seldom enough that a thousand games leave a processor for who looks after them. */
const TICK_MS = '20000'
/** Of starts that wait at the agent's four places. */
const AT_ONCE = 8

interface Load {
  games: number
  rssMiB: number
  /** Processor time of the agent in a second. */
  cpuMicros: number
}

export const manyGames: Row = {
  name: 'many-games',
  about:
    'a node with a thousand games: what each costs its agent, and how a hundred come back after a kill',
  async measure(t) {
    const world = await createWorld(t)
    const agent = await world.addNode('bench')
    const altId = await world.addProbeAlt({ environment: { TICK_MS } })
    const servers: Json[] = []
    const loads: Load[] = []
    const comeback: Figure[] = []
    for (const games of STEPS) {
      await startMore(world, agent, { altId, servers, games })
      loads.push(await loadOf(agent, games))
      if (games === KILLED_WITH) comeback.push(...(await killed(world, agent, servers)))
    }
    const [first, last] = [loads[0], loads.at(-1)]
    if (!first || !last) throw new Error('nothing was measured')
    return [
      ...loads.flatMap((load, at) => stepOf(load, loads[at - 1], loads[1])),
      {
        what: `agent's memory for each further game, up to ${last.games}`,
        unit: 'MiB',
        ours: (last.rssMiB - first.rssMiB) / (last.games - 1),
        target: { of: 'ours', atMost: 1 }
      },
      ...comeback
    ]
  }
}

/** What each further game of a step costs beside each of the first fifty: more would be faster than linear. */
function stepOf(load: Load, before: Load | undefined, first: Load | undefined): Figure[] {
  if (!before || !first || load === first) return []
  const added = load.games - before.games
  return [
    {
      what: `agent's processor time for each game and second from ${before.games} to ${load.games} games`,
      unit: 'µs',
      ours: (load.cpuMicros - before.cpuMicros) / added,
      yardstick: { name: `up to ${first.games}`, figure: first.cpuMicros / first.games },
      target: { of: 'ratio', atMost: 1.25 }
    }
  ]
}

async function startMore(
  world: World,
  agent: AgentProcess,
  { altId, servers, games }: { altId: string; servers: Json[]; games: number }
): Promise<void> {
  const { nodeId } = agent
  const lack = games - servers.length
  let begun = 0
  const worker = async () => {
    while (begun < lack) {
      begun += 1
      const server = await world.addServer({ altId, nodeId, name: `Game ${begun}` })
      const command = await act(world.admin, server.id, 'start')
      if (command.status !== 'SUCCEEDED') throw new Error(JSON.stringify(command))
      servers.push(server)
    }
  }
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, lack) }, worker))
}

async function loadOf(agent: AgentProcess, games: number): Promise<Load> {
  const rssMiB = await settledRss(agent.pid())
  const [before, began] = [cpuMsOf(agent.pid()), performance.now()]
  await until('it was looked at for long enough', () => performance.now() - began > SECONDS * 1_000)
  const usedMs = cpuMsOf(agent.pid()) - before
  return { games, rssMiB, cpuMicros: (usedMs * 1_000) / SECONDS }
}

/** The agent is killed, missed by the panel, and started again. */
async function killed(world: World, agent: AgentProcess, servers: Json[]): Promise<Figure[]> {
  const running = async () => {
    const { data } = await world.admin.get('/api/v1/servers?limit=100')
    return data.filter(({ status }: Json) => status === 'RUNNING').length
  }
  await agent.kill9()
  await until('the panel misses them', async () => (await running()) === 0, { deadlineMs: 90_000 })
  const began = performance.now()
  await agent.start()
  await until('all are RUNNING again', async () => (await running()) === servers.length, {
    everyMs: 25
  })
  const seconds = (performance.now() - began) / 1_000
  let lost = 0
  for (const server of servers) lost += await missing(world, agent, server.id)
  return [
    {
      what: `${servers.length} running games after kill -9 of their agent: all RUNNING again after its start`,
      unit: 's',
      ours: seconds,
      target: { of: 'ours', atMost: 3 }
    },
    {
      what: 'lines of them that were lost',
      unit: '',
      ours: lost,
      target: { of: 'ours', atMost: 0 }
    }
  ]
}

/** Lines that the game noted in its own ledger and the panel's console does not have. */
async function missing(world: World, agent: AgentProcess, serverId: string): Promise<number> {
  const noted = (await ledgerOf(agent, serverId)).filter(line => line.startsWith('tick '))
  const shown = await until('the console has caught up', async () => {
    const { lines } = await storedConsole(world.admin, serverId)
    const texts = new Set(lines.map(({ line }) => line))
    return texts.has(noted.at(-1) ?? '') && texts
  })
  return noted.filter(line => !shown.has(line)).length
}
