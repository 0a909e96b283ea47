import { readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import type { Json, Person } from './world/api.ts'
import { environment } from './world/config.ts'
import { until } from './world/until.ts'
import { createWorld } from './world/world.ts'

const TICKING = { environment: { TICK_MS: '200' } }

// Each is in a world of its own, and waits most of the time.
t.jobs = 3

t.test('row 15: what is done behind our back is noticed within 10 s', async t => {
  const world = await createWorld(t)
  const agent = await world.addNode('alpha')
  const altId = await world.addProbeAlt(TICKING)
  const started = async (name: string) => {
    const server = await world.addServer({ altId, nodeId: agent.nodeId, name })
    await act(world.admin, server.id, 'start')
    return server
  }
  const seen = (id: string) => world.admin.get(`/api/v1/servers/${id}`)
  const container = (id: string) => world.docker.getContainer(`cap-${id}`)

  await t.test('a removed container is made again, with its files', async t => {
    const server = await started('Removed')
    const before = await container(server.id).inspect()
    await container(server.id).remove({ force: true })
    const after = await until(
      'there is a new one',
      async () => {
        const found = await world.containerOf(server.id)
        return found?.State.Running && found.Id !== before.Id && found
      },
      { deadlineMs: 10_000 }
    )
    const row = await until('the record follows', async () => {
      const now = await seen(server.id)
      return now.status === 'RUNNING' && now.dockerContainerId === after.Id && now
    })
    t.equal(row.dockerContainerId, after.Id)
    const boots = await until('the new game has written', async () => {
      const ledger = await readFile(join(agent.dataDir, server.id, 'ledger.txt'), 'utf8')
      const lines = ledger.split('\n').filter(line => line.startsWith('boot '))
      return lines.length > 1 && lines
    })
    t.equal(boots.length, 2, 'into the same ledger, after what the first one wrote')
  })

  await t.test(
    'a game stopped by hand is told so and started again, not counted as a crash',
    async t => {
      const server = await started('Stopped')
      const before = await container(server.id).inspect()
      await container(server.id).stop({ t: 5 })
      const noticed = await until(
        'it is noticed',
        async () => {
          const now = await seen(server.id)
          return /stopped outside/.test(now.statusReason) && now
        },
        { deadlineMs: 10_000 }
      )
      t.match(noticed, { status: 'STARTING', crashCount: 0 })
      const after = await until('it runs again', async () => {
        const found = await world.containerOf(server.id)
        return found?.State.Running && found
      })
      t.not(after.State.StartedAt, before.State.StartedAt)
    }
  )

  await t.test('a renamed container is reported, runs on, and is still ours to stop', async t => {
    const server = await started('Renamed')
    const { Id, State } = await container(server.id).inspect()
    const renamed = world.docker.getContainer(Id)
    await renamed.rename({ name: `elsewhere-${server.id.slice(0, 8)}` })
    await until(
      'it is reported',
      async () => {
        const { orphans } = await world.admin.get(`/api/v1/nodes/${agent.nodeId}`)
        return orphans.some((orphan: Json) => orphan.containerId === Id)
      },
      { deadlineMs: 10_000 }
    )
    t.equal((await renamed.inspect()).State.Pid, State.Pid, 'the game runs on')
    t.equal(await world.containerOf(server.id), undefined, 'no second game on its files')
    t.equal((await seen(server.id)).status, 'RUNNING')
    t.match(await act(world.admin, server.id, 'stop'), { status: 'SUCCEEDED' })
    t.equal((await renamed.inspect()).State.Running, false)
    await renamed.remove()
  })

  await t.test('a world that is gone is not replaced by an empty one', async t => {
    const server = await started('Lost')
    await act(world.admin, server.id, 'stop')
    await rename(join(agent.dataDir, server.id), join(world.dir, 'moved-away'))
    const command = await act(world.admin, server.id, 'start')
    t.match(command, { status: 'FAILED', errorCode: 'DATA_MISSING' })
    t.not((await seen(server.id)).status, 'RUNNING')
    await rename(join(world.dir, 'moved-away'), join(agent.dataDir, server.id))
    t.match(
      await act(world.admin, server.id, 'start'),
      { status: 'SUCCEEDED', errorCode: null },
      'it is back'
    )
  })
})

t.test(
  'crashes: back again after a pause, a loop is stopped and explained, a clean end is no crash',
  async t => {
    const world = await createWorld(t)
    const agent = await world.addNode('alpha')
    const altId = await world.addProbeAlt(TICKING)
    const server = await world.addServer({ altId, nodeId: agent.nodeId })
    await act(world.admin, server.id, 'start')
    const say = (command: string) =>
      world.admin.post(`/api/v1/servers/${server.id}/console`, { command })
    const before = await world.containerOf(server.id)

    await say('crash')
    const crashed = await until('it is shown as crashed', async () => {
      const row = await world.admin.get(`/api/v1/servers/${server.id}`)
      return row.status === 'CRASHED' && row
    })
    t.match(crashed.statusReason, /139/)
    const back = await until('it runs again', async () => {
      const found = await world.containerOf(server.id)
      return found?.State.Running && found
    })
    t.equal(back.Id, before?.Id, 'the same container, so that its log goes on')

    await until('the console takes input', () => say('exit 0').then(() => true))
    await until('it is shown as stopped', async () => {
      const row = await world.admin.get(`/api/v1/servers/${server.id}`)
      return row.status === 'STOPPED' && row.desiredState === 'STOPPED'
    })
    t.equal((await world.containerOf(server.id))?.State.Running, false)
  }
)

t.test('images: pulled from a registry with progress, refused or failed in words', async t => {
  const registry = environment.TEST_REGISTRY
  if (!registry) throw new Error('TEST_REGISTRY is not set: run the tests by "npm test"')
  const world = await createWorld(t)
  const agent = await world.addNode('alpha')
  const image = `${registry}/games/probe:1`
  await world.docker
    .getImage(image)
    .remove({ force: true })
    .catch(() => undefined)
  const altId = await world.addProbeAlt({ image })
  const socket = await world.admin.socket('/api/v1/events')
  const server = await world.addServer({ altId, nodeId: agent.nodeId })
  t.match(await act(world.admin, server.id, 'start'), { status: 'SUCCEEDED' })
  const phases = socket.received
    .filter(message => message.type === 'command' && message.command.progress)
    .map(message => message.command.progress.phase)
  t.ok(phases.includes('PULLING'), 'the pull was seen')
  t.ok(await world.docker.getImage(image).inspect())
  socket.close()

  const rows: [string, string, RegExp][] = [
    [`${registry}/games/nothing:1`, 'IMAGE_PULL_FAILED', /nothing/],
    ['127.0.0.1:9/games/probe:1', 'IMAGE_PULL_FAILED', /reach|refused|connect/i],
    ['registry.example.com/games/probe:1', 'IMAGE_NOT_ALLOWED', /registry\.example\.com/]
  ]
  for (const [name, code, words] of rows) {
    const bad = await world.addProbeAlt({ image: name })
    const { command } = await world.admin.post(
      '/api/v1/servers',
      {
        name: 'Never',
        altId: bad,
        nodeId: agent.nodeId,
        memoryMiB: 64,
        cpuPercent: 100,
        diskMiB: 64
      },
      { prefer: 'wait=60' }
    )
    t.match(command, { status: 'FAILED', errorCode: code, errorMessage: words }, name)
  }
})

async function act(admin: Person, serverId: string, action: string): Promise<Json> {
  const path = `/api/v1/servers/${serverId}/power`
  return (await admin.post(path, { action }, { prefer: 'wait=60' })).command
}
