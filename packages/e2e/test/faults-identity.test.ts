import { randomUUID } from 'node:crypto'
import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import {
  type AgentBody,
  agentCodec,
  createKeyPair,
  encodeConsoleFrame,
  type KeyPair,
  keyIdOf
} from '@ctrl-alt-play/protocol'
import t from 'tap'
import { codeAt } from '../../panel/test/app-codes.ts'
import { type Json, login, stranger } from './world/api.ts'
import { addBareServers } from './world/bare-servers.ts'
import { createWrongClock } from './world/clocks.ts'
import { createLinkProxy } from './world/link-proxy.ts'
import { createMachine } from './world/machine.ts'
import { enroll, knock, play, playFully, type Role } from './world/played-agent.ts'
import { launch } from './world/process.ts'
import { residentMiB } from './world/process-facts.ts'
import { act, bootsOf, untilCommand } from './world/servers.ts'
import { Hopeless, until } from './world/until.ts'
import { isText, payloadOf } from './world/websocket-frames.ts'
import { within } from './world/within.ts'
import { callWitness } from './world/witness.ts'
import { createWorld, PASSWORD, type Teardown, type World } from './world/world.ts'

/** For so long an app shows the same code. */
const STEP_MS = 30_000

// Each is in a world of its own, and most of them wait most of the time.
t.jobs = 3

t.test('row 23: what was overheard or stolen opens nothing that is not its own', async t => {
  const world = await createWorld(t)
  const road = await roadTo(t, world)
  const alpha = await world.addNode('alpha', { panelUrl: road.url })
  const beta = await world.addNode('beta')
  const altId = await world.addProbeAlt({ environment: { TICK_MS: '500' } })
  const server = await world.addServer({ altId, nodeId: alpha.nodeId, name: 'Of alpha' })
  const command = await act(world.admin, server.id, 'start')
  t.match(command, { status: 'SUCCEEDED' })
  const path = `/api/v1/servers/${server.id}`
  const before = await world.admin.get(path)
  const container = await world.containerOf(server.id)
  const auth = await until('the handshake is overheard', () => road.overheard('auth')[0]?.body)

  const replays: [string, AgentBody<'auth'>][] = [
    ['as it was', auth],
    ['with a higher epoch', { ...auth, lastEpoch: auth.lastEpoch + 1_000 }],
    ['with a nonce of its own', { ...auth, agentNonce: Buffer.alloc(32).toString('base64') }],
    ['as another instance', { ...auth, instanceId: randomUUID() }],
    ['for another node', { ...auth, nodeId: beta.nodeId }]
  ]
  for (const [what, replayed] of replays) {
    const stranger = await knock(world.url)
    stranger.say('auth', replayed)
    t.match(await within('it is refused', stranger.closed), { code: 4401 }, `overheard, ${what}`)
  }
  await until(
    'each is audited',
    async () => (await audited(world, 'security.agent.refused')) === replays.length
  )
  const stolen = await roleOf(beta.stateDir)
  await beta.stop()
  const impossible = await play(world.url, stolen, 2 ** 50)
  t.match(await impossible.closed, { code: 4400 }, 'an epoch that was never given out')
  t.equal(await epochOf(world, beta.nodeId), 1, 'and it is not taken over')

  // All that alpha has said since, on a session of beta.
  const said = road.overheard('report', 'command.ack', 'command.progress', 'command.result')
  t.ok(said.length >= 3, `${said.length} messages of alpha are at hand`)
  const posing = await playFully(world.url, stolen)
  for (const message of said) posing.send(JSON.stringify(message))
  t.match(await within('the session is ended', posing.closed), { code: 4400 })

  for (const [what, frame, action] of lies(server.id, command.id)) {
    const lines = await audited(world, action)
    const thief = await playFully(world.url, stolen)
    thief.send(frame)
    t.match(await within('the session is ended', thief.closed), { code: 4400 }, what)
    await until('it is audited', async () => (await audited(world, action)) > lines)
  }
  t.match(await world.admin.get(path), { status: 'RUNNING', crashCount: before.crashCount })
  t.match(await world.admin.get(`/api/v1/commands/${command.id}`), { status: 'SUCCEEDED' })
  const { data } = await world.admin.get(`${path}/logs?after=0`)
  t.notOk(
    data.some((shown: Json) => shown.line.includes('a lie')),
    'nothing of it is shown'
  )
  t.equal((await world.containerOf(server.id))?.State.Pid, container?.State.Pid)

  const disguised = await play(world.url, { ...stolen, nodeId: alpha.nodeId })
  t.notOk(disguised.welcome, "beta's key is not taken for alpha's")
  await world.admin.post(`/api/v1/nodes/${beta.nodeId}/revoke`)
  const revoked = await play(world.url, stolen)
  t.notOk(revoked.welcome, 'revoked, it opens nothing at all')
  t.match(await world.admin.get(`/api/v1/nodes/${alpha.nodeId}`), { status: 'ONLINE' })
})

t.test('row 24: one key on two hosts: the newest counts, then nobody is believed', async t => {
  const machine = await createMachine(t)
  const world = await createWorld(t, { publicHost: machine.hostAddress })
  const original = await world.addNode('original')
  const altId = await world.addProbeAlt({ environment: { TICK_MS: '200' } })
  const server = await world.addServer({ altId, nodeId: original.nodeId })
  const other = await world.addServer({ altId, nodeId: original.nodeId, name: 'Other' })
  t.match(await act(world.admin, server.id, 'start'), { status: 'SUCCEEDED' })
  const before = await world.containerOf(server.id)

  // The second host is a copy of the first one's state, with a Docker and an address of its own.
  const state = join(machine.dir, 'state')
  await cp(original.stateDir, state, { recursive: true, filter: path => !path.endsWith('.sock') })
  const credentials = JSON.parse(await readFile(join(state, 'credentials.json'), 'utf8'))
  const panelUrl = `http://${machine.hostAddress}:${new URL(world.url).port}/`
  const moved = { ...credentials, panelUrl, insecure: true, dataDir: machine.dir }
  await writeFile(join(state, 'credentials.json'), JSON.stringify(moved))
  const epoch = await epochOf(world, original.nodeId)
  const agent = join(import.meta.dirname, '../../agent/dist/ctrl-alt-play-agent.mjs')
  const args = [agent, 'run', '--state-dir', state, '--data-dir', machine.dir]
  const copy = launch(machine.inside(process.execPath, args))
  t.teardown(() => copy.end('SIGTERM'))

  await until(
    'the copy has taken over',
    async () => (await epochOf(world, original.nodeId)) > epoch
  )
  await until('the first one was sent away', () => /"code":4409/.test(original.output()))
  const nodePath = `/api/v1/nodes/${original.nodeId}`
  await until(
    'the node is in quarantine',
    async () => (await world.admin.get(nodePath)).status === 'QUARANTINED',
    { deadlineMs: 90_000 }
  )
  await until('it is audited', async () => (await audited(world, 'security.node.quarantined')) > 0)
  const asked = await world.admin.request('POST', `/api/v1/servers/${other.id}/power`, {
    action: 'start'
  })
  t.ok([202, 409].includes(asked.status), `the act is kept or refused: ${asked.status}`)
  await until(
    'the agents go on taking turns',
    async () => {
      const now = await epochOf(world, original.nodeId)
      return now > epoch + 5
    },
    { deadlineMs: 120_000 }
  )
  const [row] = await world.database.query(
    `SELECT count(*)::int AS sent FROM "Command" WHERE "serverId" = $1 AND kind = 'start' AND "dispatchedAt" IS NOT NULL`,
    [other.id]
  )
  t.equal(row?.sent, 0, 'no command is sent')
  t.notOk((await world.containerOf(other.id))?.State.Running, 'nothing was started here')
  t.same(await machine.docker.listContainers({ all: true }), [], 'nor there')
  t.match(await world.admin.get(`/api/v1/servers/${server.id}`), { status: 'UNKNOWN' })
  const after = await world.containerOf(server.id)
  t.equal(after?.State.Pid, before?.State.Pid, 'the game never noticed')
})

t.test('row 25: clocks that are wrong or jump', async t => {
  const clocks = { panel: await createWrongClock(t), agent: await createWrongClock(t) }
  // In places where the time of day jumps on other days.
  const world = await createWorld(t, { env: { ...clocks.panel.env, TZ: 'Europe/Berlin' } })
  const witness = await callWitness(world.database)
  const env = { ...clocks.agent.env, TZ: 'America/New_York' }
  const agent = await world.addNode('alpha', { env })
  const altId = await world.addProbeAlt({ environment: { READY_AFTER_MS: '3000', TICK_MS: '500' } })
  const server = await world.addServer({ altId, nodeId: agent.nodeId })
  const nodePath = `/api/v1/nodes/${agent.nodeId}`
  const seen = watchNode(world, agent.nodeId)

  const jumps: [string, () => Promise<void>][] = [
    ["the agent's +1 h", () => clocks.agent.set(3_600)],
    ["the agent's −1 h", () => clocks.agent.set(-3_600)],
    ["the panel's +1 h", () => clocks.panel.set(3_600)],
    ["the panel's −1 h", () => clocks.panel.set(-3_600)],
    [
      'both right again',
      async () => {
        await clocks.agent.set(0)
        await clocks.panel.set(0)
      }
    ]
  ]
  for (const [what, jump] of jumps) {
    const { command } = await world.admin.post(`/api/v1/servers/${server.id}/power`, {
      action: 'restart'
    })
    const commandPath = `/api/v1/commands/${command.id}`
    await until(
      'it is under way',
      async () => (await world.admin.get(commandPath)).status === 'RUNNING'
    )
    await jump()
    const ended = await until('it has ended', async () => {
      const now = await world.admin.get(commandPath)
      return now.finishedAt && now
    })
    t.match(ended, { status: 'SUCCEEDED', errorCode: null }, `${what} in the middle of a command`)
    t.match(await world.admin.get(nodePath), { status: 'ONLINE' }, 'the node is not given up')
    t.ok((await world.containerOf(server.id))?.State.Running)
  }
  t.match(agent.output(), /clockSkewMs/, 'the skew is told')
  const { lastSeen, statuses } = await seen.stop()
  t.ok(lastSeen.length > 10 && new Set(lastSeen).size > 1, `${lastSeen.length} looks at lastSeen`)
  t.same(
    lastSeen,
    [...lastSeen].sort((a, b) => a - b),
    'lastSeen never goes back'
  )
  t.same([...statuses], ['ONLINE'], 'nor was it ever anything but ONLINE')

  await t.test('what waits for a node that is away does not expire by any clock', async t => {
    await agent.kill9()
    const { command } = await world.admin.post(`/api/v1/servers/${server.id}/power`, {
      action: 'stop',
      queue: true
    })
    await clocks.panel.set(3_600)
    await clocks.agent.set(-3_600)
    await agent.start()
    t.match(await untilCommand(world.admin, command.id), { status: 'SUCCEEDED', errorCode: null })
    await clocks.agent.set(0)
    await clocks.panel.set(0)
  })
  t.equal(
    await bootsOf(agent, server.id),
    jumps.length,
    'each of the acts was done once, by the ledger of the game'
  )
  t.same(await witness.backwards(), [], 'by the database: neither lastSeen nor epoch went back')

  await t.test('a cookie counts for 15 minutes by itself, then the database is asked', async t => {
    for (const seconds of [3_600, -3_600, 0]) {
      await clocks.panel.set(seconds)
      const { status } = await world.admin.request('GET', '/api/v1/auth/me')
      t.equal(status, 200, `a login goes on at ${seconds} s`)
    }
    const person = await login(world.url, 'admin', PASSWORD)
    const look = () => person.request('GET', '/api/v1/auth/me')
    const cookie = person.cookie()
    await clocks.panel.set(240)
    await look()
    t.equal(person.cookie(), cookie, 'a young cookie is kept')
    await clocks.panel.set(360)
    await look()
    t.not(person.cookie(), cookie, 'after five minutes there is a new one')
    await world.database.query(
      `UPDATE "Session" SET "revokedAt" = now() WHERE "id" =
         (SELECT "id" FROM "Session" ORDER BY "createdAt" DESC LIMIT 1)`
    )
    await clocks.panel.set(3_600)
    t.equal((await look()).status, 401, 'one that is revoked is worth nothing once it is old')
    await clocks.panel.set(0)
  })

  await t.test("an app's codes count by the panel's clock, a step early or late", async t => {
    const { secret } = await world.admin.post('/api/v1/auth/totp', { currentPassword: PASSWORD })
    await until('this time step has a while to go', () => Date.now() % STEP_MS < STEP_MS - 2_000)
    const step = Math.floor(Date.now() / STEP_MS)
    const enter = async (totp: string): Promise<number> => {
      const given = { username: 'admin', password: PASSWORD, totp }
      return (await stranger(world.url).request('POST', '/api/v1/auth/login', given)).status
    }
    const confirmed = await world.admin.post('/api/v1/auth/totp/confirm', {
      code: codeAt(secret, step - 1)
    })
    t.equal(await enter(codeAt(secret, step)), 200, 'now')
    await clocks.panel.set(3_600)
    t.equal(await enter(codeAt(secret, step + 1)), 401, 'of an app that is right, an hour ahead')
    t.equal(await enter(confirmed.recoveryCodes[0]), 200, 'a recovery code knows no time')
    await clocks.panel.set(-3_600)
    t.equal(await enter(codeAt(secret, step + 1)), 401, 'nor an hour behind')
    await clocks.panel.set(0)
    t.equal(await enter(codeAt(secret, step + 1)), 200, 'right again: a step early')
    t.equal(await enter(codeAt(secret, step)), 401, 'none twice, whatever the clock did meanwhile')
  })

  await t.test('a login that is revoked while the clock is put back has ended in 5 s', async t => {
    const socket = await world.admin.socket('/api/v1/events')
    await clocks.panel.set(-7_200)
    await world.database.query('UPDATE "Session" SET "revokedAt" = now()')
    const began = performance.now()
    t.ok(await within('its socket is closed', socket.closed, 10_000))
    const ms = performance.now() - began
    t.ok(ms < 5_000, `closed after ${ms.toFixed(0)} ms`)
    t.match(await world.admin.request('GET', nodePath), { status: 401 })
  })
})

t.test('row 29: an enrolment token is good for one key, whatever happens on the way', async t => {
  const world = await createWorld(t)
  const made = await world.admin.post('/api/v1/nodes', { name: 'raced', ipAddress: '127.0.0.1' })
  const token = tokenOf(made)
  const nodeId = made.node.id

  const contenders = await Promise.all(
    Array.from({ length: 50 }, async (_, index) => {
      const keys = createKeyPair()
      return { keys, ...(await enroll(world.url, { token, keys, from: `127.0.1.${index + 1}` })) }
    })
  )
  const [winner, ...others] = contenders.filter(({ status }) => status === 200)
  t.same(others, [], 'fifty at once: one key is taken')
  const refusals = contenders.filter(({ status }) => status !== 200)
  for (const { status, body } of refusals) t.match({ status, body }, used)
  const oneKey = [{ kid: keyIdOf(winner?.keys.publicKey ?? ''), status: 'ACTIVE' }]
  t.same(await keysOf(world, nodeId), oneKey)

  const same = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      enroll(world.url, {
        token,
        keys: winner?.keys ?? createKeyPair(),
        from: `127.0.2.${index + 1}`
      })
    )
  )
  t.ok(
    same.every(({ status, body }) => status === 200 && body.nodeId === nodeId),
    'the same key again'
  )
  t.match(await enroll(world.url, { token, keys: createKeyPair() }), used, 'another key later')
  t.same(await keysOf(world, nodeId), oneKey, 'still exactly one')
  const winners: KeyPair = winner?.keys ?? createKeyPair()
  const role: Role = { nodeId, keys: winners, instanceId: randomUUID(), panelKey: '' }
  t.ok((await play(world.url, role)).welcome, 'and it opens the door')
  for (const { keys } of refusals.slice(0, 3)) {
    t.notOk((await play(world.url, { ...role, keys })).welcome, 'no other does')
  }

  await t.test('one that has expired', async t => {
    const late = await world.admin.post('/api/v1/nodes', { name: 'late', ipAddress: '127.0.0.1' })
    await world.database.query(
      `UPDATE "EnrollmentToken" SET "expiresAt" = now() - interval '1 second' WHERE "nodeId" = $1`,
      [late.node.id]
    )
    const answer = await enroll(world.url, { token: tokenOf(late), keys: createKeyPair() })
    t.match(answer, { status: 410, body: { code: 'ENROLLMENT_TOKEN_EXPIRED' } })
    t.same(await keysOf(world, late.node.id), [], 'no key')
  })

  await t.test('an answer that is lost on the way', async t => {
    const road = await roadTo(t, world)
    const agent = await world.addNode('unlucky', {
      panelUrl: road.url,
      async register(attempt) {
        road.proxy.make('toAgent', { stall: true })
        const lost = attempt()
        const [node] = await world.database.query(`SELECT id FROM "Node" WHERE name = 'unlucky'`)
        const nodeId = String(node?.id)
        await until('the panel has a key', async () => (await keysOf(world, nodeId)).length === 1)
        road.proxy.cut('reset')
        await until('it gives up', () => lost.child.exitCode !== null)
        t.match(lost.output(), /could not be reached/, 'the agent does not know')
        road.proxy.heal()
        const again = attempt()
        await until('it has ended', () => again.child.exitCode !== null)
        t.equal(again.child.exitCode, 0, again.output())
      }
    })
    const { keys } = await roleOf(agent.stateDir)
    const expected = [{ kid: keyIdOf(keys.publicKey), status: 'ACTIVE' }]
    t.same(await keysOf(world, agent.nodeId), expected, 'asked again, it is the same one key')
  })
})

t.test('row 37: without any wake-up all happens a little later', async t => {
  const world = await createWorld(t)
  const agent = await world.addNode('alpha')
  const altId = await world.addProbeAlt()
  const server = await world.addServer({ altId, nodeId: agent.nodeId })

  await t.test('a command that nobody was woken for', async t => {
    const { id, ms } = await queueQuietly(world, server.id)
    t.ok(ms < 4_000, `sent after ${ms.toFixed(0)} ms: the sweeper comes every 2 s`)
    t.match(await untilCommand(world.admin, id), { status: 'SUCCEEDED' })
    t.ok((await world.containerOf(server.id))?.State.Running)
  })

  await t.test('connections to the database that are cut again and again', async t => {
    const cutting = cutConnections(world)
    const statuses: string[] = []
    for (const action of ['stop', 'start', 'restart', 'stop', 'start']) {
      const command = await powerPersistently(world, server.id, action)
      statuses.push(command.status)
    }
    const cut = await cutting.stop()
    t.ok(cut > 5, `${cut} connections were cut`)
    t.same(statuses, Array(5).fill('SUCCEEDED'))
    t.ok((await world.containerOf(server.id))?.State.Running)
    t.match(await world.admin.get(`/api/v1/nodes/${agent.nodeId}`), { status: 'ONLINE' })
  })

  await t.test('a login, a node: revoked behind the back of the panel that holds them', async t => {
    const socket = await world.admin.socket('/api/v1/events')
    let began = performance.now()
    await world.database.query('UPDATE "Agent" SET "revokedAt" = now() WHERE "nodeId" = $1', [
      agent.nodeId
    ])
    await until('the agent is sent away', () => /"code":4403/.test(agent.output()), { everyMs: 20 })
    t.ok(performance.now() - began < 5_000, 'the node within 5 s')
    began = performance.now()
    await world.database.query('UPDATE "Session" SET "revokedAt" = now()')
    await within('the socket is closed', socket.closed, 10_000)
    t.ok(performance.now() - began < 5_000, 'the login within 5 s')
    t.match(await world.admin.request('GET', '/api/v1/nodes'), { status: 401 })
    t.ok((await world.containerOf(server.id))?.State.Running, 'the game runs on')
  })
})

t.test('row 36: a flood of events is taken, and what is wrong in it holds nothing up', async t => {
  const world = await createWorld(t)
  const well = await world.addNode('well')
  const made = await world.admin.post('/api/v1/nodes', { name: 'flood', ipAddress: '127.0.0.1' })
  const keys = createKeyPair()
  await enroll(world.url, { token: tokenOf(made), keys })
  const role: Role = { nodeId: made.node.id, keys, instanceId: randomUUID(), panelKey: '' }
  const [serverId = ''] = await addBareServers(world, await world.addProbeAlt(), [role.nodeId])
  const pid = world.panelPid()
  const startMiB = await residentMiB(pid)
  const EVENTS = 100_000

  const whole = await playFully(world.url, role)
  whole.say('events', {
    events: Array.from({ length: 101 }, (_, seq) => eventOf(serverId, seq + 1))
  })
  t.match(await whole.closed, { code: 4400 }, 'more than a hundred at once is no message')

  const flood = await playFully(world.url, role)
  const slowest = watchAnswers(world, `/api/v1/nodes/${well.nodeId}`)
  const poison = [
    { ...eventOf(serverId, 250), message: 'nul \0 and half \ud83d' },
    { ...eventOf(serverId, 350), at: '9999-99-99T99:99:99Z' },
    { ...eventOf(serverId, 450), at: '0000-01-01T00:00:00Z' },
    { ...eventOf(randomUUID(), 550) }
  ]
  let peakMiB = startMiB
  const weighing = repeatedly(async () => {
    peakMiB = Math.max(peakMiB, await residentMiB(pid))
  }, 200)
  for (let from = 1; from <= EVENTS; from += 100) {
    const events = Array.from({ length: 100 }, (_, index) => {
      const seq = from + index
      return poison.find(event => event.seq === seq) ?? eventOf(serverId, seq)
    })
    flood.say('events', { events })
    if (from % 5_000 === 1) await new Promise(resolve => setImmediate(resolve))
  }
  await until(
    'all of it is stored',
    () => flood.heard.some(said => said.type === 'events.stored' && said.body.seq === EVENTS),
    { deadlineMs: 180_000 }
  )
  const [row] = await world.database.query(
    `SELECT count(*)::int AS stored FROM "ServerLog" WHERE "serverId" = $1 AND kind = 'EVENT'`,
    [serverId]
  )
  t.equal(row?.stored, EVENTS - 1, 'each but the one of a server that nobody has')
  await weighing.stop()
  t.ok(peakMiB - startMiB < 200, `from ${startMiB} to ${peakMiB} MiB while it went on`)
  const { count, worstMs } = await slowest.stop()
  t.ok(worstMs < 5_000, `${count} questions meanwhile, the slowest took ${worstMs.toFixed(0)} ms`)
  t.match(await world.admin.get(`/api/v1/nodes/${well.nodeId}`), { status: 'ONLINE' })

  // The same again, as after a lost answer.
  flood.say('events', { events: [eventOf(serverId, 1), eventOf(serverId, EVENTS)] })
  flood.say('events', { events: [eventOf(serverId, EVENTS + 1)] })
  await until('it goes on', () =>
    flood.heard.some(said => said.type === 'events.stored' && said.body.seq === EVENTS + 1)
  )
  const [again] = await world.database.query(
    `SELECT count(*)::int AS stored FROM "ServerLog" WHERE "serverId" = $1 AND kind = 'EVENT'`,
    [serverId]
  )
  t.equal(again?.stored, EVENTS, 'nothing is stored twice')
})

const used = { status: 409, body: { code: 'ENROLLMENT_TOKEN_USED' } }

function tokenOf(made: Json): string {
  return /--token (\S+)/.exec(made.enrollment.command)?.[1] ?? ''
}

/** What a thief finds in an agent's state folder. */
async function roleOf(stateDir: string): Promise<Role> {
  const found = JSON.parse(await readFile(join(stateDir, 'credentials.json'), 'utf8'))
  const { nodeId, panelKey, key: keys } = found
  return { nodeId, panelKey, keys, instanceId: randomUUID() }
}

/** A road to the panel on which everything is overheard. */
async function roadTo(t: Teardown, world: World) {
  const proxy = await createLinkProxy(t, { targetPort: Number(new URL(world.url).port) })
  return {
    proxy,
    url: `http://127.0.0.1:${proxy.port}`,
    overheard: (...types: string[]): Json[] =>
      proxy
        .captured('toPanel')
        .filter(isText)
        .map(frame => JSON.parse(payloadOf(frame).toString()))
        .filter(message => types.includes(message.type))
  }
}

/** What a node might say of another's server. */
function lies(serverId: string, commandId: string): [string, string | Buffer, string][] {
  const report: AgentBody<'report'>['servers'][number] = {
    serverId,
    state: 'CRASHED',
    generation: 99,
    restartSeq: 99,
    containerId: 'a'.repeat(64),
    startedAt: null,
    exitCode: 1,
    oomKilled: false,
    crashCount: 7,
    endedByItself: true,
    pendingRestart: false,
    reason: 'a lie'
  }
  const at = '2026-01-01T00:00:00Z'
  const event = { seq: 1, serverId, at, code: 'LIE', message: 'a lie' }
  const line = { atMs: 1, stream: 'stdout', continued: false, text: Buffer.from('a lie') } as const
  const outcome = { status: 'FAILED' } as const
  const foreignServer = 'security.agent.foreign-server'
  return [
    ['a status', agentCodec.encode('report', { servers: [report] }), foreignServer],
    [
      'a result',
      agentCodec.encode('command.result', { id: commandId, outcome }),
      'security.agent.foreign-command'
    ],
    ['an event', agentCodec.encode('events', { events: [event] }), foreignServer],
    [
      'a console line',
      encodeConsoleFrame({ type: 'chunk', serverId, start: 0, lines: [line] }),
      foreignServer
    ]
  ]
}

/** How many lines the audit log has of it; they are written every half second. */
async function audited({ database }: World, action: string): Promise<number> {
  const [row] = await database.query(
    'SELECT count(*)::int AS count FROM "AuditLog" WHERE action = $1',
    [action]
  )
  return Number(row?.count)
}

async function epochOf({ database }: World, nodeId: string): Promise<number> {
  const [row] = await database.query('SELECT "sessionEpoch" AS epoch FROM "Node" WHERE id = $1', [
    nodeId
  ])
  return Number(row?.epoch)
}

function keysOf({ database }: World, nodeId: string) {
  return database.query('SELECT kid, status::text FROM "Agent" WHERE "nodeId" = $1', [nodeId])
}

function eventOf(serverId: string, seq: number): AgentBody<'events'>['events'][number] {
  return { seq, serverId, at: '2026-03-01T10:00:00Z', code: 'FLOOD', message: `number ${seq}` }
}

/** Does it again and again until it is stopped. */
function repeatedly(work: () => Promise<void>, everyMs: number): { stop(): Promise<void> } {
  const stopping = new AbortController()
  const { signal } = stopping
  const working = (async () => {
    while (!signal.aborted) {
      await work()
      await delay(everyMs, undefined, { signal }).catch(() => undefined)
    }
  })()
  return {
    async stop() {
      stopping.abort()
      await working
    }
  }
}

/** What the database has of a node, looked at all the time. */
function watchNode({ database }: World, nodeId: string) {
  const lastSeen: number[] = []
  const statuses = new Set<unknown>()
  const looking = repeatedly(async () => {
    const [row] = await database.query(
      'SELECT "lastSeen", status::text, now() - "lastSeen" < interval \'60 s\' AS fresh FROM "Node" WHERE id = $1',
      [nodeId]
    )
    lastSeen.push(Number(row?.lastSeen))
    statuses.add(row?.fresh ? row.status : 'not seen for a minute')
  }, 200)
  return {
    async stop() {
      await looking.stop()
      return { lastSeen, statuses }
    }
  }
}

/** How long the panel takes to answer, asked all the time. */
function watchAnswers(world: World, path: string) {
  let count = 0
  let worstMs = 0
  const asking = repeatedly(async () => {
    const began = performance.now()
    await world.admin.get(path)
    worstMs = Math.max(worstMs, performance.now() - began)
    count++
  }, 100)
  return {
    async stop() {
      await asking.stop()
      return { count, worstMs }
    }
  }
}

/** As another panel on the same database would have it: the act is in the rows, and nobody was woken. */
async function queueQuietly(
  { database }: World,
  serverId: string
): Promise<{ id: string; ms: number }> {
  const began = performance.now()
  const [row] = await database.query(
    `WITH s AS (UPDATE "Server" SET "desiredState" = 'RUNNING', generation = generation + 1,
         "restartSeq" = "restartSeq" + 1 WHERE id = $1 RETURNING *)
     INSERT INTO "Command" (id, "nodeId", "serverId", lane, kind, payload, "payloadHash", "ttlMs", "expiresAt")
     SELECT gen_random_uuid(), s."nodeId", s.id, 'power', 'start', jsonb_build_object('desired', 'RUNNING',
         'generation', s.generation, 'restartSeq', s."restartSeq", 'previousDesired', 'STOPPED',
         'previousRestartSeq', s."restartSeq" - 1), 'quiet', 60000, now() + interval '60 s'
     FROM s RETURNING id`,
    [serverId]
  )
  const id = String(row?.id)
  await until(
    'it is sent',
    async () => {
      const [sent] = await database.query('SELECT "dispatchedAt" FROM "Command" WHERE id = $1', [
        id
      ])
      return sent?.dispatchedAt
    },
    { everyMs: 20 }
  )
  return { id, ms: performance.now() - began }
}

/** Whatever the panel has open to the database ends, every half second. */
function cutConnections({ database }: World) {
  let cut = 0
  const cutting = repeatedly(async () => {
    const [row] = await database.query(
      `SELECT count(pg_terminate_backend(pid))::int AS count FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid()`
    )
    cut += Number(row?.count)
  }, 500)
  return {
    async stop() {
      await cutting.stop()
      return cut
    }
  }
}

/** As a person does who is told to try again: with the same key, so that it is one act. */
async function powerPersistently(world: World, serverId: string, action: string): Promise<Json> {
  const key = { 'idempotency-key': randomUUID() }
  const path = `/api/v1/servers/${serverId}/power`
  const id = await until('the act is taken', async () => {
    const { status, body } = await world.admin.request('POST', path, { action }, key)
    if (status >= 500 || body.code === 'REQUEST_IN_PROGRESS') return undefined
    if (status !== 202) throw new Hopeless(`${status} ${JSON.stringify(body)}`)
    return body.command.id
  })
  return until('it has ended', async () => {
    const seen = await world.admin.get(`/api/v1/commands/${id}`)
    return seen.finishedAt && seen
  })
}
