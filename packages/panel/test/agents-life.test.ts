import { randomUUID } from 'node:crypto'
import { digestOf, type ServerReport } from '@ctrl-alt-play/protocol'
import t from 'tap'
import { createBatcher } from '../src/agents/batcher.ts'
import { createFlusher } from '../src/agents/flusher.ts'
import { isIncident, judge, type Watched } from '../src/agents/liveness-judgement.ts'
import { writeSamples } from '../src/agents/metrics.repo.ts'
import { defaultTiming, heartbeatSeconds, spreadSeconds } from '../src/agents/timing.ts'
import { connect as connectTo } from '../src/db/create-database.ts'
import {
  act,
  addMachine,
  addServer,
  advance,
  commandRow,
  nodeRow,
  openWorld,
  restartPanel,
  serverRow,
  type World
} from './agent-world.ts'
import {
  authenticate,
  connect,
  type FakeMachine,
  helloBody,
  newInstance,
  report,
  resources
} from './fake-agent.ts'
import { until } from './helper.ts'

t.test('what reports mean for the rows of their servers', async t => {
  const world = await openWorld(t)
  const machine = await addMachine(world)
  const serverId = await addServer(world, machine.nodeId, { status: 'UNKNOWN' })
  const silent = await addServer(world, machine.nodeId, { name: 'silent', status: 'RUNNING' })
  const agent = await connect(machine, { servers: [report(serverId)] })
  await shown(world, serverId, { status: 'RUNNING' })
  t.match(await serverRow(world, serverId), {
    dockerContainerId: 'a'.repeat(64),
    startedAt: new Date('2026-03-01T10:00:00.123Z'),
    exitCode: null,
    oomKilled: false,
    crashCount: 0,
    reportedGeneration: 1,
    lastKnownStatus: null
  })
  t.match(await serverRow(world, silent), { status: 'STOPPED' }, 'what is not named is not there')
  t.match(
    world.published.filter(event => event.type === 'server.status'),
    [
      { serverId, status: 'RUNNING', startedAt: '2026-03-01T10:00:00.123Z' },
      { serverId: silent, status: 'STOPPED' }
    ].sort((a, b) => (a.serverId < b.serverId ? -1 : 1))
  )

  type Row = [change: Partial<ServerReport>, data: Record<string, unknown>, expected: object]
  const reason = 'It ran out of memory'
  const crash = { state: 'CRASHED', exitCode: 137, oomKilled: true, crashCount: 3, reason } as const
  const rows: Row[] = [
    [{ state: 'STARTING' }, {}, { status: 'STARTING' }],
    [{ state: 'STOPPING' }, {}, { status: 'STOPPING' }],
    [
      crash,
      {},
      { status: 'CRASHED', exitCode: 137, oomKilled: true, crashCount: 3, statusReason: reason }
    ],
    [
      { state: 'STOPPED', containerId: null, startedAt: null },
      {},
      { status: 'STOPPED', dockerContainerId: null, startedAt: null, statusReason: null }
    ],
    [{ state: 'ABSENT' }, { status: 'RUNNING' }, { status: 'STOPPED' }],
    [{ state: 'ABSENT' }, { installState: 'FAILED' }, { status: 'INSTALL_FAILED' }],
    [{ state: 'ABSENT' }, { installState: 'PENDING' }, { status: 'INSTALLING' }],
    [{ state: 'INSTALLING' }, { installState: 'RUNNING' }, { status: 'INSTALLING' }],
    [{ state: 'INSTALL_FAILED' }, { installState: 'RUNNING' }, { status: 'INSTALL_FAILED' }],
    [{ state: 'RUNNING', generation: 2 ** 40 }, {}, { reportedGeneration: 2 ** 31 - 1 }],
    [{ state: 'RUNNING', startedAt: '2026-99-99T99:99:99Z' }, {}, { startedAt: null }],
    [{ state: 'RUNNING', reason: 'a\0b' }, {}, { statusReason: 'ab' }]
  ]
  for (const [change, data, expected] of rows) {
    await world.db.prisma.server.update({
      where: { id: serverId },
      data: { installState: 'DONE', ...data }
    })
    agent.say('report', { servers: [report(serverId, change)] })
    await shown(world, serverId, expected)
  }

  await t.test(
    'an agent whose Docker does not yet answer says nothing of what it does not know',
    async t => {
      const other = await addMachine(world, 'other')
      const running = await addServer(world, other.nodeId, { name: 'running', status: 'RUNNING' })
      const starting = await addServer(world, other.nodeId, { name: 'starting', status: 'UNKNOWN' })
      const blind = await authenticate(other)
      blind.say('hello', { ...helloBody(), docker: null })
      const known = [report(starting, { state: 'STARTING' })]
      blind.say('snapshot', { servers: known, commands: [], orphans: [], last: true })
      await shown(world, starting, { status: 'STARTING' })
      t.equal((await serverRow(world, running)).status, 'RUNNING')
      blind.cut()
    }
  )

  await t.test('an install that has not ended is one, whatever the node shows', async () => {
    const fresh = await addServer(world, machine.nodeId, {
      ...{ name: 'fresh', installState: 'PENDING', status: 'INSTALLING' }
    })
    const install = await act(world, fresh, 'install')
    await agent.hear('command')
    agent.say('report', { servers: [report(fresh, { state: 'STOPPED', generation: 7 })] })
    await shown(world, fresh, { status: 'INSTALLING', reportedGeneration: 7 })
    const outcome = { status: 'FAILED', message: 'no such image' } as const
    agent.say('report', { servers: [report(fresh, { state: 'INSTALL_FAILED', reason: 'no' })] })
    agent.say('command.result', { id: install.id, outcome })
    await shown(world, fresh, { status: 'INSTALL_FAILED', installState: 'FAILED' })

    const again = await act(world, fresh, 'install')
    await world.db.prisma.server.update({ where: { id: fresh }, data: { installState: 'PENDING' } })
    await agent.hear('command')
    agent.say('report', { servers: [report(fresh, { state: 'STOPPED' })] })
    await shown(world, fresh, { status: 'INSTALLING' })
    agent.say('command.result', { id: again.id, outcome: { status: 'SUCCEEDED' } })
    await shown(world, fresh, { status: 'STOPPED', installState: 'DONE' })
  })

  await t.test('a game that ended by itself is no longer wanted', async t => {
    await world.db.prisma.server.update({
      where: { id: serverId },
      data: { desiredState: 'RUNNING', generation: 20 }
    })
    const ended = { state: 'STOPPED', endedByItself: true, exitCode: 0 } as const
    agent.say('report', { servers: [report(serverId, { ...ended, generation: 19 })] })
    await shown(world, serverId, { reportedGeneration: 19, desiredState: 'RUNNING' })
    agent.say('report', { servers: [report(serverId, { ...ended, generation: 20 })] })
    await shown(world, serverId, { desiredState: 'STOPPED', generation: 21 })
    t.match(await agent.hear('wanted', body => body.servers[0]?.generation === 21), {
      servers: [{ serverId, desired: 'STOPPED' }]
    })
  })

  await t.test('nothing is written or told twice', async t => {
    agent.say('report', { servers: [report(serverId, { generation: 30 })] })
    await shown(world, serverId, { reportedGeneration: 30 })
    const before = await serverRow(world, serverId)
    const told = world.published.length
    agent.say('report', { servers: [report(serverId, { generation: 30 })] })
    agent.say('report', { servers: [report(silent)] })
    await shown(world, silent, { status: 'RUNNING' })
    t.same((await serverRow(world, serverId)).updatedAt, before.updatedAt)
    t.same(
      world.published.slice(told).map(event => 'serverId' in event && event.serverId),
      [silent]
    )
  })

  await t.test('when the digests differ the panel asks for everything', async () => {
    const all = [report(serverId), report(silent)]
    agent.say('report', { servers: all })
    agent.say('heartbeat', { resources: resources(), digest: digestOf(all) })
    agent.say('heartbeat', { resources: resources({ cpuCores: 2 }), digest: 'another' })
    await agent.hear('snapshot.request')
    const stopped = [report(serverId, { state: 'STOPPED' })]
    agent.say('snapshot', { servers: stopped, commands: [], orphans: [], last: true })
    await shown(world, serverId, { status: 'STOPPED' })
    await shown(world, silent, { status: 'STOPPED' })
    const orphan = { containerId: 'b'.repeat(64), name: 'cap-x', image: 'i', running: true }
    agent.say('report', { servers: [], orphans: [{ ...orphan, reason: 'nobody wants it' }] })
    await until('it is told', () => world.link.agents.orphans(machine.nodeId).length === 1)
    // What the panel does not know is told as a server by the agent, and as a container by its Docker.
    const unknown = report(randomUUID(), { state: 'RUNNING' })
    const found = { ...orphan, name: `cap-${unknown.serverId}`, reason: 'nobody wants it' }
    agent.say('snapshot', {
      ...{ servers: [...stopped, unknown], commands: [], orphans: [found], last: true }
    })
    await until(
      'it is one',
      () => world.link.agents.orphans(machine.nodeId)[0]?.name === found.name
    )
    t.strictSame(world.link.agents.orphans(machine.nodeId), [found])
    agent.say('snapshot', { servers: stopped, commands: [], orphans: [], last: true })
    await until('it is gone', () => world.link.agents.orphans(machine.nodeId).length === 0)
  })

  await t.test('what happened to a server is kept once', async t => {
    const at = '2026-03-01T10:00:00.5Z'
    const events = [1, 2, 3].map(seq => ({ seq, serverId, at, code: 'OOM', message: `${seq}\0` }))
    for (let times = 0; times < 2; times++) {
      agent.say('events', { events })
      t.equal((await agent.hear('events.stored')).seq, 3)
    }
    agent.say('events', { events: [{ ...events[0], serverId: newInstance() } as never] })
    await agent.hear('events.stored')
    const kept = await world.db.prisma.serverLog.findMany({ orderBy: { start: 'asc' } })
    t.same(
      kept.map(row => [row.kind, row.text]),
      [1, 2, 3].map(seq => ['EVENT', `OOM: ${seq}`])
    )
    t.same(kept[0]?.at, new Date(at))
    t.equal(kept[0]?.id[14], '7')
  })
})

t.test('vitals and samples', async t => {
  const world = await openWorld(t, { clock: true })
  const machine = await addMachine(world)
  const { nodeId } = machine
  const serverId = await addServer(world, nodeId)
  const agent = await connect(machine)
  t.equal(agent.welcome.heartbeatSeconds, 10)
  t.equal((await nodeRow(world, nodeId)).resources, null)
  const { agents } = world.link
  t.match(agents.newestEngine(nodeId), { version: '27.0.1' }, 'the hello has told of its Docker')
  agent.say('heartbeat', { resources: resources() })
  await until('it came', () => world.link.agents.newestResources(nodeId))
  await world.link.tick()
  t.match(await nodeRow(world, nodeId), { resources: resources() }, 'the first is written at once')

  const forget = () =>
    world.db.prisma.node.update({ where: { id: nodeId }, data: { lastSeen: null } })
  await forget()
  agent.say('heartbeat', { resources: resources({ cpuPercent: 50 }) })
  await until('it came', () => world.link.agents.newestResources(nodeId)?.cpuPercent === 50)
  await advance(world, 5_000)
  t.equal((await nodeRow(world, nodeId)).lastSeen, null, 'a moment later is no news')
  agent.say('heartbeat', { resources: resources({ dockerProblem: 'Docker does not answer' }) })
  await until('it came', () => world.link.agents.newestResources(nodeId)?.dockerProblem !== null)
  await world.link.tick()
  t.ok((await nodeRow(world, nodeId)).lastSeen, 'but a broken Docker is')
  await forget()
  await advance(world, 16_000)
  agent.say('heartbeat', { resources: resources({ cpuPercent: 70 }) })
  await until('it came', () => world.link.agents.newestResources(nodeId)?.cpuPercent === 70)
  await advance(world, 1_000)
  const row = await nodeRow(world, nodeId)
  t.match(row.resources, { cpuPercent: 70 })
  const [{ skew }] = await world.db.prisma.$queryRaw<[{ skew: number }]>`
    SELECT extract(epoch FROM now() - "lastSeen")::float8 AS skew FROM "Node" WHERE id = ${nodeId}::uuid`
  t.ok(skew >= 0 && skew < 60, "by the database's clock")

  const stats = {
    ...{ serverId, at: '2026-03-01T10:00:00Z', cpuPercent: 12.5, memoryMiB: 300.4, diskMiB: 20 },
    ...{ networkRxBytes: 1e15, networkTxBytes: 5.5, uptimeSeconds: 3 }
  }
  agent.say('stats', { servers: [stats] })
  await until('it came', () => world.link.agents.newestStats(serverId))
  t.match(world.published.at(-1), { type: 'server.stats', serverId, stats })
  const nodes = new Map([[nodeId, resources({ cpuPercent: 1e300, memoryUsedMiB: 1e12 })]])
  await writeSamples(world.db.pool, { servers: [stats], nodes })
  const samples = await world.db.prisma.metricSample.findMany({ orderBy: { subjectType: 'asc' } })
  t.match(samples, [
    { subjectType: 'NODE', subjectId: nodeId, memoryMiB: 2 ** 31 - 1 },
    { subjectType: 'SERVER', subjectId: serverId, memoryMiB: 300, networkRxBytes: 10n ** 15n }
  ])
  t.match((await serverRow(world, serverId)).resources, stats)
  await advance(world, 90_000)
  t.equal(world.link.agents.newestStats(serverId), undefined, 'an old sample says nothing')
})

t.test('how long a node may be silent', async t => {
  const rows: [silentMs: number, inherited: boolean, upMs: number, Watched['status'], string][] = [
    [0, false, 500_000, 'ONLINE', 'ONLINE'],
    [29_999, false, 500_000, 'ONLINE', 'ONLINE'],
    [30_000, false, 500_000, 'ONLINE', 'SUSPECT'],
    [44_999, false, 500_000, 'SUSPECT', 'SUSPECT'],
    [45_000, false, 500_000, 'SUSPECT', 'UNREACHABLE'],
    [1_000, false, 500_000, 'SUSPECT', 'ONLINE'],
    [50_000, false, 60_000, 'ONLINE', 'UNREACHABLE'],
    [89_999, true, 89_999, 'ONLINE', 'ONLINE'],
    [89_999, true, 89_999, 'SUSPECT', 'SUSPECT'],
    [90_000, true, 90_000, 'ONLINE', 'UNREACHABLE']
  ]
  for (const [silentMs, inherited, upMs, status, expected] of rows) {
    const judged = judge({ heardAt: -silentMs, inherited, status }, 0, -upMs, defaultTiming)
    t.equal(judged, expected, `${silentMs} ms, up ${upMs} ms, inherited ${inherited}`)
  }
  const fleet = (silent: number, total: number, silentSince = -1_000) =>
    Array.from({ length: total }, (_, index) => ({
      silentSince: index < silent ? silentSince : undefined
    })) as Watched[]
  t.notOk(isIncident(fleet(1, 1), 0), 'one node alone is one node')
  t.notOk(isIncident(fleet(5, 10), 0))
  t.ok(isIncident(fleet(6, 10), 0))
  t.notOk(isIncident(fleet(6, 10, -61_000), 0), 'not those that were silent before')
  t.same([1, 10_000, 20_000, 100_000].map(heartbeatSeconds), [10, 10, 20, 60])
  t.same([1, 10_000, 100_000].map(spreadSeconds), [2, 10, 60])
})

t.test('a silent node is SUSPECT, then UNREACHABLE, and comes back', async t => {
  const world = await openWorld(t, { clock: true })
  const machine = await addMachine(world)
  const { nodeId } = machine
  const serverId = await addServer(world, nodeId)
  const agent = await connect(machine, { servers: [report(serverId)] })
  await shown(world, serverId, { status: 'RUNNING' })
  agent.cut()
  await until('it is gone', () => !world.link.agents.isOnline(nodeId))
  await advance(world, 29_000)
  t.equal((await nodeRow(world, nodeId)).status, 'ONLINE')
  await advance(world, 2_000)
  t.equal((await nodeRow(world, nodeId)).status, 'SUSPECT')
  t.equal((await serverRow(world, serverId)).status, 'RUNNING')
  await advance(world, 15_000)
  t.equal((await nodeRow(world, nodeId)).status, 'UNREACHABLE')
  t.match(await serverRow(world, serverId), {
    status: 'UNKNOWN',
    lastKnownStatus: 'RUNNING',
    desiredState: 'STOPPED'
  })
  const told = world.published.filter(event => /\.status$/.test(event.type)).slice(-3)
  t.match(told, [
    { type: 'node.status', status: 'SUSPECT' },
    { type: 'node.status', status: 'UNREACHABLE' },
    { type: 'server.status', serverId, status: 'UNKNOWN' }
  ])
  await connect(machine, { servers: [report(serverId)] })
  await shown(world, serverId, { status: 'RUNNING', lastKnownStatus: null })
  t.equal((await nodeRow(world, nodeId)).status, 'ONLINE')

  await t.test('a connection that is half open is found by its pings', async t => {
    const half = await connect(machine, { servers: [report(serverId)] })
    half.socket.pause()
    await advance(world, 35_000)
    t.notOk(world.link.agents.isOnline(nodeId))
    half.cut()
  })

  await t.test('one that answers pings and says nothing else lives', async t => {
    const quiet = await connect(machine, { servers: [report(serverId)] })
    let pings = 0
    quiet.socket.on('ping', () => {
      pings += 1
    })
    for (let round = 1; round <= 6; round++) {
      await advance(world, 20_000)
      await until('a ping came', () => pings >= round)
      // A request that comes after the pong in the same stream.
      quiet.say('heartbeat', { resources: resources({ cpuCores: round }) })
      await until('read', () => world.link.agents.newestResources(nodeId)?.cpuCores === round)
    }
    t.ok(world.link.agents.isOnline(nodeId))
    t.equal((await nodeRow(world, nodeId)).status, 'ONLINE')
  })

  await t.test('a node that was SUSPECT is ONLINE with its next word', async t => {
    const agent = await connect(machine, { servers: [report(serverId)] })
    await world.db.prisma.node.update({ where: { id: nodeId }, data: { status: 'ONLINE' } })
    agent.socket.pause()
    await advance(world, 26_000)
    agent.socket.resume()
    agent.say('heartbeat', { resources: resources({ cpuCores: 77 }) })
    await until('read', () => world.link.agents.newestResources(nodeId)?.cpuCores === 77)
    await advance(world, 1_000)
    t.equal((await nodeRow(world, nodeId)).status, 'ONLINE')
  })

  await t.test('a panel that slept blames nobody', async t => {
    const agent = await connect(machine, { servers: [report(serverId)] })
    world.clock.ms += 300_000
    await world.link.tick()
    t.equal((await nodeRow(world, nodeId)).status, 'ONLINE')
    t.equal(agent.socket.readyState, agent.socket.OPEN)
  })
})

t.test('who does not take what is wanted of it is alone with that, and not for ever', async t => {
  const world = await openWorld(t, { clock: true })
  const [deaf, well] = [await addMachine(world, 'deaf'), await addMachine(world, 'well')]
  const running = { desiredState: 'RUNNING', generation: 1 }
  const ended = await addServer(world, deaf.nodeId, running)
  const { altId, ownerId } = await serverRow(world, ended)
  // More than both kernels' buffers hold.
  await world.db.prisma.server.createMany({
    data: Array.from({ length: 800 }, (_, at) => ({
      ...{ name: `large ${at}`, altId, ownerId, nodeId: deaf.nodeId, dockerImage: 'game:1' },
      ...{ memoryMiB: 64, cpuPercent: 1, diskMiB: 1, installState: 'DONE' as const },
      startup: Array(8).fill('x'.repeat(2_000)).join(' ')
    }))
  })
  const overdue = async (serverId: string) => {
    const { id } = await act(world, serverId, 'start', { quietly: true })
    const expiresAt = new Date(Date.now() - 60_000)
    await world.db.prisma.command.update({ where: { id }, data: { expiresAt } })
    return id
  }
  const isExpired = async (id: string) => (await commandRow(world, id)).status === 'EXPIRED'

  const one = await addServer(world, well.nodeId, running)
  const agent = await connect(well)
  const first = await overdue(ended)
  const stuck = await authenticate(deaf)
  stuck.socket.pause()
  stuck.say('hello', helloBody())
  const over = report(ended, { state: 'STOPPED', endedByItself: true })
  stuck.say('snapshot', { servers: [over], commands: [], orphans: [], last: true })
  await until('it is being told what is wanted', () => isExpired(first))
  const waiting = await act(world, ended, 'start', { quietly: true })
  const cancelled = world.link.outbox.cancel(waiting.id)

  await t.test('the other one goes on', async t => {
    agent.say('report', { servers: [report(one)] })
    await shown(world, one, { status: 'RUNNING' })
    const [late, lost] = [await overdue(one), await act(world, one, 'stop', { quietly: true })]
    await overdue(ended)
    await world.link.sweep()
    t.ok(await isExpired(late))
    t.equal((await agent.hear('command')).id, lost.id)
    agent.say('command.result', { id: lost.id, outcome: { status: 'SUCCEEDED' } })
    await agent.hear('command.confirm')
  })

  await until('it is given up', async () => {
    await advance(world, 1_000)
    return !world.link.agents.isOnline(deaf.nodeId)
  })
  await advance(world, 2_000)
  t.equal((await nodeRow(world, deaf.nodeId)).status, 'UNREACHABLE', 'its silence was its own')
  t.equal((await nodeRow(world, well.nodeId)).status, 'ONLINE')
  t.equal((await cancelled)?.id, waiting.id, 'who waited for it is answered')
  stuck.cut()
  const again = await connect(deaf, { servers: [report(ended)] })
  t.equal((await nodeRow(world, deaf.nodeId)).status, 'ONLINE', 'and it may come back')
  again.cut()
})

t.test('sessions are looked after while the database does not answer', async t => {
  const timing = { tickMs: 50, pingMs: 300, pongMs: 300 }
  const world = await openWorld(t, { timing })
  const [gone, well] = [await addMachine(world, 'gone'), await addMachine(world, 'well')]
  const [silent, agent] = [await connect(gone), await connect(well)]
  const holder = await connectTo(world.databaseUrl)
  t.teardown(() => holder.end())
  await holder.query('BEGIN')
  await holder.query('LOCK TABLE "Node" IN ACCESS EXCLUSIVE MODE')
  agent.say('heartbeat', { resources: resources({ cpuCores: 77 }) })
  await until('a sign of life waits for the table', async () => {
    const { rows } = await holder.query(
      `SELECT 1 FROM pg_locks WHERE NOT granted AND relation = '"Node"'::regclass`
    )
    return rows.length > 0
  })
  silent.socket.pause()
  await until('who does not answer is found', () => !world.link.agents.isOnline(gone.nodeId))
  t.ok(world.link.agents.isOnline(well.nodeId), 'who answers stays')
  await holder.query('ROLLBACK')
  await until('it is written', async () => {
    const { resources: written } = await nodeRow(world, well.nodeId)
    return (written as { cpuCores?: number } | null)?.cpuCores === 77
  })
  silent.cut()
})

t.test('a restart of the panel marks nothing', async t => {
  const world = await openWorld(t, { clock: true })
  const machines = [await addMachine(world, 'alpha'), await addMachine(world, 'beta')]
  const [alpha, beta] = machines
  if (!alpha || !beta) return
  const serverId = await addServer(world, beta.nodeId)
  await connect(alpha)
  await connect(beta, { servers: [report(serverId)] })
  await shown(world, serverId, { status: 'RUNNING' })
  const next = await restartPanel(t, world, { clock: true })
  await advance(next, 60_000)
  for (const { nodeId } of machines) t.equal((await nodeRow(next, nodeId)).status, 'ONLINE')
  const agent = await connect({ ...alpha, url: next.url })
  t.equal((await serverRow(next, serverId)).status, 'RUNNING')
  await advance(next, 20_000)
  agent.say('heartbeat', { resources: resources() })
  await until('read', () => next.link.agents.newestResources(alpha.nodeId))
  await advance(next, 9_000)
  t.equal((await nodeRow(next, beta.nodeId)).status, 'ONLINE')
  await advance(next, 2_000)
  t.equal((await nodeRow(next, beta.nodeId)).status, 'UNREACHABLE', 'after its grace it is judged')
  t.equal((await nodeRow(next, alpha.nodeId)).status, 'ONLINE', 'the other was heard since')
  t.match(await serverRow(next, serverId), { status: 'UNKNOWN', lastKnownStatus: 'RUNNING' })
})

t.test('most of the fleet silent at once is one incident', async t => {
  const world = await openWorld(t, { clock: true })
  const machines: FakeMachine[] = []
  for (const name of ['a', 'b', 'c', 'd']) machines.push(await addMachine(world, name))
  const agents = await Promise.all(machines.map(machine => connect(machine)))
  for (const agent of agents.slice(1)) agent.cut()
  await until('they are gone', () =>
    machines.slice(1).every(machine => !world.link.agents.isOnline(machine.nodeId))
  )
  const incidents = () => world.audited.filter(entry => entry.action.startsWith('panel.incident'))
  await advance(world, 50_000)
  t.equal(incidents().length, 1)
  const statuses = await Promise.all(machines.slice(1).map(one => nodeRow(world, one.nodeId)))
  t.ok(
    statuses.every(row => row.status === 'UNREACHABLE'),
    'what is true is still said'
  )
})

t.test('a database that is away for a moment loses nothing', async t => {
  const world = await openWorld(t)
  const machine = await addMachine(world)
  const serverId = await addServer(world, machine.nodeId)
  const agent = await connect(machine)
  const command = await act(world, serverId, 'start')
  await agent.hear('command')
  const { pool } = world.db
  const query = pool.query.bind(pool)
  const connectPool = pool.connect.bind(pool)
  const away = () => Promise.reject(new Error('the database is away'))
  Object.assign(pool, { query: away, connect: away })
  agent.say('command.ack', { id: command.id })
  agent.say('report', { servers: [report(serverId)] })
  agent.say('heartbeat', { resources: resources() })
  await until('it is read', () => world.link.agents.newestResources(machine.nodeId))
  await world.link.tick()
  await t.rejects(world.link.flush(), /away/)
  t.ok(world.link.agents.isOnline(machine.nodeId), 'the agent stays')
  Object.assign(pool, { query, connect: connectPool })
  await shown(world, serverId, { status: 'RUNNING' })
  await until('the command is ACKED', async () => {
    const row = await world.db.prisma.command.findUnique({ where: { id: command.id } })
    return row?.status === 'ACKED'
  })
  await world.link.tick()
  t.match((await nodeRow(world, machine.nodeId)).resources, { cpuCores: 8 })
})

t.test('what gathers is done together, never twice at once, and again when it failed', async t => {
  const batches: string[][] = []
  const ask = createBatcher<string, string>({
    windowMs: 5,
    keyOf: item => item.slice(0, 1),
    async run(items) {
      batches.push(items)
      if (items.includes('bad')) throw new Error('bad')
      return items.map(item => item.toUpperCase())
    }
  })
  t.same(await Promise.all(['a1', 'b1', 'a2'].map(ask)), ['A1', 'B1', 'A2'])
  t.same(batches, [['a1', 'b1'], ['a2']])
  await t.rejects(ask('bad'), /bad/)
  t.equal(await ask('fine'), 'FINE')

  let running = 0
  let most = 0
  let runs = 0
  const errors: unknown[] = []
  const flusher = createFlusher({
    intervalMs: 1,
    retryMs: 1,
    async work() {
      running += 1
      most = Math.max(most, running)
      runs += 1
      await new Promise(resolve => setImmediate(resolve))
      running -= 1
      if (runs === 2) throw new Error('once')
    },
    onError: err => void errors.push(err)
  })
  await Promise.all([flusher.flush(), flusher.flush().catch(() => undefined), flusher.flush()])
  flusher.poke()
  await until('it ran', () => runs >= 4)
  t.equal(most, 1)
  t.same(errors, [])
  flusher.stop()
  flusher.poke()
  const after = runs
  await new Promise(resolve => setImmediate(resolve))
  t.equal(runs, after)
})

async function shown(world: World, serverId: string, expected: object): Promise<void> {
  const wanted = Object.entries(expected)
  let last: object = {}
  await until(`the row shows ${JSON.stringify(expected)}`, async () => {
    last = await serverRow(world, serverId)
    const row = last as Record<string, unknown>
    return wanted.every(([key, value]) => String(row[key]) === String(value))
  }).catch(err => {
    throw new Error(
      `${err.message}: ${JSON.stringify(last, (_, v) => (typeof v === 'bigint' ? String(v) : v))}`
    )
  })
}
