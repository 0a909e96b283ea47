import type { CommandKind } from '@ctrl-alt-play/protocol'
import t from 'tap'
import { wantedAfter } from '../src/agents/command-message.ts'
import { after, type CommandStep, transitions } from '../src/agents/command-states.ts'
import type { CommandView } from '../src/agents/contract.ts'
import { planJournal } from '../src/agents/journal.ts'
import { planUndo } from '../src/agents/wanted-undo.ts'
import {
  act,
  addMachine,
  addServer,
  advance,
  commandRow,
  openWorld,
  restartPanel,
  serverRow,
  type World
} from './agent-world.ts'
import { connect, type FakeSession, report } from './fake-agent.ts'
import { until } from './helper.ts'

const succeeded = { status: 'SUCCEEDED' } as const

t.test('what may happen to a command in which state', async t => {
  const statuses: CommandView['status'][] = [
    'QUEUED',
    'DISPATCHED',
    'ACKED',
    'RUNNING',
    'SUCCEEDED',
    'FAILED',
    'UNKNOWN',
    'EXPIRED',
    'CANCELLED'
  ]
  // One column for each of the first four statuses; the others are final.
  const table: Record<CommandStep, (CommandView['status'] | '-')[]> = {
    dispatch: ['DISPATCHED', '-', '-', '-'],
    acknowledge: ['-', 'ACKED', '-', '-'],
    progress: ['-', 'RUNNING', 'RUNNING', 'RUNNING'],
    expire: ['EXPIRED', '-', '-', '-'],
    cancel: ['CANCELLED', '-', '-', '-'],
    refuse: ['FAILED', 'FAILED', '-', '-'],
    giveUp: ['-', 'UNKNOWN', 'UNKNOWN', 'UNKNOWN'],
    succeeded: ['SUCCEEDED', 'SUCCEEDED', 'SUCCEEDED', 'SUCCEEDED'],
    failed: ['FAILED', 'FAILED', 'FAILED', 'FAILED'],
    unknown: ['UNKNOWN', 'UNKNOWN', 'UNKNOWN', 'UNKNOWN'],
    cancelled: ['CANCELLED', 'CANCELLED', 'CANCELLED', 'CANCELLED']
  }
  t.same(Object.keys(table).sort(), Object.keys(transitions).sort())
  for (const [step, row] of Object.entries(table)) {
    const made = statuses.map(status => after(status, step as CommandStep) ?? '-')
    t.same(made, [...row, '-', '-', '-', '-', '-'], step)
  }
})

t.test('what an act that never happened leaves behind', async t => {
  type Act = Parameters<typeof planUndo>[0]
  const payload = (change: Partial<Act['payload']> = {}): Act['payload'] => ({
    ...{ desired: 'RUNNING', generation: 5, restartSeq: 3, previousDesired: 'STOPPED' },
    ...change
  })
  const start: Act = { kind: 'start', payload: payload() }
  const stop: Act = {
    kind: 'stop',
    payload: payload({ desired: 'STOPPED', previousDesired: 'RUNNING' })
  }
  const later = (status: CommandView['status']) => ({ id: 'later', status, payload: stop.payload })
  const rows: [string, ReturnType<typeof planUndo>, ReturnType<typeof planUndo>][] = [
    [
      'a start: it is stopped again, and its run never was',
      planUndo(start, { desired: 'RUNNING', restartSeq: 3 }, undefined),
      { do: 'restore', wanted: { desired: 'STOPPED', restartSeq: 2 } }
    ],
    [
      'a restart: it runs on as it did',
      planUndo(
        { kind: 'restart', payload: payload({ previousDesired: 'RUNNING' }) },
        { desired: 'RUNNING', restartSeq: 3 },
        undefined
      ),
      { do: 'restore', wanted: { desired: 'RUNNING', restartSeq: 2 } }
    ],
    [
      'a start that says what was before',
      planUndo(
        { kind: 'start', payload: payload({ previousRestartSeq: 3 }) },
        { desired: 'RUNNING', restartSeq: 3 },
        undefined
      ),
      { do: 'restore', wanted: { desired: 'STOPPED', restartSeq: 3 } }
    ],
    [
      'a stop: it runs on',
      planUndo(stop, { desired: 'STOPPED', restartSeq: 3 }, undefined),
      { do: 'restore', wanted: { desired: 'RUNNING', restartSeq: 3 } }
    ],
    [
      'a game that ended by itself meanwhile stays stopped',
      planUndo(start, { desired: 'STOPPED', restartSeq: 3 }, undefined),
      { do: 'nothing' }
    ],
    [
      'a later act that happened counts',
      planUndo(start, { desired: 'STOPPED', restartSeq: 3 }, later('SUCCEEDED')),
      { do: 'nothing' }
    ],
    [
      'a later act that may still fail inherits the past',
      planUndo(start, { desired: 'STOPPED', restartSeq: 3 }, later('ACKED')),
      {
        do: 'handOn',
        to: 'later',
        payload: { ...stop.payload, previousDesired: 'STOPPED', previousRestartSeq: 2 }
      }
    ]
  ]
  for (const [what, plan, expected] of rows) t.same(plan, expected, what)
})

t.test('a command carries its own wanted state, and the newest spec', async t => {
  const newest = { desired: 'RUNNING', generation: 7, restartSeq: 3 } as never
  const of = (payload: object) => {
    const { desired, generation, restartSeq } = wantedAfter({ payload } as never, newest)
    return [desired, generation, restartSeq]
  }
  t.same(of({ desired: 'RUNNING', generation: 5, restartSeq: 3 }), ['RUNNING', 7, 3], 'only edited')
  t.same(of({ desired: 'RUNNING', generation: 5, restartSeq: 2 }), ['RUNNING', 5, 2], 'older run')
  t.same(of({ desired: 'STOPPED', generation: 6, restartSeq: 3 }), ['STOPPED', 6, 3], 'older act')
})

t.test("a journal beside the panel's rows", async t => {
  const row = (id: string, status: CommandView['status'], kind = 'install', nodeId = 'own') =>
    ({ id, status, kind, nodeId }) as never
  const plan = (options: {
    lost?: boolean
    entries?: Parameters<typeof planJournal>[0]['journal']['entries']
    sent?: never[]
    known?: never[]
  }) => {
    const { lost = false, entries = [], sent = [], known = sent } = options
    return planJournal({ nodeId: 'own', journal: { lost, entries }, sent, known })
  }
  const nothing = {
    ...{ foreign: [], settle: [], confirm: [], acknowledged: [], begun: [], giveUp: [] }
  }
  const entry = (id: string, state: 'RECEIVED' | 'STARTED' | 'DONE') =>
    state === 'DONE' ? { id, state, outcome: succeeded } : { id, state }
  t.same(plan({}), nothing)
  t.same(
    plan({
      entries: [entry('a', 'RECEIVED'), entry('b', 'STARTED'), entry('c', 'DONE')],
      sent: [row('a', 'DISPATCHED'), row('b', 'ACKED'), row('c', 'RUNNING')]
    }),
    { ...nothing, acknowledged: ['a'], begun: ['b'], settle: [{ id: 'c', outcome: succeeded }] }
  )
  t.same(
    plan({
      entries: [entry('a', 'DONE'), entry('b', 'DONE'), entry('c', 'STARTED')],
      known: [row('a', 'SUCCEEDED'), row('c', 'UNKNOWN')]
    }),
    { ...nothing, confirm: ['a', 'b'] },
    'what is final or forgotten here may be forgotten there'
  )
  t.same(
    plan({ entries: [entry('x', 'DONE')], known: [row('x', 'DISPATCHED', 'start', 'other')] }),
    { ...nothing, foreign: ['x'] }
  )
  const sent = [
    row('never heard of', 'DISPATCHED'),
    row('was written down', 'ACKED'),
    row('had begun', 'RUNNING'),
    row('may be repeated', 'RUNNING', 'start')
  ]
  t.same(plan({ sent }).giveUp, ['was written down', 'had begun'], 'an older state of the disk')
  t.same(
    plan({ sent, lost: true }).giveUp,
    ['never heard of', 'was written down', 'had begun'],
    'a lost journal'
  )
})

t.test('a command goes its way', async t => {
  const world = await openWorld(t)
  const machine = await addMachine(world)
  const serverId = await addServer(world, machine.nodeId)
  const agent = await connect(machine)
  const command = await act(world, serverId, 'start')
  const waiting = world.link.outbox.settled(command.id, 10_000)

  const sent = await agent.hear('command')
  t.match(sent, {
    id: command.id,
    epoch: agent.epoch,
    kind: 'start',
    serverId,
    payload: { wanted: { desired: 'RUNNING', generation: 2, restartSeq: 1, installed: true } }
  })
  t.ok(sent.ttlMs > 50_000 && sent.ttlMs <= 60_000, 'the time that is left')
  agent.say('command.ack', { id: command.id })
  agent.say('command.progress', { id: command.id, progress: { phase: 'PULLING', percent: 30 } })
  await reaches(world, command.id, 'RUNNING')
  const outcome = { status: 'SUCCEEDED', message: 'up', result: { ms: 12 } } as const
  agent.say('command.result', { id: command.id, outcome })
  t.same(await agent.hear('command.confirm'), { ids: [command.id] })
  t.match(await waiting, { status: 'SUCCEEDED', errorMessage: 'up', result: { ms: 12 } })
  const row = await commandRow(world, command.id)
  t.ok(row.dispatchedAt && row.ackedAt && row.startedAt && row.finishedAt)
  t.match(row, { attempts: 1, lane: 'power', epoch: 1n, progress: { phase: 'PULLING' } })
  t.same(
    world.published.flatMap(event => (event.type === 'command' ? [event.command.status] : [])),
    ['ACKED', 'RUNNING', 'SUCCEEDED']
  )

  await t.test('a second word changes nothing and is confirmed', async t => {
    agent.say('command.result', { id: command.id, outcome: { status: 'FAILED' } })
    await agent.hear('command.confirm')
    agent.say('command.progress', { id: command.id, progress: { phase: 'STOPPING' } })
    agent.say('command.ack', { id: command.id })
    const next = await act(world, serverId, 'stop')
    await agent.hear('command', sent => sent.id === next.id)
    agent.say('command.result', { id: next.id, outcome: { status: 'FAILED', errorCode: 'X' } })
    t.match(await world.link.outbox.settled(next.id, 10_000), { status: 'FAILED', errorCode: 'X' })
    t.match(await commandRow(world, command.id), { status: 'SUCCEEDED', progress: row.progress })
  })

  await t.test('a result that is too large is cut, not lost', async t => {
    const next = await act(world, serverId, 'stop')
    await agent.hear('command', sent => sent.id === next.id)
    const result = { log: 'x'.repeat(20_000) }
    agent.say('command.result', { id: next.id, outcome: { status: 'SUCCEEDED', result } })
    const ended = await world.link.outbox.settled(next.id, 10_000)
    t.match(ended, { status: 'SUCCEEDED', result: { tooLarge: true } })
  })

  await t.test('a wait ends with what there is', async t => {
    const next = await act(world, serverId, 'start', { quietly: true })
    t.equal((await world.link.outbox.settled(next.id, 1))?.status, 'QUEUED')
    t.equal(await world.link.outbox.settled(serverId, 10), undefined, 'and for nothing not at all')
    t.equal((await world.link.outbox.find(next.id))?.status, 'QUEUED')
    t.equal(agent.heard('command').length, 0, 'nobody told the link')
    await world.link.sweep()
    t.equal((await agent.hear('command', sent => sent.id === next.id)).kind, 'start')
  })

  await t.test("a server's commands, page by page, newest first", async t => {
    const pages: string[] = []
    let before: string | undefined
    for (;;) {
      const page = { limit: 2, ...(before !== undefined && { before }) }
      const found = await world.link.outbox.listOfServer(serverId, page)
      if (found.length === 0) break
      pages.push(...found.map(one => one.kind))
      before = found.at(-1)?.id
    }
    t.same(pages, ['start', 'stop', 'stop', 'start'])
  })
})

t.test('order, resends and the end of patience', async t => {
  const world = await openWorld(t, { clock: true })
  const machine = await addMachine(world)
  const servers = [
    await addServer(world, machine.nodeId),
    await addServer(world, machine.nodeId, { name: 'another' })
  ]
  const expected: string[] = []
  for (let round = 0; round < 40; round++) {
    for (const serverId of servers) {
      const kind: CommandKind = round % 2 === 0 ? 'start' : 'stop'
      expected.push((await act(world, serverId, kind)).id)
    }
  }
  const agent = await connect(machine)
  const heard: string[] = []
  for (let count = 0; count < 64; count++) heard.push((await agent.hear('command')).id)
  t.same(heard, expected.slice(0, 64), 'in the order of the acts')
  t.equal(agent.heard('command').length, 0, 'no more than it has answered for')
  for (const id of heard) agent.say('command.ack', { id })
  for (let count = 64; count < 80; count++) heard.push((await agent.hear('command')).id)
  t.same(heard, expected)
  for (const id of heard.slice(64)) agent.say('command.ack', { id })
  for (const id of heard) await reaches(world, id, 'ACKED')

  const silent = await act(world, servers[0] ?? '', 'restart')
  await agent.hear('command')
  for (let resend = 1; resend <= 3; resend++) {
    await advance(world, 10_000)
    t.equal((await agent.hear('command')).id, silent.id, `sent again, ${resend}`)
  }
  await advance(world, 10_000)
  t.match(await agent.closed, { code: 4428 })
  t.equal((await commandRow(world, silent.id)).status, 'DISPATCHED', 'it may have been heard')

  const again = await connect(machine)
  const offered: string[] = []
  for (let count = 0; count < 64; count++) offered.push((await again.hear('command')).id)
  t.same(offered, expected.slice(0, 64), 'all that is open is offered again, in order')
})

t.test('a claim that was committed and never answered is sent all the same', async t => {
  const world = await openWorld(t)
  const machine = await addMachine(world)
  const serverId = await addServer(world, machine.nodeId)
  const agent = await connect(machine)
  const first = await act(world, serverId, 'start')
  await agent.hear('command')
  agent.say('command.ack', { id: first.id })
  await reaches(world, first.id, 'ACKED')
  const { epoch } = await commandRow(world, first.id)
  const [made] = await world.db.prisma.$transaction(tx =>
    world.link.outbox.enqueue(tx, [
      {
        ...{ nodeId: machine.nodeId, serverId, kind: 'stop', actorId: null, ttlMs: 60_000 },
        payload: { desired: 'STOPPED', generation: 9, restartSeq: 1, previousDesired: 'RUNNING' }
      }
    ])
  )
  const id = made?.id ?? ''
  // As the database has it when the connection breaks right after the commit.
  await world.db.pool.query(
    `UPDATE "Command" SET "status" = 'DISPATCHED', "epoch" = $2, "dispatchedAt" = now() - interval '10 s'
     WHERE "id" = $1`,
    [id, epoch]
  )
  await world.link.sweep()
  t.equal((await agent.hear('command')).id, id)
  await world.link.sweep()
  t.equal(agent.heard('command').length, 0, 'once: it is known now')
})

t.test('two hundred acts on one server: each is sent once and has one end', async t => {
  const world = await openWorld(t)
  const machine = await addMachine(world)
  const serverId = await addServer(world, machine.nodeId)
  const agent = await connect(machine)
  const ids: string[] = []
  for (let count = 0; count < 200; count++) {
    ids.push((await act(world, serverId, count % 2 ? 'stop' : 'start')).id)
  }
  const effects = new Map<string, number>()
  for (let count = 0; count < 200; count++) {
    const { id } = await agent.hear('command')
    effects.set(id, (effects.get(id) ?? 0) + 1)
    agent.say('command.ack', { id })
    agent.say('command.result', { id, outcome: succeeded })
  }
  t.same([...effects.keys()], ids)
  await reaches(world, ids.at(-1) ?? '', 'SUCCEEDED')
  const open = await world.db.prisma.command.count({ where: { status: { not: 'SUCCEEDED' } } })
  t.equal(open, 0)
})

t.test('what waits too long expires, and was never wanted', async t => {
  const world = await openWorld(t)
  const machine = await addMachine(world)
  const stopped = await addServer(world, machine.nodeId)
  const running = await addServer(world, machine.nodeId, {
    name: 'running',
    desiredState: 'RUNNING',
    restartSeq: 4
  })
  const patient = await addServer(world, machine.nodeId, { name: 'patient' })
  const fresh = await addServer(world, machine.nodeId, {
    name: 'fresh',
    installState: 'PENDING',
    status: 'INSTALLING'
  })
  const doomed = await addServer(world, machine.nodeId, { name: 'doomed' })
  const brief = { ttlMs: 1 }
  const expired = [
    await act(world, stopped, 'start', brief),
    await act(world, stopped, 'stop', brief),
    await act(world, running, 'restart', brief),
    await act(world, fresh, 'install', brief),
    await act(world, doomed, 'delete', brief)
  ]
  const edited = await act(world, patient, 'start', brief)
  const kept = await act(world, patient, 'restart', { ttlMs: 60_000 })
  const waiting = world.link.outbox.settled(expired[0]?.id ?? '', 10_000)
  await until('the time is over', async () => {
    const due = await world.db.prisma.$queryRaw<unknown[]>`SELECT 1 FROM "Command"
      WHERE "expiresAt" <= clock_timestamp()`
    return due.length === 6
  })
  await world.link.sweep()
  t.match(await waiting, { status: 'EXPIRED', errorCode: 'EXPIRED' })
  for (const { id } of [...expired, edited]) {
    t.equal((await commandRow(world, id)).status, 'EXPIRED')
  }
  t.match(await serverRow(world, stopped), { desiredState: 'STOPPED', restartSeq: 0 })
  t.match(await serverRow(world, running), { desiredState: 'RUNNING', restartSeq: 4 })
  t.match(await serverRow(world, fresh), { status: 'INSTALL_FAILED', installState: 'FAILED' })
  t.match(await serverRow(world, doomed), { desiredState: 'STOPPED', deletedAt: null })
  t.match(await commandRow(world, kept.id), {
    status: 'QUEUED',
    payload: { previousDesired: 'STOPPED', previousRestartSeq: 0 }
  })

  await t.test('the node hears nothing of them', async t => {
    await world.link.outbox.cancel(kept.id)
    t.match(await serverRow(world, patient), { desiredState: 'STOPPED', restartSeq: 0 })
    const late = await act(world, stopped, 'start', { ttlMs: 1, quietly: true })
    await until('the time is over', async () => {
      const row = await commandRow(world, late.id)
      return (row.expiresAt?.getTime() ?? 0) < Date.now() - 5
    })
    // Not yet swept: the session itself has to see to it.
    const agent = await raw(world, machine)
    const { servers } = await agent.hear('wanted')
    const wanted = new Map(servers.map(one => [one.serverId, [one.desired, one.restartSeq]]))
    t.same(wanted.get(stopped), ['STOPPED', 0])
    t.same(wanted.get(running), ['RUNNING', 4])
    t.same(wanted.get(patient), ['STOPPED', 0])
    t.equal((await commandRow(world, late.id)).status, 'EXPIRED')
    const live = await act(world, stopped, 'start')
    t.equal((await agent.hear('command')).id, live.id, 'the first command that it ever hears')
  })

  await t.test(
    'however many wait for nodes that are away, none of one that is here is missed',
    async t => {
      const away = await addMachine(world, 'away')
      const agent = await connect(machine)
      const payload = { desired: 'RUNNING', generation: 1, restartSeq: 1 }
      const old = { status: 'DISPATCHED' as const, dispatchedAt: new Date(Date.now() - 60_000) }
      await world.db.prisma.command.createMany({
        data: Array.from({ length: 1_100 }, () => ({
          ...{ nodeId: away.nodeId, serverId: stopped, lane: 'power', kind: 'start', payload },
          ...{ ...old, payloadHash: 'x', ttlMs: 60_000, epoch: 1 }
        }))
      })
      const stray = await act(world, stopped, 'stop', { quietly: true })
      const where = { id: stray.id }
      await world.db.prisma.command.update({ where, data: { ...old, epoch: agent.epoch } })
      for (let sweep = 0; sweep < 3; sweep++) await world.link.sweep()
      t.equal((await agent.hear('command', one => one.id === stray.id)).id, stray.id)
    }
  )

  await t.test('acts of a node that no longer exists end too', async t => {
    const gone = await addMachine(world, 'gone')
    const serverId = await addServer(world, gone.nodeId, { name: 'left' })
    const agent = await connect(gone)
    const command = await act(world, serverId, 'start')
    await agent.hear('command')
    await world.db.prisma.node.delete({ where: { id: gone.nodeId } })
    await world.link.sweep()
    t.match(await commandRow(world, command.id), { status: 'UNKNOWN', errorCode: 'NODE_LOST' })
  })
})

t.test('cancelling, in each state', async t => {
  const world = await openWorld(t)
  const { outbox } = world.link
  const machine = await addMachine(world)
  const serverId = await addServer(world, machine.nodeId)
  t.equal(await outbox.cancel(serverId), undefined, 'there is no such command')

  const queued = await act(world, serverId, 'start')
  t.equal((await outbox.cancel(queued.id))?.status, 'CANCELLED')
  t.match(await serverRow(world, serverId), { desiredState: 'STOPPED', restartSeq: 0 })
  t.equal((await outbox.cancel(queued.id))?.status, 'CANCELLED', 'once more')

  const agent = await connect(machine)
  const sent = await act(world, serverId, 'start')
  await agent.hear('command')
  t.equal((await outbox.cancel(sent.id))?.status, 'DISPATCHED', 'now the agent decides')
  t.match(await agent.hear('command.cancel'), { id: sent.id, epoch: agent.epoch })
  agent.say('command.ack', { id: sent.id })
  agent.say('command.result', { id: sent.id, outcome: { status: 'CANCELLED' } })
  await agent.hear('command.confirm')
  t.match(await serverRow(world, serverId), { desiredState: 'STOPPED', restartSeq: 0 })
  t.match(await agent.hear('wanted'), {
    full: false,
    servers: [{ serverId, desired: 'STOPPED', restartSeq: 0 }]
  })

  const begun = await act(world, serverId, 'start')
  await agent.hear('command', one => one.id === begun.id)
  agent.say('command.progress', { id: begun.id, progress: { phase: 'STARTING' } })
  await reaches(world, begun.id, 'RUNNING')
  await outbox.cancel(begun.id)
  agent.cut()
  await until('it is gone', () => !world.link.agents.isOnline(machine.nodeId))
  const again = await connect(machine, { commands: [{ id: begun.id, state: 'STARTED' }] })
  await again.hear('command', one => one.id === begun.id)
  await again.hear('command.cancel', one => one.id === begun.id)
  again.say('command.result', { id: begun.id, outcome: succeeded })
  t.match(await outbox.settled(begun.id, 10_000), { status: 'SUCCEEDED' }, 'it was too late')
  t.equal((await outbox.cancel(begun.id))?.status, 'SUCCEEDED')
})

t.test('what failed without having begun was never wanted', async t => {
  const world = await openWorld(t)
  const machine = await addMachine(world)
  const running = { desiredState: 'RUNNING', restartSeq: 4 } as const
  const serverId = await addServer(world, machine.nodeId, running)
  const agent = await connect(machine)
  const tooLate = (neverBegan: boolean) => ({
    ...{ status: 'FAILED', errorCode: 'TOO_LATE', message: 'Other work kept the node.' },
    ...(neverBegan && { result: { neverBegan } })
  })

  async function fails(command: CommandView, neverBegan: boolean): Promise<void> {
    agent.say('command.ack', { id: command.id })
    agent.say('command.result', { id: command.id, outcome: tooLate(neverBegan) } as never)
    await agent.hear('command.confirm', ({ ids }) => ids.includes(command.id))
    t.match(await commandRow(world, command.id), { status: 'FAILED', errorCode: 'TOO_LATE' })
  }

  const restart = await act(world, serverId, 'restart')
  await agent.hear('command')
  await fails(restart, true)
  t.match(await serverRow(world, serverId), { ...running, generation: 3 })
  t.match(await agent.hear('wanted'), {
    full: false,
    servers: [{ serverId, desired: 'RUNNING', restartSeq: 4 }]
  })

  const stop = await act(world, serverId, 'stop')
  const later = await act(world, serverId, 'start')
  await agent.hear('command', one => one.id === later.id)
  await fails(stop, true)
  t.match(await serverRow(world, serverId), { desiredState: 'RUNNING', restartSeq: 5 })
  await fails(later, true)
  t.match(await serverRow(world, serverId), running, 'both were undone, the first one first')

  const earlier = await act(world, serverId, 'restart')
  const last = await act(world, serverId, 'stop')
  await agent.hear('command', one => one.id === last.id)
  await fails(last, true)
  t.match(await serverRow(world, serverId), { desiredState: 'RUNNING', restartSeq: 5 })
  await fails(earlier, true)
  t.match(await serverRow(world, serverId), running, 'and the last one first')

  await fails(await act(world, serverId, 'restart'), false)
  t.match(
    await serverRow(world, serverId),
    { desiredState: 'RUNNING', restartSeq: 5 },
    'what had begun stays wanted'
  )
})

t.test('what was sent outlives panel and agent', async t => {
  const world = await openWorld(t)
  const machine = await addMachine(world)
  const serverId = await addServer(world, machine.nodeId)
  const installing = await addServer(world, machine.nodeId, {
    ...{ name: 'new', installState: 'PENDING', status: 'INSTALLING' }
  })
  const agent = await connect(machine)
  const start = await act(world, serverId, 'start')
  const install = await act(world, installing, 'install')
  await agent.hear('command')
  await agent.hear('command')
  agent.say('command.ack', { id: install.id })
  agent.say('command.progress', { id: install.id, progress: { phase: 'INSTALLING' } })
  await reaches(world, install.id, 'RUNNING')

  const next = await restartPanel(t, world)
  const queued = await act(next, serverId, 'restart')
  machine.url = next.url
  const done = { id: install.id, state: 'DONE', outcome: succeeded } as const
  const again = await connect(machine, { commands: [done], servers: [report(installing, stopped)] })
  t.same(await again.hear('command.confirm'), { ids: [install.id] })
  t.equal((await again.hear('command')).id, start.id, 'offered again')
  t.equal((await again.hear('command')).id, queued.id)
  t.match(await commandRow(next, install.id), { status: 'SUCCEEDED' })
  await next.link.flush()
  t.match(await serverRow(next, installing), { status: 'STOPPED', installState: 'DONE' })

  again.say('command.result', {
    id: start.id,
    outcome: { status: 'FAILED', errorCode: 'SUPERSEDED' }
  })
  again.say('command.result', { id: queued.id, outcome: succeeded })
  t.match(await next.link.outbox.settled(queued.id, 10_000), { status: 'SUCCEEDED' })
  t.match(await commandRow(next, start.id), { status: 'FAILED', errorCode: 'SUPERSEDED' })

  await t.test('a lost journal leaves once-only acts UNKNOWN and repeats the others', async t => {
    const reinstall = await act(next, installing, 'reinstall')
    const stop = await act(next, serverId, 'stop')
    for (const one of [reinstall, stop]) await again.hear('command', sent => sent.id === one.id)
    again.cut()
    await until('it is gone', () => !next.link.agents.isOnline(machine.nodeId))
    const lost = await connect(machine, { journalLost: true })
    t.equal((await lost.hear('command')).id, stop.id)
    t.equal(lost.heard('command').length, 0)
    t.match(await commandRow(next, reinstall.id), { status: 'UNKNOWN', errorCode: 'JOURNAL_LOST' })
    t.match(await serverRow(next, installing), { installState: 'FAILED', status: 'INSTALL_FAILED' })
    const node = await next.db.prisma.node.findUniqueOrThrow({ where: { id: machine.nodeId } })
    t.ok(node.journalLost)
    lost.say('command.result', { id: reinstall.id, outcome: succeeded })
    await lost.hear('command.confirm')
    t.equal((await commandRow(next, reinstall.id)).status, 'UNKNOWN', 'an end is an end')
    lost.cut()
  })

  await t.test('a database from yesterday learns what it had forgotten', async t => {
    const forgotten = await act(next, serverId, 'start')
    const entry = { id: forgotten.id, state: 'DONE', outcome: succeeded } as const
    const session = await connect(machine, { commands: [entry] })
    await session.hear('command.confirm', body => body.ids.includes(forgotten.id))
    t.equal((await commandRow(next, forgotten.id)).status, 'SUCCEEDED')
    session.cut()
  })

  await t.test('a node that is given up for lost', async t => {
    await until('it is gone', () => !next.link.agents.isOnline(machine.nodeId))
    const session = await connect(machine)
    const sent = await act(next, serverId, 'start')
    await session.hear('command', one => one.id === sent.id)
    session.cut()
    await until('it is gone', () => !next.link.agents.isOnline(machine.nodeId))
    const waiting = await act(next, serverId, 'stop')
    const stop = await commandRow(next, waiting.id)
    t.equal(stop.status, 'QUEUED')
    const open = await next.db.prisma.command.count({
      where: { status: { in: ['QUEUED', 'DISPATCHED', 'ACKED', 'RUNNING'] } }
    })
    t.equal(await next.link.outbox.abandon(machine.nodeId), open)
    t.match(await commandRow(next, sent.id), { status: 'UNKNOWN', errorCode: 'NODE_LOST' })
    t.equal((await commandRow(next, waiting.id)).status, 'CANCELLED')
    t.equal((await serverRow(next, serverId)).desiredState, 'RUNNING')
    const back = await connect(machine, {
      commands: [{ id: sent.id, state: 'DONE', outcome: succeeded }]
    })
    await back.hear('command.confirm')
    t.equal((await commandRow(next, sent.id)).status, 'UNKNOWN')
  })
})

t.test('a deletion that is done leaves nothing, and what cannot be sent fails', async t => {
  const world = await openWorld(t)
  const machine = await addMachine(world)
  const serverId = await addServer(world, machine.nodeId)
  const agent = await connect(machine)
  const deletion = await act(world, serverId, 'delete')
  t.match(await agent.hear('command'), { payload: { wanted: { desired: 'ABSENT' } } })
  agent.say('command.result', { id: deletion.id, outcome: succeeded })
  await agent.hear('command.confirm')
  t.equal(await world.db.prisma.server.count({ where: { id: serverId } }), 0)
  t.match(
    world.published.find(event => event.type === 'server.deleted'),
    { serverId, ownerId: String }
  )
  agent.say('report', { servers: [report(serverId, { state: 'ABSENT' })] })

  agent.cut()
  const other = await addServer(world, machine.nodeId, { name: 'other' })
  const start = await act(world, other, 'start', { quietly: true })
  await world.db.prisma.server.delete({ where: { id: other } })
  const unasked = await addServer(world, machine.nodeId)
  const strange = await act(world, unasked, 'start', { quietly: true })
  await world.db.prisma.command.update({ where: { id: strange.id }, data: { kind: 'dance' } })
  const back = await connect(machine)
  t.match(await world.link.outbox.settled(start.id, 10_000), {
    status: 'FAILED',
    errorCode: 'SERVER_GONE'
  })
  t.match(await world.link.outbox.settled(strange.id, 10_000), {
    status: 'FAILED',
    errorCode: 'UNKNOWN_KIND'
  })
  t.match(await serverRow(world, unasked), { desiredState: 'STOPPED', restartSeq: 0 })
  t.ok(back.socket.readyState === back.socket.OPEN)
})

t.test('what cannot be sent, at a moment when not even that can be written', async t => {
  const world = await openWorld(t)
  const machine = await addMachine(world)
  const serverId = await addServer(world, machine.nodeId)
  const agent = await connect(machine)
  await world.db.pool.query(`CREATE SEQUENCE "_Refusals";
    CREATE FUNCTION refuse_ends() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      PERFORM nextval('"_Refusals"'); RAISE EXCEPTION 'no room'; END $$;
    CREATE TRIGGER refuse_ends BEFORE UPDATE ON "Command" FOR EACH ROW
      WHEN (NEW."status" IN ('FAILED', 'UNKNOWN')) EXECUTE FUNCTION refuse_ends()`)
  const strange = await act(world, serverId, 'start', { quietly: true })
  const kind = 'dance'
  await world.db.prisma.command.update({ where: { id: strange.id }, data: { kind } })
  world.link.outbox.wake(machine.nodeId)
  await until('its end was refused', async () => {
    const { rows } = await world.db.pool.query('SELECT is_called AS yes FROM "_Refusals"')
    return rows[0]?.yes
  })
  t.equal((await commandRow(world, strange.id)).status, 'DISPATCHED')

  await world.db.pool.query(`DROP TRIGGER refuse_ends ON "Command";
    UPDATE "Command" SET "dispatchedAt" = now() - interval '10 s'`)
  await world.link.sweep()
  t.match(await world.link.outbox.settled(strange.id, 10_000), {
    ...{ status: 'FAILED', errorCode: 'UNKNOWN_KIND', result: { neverBegan: true } }
  })
  t.match(await serverRow(world, serverId), { desiredState: 'STOPPED', restartSeq: 0 })
  const next = await act(world, serverId, 'start')
  t.equal((await agent.hear('command')).id, next.id, 'it stands in nobody’s way')
})

t.test('changes of what is wanted reach the node', async t => {
  const world = await openWorld(t)
  const machine = await addMachine(world)
  const serverId = await addServer(world, machine.nodeId)
  const agent = await connect(machine)
  await world.db.prisma.server.update({
    where: { id: serverId },
    data: { memoryMiB: 777, generation: { increment: 1 } }
  })
  await world.link.agents.pushWanted(machine.nodeId, serverId)
  t.match(await agent.hear('wanted'), {
    full: false,
    servers: [{ serverId, generation: 2, spec: { limits: { memoryMiB: 777 } } }]
  })
  await t.test('and a large fleet of servers comes in parts', async t => {
    agent.cut()
    const alt = await world.db.prisma.alt.findFirstOrThrow()
    const owner = await world.db.prisma.user.findFirstOrThrow()
    await world.db.prisma.server.createMany({
      data: Array.from({ length: 600 }, (_, index) => ({
        name: `server ${index}`,
        altId: alt.id,
        ownerId: owner.id,
        nodeId: machine.nodeId,
        dockerImage: 'x'.repeat(400),
        startup: 'game',
        memoryMiB: 512,
        cpuPercent: 100,
        diskMiB: 1_024
      }))
    })
    const session = await raw(world, machine)
    const seen = new Set<string>()
    for (let parts = 1; ; parts++) {
      const part = await session.hear('wanted')
      t.ok(part.full)
      for (const one of part.servers) seen.add(one.serverId)
      if (!part.last) continue
      t.ok(parts > 1)
      break
    }
    t.equal(seen.size, 601)
  })
})

t.test('a line that is typed is a call', async t => {
  const world = await openWorld(t, { clock: true })
  const { agents } = world.link
  const machine = await addMachine(world)
  const { nodeId } = machine
  const serverId = await addServer(world, nodeId)
  await t.rejects(agents.sendInput({ nodeId, serverId }, 'hi'), { code: 'NODE_OFFLINE' })
  const agent = await connect(machine)
  // What is pushed waits until the session is ready.
  await agents.pushWanted(nodeId, serverId)

  const say = (line: string) => agents.sendInput({ nodeId, serverId }, line)
  const typed = say('hello')
  const call = await hearCall(agent)
  t.match(call.body, { method: 'console.input', params: { serverId, line: 'hello' } })
  agent.say('reply', { to: call.id, ok: true, result: {} })
  await typed

  const refused = say('no')
  const message = 'The game does not run'
  agent.say('reply', { to: (await hearCall(agent)).id, ok: false, code: 'BUSY', message })
  await t.rejects(refused, { code: 'AGENT_REFUSED', message: /does not run/ })

  const silent = say('late')
  const { id } = await hearCall(agent)
  const late = t.rejects(silent, { code: 'OUTCOME_UNKNOWN' })
  await advance(world, 10_000)
  await late
  agent.say('reply', { to: id, ok: true, result: {} })

  const cut = t.rejects(say('cut'), { code: 'OUTCOME_UNKNOWN' })
  await hearCall(agent)
  agent.cut()
  await cut
  await t.rejects(say('gone'), { code: 'NODE_OFFLINE' })
})

const stopped = { state: 'STOPPED', startedAt: null } as const

async function reaches(world: World, id: string, status: CommandView['status']): Promise<void> {
  await until(`the command is ${status}`, async () => {
    return (await commandRow(world, id)).status === status
  })
}

/** A session whose `wanted` was not yet taken. */
async function raw(world: World, machine: Parameters<typeof connect>[0]): Promise<FakeSession> {
  const { authenticate, helloBody } = await import('./fake-agent.ts')
  const session = await authenticate({ ...machine, url: world.url })
  machine.lastEpoch = session.epoch
  session.say('hello', helloBody())
  session.say('snapshot', { servers: [], commands: [], orphans: [], last: true })
  return session
}

async function hearCall(agent: FakeSession) {
  return agent.hearMessage('call')
}
