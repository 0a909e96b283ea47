import t from 'tap'
import {
  act,
  addMachine,
  addServer,
  commandRow,
  nodeRow,
  openWorld,
  serverRow
} from './agent-world.ts'
import { authenticate, connect, type FakeMachine, helloBody, newInstance } from './fake-agent.ts'
import { until } from './helper.ts'

t.test('nothing is wanted of a node by an act whose time is over', async t => {
  const world = await openWorld(t)
  const machine = await addMachine(world)
  const serverId = await addServer(world, machine.nodeId)
  const agent = await connect(machine)
  const start = await act(world, serverId, 'start', { quietly: true })
  const expiresAt = new Date(Date.now() - 60_000)
  await world.db.prisma.command.update({ where: { id: start.id }, data: { expiresAt } })

  await world.link.agents.pushWanted(machine.nodeId, serverId)

  const told = await agent.hear('wanted', body =>
    body.servers.some(one => one.serverId === serverId)
  )
  t.match(told.servers, [{ serverId, desired: 'STOPPED', restartSeq: 0, generation: 3 }])
  t.equal((await commandRow(world, start.id)).status, 'EXPIRED')
  t.match(await serverRow(world, serverId), { desiredState: 'STOPPED', restartSeq: 0 })
  t.same(agent.heard('command'), [])
})

t.test('a cancel never overtakes the command that it is about', async t => {
  const world = await openWorld(t)
  const machine = await addMachine(world)
  const serverId = await addServer(world, machine.nodeId)
  const agent = await connect(machine)
  const first = await act(world, serverId, 'start', { quietly: true })
  for (let sent = 1; sent < 64; sent++) await act(world, serverId, 'restart', { quietly: true })
  await world.link.sweep()
  await until('as many are sent as may be unanswered', () => agent.heard('command').length === 64)
  const stop = await act(world, serverId, 'stop', { quietly: true })
  await world.link.agents.pushWanted(machine.nodeId, serverId)
  t.equal((await commandRow(world, stop.id)).status, 'DISPATCHED', 'it waits to be sent')

  await world.link.outbox.cancel(stop.id)
  await world.link.agents.pushWanted(machine.nodeId, serverId)
  for (let told = 0; told < 2; told++) await agent.hear('wanted')
  t.same(agent.heard('command.cancel'), [], 'what was said before is heard before')
  agent.say('command.ack', { id: first.id })
  await agent.hear('command', one => one.id === stop.id)
  t.match(await agent.hear('command.cancel'), { id: stop.id, epoch: agent.epoch })
})

t.test('sixty 46: twins that come at the same moment are in quarantine, both of them', async t => {
  const world = await openWorld(t)
  for (let round = 0; round < 5; round++) {
    const machine = await addMachine(world, `node ${round}`)
    const twin: FakeMachine = { ...machine, instanceId: newInstance() }
    const serverId = await addServer(world, machine.nodeId)
    for (const one of [machine, twin, machine]) await connect(one)
    const all = [twin, machine, twin, machine].map(async one => {
      const session = await authenticate({ ...one })
      session.say('hello', helloBody())
      session.say('snapshot', { servers: [], commands: [], orphans: [], last: true })
      return session
    })
    const sessions = await Promise.allSettled(all)
    await until('nobody takes commands there', () => !world.link.agents.isOnline(machine.nodeId))
    const command = await act(world, serverId, 'start')
    await world.link.sweep()
    t.equal((await nodeRow(world, machine.nodeId)).status, 'QUARANTINED')
    t.equal((await commandRow(world, command.id)).status, 'QUEUED')
    for (const session of sessions) {
      if (session.status === 'fulfilled') t.same(session.value.heard('command'), [])
    }
  }
})
