import { join } from 'node:path'
import t from 'tap'
import type { Json } from './world/api.ts'
import { repository } from './world/config.ts'
import { addRole, type Role } from './world/played-agent.ts'
import { launch } from './world/process.ts'
import { until } from './world/until.ts'
import { createWorld, type World } from './world/world.ts'

/** Debian's own: another python that is found first does not have Debian's packages. */
const PYTHON = '/usr/bin/python3'

t.test(
  'an agent on another WebSocket library joins, is told what is wanted, and obeys',
  async t => {
    const world = await createWorld(t)
    const role = await addRole(world, 'autobahn')
    const agent = await play(world, role, 'live')
    t.teardown(() => agent.end('SIGKILL'))
    t.match(await agent.told('welcome'), { epoch: 1, extensions: 0 }, 'the panel has proved itself')
    t.match(await agent.told('wanted'), { full: true, servers: 0 })
    const path = `/api/v1/nodes/${role.nodeId}`
    await until('its heartbeat is shown', async () => {
      const node = await world.admin.get(path)
      return node.status === 'ONLINE' && node.resources?.cpuCores === 7
    })

    const altId = await world.addProbeAlt()
    const server = await world.addServer({ altId, nodeId: role.nodeId })
    t.match(await agent.told('command'), { kind: 'install' })
    const { command } = await world.admin.post(
      `/api/v1/servers/${server.id}/power`,
      { action: 'start' },
      { prefer: 'wait=30' }
    )
    t.match(await agent.told('command'), { kind: 'start', id: command.id })
    t.match(command, { status: 'SUCCEEDED' })
    t.match(await world.admin.get(`/api/v1/servers/${server.id}`), { status: 'RUNNING' })
    await agent.told('command.confirm')

    await world.admin.post(`${path}/revoke`)
    t.match(await agent.told('closed'), { code: 4403 })
  }
)

t.test("WebSocket's rules, broken one by one", async t => {
  const world = await createWorld(t)
  const role = await addRole(world, 'autobahn')
  const tester = await play(world, role, 'cases')
  t.teardown(() => tester.end('SIGKILL'))
  const deadlineMs = 120_000
  await until('the cases are through', () => tester.exitCode() !== undefined, { deadlineMs })
  t.equal(tester.exitCode(), 0, tester.output().slice(-2_000))
  const results = tester.all('case')
  t.ok(results.length > 60, `${results.length} cases`)
  for (const { name, expected, got } of results) t.same(got, expected, name)
  t.match(await world.admin.request('GET', '/readyz'), { status: 200 }, 'the panel is well')
})

/** Runs the Python script in one of its parts. */
async function play(world: World, role: Role, part: 'live' | 'cases') {
  const script = join(repository, 'packages/e2e/autobahn/agent.py')
  const { hostname: host, port } = new URL(world.url)
  const { nodeId, instanceId, panelKey, keys } = role
  const url = `ws://${host}:${port}/agent/v1/connect`
  const given = { url, host, port: Number(port), nodeId, instanceId, panelKey, ...keys }
  const running = launch({ command: PYTHON, args: ['-u', script, part, JSON.stringify(given)] })
  const lines = (): Json[] =>
    running
      .output()
      .split('\n')
      .filter(line => line.startsWith('{'))
      .map(line => JSON.parse(line))
  let read = 0
  return {
    end: running.end,
    output: running.output,
    exitCode: () => running.child.exitCode ?? undefined,
    all: (event: string) => lines().filter(line => line.event === event),
    /** The next event of this kind. */
    told: (event: string) =>
      until(`the agent tells ${event}`, () => {
        const index = lines().findIndex((line, at) => at >= read && line.event === event)
        if (index < 0) return undefined
        read = index + 1
        return lines()[index]
      }).catch(err => {
        throw new Error(`${err.message}\n${running.output()}`, { cause: err })
      })
  }
}
