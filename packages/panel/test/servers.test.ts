import t, { type Test } from 'tap'
import { openSocket } from './access-world.ts'
import { addGameNode, type GameAgent } from './game-agent.ts'
import {
  addUser,
  buildPanel,
  type Json,
  login,
  type Person,
  type TestPanel,
  until
} from './helper.ts'
import { testVault } from './test-vault.ts'

const SERVERS = '/api/v1/servers'
const NOBODY = '0190aaaa-0000-7000-8000-000000000000'
const WAIT = { prefer: 'wait=20' }

interface Fleet {
  panel: TestPanel
  admin: Person
  agent: GameAgent
  altId: string
}

/** A panel with one node whose agent is connected, and a template. */
async function startFleet(t: Test): Promise<Fleet> {
  const panel = await buildPanel(t)
  const admin = await login(panel)
  const agent = await addGameNode(panel, admin, 'alpha')
  return { panel, admin, agent, altId: await addAlt(admin) }
}

async function addAlt(admin: Person, rest: object = {}): Promise<string> {
  const name = `Game ${Math.random()}`
  const ctrl = await admin.request('POST', '/api/v1/ctrls', { name })
  const alt = await admin.request('POST', '/api/v1/alts', {
    ctrlId: ctrl.body.id,
    name,
    dockerImage: 'registry.example/game:1',
    dockerImages: { newest: 'registry.example/game:2' },
    startup: '/game -p {{SERVER_PORT}} "name {{NAME}}"',
    config: { done: ['ready'], stop: { type: 'command', value: 'quit', graceSeconds: 5 } },
    install: { image: 'registry.example/installer:1', script: 'echo hello' },
    variables: [
      { name: 'Name', envVariable: 'NAME', defaultValue: 'A world', rules: 'required|max:32' },
      { name: 'Slots', envVariable: 'SLOTS', defaultValue: '8', rules: 'integer|between:1,64' },
      { name: 'Fixed', envVariable: 'FIXED', defaultValue: 'x', userEditable: false },
      { name: 'Secret', envVariable: 'RCON', defaultValue: 'pw', userViewable: false }
    ],
    ...rest
  })
  if (alt.status !== 201) throw new Error(JSON.stringify(alt.body))
  return alt.body.id
}

const serverBody = (altId: string, rest: object = {}) => ({
  name: 'World',
  altId,
  memoryMiB: 512,
  cpuPercent: 100,
  diskMiB: 1_024,
  ...rest
})

async function addServer({ admin, altId }: Fleet, rest: object = {}): Promise<Json> {
  const answer = await admin.request('POST', SERVERS, serverBody(altId, rest), WAIT)
  if (answer.status !== 201 || answer.body.command.status !== 'SUCCEEDED') {
    throw new Error(JSON.stringify(answer.body))
  }
  return answer.body.server
}

const power = (person: Person, id: string, action: string, rest: object = {}, headers = WAIT) =>
  person.request('POST', `${SERVERS}/${id}/power`, { action, ...rest }, headers)

async function statusOf({ admin }: Pick<Fleet, 'admin'>, id: string, status: string) {
  await until(`it is ${status}`, async () => {
    return (await admin.request('GET', `${SERVERS}/${id}`)).body.status === status
  })
}

t.test('a server is made, installed, started, restarted, stopped and deleted', async t => {
  const fleet = await startFleet(t)
  const { panel, admin, agent, altId } = fleet
  const made = await admin.request(
    'POST',
    SERVERS,
    serverBody(altId, { environment: { NAME: 'Über $(world)' }, ports: [{ port: 27_015 }] }),
    WAIT
  )
  t.equal(made.status, 201)
  const { server, command } = made.body
  t.match(command, { kind: 'install', status: 'SUCCEEDED', nodeId: agent.nodeId })
  t.equal(made.headers.get('location'), `/api/v1/commands/${command.id}`)
  t.match(server, {
    name: 'World',
    desiredState: 'STOPPED',
    installState: 'DONE',
    port: 27_015,
    node: { id: agent.nodeId, name: 'alpha', status: 'ONLINE' },
    alt: { id: altId },
    owner: { username: 'admin' },
    limits: { memoryMiB: 512, swapMiB: 0, cpuPercent: 100, diskMiB: 1_024, pidsLimit: 512 },
    dockerImage: 'registry.example/game:1',
    environment: { NAME: 'Über $(world)', SLOTS: '8', FIXED: 'x', RCON: 'pw' },
    allocations: [{ ip: '0.0.0.0', port: 27_015, protocol: 'both', isPrimary: true }]
  })
  const installed = agent.told[0]
  t.match(installed, {
    kind: 'install',
    wipe: false,
    script: { image: 'registry.example/installer:1', entrypoint: 'bash', script: 'echo hello' },
    wanted: { desired: 'STOPPED', generation: 1, restartSeq: 0, installed: false }
  })
  t.same(installed?.wanted.spec, {
    image: 'registry.example/game:1',
    argv: ['/game', '-p', '27015', 'name Über $(world)'],
    environment: {
      ...{ NAME: 'Über $(world)', SLOTS: '8', FIXED: 'x', RCON: 'pw' },
      ...{ SERVER_IP: '0.0.0.0', SERVER_PORT: '27015', SERVER_MEMORY: '512' },
      P_SERVER_UUID: server.id,
      TZ: Intl.DateTimeFormat().resolvedOptions().timeZone
    },
    tty: false,
    readOnlyRoot: false,
    limits: { memoryMiB: 512, swapMiB: 0, cpuPercent: 100, diskMiB: 1_024, pids: 512 },
    ports: [
      { ip: '0.0.0.0', port: 27_015, protocol: 'tcp' },
      { ip: '0.0.0.0', port: 27_015, protocol: 'udp' }
    ],
    ready: ['ready'],
    stop: { type: 'command', value: 'quit', graceSeconds: 5 }
  })
  await statusOf(fleet, server.id, 'STOPPED')

  const started = await power(admin, server.id, 'start')
  t.match(started, { status: 200, body: { command: { kind: 'start', status: 'SUCCEEDED' } } })
  t.match(agent.told.at(-1), { wanted: { desired: 'RUNNING', restartSeq: 1, installed: true } })
  await statusOf(fleet, server.id, 'RUNNING')
  const seen = (await admin.request('GET', `${SERVERS}/${server.id}`)).body
  t.match(seen, { desiredState: 'RUNNING', dockerContainerId: /^a{64}$/ })
  t.equal(Date.parse(seen.startedAt), Date.parse('2026-03-01T10:00:00.123Z'))

  t.match((await power(admin, server.id, 'start')).body.command, { status: 'SUCCEEDED' })
  t.match(agent.told.at(-1), { wanted: { restartSeq: 1 } }, 'what runs is not started again')
  t.match((await power(admin, server.id, 'restart')).body.command, { status: 'SUCCEEDED' })
  t.match(agent.told.at(-1), { kind: 'restart', wanted: { restartSeq: 2 } })
  t.match((await power(admin, server.id, 'stop')).body.command, { status: 'SUCCEEDED' })
  await statusOf(fleet, server.id, 'STOPPED')
  t.match((await power(admin, server.id, 'kill')).body.command, { status: 'SUCCEEDED' })
  const generations = agent.told.map(told => told.wanted.generation)
  t.same(generations, [1, 2, 3, 4, 5, 6], 'each act has its own')

  const history = (await admin.request('GET', `${SERVERS}/${server.id}/commands?limit=4`)).body
  t.same(
    history.data.map((row: Json) => row.kind),
    ['kill', 'stop', 'restart', 'start']
  )
  const rest = `${SERVERS}/${server.id}/commands?limit=4&cursor=${history.nextCursor}`
  t.same(
    (await admin.request('GET', rest)).body.data.map((row: Json) => row.kind),
    ['start', 'install']
  )

  const gone = await admin.request('DELETE', `${SERVERS}/${server.id}`, undefined, WAIT)
  t.match(gone, { status: 200, body: { command: { kind: 'delete', status: 'SUCCEEDED' } } })
  t.match(agent.told.at(-1), { kind: 'delete', wanted: { desired: 'ABSENT' } })
  t.equal((await admin.request('GET', `${SERVERS}/${server.id}`)).status, 404)
  t.match(
    await admin.request('GET', `/api/v1/commands/${gone.body.command.id}`),
    { status: 200, body: { status: 'SUCCEEDED' } },
    'its end can still be read'
  )
  t.match(await panel.db.prisma.allocation.findMany(), [{ serverId: null, isPrimary: false }])
  const audit = await panel.db.prisma.auditLog.findMany({
    where: { targetId: server.id },
    orderBy: { id: 'asc' }
  })
  t.same(
    audit.map(row => row.action),
    [
      ...['server.created', 'server.start', 'server.start', 'server.restart'],
      ...['server.stop', 'server.kill', 'server.delete']
    ]
  )
  t.match(audit[0], { actorType: 'USER', actorName: 'admin', ip: '127.0.0.1' })
  t.notMatch(JSON.stringify(audit), /Über/, 'values may be passwords')
})

t.test('a server that is to start at once does, and one whose install fails does not', async t => {
  const fleet = await startFleet(t)
  const { admin, agent, altId } = fleet
  const made = await admin.request('POST', SERVERS, serverBody(altId, { start: true }), WAIT)
  await statusOf(fleet, made.body.server.id, 'RUNNING')
  t.same(
    agent.told.map(({ kind, wanted }) => [kind, wanted.desired, wanted.restartSeq]),
    [
      ['install', 'STOPPED', 0],
      ['start', 'RUNNING', 1]
    ]
  )

  agent.outcomes.set('install', {
    status: 'FAILED',
    errorCode: 'PULL_FAILED',
    message: 'There is no image game:1'
  })
  const failed = await admin.request('POST', SERVERS, serverBody(altId, { start: true }), WAIT)
  t.match(failed.body.command, {
    status: 'FAILED',
    errorCode: 'PULL_FAILED',
    errorMessage: 'There is no image game:1'
  })
  const { id } = failed.body.server
  t.match((await admin.request('GET', `${SERVERS}/${id}`)).body, {
    status: 'INSTALL_FAILED',
    installState: 'FAILED',
    statusReason: 'There is no image game:1',
    desiredState: 'STOPPED'
  })
  t.match(await power(admin, id, 'start'), { status: 409, body: { code: 'SERVER_NOT_INSTALLED' } })

  agent.outcomes.clear()
  const path = `${SERVERS}/${id}/reinstall`
  t.match(await admin.request('POST', path, { wipe: true }, WAIT), {
    status: 200,
    body: { command: { kind: 'reinstall', status: 'SUCCEEDED' } }
  })
  t.match(agent.told.at(-1), { kind: 'reinstall', wipe: true, wanted: { installed: false } })
  await statusOf(fleet, id, 'STOPPED')
  t.match((await power(admin, id, 'start')).body.command, { status: 'SUCCEEDED' })
  await statusOf(fleet, id, 'RUNNING')

  agent.hold.add('reinstall')
  const again = await admin.request('POST', path, {})
  t.match(again, { status: 202, body: { command: { status: /QUEUED|DISPATCHED/ } } })
  for (const [busy, what] of [
    [await power(admin, id, 'start'), 'power'],
    [await admin.request('POST', path, {}), 'a further install']
  ] as const) {
    t.match(busy, { status: 409, body: { code: 'SERVER_BUSY', message: /installed/ } }, what)
  }
  await until('it has begun', () => agent.told.at(-1)?.kind === 'reinstall')
  t.match(agent.told.at(-1), { wanted: { desired: 'STOPPED', installed: true } })
  agent.go()
  await statusOf(fleet, id, 'STOPPED')
})

t.test('of acts of one moment each gets its own answer, and none waits for another', async t => {
  const fleet = await startFleet(t)
  const { panel, admin, agent } = fleet
  const made = await Promise.all(
    ['free', 'held', 'gone', 'known'].map(name => addServer(fleet, { name }))
  )
  const [free, held, gone, known] = made.map(server => server.id as string) as [
    ...[string, string, string, string]
  ]
  agent.outcomes.set('install', { status: 'FAILED', errorCode: 'PULL_FAILED', message: 'None' })
  const body = serverBody(fleet.altId, { name: 'failed' })
  const failed = (await admin.request('POST', SERVERS, body, WAIT)).body.server.id
  const key = { ...WAIT, 'idempotency-key': 'used' }
  t.match((await power(admin, known, 'stop', {}, key)).body.command, { status: 'SUCCEEDED' })
  await panel.db.prisma.idempotencyKey.deleteMany()
  await admin.request('DELETE', `${SERVERS}/${gone}`, undefined, WAIT)
  const [commands, audited] = [
    await panel.db.prisma.command.count(),
    await panel.db.prisma.auditLog.count({ where: { action: 'server.start' } })
  ]

  const holder = await panel.db.pool.connect()
  t.teardown(() => holder.release())
  await holder.query('BEGIN')
  await holder.query('SELECT 1 FROM "Server" WHERE id = $1 FOR UPDATE', [held])
  const waiting = power(admin, held, 'start')
  const [started, unknown, broken, repeated] = await Promise.all([
    power(admin, free, 'start'),
    power(admin, gone, 'start'),
    power(admin, failed, 'start'),
    power(admin, known, 'start', {}, key)
  ])
  t.match(started.body.command, { status: 'SUCCEEDED', serverId: free })
  t.match(unknown, { status: 404, body: { code: 'SERVER_NOT_FOUND' } })
  t.match(broken, { status: 409, body: { code: 'SERVER_NOT_INSTALLED' } })
  t.match(repeated, { status: 422, body: { code: 'IDEMPOTENCY_KEY_REUSED' } })
  await holder.query('COMMIT')
  t.match((await waiting).body.command, { status: 'SUCCEEDED', serverId: held })

  const { prisma } = panel.db
  t.equal(await prisma.command.count(), commands + 2)
  t.equal(await prisma.auditLog.count({ where: { action: 'server.start' } }), audited + 2)
  for (const [id, desiredState] of [
    [free, 'RUNNING'],
    [held, 'RUNNING'],
    [failed, 'STOPPED'],
    [known, 'STOPPED']
  ] as const) {
    t.match(await prisma.server.findUnique({ where: { id } }), { desiredState })
  }

  const twice = await Promise.all(
    ['stop', 'start', 'stop'].map(action => power(admin, free, action))
  )
  for (const { body } of twice) t.match(body.command, { status: 'SUCCEEDED' })
  const { generation } = (await prisma.server.findUnique({ where: { id: free } })) ?? {}
  t.equal(generation, 5, 'acts on one server come one after the other')
})

t.test(
  'sixty 40: a suspended server goes down, is only looked at, and no job lifts that',
  async t => {
    const fleet = await startFleet(t)
    const { panel, admin, agent } = fleet
    const owner = await addUser(panel, { username: 'olga', roleName: 'USER' })
    const { id } = await addServer(fleet, { ownerId: owner.id })
    const olga = await login(panel, 'olga')
    t.match((await power(olga, id, 'start')).body.command, { status: 'SUCCEEDED' })
    t.match(await olga.request('PATCH', `${SERVERS}/${id}`, { suspended: true }), {
      status: 403,
      body: { code: 'FORBIDDEN' }
    })

    const path = `${SERVERS}/${id}`
    agent.hold.add('reinstall')
    const job = await admin.request('POST', `${path}/reinstall`, {})
    t.equal(job.status, 202)
    await until('it has begun', () => agent.told.at(-1)?.kind === 'reinstall')
    t.match(await admin.request('PATCH', path, { suspended: true }), {
      status: 200,
      body: { suspendedAt: String, desiredState: 'STOPPED' }
    })
    agent.go()
    await statusOf(fleet, id, 'STOPPED')
    t.match((await admin.request('GET', path)).body, { suspendedAt: String, installState: 'DONE' })
    t.match(await olga.request('GET', path), { status: 200, body: { suspendedAt: String } })
    t.equal((await olga.request('GET', `${path}/logs`)).status, 200)
    const suspended = { status: 409, body: { code: 'SERVER_SUSPENDED' } }
    for (const [method, where, body] of [
      ['POST', `${path}/power`, { action: 'start' }],
      ['POST', `${path}/console`, { command: 'x' }],
      ['POST', `${path}/reinstall`, {}],
      ['PATCH', path, { name: 'Mine' }],
      ['PATCH', path, { suspended: false }]
    ] as const) {
      t.match(await olga.request(method, where, body), suspended, `${method} ${where}`)
    }

    t.match((await admin.request('PATCH', path, { suspended: false })).body, {
      suspendedAt: null,
      desiredState: 'STOPPED'
    })
    t.match((await power(olga, id, 'start')).body.command, { status: 'SUCCEEDED' })
    await statusOf(fleet, id, 'RUNNING')
    await admin.request('PATCH', path, { suspended: true })
    const { generation } = (await panel.db.prisma.server.findUnique({ where: { id } })) ?? {}
    await until('its node hears that it is to stop', () => {
      const wanted = agent.pushed.get(id)
      return wanted?.desired === 'STOPPED' && wanted.generation === generation
    })
    const entries = await panel.db.prisma.auditLog.findMany({
      where: { action: 'server.updated', targetId: id },
      orderBy: { createdAt: 'asc' }
    })
    t.match(entries, [
      { before: { suspended: false }, after: { suspended: true } },
      { before: { suspended: true }, after: { suspended: false } },
      { before: { suspended: false }, after: { suspended: true } }
    ])

    await admin.request('PATCH', path, { suspended: false })
    t.match((await power(olga, id, 'start')).body.command, { status: 'SUCCEEDED' })
    agent.session.cut()
    await until('its node is away', () => !panel.link.agents.isOnline(agent.nodeId))
    const stop = await olga.request('POST', `${path}/power`, { action: 'stop', queue: true })
    await admin.request('PATCH', path, { suspended: true })
    t.match(await panel.link.outbox.cancel(stop.body.command.id), { status: 'CANCELLED' })
    const lifted = await admin.request('PATCH', path, { suspended: false })
    t.match(lifted.body, { desiredState: 'STOPPED' }, 'a stop that never was does not start it')

    const queued = (action: string) =>
      olga.request('POST', `${path}/power`, { action, queue: true })
    await queued('start')
    const late = await queued('stop')
    await admin.request('PATCH', path, { suspended: true })
    await admin.request('PATCH', path, { suspended: false })
    t.match(await panel.link.outbox.cancel(late.body.command.id), { status: 'CANCELLED' })
    const after = await olga.request('GET', path)
    t.match(after.body, { desiredState: 'STOPPED' }, 'nor once the suspension is lifted')
  }
)

t.test('sixty 43: fifty creations at once do not pass what a person may own', async t => {
  const fleet = await startFleet(t)
  const { panel, admin, agent, altId } = fleet
  const { id: ownerId } = await addUser(panel, { username: 'olga', roleName: 'USER' })
  await panel.db.prisma.user.update({ where: { id: ownerId }, data: { serverLimit: 3 } })
  const given = await addServer(fleet)
  const answers = await Promise.all(
    Array.from({ length: 50 }, () =>
      admin.request('POST', SERVERS, serverBody(altId, { ownerId, nodeId: agent.nodeId }))
    )
  )
  t.equal(answers.filter(({ status }) => status === 201).length, 3)
  const refused = answers.filter(({ status }) => status === 409)
  t.equal(refused.length, 47)
  t.match(refused[0]?.body, { code: 'SERVER_LIMIT_REACHED', message: /olga may own 3/ })
  t.equal(await panel.db.prisma.server.count({ where: { ownerId } }), 3)
  t.match(await admin.request('PATCH', `${SERVERS}/${given.id}`, { ownerId }), {
    status: 409,
    body: { code: 'SERVER_LIMIT_REACHED' }
  })
})

t.test('while a node is away nothing is accepted, unless the caller would rather wait', async t => {
  const fleet = await startFleet(t)
  const { panel, admin, agent, altId } = fleet
  const server = await addServer(fleet)
  const { id } = server
  agent.session.cut()
  await until('it is away', () => !panel.link.agents.isOnline(agent.nodeId))
  const offline = { status: 409, body: { code: 'NODE_OFFLINE', message: /alpha/ } }
  t.match(await power(admin, id, 'start'), offline)
  t.match(await admin.request('POST', `${SERVERS}/${id}/reinstall`, {}), offline)
  t.match(await admin.request('DELETE', `${SERVERS}/${id}`), offline)
  t.match(
    await admin.request('POST', SERVERS, serverBody(altId, { nodeId: agent.nodeId })),
    offline
  )
  t.match(await admin.request('POST', SERVERS, serverBody(altId)), {
    status: 409,
    body: { code: 'NO_NODE_FITS', message: /alpha is not connected/ }
  })
  t.equal(await panel.db.prisma.command.count(), 1, 'nothing is left behind')
  t.match((await admin.request('GET', `${SERVERS}/${id}`)).body, { desiredState: 'STOPPED' })

  const queued = await power(admin, id, 'start', { queue: true }, { prefer: '' })
  t.match(queued, { status: 202, body: { command: { status: 'QUEUED' } } })
  const cancelled = await admin.request('POST', `/api/v1/commands/${queued.body.command.id}/cancel`)
  t.match(cancelled, { status: 200, body: { command: { status: 'CANCELLED' } } })
  t.match(
    (await admin.request('GET', `${SERVERS}/${id}`)).body,
    { desiredState: 'STOPPED' },
    'what it wanted is undone'
  )
  await until('it is audited', async () => {
    const entry = await panel.db.prisma.auditLog.findFirst({ where: { action: 'command.cancel' } })
    return entry?.targetId === queued.body.command.id && entry?.actorName === 'admin'
  })
  t.match(await admin.request('POST', `/api/v1/commands/${queued.body.command.id}/cancel`), {
    status: 409,
    body: { code: 'COMMAND_FINAL' }
  })

  await power(admin, id, 'start', { queue: true }, { prefer: '' })
  await agent.reconnect()
  await statusOf(fleet, id, 'RUNNING')

  agent.session.cut()
  await until('it is away', () => !panel.link.agents.isOnline(agent.nodeId))
  const deletion = await admin.request('DELETE', `${SERVERS}/${id}?queue=true`)
  t.match(deletion, { status: 202, body: { command: { status: 'QUEUED', kind: 'delete' } } })
  const repeated = await admin.request('DELETE', `${SERVERS}/${id}?queue=true`)
  t.equal(repeated.body.command.id, deletion.body.command.id, 'asked again, it is the same')
  t.match((await admin.request('GET', `${SERVERS}/${id}`)).body, { desiredState: 'ABSENT' })
  t.match(await power(admin, id, 'start', { queue: true }), {
    status: 409,
    body: { code: 'SERVER_BUSY', message: /deleted/ }
  })
  t.match(await admin.request('PATCH', `${SERVERS}/${id}`, { name: 'x' }), { status: 409 })
  await admin.request('POST', `/api/v1/commands/${deletion.body.command.id}/cancel`)
  t.match((await admin.request('GET', `${SERVERS}/${id}`)).body, {
    desiredState: 'RUNNING',
    deletedAt: null
  })
})

t.test('an act with an Idempotency-Key happens once', async t => {
  const fleet = await startFleet(t)
  const { panel, admin, agent, altId } = fleet
  const keyed = (key: string, body: object) =>
    admin.request('POST', SERVERS, body, { 'idempotency-key': key, ...WAIT })
  const body = serverBody(altId)
  const answers = await Promise.all([keyed('one', body), keyed('one', body), keyed('one', body)])
  t.same(
    answers.map(answer => answer.status),
    [201, 201, 201]
  )
  t.equal(new Set(answers.map(answer => answer.body.server.id)).size, 1)
  t.equal(await panel.db.prisma.server.count(), 1)
  const id = answers[0]?.body.server.id
  const start = () =>
    admin.request(
      'POST',
      `${SERVERS}/${id}/power`,
      { action: 'restart' },
      {
        'idempotency-key': 'two',
        ...WAIT
      }
    )
  const first = await start()
  const second = await start()
  t.equal(first.body.command.id, second.body.command.id)
  t.equal(agent.told.filter(told => told.kind === 'restart').length, 1)
  const rows = await panel.db.prisma.command.findMany({ where: { kind: 'restart' } })
  t.match(rows, [{ idempotencyKey: 'two' }])

  // The key's row is gone after a day, the command is not.
  await panel.db.prisma.idempotencyKey.deleteMany()
  t.match(await start(), { status: 422, body: { code: 'IDEMPOTENCY_KEY_REUSED' } })
  t.equal(await panel.db.prisma.command.count({ where: { kind: 'restart' } }), 1)
})

t.test(
  'sixty 43: servers that are made at once never share a port or promise memory twice',
  async t => {
    const fleet = await startFleet(t)
    const { panel, admin, agent, altId } = fleet
    await admin.request('POST', `/api/v1/nodes/${agent.nodeId}/allocations`, {
      ip: '192.0.2.1',
      ports: '27015-27034'
    })
    const make = (rest: object) =>
      admin.request('POST', SERVERS, serverBody(altId, { nodeId: agent.nodeId, ...rest }))
    const made = await Promise.all(Array.from({ length: 50 }, (_, n) => make({ name: `S${n}` })))
    t.same(
      made.map(answer => answer.status),
      Array(50).fill(201)
    )
    const ports = made.map(answer => answer.body.server.port)
    t.equal(new Set(ports).size, 50, 'fifty servers, fifty ports')
    t.same(
      ports.sort((one, other) => one - other),
      [
        ...Array.from({ length: 30 }, (_, index) => 20_000 + index),
        ...Array.from({ length: 20 }, (_, index) => 27_015 + index)
      ],
      'first those that are there, then new ones'
    )
    const rows = await panel.db.prisma.allocation.findMany()
    t.equal(rows.filter(row => row.serverId !== null && row.isPrimary).length, 50)

    const same = await Promise.all(
      Array.from({ length: 10 }, () => make({ ports: [{ port: 30_000, protocol: 'udp' }] }))
    )
    t.same(same.map(answer => answer.status).sort(), [201, ...Array(9).fill(409)])
    t.match(same.find(answer => answer.status === 409)?.body, {
      code: 'ALLOCATION_TAKEN',
      message: /30000/
    })

    const small = await addGameNode(panel, admin, 'small', 2_100)
    await panel.db.prisma.node.update({ where: { id: agent.nodeId }, data: { maintenance: true } })
    const placed = await Promise.all(
      Array.from({ length: 8 }, () => admin.request('POST', SERVERS, serverBody(altId)))
    )
    t.same(placed.map(answer => answer.status).sort(), [
      ...Array(4).fill(201),
      ...Array(4).fill(409)
    ])
    t.match(placed.find(answer => answer.status === 409)?.body, {
      code: 'NO_NODE_FITS',
      message: /small has 52 of 512 MiB left|alpha is in maintenance/
    })
    t.ok(
      placed.every(answer => answer.status === 409 || answer.body.server.node.id === small.nodeId)
    )
    t.match(await make({}), { status: 409, body: { code: 'NODE_IN_MAINTENANCE' } })
  }
)

t.test('ports are taken as asked, and not twice', async t => {
  const fleet = await startFleet(t)
  const { admin, agent, altId, panel } = fleet
  const allocations = `/api/v1/nodes/${agent.nodeId}/allocations`
  const made = await admin.request('POST', allocations, { ip: '192.0.2.1', ports: '5000-5003' })
  const ids = made.body.data.map((row: Json) => row.id)
  const server = await addServer(fleet, { allocationIds: [ids[2], ids[0]] })
  t.same(
    server.allocations.map((row: Json) => [row.port, row.isPrimary]),
    [
      [5_002, true],
      [5_000, false]
    ]
  )
  t.equal(server.port, 5_002)
  t.match(agent.told.at(-1)?.wanted.spec.environment, {
    SERVER_IP: '192.0.2.1',
    SERVER_PORT: '5002'
  })
  const attempt = (rest: object) => admin.request('POST', SERVERS, serverBody(altId, rest))
  const taken = { status: 409, body: { code: 'ALLOCATION_TAKEN' } }
  t.match(await attempt({ allocationIds: [ids[1], ids[2]] }), taken)
  t.match(await attempt({ nodeId: agent.nodeId, ports: [{ port: 5_001 }, { port: 5_002 }] }), taken)
  t.match(await attempt({ allocationIds: [NOBODY] }), {
    status: 404,
    body: { code: 'ALLOCATION_NOT_FOUND' }
  })
  const other = await addGameNode(panel, admin, 'bravo')
  const wrongNode = { status: 400, body: { details: [{ field: 'body.allocationIds' }] } }
  t.match(await attempt({ nodeId: other.nodeId, allocationIds: [ids[1]] }), wrongNode)
  const both = await addServer(fleet, {
    nodeId: agent.nodeId,
    ports: [
      { port: 5_001, protocol: 'udp' },
      { port: 6_000, protocol: 'tcp' }
    ]
  })
  t.match(both.allocations, [
    { ip: '192.0.2.1', port: 5_001, protocol: 'udp', isPrimary: true },
    { ip: '0.0.0.0', port: 6_000, protocol: 'tcp', isPrimary: false }
  ])
  const [wide, wider] = (
    await admin.request('POST', allocations, { ip: '0.0.0.0', ports: '5000,7000' })
  ).body.data
  const narrow = (await admin.request('POST', allocations, { ip: '192.0.2.1', ports: '7000' })).body
  t.match(await attempt({ allocationIds: [wide.id] }), taken, 'somebody has it on one address')
  const beside = [wider.id, narrow.data[0].id]
  t.match(await attempt({ allocationIds: beside }), taken, 'on all addresses and on one of them')
  const racers = Array.from({ length: 50 }, (_, n) => attempt({ allocationIds: [beside[n % 2]] }))
  const statuses = (await Promise.all(racers)).map(({ status }) => status)
  t.same(statuses.sort(), [201, ...Array(49).fill(409)], 'sixty 43: nor when all ask at once')

  t.match(await admin.request('DELETE', `${allocations}/${ids[0]}`), {
    status: 409,
    body: { code: 'IN_USE', details: [{ type: 'server', name: 'World' }] }
  })
  t.match(await admin.request('DELETE', `/api/v1/nodes/${agent.nodeId}`), {
    status: 409,
    body: { code: 'IN_USE', details: [{ name: 'World' }, { name: 'World' }, { name: 'World' }] }
  })
})

t.test('a server that is there is given ports, and they are taken from it', async t => {
  const fleet = await startFleet(t)
  const { admin, agent, panel } = fleet
  const server = await addServer(fleet, { nodeId: agent.nodeId, ports: [{ port: 6_000 }] })
  const path = `${SERVERS}/${server.id}/allocations`
  const shown = ({ body }: { body: Json }) =>
    body.allocations.map((row: Json) => [row.port, row.isPrimary])
  const named = await admin.request('POST', path, { port: 6_001, protocol: 'udp' })
  t.match(named, { status: 201 })
  const free = await admin.request('POST', path, {})
  t.same(shown(free), [
    ...[
      [6_000, true],
      [6_001, false]
    ],
    [20_000, false]
  ])
  t.match(await admin.request('POST', path, { port: 6_000 }), {
    status: 409,
    body: { code: 'ALLOCATION_TAKEN' }
  })
  const [first, second] = free.body.allocations
  const chosen = await admin.request('PATCH', `${path}/${second.id}`, { isPrimary: true })
  t.match(chosen, { status: 200, body: { port: 6_001 } })
  t.match(await admin.request('DELETE', `${path}/${second.id}`), {
    status: 409,
    body: { code: 'PRIMARY_PORT' }
  })
  const power = `${SERVERS}/${server.id}/power`
  await admin.request('POST', power, { action: 'start' }, { prefer: 'wait=10' })
  const { spec } = agent.told.at(-1)?.wanted ?? {}
  t.match(spec?.environment, { SERVER_PORT: '6001' }, 'the game follows when it starts')
  t.match(await admin.request('DELETE', `${path}/${first.id}`), {
    status: 409,
    body: { code: 'SERVER_BUSY' }
  })
  await admin.request('POST', power, { action: 'stop' }, { prefer: 'wait=10' })
  t.same(shown(await admin.request('DELETE', `${path}/${first.id}`)), [
    [6_001, true],
    [20_000, false]
  ])
  t.match(await admin.request('DELETE', `${path}/${first.id}`), {
    status: 404,
    body: { code: 'ALLOCATION_NOT_FOUND' }
  })
  t.match(await panel.db.prisma.allocation.findUnique({ where: { id: first.id } }), {
    serverId: null,
    port: 6_000
  })
  const racers = Array.from({ length: 20 }, () => admin.request('POST', path, { port: 6_000 }))
  const statuses = (await Promise.all(racers)).map(({ status }) => status)
  t.same(statuses.sort(), [201, ...Array(19).fill(409)], 'sixty 43: nor when all ask at once')
})

t.test('sixty 43: of fifty at once one gets the last port, and no node gets too many', async t => {
  const fleet = await startFleet(t)
  const { panel, admin, agent, altId } = fleet
  const { pool } = panel.db
  const { nodeId } = agent
  const path = `/api/v1/nodes/${nodeId}/allocations`
  const fifty = async <T>(ask: (n: number) => Promise<T>) =>
    Promise.all(Array.from({ length: 50 }, (_, n) => ask(n)))
  const make = (rest: object = {}) =>
    admin.request('POST', SERVERS, serverBody(altId, { nodeId, ...rest }))

  // The same address, however it is written, in ranges that overlap.
  const spellings = ['2001:db8::10', '2001:DB8:0::10', '2001:db8:0:0:0:0:0:10']
  const ranges = await fifty(n => {
    const from = 40_000 + 5 * n
    const ip = spellings[n % spellings.length]
    return admin.request('POST', path, { ip, ports: `${from}-${from + 9}` })
  })
  const given = ranges.flatMap(({ status, body }) => (status === 201 ? body.data : []))
  for (const { status, body } of ranges) {
    if (status !== 201) t.match(body, { code: 'ALLOCATION_TAKEN' })
  }
  const rows = await panel.db.prisma.allocation.findMany({ where: { nodeId } })
  t.equal(new Set(rows.map(({ port }) => port)).size, rows.length, 'each port once')
  t.same(rows.map(({ port }) => port).sort(), given.map((row: Json) => row.port).sort())
  t.ok(rows.length >= 10)
  t.ok(rows.every(({ ip }) => ip === '2001:db8::10'))

  const [last, ...more] = rows
  await panel.db.prisma.allocation.deleteMany({ where: { id: { in: more.map(({ id }) => id) } } })
  const named = await fifty(() => make({ allocationIds: [last?.id] }))
  t.same(named.map(({ status }) => status).sort(), [201, ...Array(49).fill(409)])
  t.match(named.find(({ status }) => status === 409)?.body, { code: 'ALLOCATION_TAKEN' })

  const owner = await panel.db.prisma.user.findFirstOrThrow()
  const elsewhere = await panel.db.prisma.server.create({
    data: {
      ...{ name: 'many', ownerId: owner.id, altId, dockerImage: 'x', startup: 'x' },
      ...{ memoryMiB: 64, cpuPercent: 0, diskMiB: 0 }
    }
  })
  await pool.query(
    `INSERT INTO "Allocation" (id, "nodeId", ip, port, "serverId")
     SELECT gen_random_uuid(), $1, '0.0.0.0', port, $2 FROM generate_series(20000, 29998) AS port`,
    [nodeId, elsewhere.id]
  )
  const unnamed = await fifty(() => make())
  t.same(unnamed.map(({ status }) => status).sort(), [201, ...Array(49).fill(409)])
  t.equal(unnamed.find(({ status }) => status === 201)?.body.server.port, 29_999)
  t.match(unnamed.find(({ status }) => status === 409)?.body, { code: 'NO_FREE_ALLOCATION' })

  await pool.query(
    `INSERT INTO "Allocation" (id, "nodeId", ip, port)
     SELECT gen_random_uuid(), $1, '198.51.100.' || n / 60000, n % 60000 + 1
     FROM generate_series(1, 99970 - (SELECT count(*) FROM "Allocation")) AS n`,
    [nodeId]
  )
  const three = await fifty(n => {
    const from = 50_000 + 3 * n
    return admin.request('POST', path, { ip: '203.0.113.1', ports: `${from}-${from + 2}` })
  })
  t.equal(three.filter(({ status }) => status === 201).length, 10)
  const tooMany = { status: 409, body: { code: 'TOO_MANY_ALLOCATIONS', message: /100000/ } }
  t.match(
    three.find(({ status }) => status !== 201),
    tooMany
  )
  t.match(await make({ ports: [{ port: 65_000 }] }), tooMany, 'nor by making a server')
  t.equal(await panel.db.prisma.allocation.count({ where: { nodeId } }), 100_000)
})

t.test('sixty 42: what is hidden of a template is not read, written or told apart', async t => {
  const fleet = await startFleet(t)
  const { panel, admin, agent } = fleet
  const altId = await addAlt(admin, { startup: '/game --rcon {{RCON}}' })
  const olga = await addUser(panel, { username: 'olga' })
  const secret = 'a secret of the game'
  const body = { ownerId: olga.id, environment: { RCON: secret } }
  const { id } = await addServer({ ...fleet, altId }, body)
  const rights = { 'server-create': 'ANY', 'server-view': 'OWN', 'server-update': 'OWN' }
  await admin.request('POST', '/api/v1/roles', { name: 'maker', permissions: rights })
  await addUser(panel, { username: 'max', roleName: 'maker' })
  const [owner, maker] = [await login(panel, 'olga'), await login(panel, 'max')]
  const events = await openSocket(t, panel, '/api/v1/events', { cookie: owner.cookie })
  t.equal((await power(owner, id, 'start')).body.command?.status, 'SUCCEEDED')
  t.equal(agent.told.at(-1)?.wanted.spec.environment.RCON, secret, 'the game knows it')

  const one = `${SERVERS}/${id}`
  const { body: commands } = await owner.request('GET', `${one}/commands`)
  const paths = [
    ...[one, SERVERS, `${one}/commands`, `${one}/events`, `${one}/logs`, `${one}/members`],
    ...commands.data.map((row: Json) => `/api/v1/commands/${row.id}`),
    ...['/api/v1/alts', `/api/v1/alts/${altId}`]
  ]
  for (const path of paths) {
    const answer = await owner.request('GET', path)
    t.equal(answer.status, 200, path)
    const { startup: _, ...rest } = answer.body
    t.notMatch(JSON.stringify(answer.body), secret, path)
    if (!path.endsWith('/alts')) t.notMatch(JSON.stringify(rest), /RCON|Secret/, path)
  }
  const { startup, environment } = (await owner.request('GET', one)).body
  t.equal(startup, '/game --rcon {{RCON}}', 'the line is shown as it was written')
  t.same(environment, { NAME: 'A world', SLOTS: '8', FIXED: 'x' })
  await until('its start is told', () => events.heard.length > 0)
  t.notMatch(JSON.stringify(events.heard), secret)

  // One that is hidden and one that is not there are refused in the same words.
  const refusal = async (person: Person, name: string, value: string | null) => {
    const given = { environment: { [name]: value } }
    const patched = await person.request('PATCH', one, given)
    const made = await person.request('POST', SERVERS, serverBody(altId, given))
    return [patched, made].map(({ status, body: { requestId: _, ...said } }) =>
      JSON.stringify({ status, ...said }).replaceAll(name, 'NAME')
    )
  }
  for (const person of [owner, maker]) {
    for (const value of ['mine', '', null]) {
      t.same(await refusal(person, 'RCON', value), await refusal(person, 'NONE', value))
    }
  }
  const [patched] = await refusal(owner, 'RCON', 'mine')
  t.match(patched, /"status":400.*is no variable of this alt/)
  t.match(await owner.request('PATCH', one, { environment: { FIXED: 'y' } }), { status: 400 })
  const before = agent.told.length
  t.equal((await power(owner, id, 'restart')).body.command?.status, 'SUCCEEDED')
  t.match(agent.told[before]?.wanted.spec.environment, { RCON: secret, FIXED: 'x' })
})

t.test(
  'what a template asks of its variables is asked when a server is made or changed',
  async t => {
    const fleet = await startFleet(t)
    const { panel, admin, agent } = fleet
    const altId = await addAlt(admin, {
      startup: '/game {{HOSTNAME}} {{SRV_MODE}}',
      variables: [
        {
          name: 'Licence',
          envVariable: 'LICENCE',
          rules: ['required', 'regex:/^(FREE|PAID)-\\d+$/']
        },
        { name: 'Slots', envVariable: 'SLOTS', defaultValue: '8', rules: 'int|between:1,64' },
        {
          name: 'Host',
          envVariable: 'HOSTNAME',
          defaultValue: 'A world',
          rules: 'required|max:20'
        },
        { name: 'Mode', envVariable: 'srv_mode', defaultValue: 'easy', rules: 'in:easy,hard' },
        { name: 'Key', envVariable: 'KEY', defaultValue: 'k', userEditable: false },
        { name: 'Secret', envVariable: 'RCON', defaultValue: 'pw', userViewable: false }
      ]
    })
    const refused = (field: string, sentence: RegExp | string) => ({
      status: 400,
      body: { code: 'VALIDATION_FAILED', message: sentence, details: [{ field }] }
    })
    const make = (environment: object) =>
      admin.request('POST', SERVERS, serverBody(altId, { environment }))
    t.match(
      await make({}),
      refused(
        'body.environment.LICENCE',
        'The request is not valid: Licence (LICENCE) must be given'
      )
    )
    t.match(await make({ LICENCE: 'FREE-x' }), refused('body.environment.LICENCE', /must match/))
    const two = await make({ LICENCE: 'PAID-1', SLOTS: '65', srv_mode: 'dire' })
    t.same(two.body.details, [
      { field: 'body.environment.SLOTS', message: 'must be between 1 and 64' },
      { field: 'body.environment.srv_mode', message: 'must be one of easy, hard' }
    ])
    t.equal(await panel.db.prisma.server.count(), 0)

    const olga = await addUser(panel, { username: 'olga' })
    const owner = await login(panel, 'olga')
    const environment = { LICENCE: 'FREE-1', HOSTNAME: 'Olgas world' }
    const { id } = await addServer({ ...fleet, altId }, { ownerId: olga.id, environment })
    t.equal((await power(admin, id, 'start')).body.command?.status, 'SUCCEEDED')
    t.match(agent.told.at(-1)?.wanted.spec, {
      argv: ['/game', 'Olgas world', 'easy'],
      environment: { HOSTNAME: 'Olgas world', srv_mode: 'easy', SRV_MODE: 'easy' }
    })

    const change = (given: object, person = owner) =>
      person.request('PATCH', `${SERVERS}/${id}`, { environment: given })
    const rows: [object, string, RegExp][] = [
      [{ SLOTS: 'many' }, 'SLOTS', /Slots \(SLOTS\) must be a whole number$/],
      [{ LICENCE: null }, 'LICENCE', /Licence \(LICENCE\) must be given$/],
      [{ HOSTNAME: 'x'.repeat(21) }, 'HOSTNAME', /at most 20 characters long$/],
      [{ KEY: 'mine' }, 'KEY', /Key \(KEY\) cannot be changed by you$/],
      [{ RCON: 'mine' }, 'RCON', /: RCON is no variable of this alt$/],
      [{ SLOTS: '9', KEY: 'mine' }, 'KEY', /cannot be changed/]
    ]
    for (const [given, name, sentence] of rows) {
      t.match(await change(given), refused(`body.environment.${name}`, sentence), name)
    }
    t.match((await change({ SLOTS: '9', srv_mode: 'hard' })).body.environment, {
      ...environment,
      ...{ SLOTS: '9', srv_mode: 'hard', KEY: 'k' }
    })

    // What a template fixes for the loader came with an import; a server's own value would be another matter.
    const loader = { envVariable: 'LD_LIBRARY_PATH', defaultValue: '.', userEditable: false }
    await panel.db.prisma.altVariable.create({ data: { altId, name: 'Libraries', ...loader } })
    t.match(await change({ LD_LIBRARY_PATH: '/evil' }, admin), { status: 400 })
    await panel.db.prisma.serverVariable.create({
      data: { serverId: id, name: 'LD_LIBRARY_PATH', value: '/evil' }
    })
    t.equal((await power(admin, id, 'restart')).body.command?.status, 'SUCCEEDED')
    t.equal(agent.told.at(-1)?.wanted.spec.environment.LD_LIBRARY_PATH, '.')

    // What an import kept though the panel cannot apply it: nobody's server stands still for it.
    const rules = ['required', 'regex:/^(?!root)/', 'from_another_world']
    await panel.db.prisma.altVariable.updateMany({
      where: { altId, envVariable: 'srv_mode' },
      data: { rules }
    })
    t.match(
      await change({ srv_mode: 'dire' }),
      refused('body.environment.srv_mode', /administrator/)
    )
    t.match(await change({ srv_mode: 'easy', SLOTS: '10' }), { status: 200 }, 'the default again')
    t.match(await change({ srv_mode: 'dire' }, admin), { status: 200 })
    const alt = `/api/v1/alts/${altId}`
    t.match(await admin.request('PATCH', alt, { description: 'New' }), { status: 200 })
    const { variables } = (await admin.request('GET', alt)).body
    t.match(await admin.request('PATCH', alt, { variables }), { status: 200, body: { variables } })
    const more = [...variables, { name: 'More', envVariable: 'MORE', rules }]
    const answer = await admin.request('PATCH', alt, { variables: more })
    t.match(answer, { status: 400, body: { details: [{ message: /ahead/ }, { message: /know/ }] } })

    // Who keeps the templates says what is hidden: of servers that they may change they change all.
    const rights = { 'server-view': 'OWN', 'server-update': 'OWN', 'admin-templates': 'ANY' }
    await admin.request('POST', '/api/v1/roles', { name: 'keeper', permissions: rights })
    const kim = await addUser(panel, { username: 'kim', roleName: 'keeper' })
    const keeper = await login(panel, 'kim')
    t.match(await change({ RCON: 'mine' }, keeper), { status: 404 }, 'of their own only')
    await admin.request('PATCH', `${SERVERS}/${id}`, { ownerId: kim.id })
    t.match((await change({ RCON: 'mine', KEY: 'mine' }, keeper)).body, {
      environment: { RCON: 'mine', KEY: 'mine' }
    })
  }
)

t.test('who does not manage nodes hears of none, whatever ids are tried', async t => {
  const fleet = await startFleet(t)
  const { panel, admin, agent, altId } = fleet
  const rights = { 'server-create': 'ANY', 'server-view': 'OWN' }
  await admin.request('POST', '/api/v1/roles', { name: 'maker', permissions: rights })
  await addUser(panel, { username: 'max', roleName: 'maker' })
  const maker = await login(panel, 'max')
  const { nodeId } = agent
  const range = { ip: '192.0.2.1', ports: '5000-5001' }
  const made = await admin.request('POST', `/api/v1/nodes/${nodeId}/allocations`, range)
  const [free, taken] = made.body.data.map((row: Json) => row.id)
  await addServer(fleet, { allocationIds: [taken] })
  const away = (await admin.request('POST', '/api/v1/nodes', { name: 'away' })).body.node.id
  const ask = async (person: Person, rest: object) => {
    const { status, body } = await person.request('POST', SERVERS, serverBody(altId, rest))
    return { status, code: body.code, message: body.message }
  }
  const one = await ask(maker, { nodeId: NOBODY })
  t.match(one, { status: 409, code: 'NO_NODE_FITS', message: /not there or not free/ })
  const tries: [object, string][] = [
    [{ nodeId: away }, 'NODE_OFFLINE'],
    [{ nodeId, ports: [{ port: 5_001 }] }, 'ALLOCATION_TAKEN'],
    [{ allocationIds: [NOBODY] }, 'ALLOCATION_NOT_FOUND'],
    [{ allocationIds: [taken] }, 'ALLOCATION_TAKEN'],
    [{ nodeId: away, queue: true, allocationIds: [free] }, 'VALIDATION_FAILED'],
    [{ memoryMiB: 1_000_000 }, 'NO_NODE_FITS']
  ]
  const changeMaintenance = (maintenance: boolean) =>
    panel.db.prisma.node.update({ where: { id: nodeId }, data: { maintenance } })
  for (const [rest, code] of tries) {
    t.same(await ask(maker, rest), one, code)
    t.equal((await ask(admin, rest)).code, code, 'an administrator is told')
  }
  await changeMaintenance(true)
  t.same(await ask(maker, { nodeId }), one)
  t.equal((await ask(admin, { nodeId })).code, 'NODE_IN_MAINTENANCE')
  await changeMaintenance(false)
  const own = await ask(maker, { ports: [{ port: 5_001 }] })
  t.match(own, { code: 'ALLOCATION_TAKEN' }, 'of the ports one asks for one hears')
  t.equal((await ask(maker, {})).status, 201)
})

t.test('bad input is refused by name and changes nothing', async t => {
  const fleet = await startFleet(t)
  const { panel, admin, altId } = fleet
  const { id } = await addServer(fleet)
  const one = `${SERVERS}/${id}`
  const before = (await admin.request('GET', one)).body
  const counts = async () => [
    await panel.db.prisma.server.count(),
    await panel.db.prisma.command.count(),
    await panel.db.prisma.allocation.count()
  ]
  const countsBefore = await counts()
  const create: [object, string][] = [
    [{ name: '' }, 'body.name'],
    [{ name: 'a\nb' }, 'body.name'],
    [{ altId: 'x' }, 'body.altId'],
    [{ memoryMiB: 0 }, 'body.memoryMiB'],
    [{ memoryMiB: 1.5 }, 'body.memoryMiB'],
    [{ memoryMiB: '512' }, 'body.memoryMiB'],
    [{ cpuPercent: -1 }, 'body.cpuPercent'],
    [{ diskMiB: 1e12 }, 'body.diskMiB'],
    [{ ioWeight: 500 }, 'body.ioWeight'],
    [{ dockerImage: 'registry.example/other:1' }, 'body.dockerImage'],
    [{ environment: { NAME: '' } }, 'body.environment.NAME'],
    [{ environment: { NAME: 'x'.repeat(33) } }, 'body.environment.NAME'],
    [{ environment: { NAME: 'a\nb' } }, 'body.environment.NAME'],
    [{ environment: { NAME: 5 } }, 'body.environment.NAME'],
    [{ environment: { SLOTS: '65' } }, 'body.environment.SLOTS'],
    [{ environment: { PATH: '/evil' } }, 'body.environment.PATH'],
    [{ ports: [] }, 'body.ports'],
    [{ ports: [{ port: 80 }] }, 'body.ports.0.port'],
    [{ ports: [{ port: 5_000 }, { port: 5_000 }] }, 'body.ports'],
    [{ ports: [{ port: 5_000 }], allocationIds: [NOBODY] }, 'body.ports'],
    [{ start: 'yes' }, 'body.start'],
    [{ status: 'RUNNING' }, 'body.status'],
    [{ dockerContainerId: 'x' }, 'body.dockerContainerId']
  ]
  for (const [rest, field] of create) {
    const answer = await admin.request('POST', SERVERS, serverBody(altId, rest))
    t.match(answer, { status: 400, body: { code: 'VALIDATION_FAILED' } }, JSON.stringify(rest))
    t.equal(answer.body.details?.[0]?.field, field, JSON.stringify(rest))
  }
  for (const [rest, code] of [
    [{ altId: NOBODY }, 'ALT_NOT_FOUND'],
    [{ nodeId: NOBODY }, 'NODE_NOT_FOUND'],
    [{ ownerId: NOBODY }, 'USER_NOT_FOUND']
  ] as const) {
    const answer = await admin.request('POST', SERVERS, serverBody(altId, rest))
    t.match(answer, { status: 404, body: { code } })
  }
  const others: [string, string, unknown, string][] = [
    ['PATCH', one, {}, 'body'],
    ['PATCH', one, { nodeId: NOBODY }, 'body.nodeId'],
    ['PATCH', one, { generation: 9 }, 'body.generation'],
    ['PATCH', one, { environment: { NONE: 'x' } }, 'body.environment.NONE'],
    ['PATCH', one, { environment: { SLOTS: '0' } }, 'body.environment.SLOTS'],
    ['PATCH', one, { dockerImage: 'evil' }, 'body.dockerImage'],
    ['PATCH', one, { memoryMiB: null }, 'body.memoryMiB'],
    ['POST', `${one}/power`, {}, 'body.action'],
    ['POST', `${one}/power`, { action: 'explode' }, 'body.action'],
    ['POST', `${one}/power`, { action: 'start', force: true }, 'body.force'],
    ['POST', `${one}/reinstall`, { wipe: 'all' }, 'body.wipe'],
    ['POST', `${one}/console`, { command: 'a\nb' }, 'body.command'],
    ['POST', `${one}/console`, { command: 'ü'.repeat(4_000) }, 'body.command'],
    ['POST', `${one}/console`, {}, 'body.command'],
    ['GET', `${one}/logs?after=-1`, undefined, 'query.after'],
    ['GET', `${one}/logs?limit=1001`, undefined, 'query.limit'],
    ['GET', `${one}/events?cursor=x`, undefined, 'query.cursor'],
    ['GET', `${one}/commands?cursor=x`, undefined, 'query.cursor'],
    ['GET', `${SERVERS}?status=UP`, undefined, 'query.status'],
    ['GET', `${SERVERS}?nodeId=1`, undefined, 'query.nodeId'],
    ['DELETE', `${one}?force=maybe`, undefined, 'query.force']
  ]
  for (const [method, path, body, field] of others) {
    const answer = await admin.request(method, path, body)
    const what = `${method} ${path} ${JSON.stringify(body)}`
    t.match(answer, { status: 400, body: { code: 'VALIDATION_FAILED' } }, what)
    t.equal(answer.body.details?.[0]?.field, field, what)
  }
  t.same((await admin.request('GET', one)).body, before)
  t.same(await counts(), countsBefore)
})

t.test('sixty 34: what belongs to another is not there', async t => {
  const fleet = await startFleet(t)
  const { panel, admin, altId } = fleet
  const [ann, bob] = [
    await addUser(panel, { username: 'ann' }),
    await addUser(panel, { username: 'bob' })
  ]
  const mine = await addServer(fleet, { ownerId: ann.id, name: "Ann's" })
  const theirs = await addServer(fleet, { ownerId: bob.id, name: "Bob's" })
  const person = await login(panel, 'ann')
  const start = await power(await login(panel, 'bob'), theirs.id, 'start')
  const listed = async (query = '') =>
    (await person.request('GET', `${SERVERS}${query}`)).body.data.map((row: Json) => row.name)
  t.same(await listed(), ["Ann's"])
  t.same(await listed(`?ownerId=${bob.id}`), [])

  const routes = (id: string): [string, string, unknown?][] => [
    ['GET', `${SERVERS}/${id}`],
    ['PATCH', `${SERVERS}/${id}`, { name: 'mine' }],
    ['DELETE', `${SERVERS}/${id}`],
    ['POST', `${SERVERS}/${id}/power`, { action: 'stop' }],
    ['POST', `${SERVERS}/${id}/reinstall`, {}],
    ['POST', `${SERVERS}/${id}/console`, { command: 'x' }],
    ['GET', `${SERVERS}/${id}/logs`],
    ['GET', `${SERVERS}/${id}/stats`],
    ['GET', `${SERVERS}/${id}/events`],
    ['GET', `${SERVERS}/${id}/commands`]
  ]
  const foreign = routes(theirs.id)
  const random = routes(NOBODY)
  const plain = (text: string) => text.replaceAll(theirs.id, NOBODY)
  for (const [index, [method, path, body]] of foreign.entries()) {
    const seen = await person.request(method, path, body)
    const [, other = ''] = random[index] ?? []
    const unseen = await person.request(method, other, body)
    t.match(seen, { status: 404, body: { code: 'SERVER_NOT_FOUND' } }, `${method} ${path}`)
    const [one, two] = [seen.body, unseen.body].map(({ requestId: _, ...rest }) => rest)
    t.equal(plain(JSON.stringify(one)), JSON.stringify(two), 'the same as one that is not there')
  }
  const commandId = start.body.command.id
  for (const [method, path] of [
    ['GET', `/api/v1/commands/${commandId}`],
    ['POST', `/api/v1/commands/${commandId}/cancel`]
  ] as const) {
    t.match(await person.request(method, path), {
      status: 404,
      body: { code: 'COMMAND_NOT_FOUND' }
    })
  }
  t.match((await admin.request('GET', `${SERVERS}/${theirs.id}`)).body, { desiredState: 'RUNNING' })

  // An owner may do this much and no more.
  t.match(await person.request('POST', SERVERS, serverBody(altId)), { status: 403 })
  t.match(await person.request('DELETE', `${SERVERS}/${mine.id}`), {
    status: 403,
    body: { message: /server-delete/ }
  })
  t.match((await power(person, mine.id, 'start')).body.command, { status: 'SUCCEEDED' })
  const patch = (body: object) => person.request('PATCH', `${SERVERS}/${mine.id}`, body)
  for (const body of [{ memoryMiB: 64_000 }, { ownerId: bob.id }, { cpuPercent: 0 }]) {
    t.match(await patch(body), { status: 403, body: { code: 'FORBIDDEN' } }, JSON.stringify(body))
  }
  for (const name of ['FIXED', 'RCON']) {
    const answer = await patch({ environment: { [name]: 'x' } })
    t.match(answer, { status: 400, body: { details: [{ field: `body.environment.${name}` }] } })
  }
  t.match(await patch({ name: 'New', environment: { SLOTS: '9' } }), {
    status: 200,
    body: { name: 'New', environment: { NAME: 'A world', SLOTS: '9', FIXED: 'x' } }
  })
  t.notOk('RCON' in (await person.request('GET', `${SERVERS}/${mine.id}`)).body.environment)

  // A moderator sees all and their values not.
  await addUser(panel, { username: 'mod', roleName: 'MODERATOR' })
  const mod = await login(panel, 'mod')
  t.match((await mod.request('GET', `${SERVERS}/${mine.id}`)).body, { environment: null })
  t.equal((await mod.request('GET', SERVERS)).body.data.length, 2)
})

t.test('single grants and refusals count in lists as they do everywhere', async t => {
  const fleet = await startFleet(t)
  const { panel } = fleet
  const { prisma } = panel.db
  const ann = await addUser(panel, { username: 'ann' })
  const bob = await addUser(panel, { username: 'bob' })
  const anns = await addServer(fleet, { ownerId: ann.id, name: "Ann's" })
  const bobs = await addServer(fleet, { ownerId: bob.id, name: "Bob's" })
  const view = await prisma.permission.findUniqueOrThrow({ where: { name: 'server-view' } })
  const grant = (serverId: string | null, effect: 'ALLOW' | 'DENY') =>
    prisma.userPermission.create({
      data: { userId: ann.id, permissionId: view.id, serverId, effect }
    })
  const rows: [string, () => Promise<unknown>, string[]][] = [
    ['nothing special', async () => undefined, ["Ann's"]],
    ['one of another', () => grant(bobs.id, 'ALLOW'), ["Ann's", "Bob's"]],
    ['not her own', () => grant(anns.id, 'DENY'), ["Bob's"]],
    ['nothing at all', () => grant(null, 'DENY'), []]
  ]
  for (const [what, prepare, names] of rows) {
    await prepare()
    // The cache of logins would hold for five seconds what was changed past the panel.
    const person = await login(panel, 'ann')
    const answer = await person.request('GET', SERVERS)
    const seen = (answer.body.data ?? []).map((row: Json) => row.name)
    t.same(seen, names, what)
    for (const server of [anns, bobs]) {
      const { status } = await person.request('GET', `${SERVERS}/${server.id}`)
      t.equal(status, names.includes(server.name) ? 200 : 404, `${what}: ${server.name}`)
    }
  }
})

t.test('what a server is made of can be changed, and its node hears of it', async t => {
  const fleet = await startFleet(t)
  const { panel, admin, agent } = fleet
  const ann = await addUser(panel, { username: 'ann' })
  const { id } = await addServer(fleet, { environment: { NAME: 'One', SLOTS: '16' } })
  const path = `${SERVERS}/${id}`
  const changed = await admin.request('PATCH', path, {
    memoryMiB: 1_024,
    dockerImage: 'registry.example/game:2',
    environment: { NAME: 'Two', SLOTS: null, RCON: 'new' }
  })
  t.match(changed, {
    status: 200,
    body: {
      limits: { memoryMiB: 1_024, cpuPercent: 100 },
      dockerImage: 'registry.example/game:2',
      environment: { NAME: 'Two', SLOTS: '8', RCON: 'new' }
    }
  })
  await until('the node has heard', () => agent.pushed.get(id)?.generation === 2)
  t.match(agent.pushed.get(id)?.spec, {
    image: 'registry.example/game:2',
    limits: { memoryMiB: 1_024 },
    environment: { NAME: 'Two', SERVER_MEMORY: '1024' }
  })
  const renamed = await admin.request('PATCH', path, {
    name: 'Renamed',
    ownerId: ann.id,
    dockerImage: null
  })
  t.match(renamed.body, {
    name: 'Renamed',
    owner: { username: 'ann' },
    dockerImage: 'registry.example/game:1'
  })
  t.match(await admin.request('PATCH', path, { ownerId: NOBODY }), {
    status: 404,
    body: { code: 'USER_NOT_FOUND' }
  })
  const audit = await panel.db.prisma.auditLog.findMany({ where: { action: 'server.updated' } })
  t.match(audit[0]?.after, { memoryMiB: 1_024, variables: ['NAME', 'SLOTS', 'RCON'] })
  t.notMatch(JSON.stringify(audit), /Two|new/)
})

t.test('a server stays on its version of an alt until its owner moves it, and back', async t => {
  const fleet = await startFleet(t)
  const { panel, admin, agent, altId } = fleet
  const ann = await addUser(panel, { username: 'ann' })
  const owner = await login(panel, 'ann')
  const { id } = await addServer(fleet, { ownerId: ann.id, environment: { NAME: 'One' } })
  const path = `${SERVERS}/${id}`
  const alt = `/api/v1/alts/${altId}`
  const before = (await admin.request('GET', path)).body
  t.match(before.alt, { version: 1, newestVersion: 1, hasUpdate: false })
  const told = async () => {
    agent.pushed.clear()
    await panel.link.agents.pushWanted(agent.nodeId, id)
    await until('its node has heard', () => agent.pushed.has(id))
  }
  await told()
  const first = agent.pushed.get(id)
  const variables = (await admin.request('GET', alt)).body.variables
  const changed = await admin.request('PATCH', alt, {
    dockerImage: 'registry.example/game:3',
    startup: '/game2 {{NAME}} {{MAP}}',
    config: { done: ['go'] },
    install: { image: 'registry.example/installer:2', script: 'echo secret two' },
    variables: [
      ...variables.filter((one: Json) => one.envVariable !== 'SLOTS'),
      { name: 'Map', envVariable: 'MAP', rules: 'required|alpha', defaultValue: '' },
      { name: 'Inner', envVariable: 'INNER', defaultValue: 'hush', userViewable: false }
    ]
  })
  t.match(changed, { status: 200, body: { version: 2 } })
  t.match((await admin.request('GET', path)).body, {
    alt: { version: 1, newestVersion: 2, hasUpdate: true },
    environment: { NAME: 'One', SLOTS: '8', RCON: 'pw' }
  })
  await told()
  t.same(agent.pushed.get(id), first, 'its node is told the same as before')

  const versions = (person: Person) => person.request('GET', `${alt}/versions`)
  const seen = (await versions(owner)).body.data
  t.match(seen, [
    { version: 2, serversCount: 0, madeBy: null },
    { version: 1, serversCount: 1, changes: [] }
  ])
  const words: string[] = seen[0].changes
  t.ok(words.includes('variable Map (MAP) is new'))
  t.ok(words.includes('variable Slots (SLOTS) is gone'))
  t.ok(words.includes('another install script'))
  t.notMatch(JSON.stringify(seen), /INNER|hush|secret two/, 'what is hidden is not told')
  const all = (await versions(admin)).body.data[0]
  t.equal(all.madeBy, 'admin')
  t.match(all.changes.join(), /INNER/)
  t.notMatch(JSON.stringify(all), /hush|secret two/)

  const move = (body: object) => owner.request('PATCH', path, body)
  t.match(await move({ altVersion: 2 }), {
    status: 400,
    body: { details: [{ field: 'body.environment.MAP' }] }
  })
  for (const altVersion of [3, 99]) {
    t.match(await move({ altVersion }), {
      status: 400,
      body: { details: [{ field: 'body.altVersion' }] }
    })
  }
  t.match(await move({ altVersion: 2, environment: { MAP: 'dm1', SLOTS: '4' } }), {
    status: 400,
    body: { details: [{ field: 'body.environment.SLOTS' }] }
  })
  t.match(await move({ altVersion: 2, environment: { MAP: 'dm' } }), {
    status: 200,
    body: {
      alt: { version: 2, hasUpdate: false },
      dockerImage: 'registry.example/game:3',
      environment: { NAME: 'One', MAP: 'dm' }
    }
  })
  await until('its node has heard', () => agent.pushed.get(id)?.generation === 2)
  t.match(agent.pushed.get(id)?.spec, {
    image: 'registry.example/game:3',
    ready: ['go'],
    argv: ['/game2', 'One', 'dm'],
    environment: { MAP: 'dm', INNER: 'hush' }
  })
  t.match(await move({ altVersion: 1 }), {
    body: { alt: { version: 1, hasUpdate: true }, dockerImage: 'registry.example/game:1' }
  })
  await until('its node has heard', () => agent.pushed.get(id)?.generation === 3)
  t.same(agent.pushed.get(id)?.spec, first?.spec, 'back is as it was')
  const reinstall = await admin.request('POST', `${path}/reinstall`, {}, WAIT)
  t.match(reinstall.body.command, { status: 'SUCCEEDED' })
  t.match(JSON.stringify(agent.told.at(-1)), /echo hello/, 'by the script of its version')

  const rows = await panel.db.prisma.auditLog.findMany({
    where: { action: 'server.updated' },
    orderBy: { createdAt: 'asc' }
  })
  t.match(rows, [
    { before: { altVersion: 1 }, after: { altVersion: 2 } },
    { before: { altVersion: 2 }, after: { altVersion: 1 } }
  ])
  const kept = await panel.db.prisma.altVersion.findMany({ where: { altId } })
  t.notMatch(JSON.stringify(kept), /hush|secret two|echo hello/, 'versions are sealed')

  const gone = { status: 404, body: { code: 'ALT_VERSION_NOT_FOUND' } }
  t.match(await owner.request('GET', `${alt}/versions/99`), gone)
  const ofOwner = (await owner.request('GET', `${alt}/versions/2`)).body
  t.match(ofOwner, { version: 2, startup: '/game2 {{NAME}} {{MAP}}', install: null })
  t.notMatch(JSON.stringify(ofOwner), /INNER/)
  t.match((await admin.request('GET', `${alt}/versions/1`)).body, {
    ...{ version: 1, startup: before.startup, install: { script: 'echo hello' }, variables }
  })

  // As after its key was lost for good.
  const content = testVault.seal('AltVersion.content', 'elsewhere/1', '{}')
  await panel.db.prisma.altVersion.updateMany({ where: { altId, version: 1 }, data: { content } })
  t.match(await owner.request('GET', `${alt}/versions/1`), gone)
  t.match(await owner.request('GET', path), { status: 200, body: { alt: { version: 1 } } })
  t.match(await move({ name: 'Renamed' }), { status: 200, body: { name: 'Renamed' } })
  t.match(await move({ environment: { NAME: 'Two' } }), {
    status: 400,
    body: { details: [{ field: 'body.altVersion' }] }
  })
  t.match(await move({ altVersion: 2, environment: { MAP: 'dm' } }), {
    status: 200,
    body: { alt: { version: 2 }, dockerImage: 'registry.example/game:3' }
  })

  const other = (await addServer(fleet, { environment: { MAP: 'ctf' } })).alt
  t.match(other, { version: 2, hasUpdate: false }, 'a new server has the newest')
  const changeOne = async (envVariable: string, rest: object) => {
    const now = (await admin.request('GET', alt)).body.variables
    const next = now.map((one: Json) =>
      one.envVariable === envVariable ? { ...one, ...rest } : one
    )
    await admin.request('PATCH', alt, { variables: next })
  }
  await changeOne('NAME', { userEditable: false })
  t.match(
    await move({ altVersion: 3 }),
    { status: 200, body: { environment: { NAME: 'A world', MAP: 'dm' } } },
    'what users can set no more is the template’s'
  )
  await changeOne('MAP', { userViewable: false })
  const hidden = (await owner.request('GET', `${alt}/versions/2`)).body.variables
  t.notMatch(JSON.stringify(hidden), /MAP/, 'what is hidden today is so in what was before')

  for (let n = 0; n < 60; n++) await admin.request('PATCH', alt, { config: { done: [`go ${n}`] } })
  const numbers: number[] = (await admin.request('GET', `${alt}/versions?limit=200`)).body.data.map(
    (row: Json) => row.version
  )
  t.equal(numbers[0], 64)
  t.same(numbers.slice(-3), [15, 3, 2], 'fifty are kept, and those that servers are on')
  t.match((await admin.request('PATCH', alt, { description: 'Other words' })).body, { version: 64 })
  t.match(
    await move({ altVersion: 5 }),
    { status: 400, body: { details: [{ field: 'body.altVersion', message: /^5 is no version/ }] } },
    'one that is gone is none to go to'
  )
})

t.test('whatever happens to a template at once, each server is what its version says', async t => {
  const fleet = await startFleet(t)
  const { panel, admin, altId } = fleet
  const alt = `/api/v1/alts/${altId}`
  const ann = await addUser(panel, { username: 'ann' })
  const early = await Promise.all([1, 2, 3].map(() => addServer(fleet)))
  const lines = Array.from({ length: 8 }, (_, n) => `/game ${n} {{NAME}}`)
  const [changed, moved] = await Promise.all([
    Promise.all(lines.map(startup => admin.request('PATCH', alt, { startup }))),
    Promise.all(
      early.flatMap(({ id }) =>
        // One of them takes its owner along, whom those that are made now belong to.
        [
          { altVersion: 1, ownerId: ann.id },
          { environment: { NAME: 'Two' } },
          { altVersion: 1 }
        ].map(body => admin.request('PATCH', `${SERVERS}/${id}`, body))
      )
    ),
    Promise.all(lines.map(() => addServer(fleet, { ownerId: ann.id })))
  ])
  t.same([...new Set(changed.map(answer => answer.status))], [200])
  t.same(
    moved.map(answer => answer.status).filter(status => status !== 200 && status !== 409),
    []
  )
  const { data: servers } = (await admin.request('GET', `${SERVERS}?limit=50`)).body
  t.equal(servers.length, early.length + lines.length)
  for (const { id } of servers) {
    const { startup, alt: on } = (await admin.request('GET', `${SERVERS}/${id}`)).body
    const version = (await admin.request('GET', `${alt}/versions/${on.version}`)).body
    t.equal(startup, version.startup, `version ${on.version}`)
    t.equal(on.newestVersion, lines.length + 1)
  }
  const { data: versions } = (await admin.request('GET', `${alt}/versions`)).body
  const counted = versions.reduce((sum: number, row: Json) => sum + row.serversCount, 0)
  t.equal(counted, servers.length, 'each is on one')
  t.same(
    versions.map((row: Json) => row.version),
    lines.map((_, n) => lines.length + 1 - n).concat(1)
  )

  const stop = { type: 'command', value: 'bye' }
  await Promise.all(
    [{ done: ['go'] }, { stop }].map(config => admin.request('PATCH', alt, { config }))
  )
  const both = (await admin.request('GET', alt)).body
  t.match(
    both,
    { version: lines.length + 3, config: { done: ['go'], stop } },
    'none undoes the other'
  )
})

t.test('a server of a node that is lost can be forgotten', async t => {
  const fleet = await startFleet(t)
  const { panel, admin, agent } = fleet
  const { id } = await addServer(fleet)
  const forced = `${SERVERS}/${id}?force=true`
  const nodes = `/api/v1/nodes/${agent.nodeId}`
  t.match(await admin.request('POST', `${nodes}/declare-lost`), {
    status: 409,
    body: { code: 'NODE_ONLINE' }
  })
  agent.hold.add('start')
  const start = await power(admin, id, 'start', {}, { prefer: '' })
  await until('it has begun', () => agent.told.at(-1)?.kind === 'start')
  agent.session.cut()
  await until('it is away', () => !panel.link.agents.isOnline(agent.nodeId))
  t.match(
    await admin.request('DELETE', forced),
    { status: 409, body: { code: 'NODE_OFFLINE' } },
    'one that is only away comes back'
  )
  t.match((await admin.request('POST', `${nodes}/declare-lost`)).body, { abandonedCommands: 1 })
  t.match((await admin.request('GET', `/api/v1/commands/${start.body.command.id}`)).body, {
    status: 'UNKNOWN'
  })
  t.equal((await admin.request('DELETE', forced)).status, 204)
  t.equal((await admin.request('GET', `${SERVERS}/${id}`)).status, 404)
  const [entry] = await panel.db.prisma.auditLog.findMany({ where: { action: 'server.forgotten' } })
  t.match(entry?.after, { possiblyLeftBehind: `container cap-${id}`, nodeName: 'alpha' })
  t.equal((await admin.request('DELETE', nodes)).status, 204)
})

t.test('a key that is revoked is cut off at once', async t => {
  const { panel, admin, agent } = await startFleet(t)
  const began = Date.now()
  const answer = await admin.request('POST', `/api/v1/nodes/${agent.nodeId}/revoke`)
  t.equal(answer.status, 200)
  t.match(await agent.session.closed, { code: 4403 })
  t.ok(Date.now() - began < 5_000)
  t.notOk(panel.link.agents.isOnline(agent.nodeId))
  await t.rejects(agent.reconnect(), /44\d\d/, 'and does not come back')
})

t.test('lists, samples, events and refusals of a running fleet', async t => {
  const fleet = await startFleet(t)
  const { panel, admin, agent } = fleet
  for (const name of ['delta', 'alpha', 'bravo', 'charlie', '50%_off']) {
    await addServer(fleet, { name })
  }
  const names = async (query: string) =>
    (await admin.request('GET', `${SERVERS}?${query}`)).body.data.map((row: Json) => row.name)
  const pages: string[] = []
  let cursor = ''
  do {
    const { body } = await admin.request(
      'GET',
      `${SERVERS}?limit=2${cursor && `&cursor=${cursor}`}`
    )
    pages.push(...body.data.map((row: Json) => row.name))
    cursor = body.nextCursor
  } while (cursor)
  t.same(pages, ['50%_off', 'alpha', 'bravo', 'charlie', 'delta'])
  t.same(await names('sort=-createdAt&limit=2'), ['50%_off', 'charlie'])
  t.same(await names('search=%25_'), ['50%_off'])
  t.same(await names('search=ALPH'), ['alpha'])
  t.same(await names(`nodeId=${agent.nodeId}&status=STOPPED&limit=1`), ['50%_off'])
  t.same(await names('status=RUNNING'), [])
  const [{ alt }] = (await admin.request('GET', SERVERS)).body.data
  await admin.request('PATCH', `/api/v1/alts/${alt.id}`, { tags: ['racing'] })
  t.equal((await names('tag=racing')).length, 5)
  t.same(await names('tag=racing&search=alph'), ['alpha'])
  t.same(await names('tag=survival'), [])

  const [{ id }] = (await admin.request('GET', `${SERVERS}?search=bravo`)).body.data
  const stats = `${SERVERS}/${id}/stats`
  t.match(await admin.request('GET', stats), { status: 404, body: { code: 'STATS_NOT_FOUND' } })
  const sample = {
    at: '2026-03-01T10:00:00.000Z',
    ...{ cpuPercent: 12.5, memoryMiB: 100, networkRxBytes: 1, networkTxBytes: 2 },
    ...{ diskMiB: 5, uptimeSeconds: 60 }
  }
  agent.say('stats', { servers: [{ serverId: id, ...sample }] })
  await until('it is known', async () => (await admin.request('GET', stats)).status === 200)
  t.same((await admin.request('GET', stats)).body, sample)

  await panel.db.pool.query(
    `INSERT INTO "MetricSample" ("subjectType", "subjectId", at, "cpuPercent", "memoryMiB", "diskMiB",
       "networkRxBytes", "networkTxBytes")
     SELECT 'SERVER', $1, now() - make_interval(mins => v.ago), v.cpu, 100, 7, v.rx, 0
     FROM (VALUES (90, 50, 0), (30, 10, 6000), (29, 20, 12000), (10, 30, 600), (9, 40, 1200))
       AS v(ago, cpu, rx)`,
    [id]
  )
  const hour = (await admin.request('GET', `${stats}/history`)).body
  t.equal(hour.stepSeconds, 60)
  t.same(
    hour.data.map((point: Json) => [point.cpuPercent, point.networkRxBytesPerSecond]),
    [
      ...[
        [10, null],
        [20, 100],
        [30, null]
      ],
      [40, 10]
    ],
    'the newest hour, with no traffic where the counter began again'
  )
  const day = (await admin.request('GET', `${stats}/history?range=24h`)).body
  t.ok(day.data.length >= 3 && day.data.length <= 5, `${day.data.length} points of a day`)
  t.match(day.data[0], { cpuPercent: 50, memoryMiB: 100, diskMiB: 7 })
  t.equal((await admin.request('GET', `${stats}/history?range=1y`)).status, 400)

  const event = { seq: 1, serverId: id, at: sample.at, code: 'CRASHED', message: 'It crashed' }
  agent.say('events', { events: [event] })
  const events = `${SERVERS}/${id}/events`
  const seen = await until('it is stored', async () => {
    const { body } = await admin.request('GET', events)
    return body.data.length > 0 && body.data
  })
  t.match(seen, [{ at: sample.at, text: /It crashed/ }])

  await panel.db.prisma.server.update({ where: { id }, data: { suspendedAt: new Date() } })
  for (const path of ['power', 'reinstall']) {
    const body = path === 'power' ? { action: 'start' } : {}
    t.match(
      await admin.request('POST', `${SERVERS}/${id}/${path}`, body),
      { status: 409, body: { code: 'SERVER_SUSPENDED' } },
      path
    )
  }
  t.equal((await admin.request('GET', `${SERVERS}/${id}`)).status, 200)
})
