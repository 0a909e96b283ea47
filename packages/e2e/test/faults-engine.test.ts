import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { Json } from './world/api.ts'
import { createDockerProxy } from './world/docker-proxy.ts'
import { createPrivateEngine } from './world/private-engine.ts'
import {
  act,
  bootsOf,
  consoleOf,
  eventsOf,
  ledgerOf,
  untilCommand,
  untilServer,
  untilTold
} from './world/servers.ts'
import { until } from './world/until.ts'
import { createWorld, type World } from './world/world.ts'

/** What a server may have, small enough for many. */
const small = { memoryMiB: 64, cpuPercent: 100, diskMiB: 64 }
const SLOW_MS = 30_000
/** It is looked at every 10 s and then waited for, for 20 s. */
const HANG_SEEN_MS = 40_000
const TICKING = { environment: { TICK_MS: '100' } }

t.jobs = 2

t.test('an engine that is killed or that hangs', { buffered: true }, async t => {
  const [steady, plain, world] = await Promise.all([
    createPrivateEngine(t, { liveRestore: true }),
    createPrivateEngine(t),
    createWorld(t)
  ])
  const altId = await world.addProbeAlt(TICKING)
  const nodeOn = (name: string, dockerHost: string) =>
    world.addNode(name, { env: { DOCKER_HOST: dockerHost } })
  const [kept, lost] = await Promise.all([
    nodeOn('steady', steady.dockerHost),
    nodeOn('plain', plain.dockerHost)
  ])
  const started = async (nodeId: string, name: string): Promise<Json> => {
    const server = await world.addServer({ altId, nodeId, name })
    const command = await act(world.admin, server.id, 'start')
    if (command.status !== 'SUCCEEDED') throw new Error(JSON.stringify(command))
    return server
  }
  await t.test('row 11: kill -9 of dockerd with live-restore: no game notices', async t => {
    const server = await started(kept.nodeId, 'Steady')
    const container = steady.docker.getContainer(`cap-${server.id}`)
    const before = await container.inspect()
    await steady.kill9()
    const away = await untilServer(world.admin, server.id, ({ statusReason }) =>
      /Docker does not answer/.test(statusReason)
    )
    t.equal(away.status, 'RUNNING', 'nothing is shown down')
    const ticks = (await ledgerOf(kept, server.id)).length
    await until(
      'the game goes on',
      async () => (await ledgerOf(kept, server.id)).length > ticks + 5
    )
    await steady.start()
    const back = await untilServer(world.admin, server.id, ({ statusReason }) => !statusReason)
    t.match(back, { status: 'RUNNING', crashCount: 0 })
    const after = await container.inspect()
    t.equal(after.State.Pid, before.State.Pid, 'the same process')
    t.equal(after.State.StartedAt, before.State.StartedAt)
    t.equal(await bootsOf(kept, server.id), 1, 'started once')

    t.match(await act(world.admin, server.id, 'stop'), { status: 'SUCCEEDED' })
    const log = (await container.logs({ stdout: true, stderr: true })).toString('latin1')
    const ledger = await ledgerOf(kept, server.id)
    const logged = ledger.filter(line => /^tick/.test(line) && log.includes(`${line}\n`))
    const shown = await until('the console is whole', async () => {
      const lines = await consoleOf(world.admin, server.id)
      return lines.includes('stopping') && lines.filter(line => /^tick/.test(line))
    })
    t.same(shown, logged, 'each line that the engine has is shown once, in order')
  })

  await t.test('row 12: kill -9 of dockerd without it: started again, not to blame', async t => {
    const server = await started(lost.nodeId, 'Plain')
    const container = plain.docker.getContainer(`cap-${server.id}`)
    const before = await container.inspect()
    await plain.kill9()
    await plain.start()
    const after = await until('it runs again', async () => {
      const found = await container.inspect()
      return found.State.StartedAt !== before.State.StartedAt && found.State.Running && found
    })
    t.equal(after.Id, before.Id, 'the same container, so that its log goes on')
    const row = await untilServer(world.admin, server.id, ({ status }) => status === 'RUNNING')
    t.equal(row.crashCount, 0, 'it is no crash')
    t.ok(
      await untilTold(world.admin, server.id, /TAKEN_DOWN: Docker was restarted/),
      'it is said why'
    )
    t.equal(await bootsOf(lost, server.id), 2, 'started once more, not twice')
    t.strictSame(
      (await eventsOf(plain.docker, before.Id))
        .map(event => event.action)
        .filter(action => action === 'start'),
      ['start'],
      'the new engine has started it once'
    )
  })

  await t.test('row 13: an engine that hangs: others work on, nothing is done twice', async t => {
    const { admin } = world
    const server = await started(kept.nodeId, 'Frozen')
    const typedInto = await started(kept.nodeId, 'Typed into')
    const waiting = await world.addServer({ altId, nodeId: kept.nodeId, name: 'Waiting' })
    t.equal((await type(admin, typedInto.id, 'before')).status, 204)
    const container = steady.docker.getContainer(`cap-${server.id}`)
    const before = await container.inspect()
    const ask = async ({ id }: Json, action: string): Promise<Json> =>
      (await admin.post(`/api/v1/servers/${id}/power`, { action })).command
    steady.freeze()
    const frozenAt = Date.now()
    const commands = [await ask(server, 'restart'), await ask(waiting, 'start')]
    const typing = ['into a hung one', 'and once more'].map(line => type(admin, typedInto.id, line))

    const free = await started(lost.nodeId, 'Beside')
    t.equal((await type(admin, free.id, 'well')).status, 204)
    await until('it is typed', async () => (await ledgerOf(lost, free.id)).includes('input well'))
    await until('it is seen', async () => (await consoleOf(admin, free.id)).includes('echo: well'))
    t.match(await act(admin, free.id, 'stop'), { status: 'SUCCEEDED' }, 'other nodes do their work')
    const node = await admin.get(`/api/v1/nodes/${kept.nodeId}`)
    t.equal(node.status, 'ONLINE')
    const answers = await Promise.all(typing)
    t.ok(Date.now() - frozenAt < 20_000, 'who types is answered in time')
    await untilServer(
      admin,
      server.id,
      ({ statusReason }) => /Docker does not answer/.test(statusReason),
      HANG_SEEN_MS
    )
    t.equal(await bootsOf(kept, server.id), 1, 'nothing of it has been done yet')
    t.equal(await bootsOf(kept, waiting.id), 0)
    steady.thaw()
    for (const { id } of commands) t.match(await untilCommand(admin, id), { status: 'SUCCEEDED' })
    for (const { id } of [server, waiting])
      await untilServer(admin, id, ({ status }) => status === 'RUNNING')
    t.equal(await bootsOf(kept, server.id), 2, 'restarted once')
    t.equal(await bootsOf(kept, waiting.id), 1, 'started once')
    t.not((await container.inspect()).Id, before.Id)
    const happened = async (id: string, action: string): Promise<number> => {
      const events = await eventsOf(steady.docker, `cap-${id}`)
      return events.filter(event => event.action === action).length
    }
    t.equal(await happened(server.id, 'create'), 2, 'by Docker: one container for each run')
    t.equal(await happened(server.id, 'start'), 2)
    t.equal(await happened(waiting.id, 'create'), 1)
    t.equal(await happened(waiting.id, 'start'), 1)

    t.match(await act(admin, typedInto.id, 'stop'), { status: 'SUCCEEDED' })
    const ledger = await ledgerOf(kept, typedInto.id)
    const inputs = ledger.filter(line => line.startsWith('input '))
    const taken = ['into a hung one', 'and once more'].filter(
      (_, at) => answers[at]?.status === 204
    )
    t.same(
      inputs,
      ['before', ...taken, 'stop'].map(line => `input ${line}`),
      `what was said to be typed was, once: ${answers.map(({ status }) => status).join(', ')}`
    )
    const ticks = ledger.filter(line => line.startsWith('tick'))
    const shown = await until('the console is whole', async () => {
      const lines = await consoleOf(admin, typedInto.id)
      return lines.includes('stopping') && lines.filter(line => /^tick/.test(line))
    })
    t.same(shown, ticks, 'each of its lines is shown once, in order')
  })
})

t.test('row 13: an engine that answers badly', { buffered: true }, async t => {
  const proxy = await createDockerProxy(t)
  const world = await createWorld(t)
  const agent = await world.addNode('alpha', { env: { DOCKER_HOST: proxy.dockerHost } })
  const altId = await world.addProbeAlt(TICKING)
  const add = (name: string): Promise<Json> =>
    world.addServer({ altId, nodeId: agent.nodeId, name })
  const beside = await add('Beside')
  const madeOf = async (serverId: string): Promise<number> => {
    const events = await eventsOf(world.docker, `cap-${serverId}`)
    return events.filter(event => event.action === 'create').length
  }
  /** Whatever happened to the call: in the end there is one container, and its game was started once. */
  const isOneRun = async (t: Test, serverId: string): Promise<void> => {
    await untilServer(world.admin, serverId, ({ status }) => status === 'RUNNING')
    const filters = { label: [`cap.server=${serverId}`] }
    t.equal((await world.docker.listContainers({ all: true, filters })).length, 1)
    t.equal(await madeOf(serverId), 1, 'made once')
    t.equal(await bootsOf(agent, serverId), 1, 'started once')
  }
  const create = (serverId: string): RegExp => new RegExp(`^/containers/create.*cap-${serverId}`)

  const cut = [
    ['the engine never heard', 'cut-before'],
    ['nobody heard that it was done', 'cut-after']
  ] as const
  for (const [what, kind] of cut) {
    await t.test(`create: ${what}`, async t => {
      const server = await add(`Create ${kind}`)
      const hits = proxy.add({ method: 'POST', path: create(server.id), do: { kind } })
      t.match(await act(world.admin, server.id, 'start'), { status: 'SUCCEEDED' })
      t.equal(hits(), 1)
      await isOneRun(t, server.id)
    })

    await t.test(`start: ${what}`, async t => {
      const server = await add(`Start ${kind}`)
      const path = /^\/containers\/[0-9a-f]{64}\/start/
      const hits = proxy.add({ method: 'POST', path, do: { kind } })
      t.match(await act(world.admin, server.id, 'start'), { status: 'SUCCEEDED' })
      t.equal(hits(), 1)
      await isOneRun(t, server.id)
    })

    await t.test(`restart, removing the old container: ${what}`, async t => {
      const server = await add(`Remove ${kind}`)
      await act(world.admin, server.id, 'start')
      const { Id } = await world.docker.getContainer(`cap-${server.id}`).inspect()
      const hits = proxy.add({ method: 'DELETE', path: new RegExp(Id), do: { kind } })
      t.match(await act(world.admin, server.id, 'restart'), { status: 'SUCCEEDED' })
      t.equal(hits(), 1)
      t.equal(await bootsOf(agent, server.id), 2, 'one more run, not two')
      const asked = (await ledgerOf(agent, server.id)).filter(line => line.startsWith('input'))
      t.same(
        asked,
        ['input stop'],
        'the proxy passes requests on in pieces: only the line is typed'
      )
    })
  }

  await t.test('an install script is run once or said not to have come to its end', async t => {
    const installs = await world.addProbeAlt({ installScript: 'echo ran >>/mnt/server/ran.txt' })
    const ranOf = async (serverId: string): Promise<string[]> => {
      const text = await readFile(join(agent.dataDir, serverId, 'ran.txt'), 'utf8').catch(() => '')
      return text.split('\n').filter(Boolean)
    }
    const rows: ['create' | 'start', 'cut-before' | 'cut-after'][] = [
      ['create', 'cut-before'],
      ['create', 'cut-after'],
      ['start', 'cut-before'],
      ['start', 'cut-after']
    ]
    for (const [call, kind] of rows) {
      const path = { create: /create.*cap-install/, start: /\/start/ }[call]
      const hits = proxy.add({ method: 'POST', path, do: { kind } })
      const { server, command } = await world.admin.post(
        '/api/v1/servers',
        { name: `${call} ${kind}`, altId: installs, nodeId: agent.nodeId, ...small },
        { prefer: 'wait=60' }
      )
      t.equal(hits(), 1)
      t.match(command, { status: 'FAILED', errorCode: 'ENGINE_UNAVAILABLE' }, `${call} ${kind}`)
      t.ok((await ranOf(server.id)).length <= 1, 'not twice')
      const filters = { label: [`cap.install=${server.id}`] }
      t.same(await world.docker.listContainers({ all: true, filters }), [], 'nothing is left')
    }
  })

  // What follows happens meanwhile.
  const slow = await add('Slow')
  let hitAt = 0
  let release: () => void = () => undefined
  const isOver = new Promise<void>(resolve => {
    release = resolve
  })
  const slowHits = proxy.add({
    method: 'POST',
    path: create(slow.id),
    do: { kind: 'slow', until: isOver },
    meanwhile: () => {
      hitAt = Date.now()
    }
  })
  const starting = act(world.admin, slow.id, 'start')
  await untilHit(slowHits)

  await t.test('a call that takes long holds up its own server alone', async t => {
    const { admin } = world
    t.match(await act(admin, beside.id, 'start'), { status: 'SUCCEEDED' })
    t.equal((await type(admin, beside.id, 'meanwhile')).status, 204)
    await until('it is seen', async () =>
      (await consoleOf(admin, beside.id)).includes('echo: meanwhile')
    )
    t.match(await act(admin, beside.id, 'stop'), { status: 'SUCCEEDED' })
    t.ok((await ledgerOf(agent, beside.id)).includes('input meanwhile'))
    t.equal(await madeOf(slow.id), 0, 'another server came and went meanwhile')
  })

  await t.test('an error of the engine is told, and tried again', async t => {
    const badly = { kind: 'answer', status: 500, message: 'the engine has a cold' } as const
    const [made, begun] = [await add('Error of create'), await add('Error of start')]
    const rows: [Json, RegExp][] = [
      [made, create(made.id)],
      [begun, /^\/containers\/[0-9a-f]{64}\/start/]
    ]
    for (const [server, path] of rows) {
      const hits = proxy.add({ method: 'POST', path, do: badly })
      const command = await act(world.admin, server.id, 'start')
      t.match(command, { status: 'FAILED', errorCode: 'START_FAILED', errorMessage: /a cold/ })
      t.equal(hits(), 1)
      t.equal(await bootsOf(agent, server.id), 0)
    }
    t.match(await act(world.admin, beside.id, 'start'), { status: 'SUCCEEDED' })
    for (const [server] of rows) await isOneRun(t, server.id)

    const { Id } = await world.docker.getContainer(`cap-${made.id}`).inspect()
    const hits = proxy.add({ method: 'DELETE', path: new RegExp(Id), do: badly })
    t.match(await act(world.admin, made.id, 'restart'), { status: 'SUCCEEDED' })
    t.equal(hits(), 1)
    t.equal(await bootsOf(agent, made.id), 2, 'one more run, not two')
  })

  await t.test('the call that took 30 s and more: one container, one start', async t => {
    await until('it has taken that long', () => Date.now() - hitAt > SLOW_MS)
    t.equal(slowHits(), 1)
    t.equal(await madeOf(slow.id), 0)
    release()
    t.match(await starting, { status: 'SUCCEEDED' })
    await isOneRun(t, slow.id)
  })

  await t.test('create: the engine has done it and the agent dies that moment', async t => {
    const server = await add('Dying')
    const hits = proxy.add({
      method: 'POST',
      path: create(server.id),
      do: { kind: 'cut-after' },
      meanwhile: () => process.kill(agent.pid(), 'SIGKILL')
    })
    const { command } = await world.admin.post(`/api/v1/servers/${server.id}/power`, {
      action: 'start'
    })
    await untilHit(hits)
    await agent.kill9()
    t.equal(await bootsOf(agent, server.id), 0)
    await agent.start()
    t.match(await untilCommand(world.admin, command.id), { status: 'SUCCEEDED' })
    await isOneRun(t, server.id)
  })
})

function type(admin: World['admin'], serverId: string, command: string) {
  return admin.request('POST', `/api/v1/servers/${serverId}/console`, { command })
}

async function untilHit(hits: () => number): Promise<void> {
  await until('the fault has happened', () => hits() > 0)
}
