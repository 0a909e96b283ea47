import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { Json, Person } from './world/api.ts'
import { until } from './world/until.ts'
import { type AgentProcess, createWorld } from './world/world.ts'

const TICKING = { environment: { TICK_MS: '50' } }

// Each is in a world of its own, and waits most of the time.
t.jobs = 3

t.test('kill -9 of the agent: no game stops, no line is lost or doubled', async t => {
  const world = await createWorld(t)
  const agent = await world.addNode('alpha')
  const altId = await world.addProbeAlt(TICKING)
  const servers: Json[] = []
  for (let count = 0; count < 5; count++) {
    servers.push(await world.addServer({ altId, nodeId: agent.nodeId, name: `Probe ${count}` }))
  }
  await Promise.all(servers.map(server => power(world.admin, server.id, 'start', 'SUCCEEDED')))
  const before = await Promise.all(servers.map(server => world.containerOf(server.id)))
  await Promise.all(servers.map(server => ledgerPasses(agent, server.id, 20)))

  await agent.kill9()
  await Promise.all(servers.map(server => ledgerPasses(agent, server.id, 100)))
  await agent.start()

  for (const [index, server] of servers.entries()) {
    await until('it is RUNNING again', async () => {
      const seen = await world.admin.get(`/api/v1/servers/${server.id}`)
      return seen.status === 'RUNNING' && seen.node.status === 'ONLINE'
    })
    const now = await world.containerOf(server.id)
    t.equal(now?.State.Pid, before[index]?.State.Pid, 'the same process')
    t.equal(now?.State.StartedAt, before[index]?.State.StartedAt, 'never started again')
    const ledger = ledgerOf(agent, server.id).filter(line => line.startsWith('tick '))
    const shown = await until('the console has caught up', async () => {
      const lines = await consoleOf(world.admin, server.id)
      return lines.includes(ledger.at(-1) ?? '') && lines
    })
    const ticks = shown.filter(line => line.startsWith('tick '))
    t.same(ticks.slice(0, ledger.length), ledger, 'each line of the game once and in order')
    t.match(shown[0], /^boot /, 'from the very first')
  }
})

t.test(
  'kill -9 of the panel in the middle of a start: one truthful end, nothing is shown down',
  async t => {
    const world = await createWorld(t)
    const agent = await world.addNode('alpha')
    const altId = await world.addProbeAlt({
      environment: { TICK_MS: '100', READY_AFTER_MS: '3000' }
    })
    const steady = await world.addServer({ altId, nodeId: agent.nodeId, name: 'Steady' })
    await power(world.admin, steady.id, 'start', 'SUCCEEDED')
    const pid = (await world.containerOf(steady.id))?.State.Pid
    const fresh = await world.addServer({ altId, nodeId: agent.nodeId, name: 'Fresh' })
    const { command } = await world.admin.post(`/api/v1/servers/${fresh.id}/power`, {
      action: 'start'
    })
    await until(
      'the start is under way',
      async () => (await world.containerOf(fresh.id))?.State.Running
    )

    await world.killPanel()
    await world.startPanel()
    for (const server of [steady, fresh]) {
      const seen = await world.admin.get(`/api/v1/servers/${server.id}`)
      t.notMatch(seen.status, /STOPPED|CRASHED|UNKNOWN/, 'nothing is shown down')
    }
    const ended = await until('the command has ended', async () => {
      const seen = await world.admin.get(`/api/v1/commands/${command.id}`)
      return seen.finishedAt && seen
    })
    t.equal(ended.status, 'SUCCEEDED')
    await until(
      'it is RUNNING',
      async () => (await world.admin.get(`/api/v1/servers/${fresh.id}`)).status === 'RUNNING'
    )
    t.equal((await world.containerOf(steady.id))?.State.Pid, pid, 'the other game ran on')
    const boots = ledgerOf(agent, fresh.id).filter(line => line.startsWith('boot '))
    t.equal(boots.length, 1, 'the game was started once')
  }
)

t.test('with the panel away a crashed game and a node that lost everything come back', async t => {
  const world = await createWorld(t)
  const agent = await world.addNode('alpha')
  const altId = await world.addProbeAlt(TICKING)
  const server = await world.addServer({ altId, nodeId: agent.nodeId })
  await power(world.admin, server.id, 'start', 'SUCCEEDED')
  const first = await world.containerOf(server.id)
  const startedAfter = (startedAt: string | undefined) =>
    until('it was started again', async () => {
      const found = await world.containerOf(server.id)
      return found?.State.Running && found.State.StartedAt !== startedAt && found
    })

  await world.killPanel()
  t.ok(first?.State.Pid, 'the game runs')
  if (first) process.kill(first.State.Pid, 'SIGKILL')
  const second = await startedAfter(first?.State.StartedAt)
  t.equal(second.Id, first?.Id, 'the same container, so that its log goes on')

  await agent.kill9()
  await world.docker.getContainer(`cap-${server.id}`).kill()
  await agent.start()
  await startedAfter(second.State.StartedAt)
  const boots = await until('the third start is in the ledger', () => {
    const found = ledgerOf(agent, server.id).filter(line => line.startsWith('boot '))
    return found.length >= 3 && found
  })
  t.equal(boots.length, 3, 'the game was started three times, on the same files')
})

async function power(admin: Person, serverId: string, action: string, outcome: string) {
  const { command } = await admin.post(
    `/api/v1/servers/${serverId}/power`,
    { action },
    { prefer: 'wait=60' }
  )
  if (command.status !== outcome) throw new Error(`${action}: ${JSON.stringify(command)}`)
}

function ledgerOf(agent: AgentProcess, serverId: string): string[] {
  return readFileSync(join(agent.dataDir, serverId, 'ledger.txt'), 'utf8').split('\n')
}

async function ledgerPasses(agent: AgentProcess, serverId: string, tick: number): Promise<void> {
  await until(`the game has ticked ${tick} times`, () =>
    ledgerOf(agent, serverId).includes(`tick ${tick}`)
  )
}

async function consoleOf(admin: Person, serverId: string): Promise<string[]> {
  const lines: string[] = []
  let after = 0
  for (let page = 0; page < 1_000; page++) {
    const { data, nextPosition } = await admin.get(
      `/api/v1/servers/${serverId}/logs?after=${after}&limit=200`
    )
    if (data.length === 0) break
    lines.push(...data.map((line: { line: string }) => line.line))
    after = nextPosition
  }
  return lines
}
