import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { WebSocket, WebSocketServer } from 'ws'
import { connect as connectTo } from '../src/db/create-database.ts'
import { createLiveSocket } from '../src/features/live/live-socket.ts'
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

interface Viewer {
  socket: WebSocket
  heard: Json[]
  say(message: unknown): void
  lines(): string[]
  closed: Promise<{ code: number; reason: string }>
}

interface Game {
  panel: TestPanel
  admin: Person
  agent: GameAgent
  id: string
}

/** A running game with a console. */
async function startGame(t: Test, owner?: string): Promise<Game> {
  const panel = await buildPanel(t)
  const admin = await login(panel)
  const agent = await addGameNode(panel, admin, 'alpha')
  const alts = await admin.request('GET', '/api/v1/alts?search=Teeworlds%20demo')
  const ownerId = owner && (await addUser(panel, { username: owner })).id
  const body = {
    ...{ name: 'World', altId: alts.body.data[0].id, start: true, ...(ownerId && { ownerId }) },
    ...{ memoryMiB: 512, cpuPercent: 100, diskMiB: 1_024 }
  }
  const made = await admin.request('POST', '/api/v1/servers', body)
  t.equal(made.status, 201, JSON.stringify(made.body))
  const { server } = made.body
  await statusOf(admin, server.id, 'RUNNING')
  return { panel, admin, agent, id: server.id }
}

async function statusOf(person: Person, id: string, status: string): Promise<void> {
  await until(`it is ${status}`, async () => {
    return (await person.request('GET', `/api/v1/servers/${id}`)).body.status === status
  })
}

const consolePath = (id: string) => `/api/v1/servers/${id}/console`

/** Rejects with the HTTP status when the panel does not let it in. */
async function open(
  t: Test,
  panel: TestPanel,
  path: string,
  headers: Record<string, string>
): Promise<Viewer> {
  const socket = new WebSocket(panel.url.replace('http', 'ws') + path, {
    headers: { origin: panel.url, ...headers }
  })
  t.teardown(() => socket.terminate())
  const heard: Json[] = []
  socket.on('message', data => void heard.push(JSON.parse(String(data))))
  const closed = new Promise<{ code: number; reason: string }>(resolve => {
    socket.on('close', (code, reason) => resolve({ code, reason: String(reason) }))
  })
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve)
    socket.once('error', reject)
    socket.once('unexpected-response', (_, response) => reject(new Error(`${response.statusCode}`)))
  })
  return {
    socket,
    heard,
    closed,
    say: message => socket.send(typeof message === 'string' ? message : JSON.stringify(message)),
    lines: () =>
      heard
        .filter(said => said.type === 'lines')
        .flatMap(said => said.lines.map((l: Json) => l.line))
  }
}

const view = (t: Test, { panel, id }: Game, person: Person) =>
  open(t, panel, consolePath(id), { cookie: person.cookie })

t.test('a viewer gets the history, what is new, and goes on where it was', async t => {
  const game = await startGame(t)
  const { agent, admin, id } = game
  const logs = (query = '') => admin.request('GET', `/api/v1/servers/${id}/logs${query}`)
  agent.print(id, 'one', 'two \u001b[31mred\u001b[0m \u001b]0;title\u0007end', 'dreißig 🎮')
  await until('it is stored', async () => (await logs()).body.data.length === 3)

  const viewer = await view(t, game, admin)
  viewer.say({ type: 'subscribe', after: 0 })
  await until('the history comes', () => viewer.lines().length === 3)
  t.match(viewer.heard[0], { type: 'status', status: 'RUNNING', startedAt: /^2026/ })
  agent.print(id, 'four')
  agent.print(id, 'five', 'six')
  await until('what is new comes', () => viewer.lines().length === 6)
  const all = ['one', 'two \u001b[31mred\u001b[0m end', 'dreißig 🎮', 'four', 'five', 'six']
  t.same(viewer.lines(), all, 'in order, with colours and without commands to the terminal')

  const shown = viewer.heard.filter(said => said.type === 'lines').flatMap(said => said.lines)
  t.equal(shown[0].position, 0)
  const [, , third, fourth] = shown
  t.equal(
    fourth.position - third.position,
    Buffer.byteLength('dreißig 🎮') + 1,
    'bytes are counted'
  )
  const second = await view(t, game, admin)
  second.say({ type: 'subscribe', after: fourth.position })
  await until('it goes on', () => second.lines().length === 3)
  t.same(second.lines(), all.slice(3))
  const newest = await view(t, game, admin)
  newest.say({ type: 'subscribe' })
  await until('the newest screenful', () => newest.lines().length === 6)

  const page = await until('all is stored', async () => {
    const { body } = await logs('?limit=4')
    return body.data.length === 4 && body
  })
  t.same(
    page.data.map((line: Json) => line.line),
    all.slice(0, 4)
  )
  t.same((await logs(`?after=${page.nextPosition}`)).body.data, shown.slice(4))

  const stats = {
    at: '2026-03-01T10:00:00.000Z',
    ...{ cpuPercent: 1, memoryMiB: 2, networkRxBytes: 3, networkTxBytes: 4 },
    ...{ diskMiB: 5, uptimeSeconds: 6 }
  }
  agent.say('stats', { servers: [{ serverId: id, ...stats }] })
  await until('samples come', () => viewer.heard.find(said => said.type === 'stats'))
  t.same(
    viewer.heard.find(said => said.type === 'stats'),
    { type: 'stats', stats }
  )
  const stop = { action: 'stop' }
  await admin.request('POST', `/api/v1/servers/${id}/power`, stop, { prefer: 'wait=10' })
  await until('changes of the status come', () => {
    return viewer.heard.some(said => said.type === 'status' && said.status === 'STOPPED')
  })
})

t.test('what is typed reaches the game, once, if one may', async t => {
  const game = await startGame(t, 'ann')
  const { panel, admin, agent, id } = game
  const ann = await login(panel, 'ann')
  const viewer = await view(t, game, ann)
  viewer.say({ type: 'input', line: 'say "hello"' })
  await until('it is typed', () => agent.typed.length === 1)
  const post = (person: Person, command: string) =>
    person.request('POST', consolePath(id), { command })
  t.equal((await post(ann, '')).status, 204)
  t.same(agent.typed, [
    { serverId: id, line: 'say "hello"' },
    { serverId: id, line: '' }
  ])

  await addUser(panel, { username: 'mod', roleName: 'MODERATOR' })
  const mod = await login(panel, 'mod')
  const reader = await view(t, game, mod)
  reader.say({ type: 'subscribe', after: 0 })
  reader.say({ type: 'input', line: 'op mod' })
  const refused = await until('it is refused', () =>
    reader.heard.find(said => said.type === 'error')
  )
  t.match(refused, { code: 'FORBIDDEN', message: /console-send/ })
  t.match(await post(mod, 'op mod'), { status: 403, body: { code: 'FORBIDDEN' } })
  agent.print(id, 'still here')
  await until('and goes on reading', () => reader.lines().includes('still here'))

  const refusals = [
    ['NOT_RUNNING', 409, 'SERVER_NOT_RUNNING'],
    ['INPUT_STALLED', 409, 'INPUT_STALLED'],
    ['DOCKER_UNAVAILABLE', 502, 'AGENT_REFUSED']
  ] as const
  for (const [said, status, code] of refusals) {
    agent.refuseInput = { code: said, message: 'not now' }
    t.match(await post(ann, 'x'), { status, body: { code } }, said)
  }
  agent.refuseInput = undefined
  await ann.request('POST', `/api/v1/servers/${id}/power`, { action: 'stop' }, { prefer: 'wait=9' })
  await statusOf(admin, id, 'STOPPED')
  await panel.db.prisma.server.update({ where: { id }, data: { name: 'statement timeout' } })
  t.match(await post(ann, 'x'), { status: 409, body: { code: 'SERVER_NOT_RUNNING' } })
  await ann.request(
    'POST',
    `/api/v1/servers/${id}/power`,
    { action: 'start' },
    { prefer: 'wait=9' }
  )
  await statusOf(admin, id, 'RUNNING')
  agent.session.cut()
  await until('the node is away', () => !panel.link.agents.isOnline(agent.nodeId))
  t.match(await post(ann, 'x'), { status: 409, body: { code: 'NODE_OFFLINE' } })
  viewer.say({ type: 'input', line: 'x' })
  await until('it is told there too', () => viewer.heard.some(said => said.code === 'NODE_OFFLINE'))
  t.equal(agent.typed.length, 2, 'nothing of it was typed')

  const entries = await until('it is audited', async () => {
    const rows = await panel.db.prisma.auditLog.findMany({
      where: { action: 'server.console.input' },
      orderBy: { id: 'asc' }
    })
    return rows.length === 7 && rows
  })
  t.match(entries[0], {
    actorName: 'ann',
    targetId: id,
    after: { line: 'say "hello"', outcome: 'SENT' }
  })
  t.same(
    entries.map(row => (row.after as Json).outcome),
    [
      ...['SENT', 'SENT', 'SERVER_NOT_RUNNING', 'INPUT_STALLED', 'AGENT_REFUSED'],
      ...['NODE_OFFLINE', 'NODE_OFFLINE']
    ]
  )
})

t.test('nobody gets in who may not, and nonsense is answered', async t => {
  const game = await startGame(t, 'ann')
  const { panel, admin, id } = game
  await addUser(panel, { username: 'bob' })
  const bob = await login(panel, 'bob')
  const rows: [string, string, Record<string, string>, string][] = [
    ['a stranger', consolePath(id), {}, '401'],
    ['a stranger at the events', '/api/v1/events', {}, '401'],
    ["another's server", consolePath(id), { cookie: bob.cookie }, '404'],
    [
      'no server',
      consolePath('0190aaaa-0000-7000-8000-000000000000'),
      { cookie: admin.cookie },
      '404'
    ],
    ['no id', consolePath('x'), { cookie: admin.cookie }, '400'],
    [
      'another site',
      consolePath(id),
      { cookie: admin.cookie, origin: 'https://evil.example' },
      '403'
    ],
    [
      'another site at the events',
      '/api/v1/events',
      { cookie: admin.cookie, origin: 'null' },
      '403'
    ]
  ]
  for (const [what, path, headers, status] of rows) {
    await t.rejects(open(t, panel, path, headers), { message: status }, what)
  }
  const viewer = await view(t, game, admin)
  const nonsense = [
    ...['', 'x', '[]', 'null', '{"type":"subscribe","after":-1}', '{"type":"subscribe","x":1}'],
    ...['{"type":"input"}', '{"type":"input","line":"a\\nb"}', '{"type":"reboot"}']
  ]
  for (const [index, text] of nonsense.entries()) {
    viewer.say(text)
    await until(`${text} is answered`, () => viewer.heard.length === index + 1)
    t.match(viewer.heard.at(-1), { type: 'error', code: 'VALIDATION_FAILED' }, text)
  }
  viewer.say({ type: 'input', line: 'x'.repeat(40_000) })
  t.match(await viewer.closed, { code: 1009 })
})

t.test('sixty 25: a console ends with the login, the permission or the server', async t => {
  const game = await startGame(t, 'ann')
  const { panel, admin, id } = game
  const began = Date.now()
  const [first, second] = [await login(panel, 'ann'), await login(panel, 'ann')]
  const [one, two] = [await view(t, game, first), await view(t, game, second)]
  const events = await open(t, panel, '/api/v1/events', { cookie: first.cookie })
  two.say({ type: 'subscribe' })
  await until('it is served', () => two.heard.length > 0)
  await first.request('POST', '/api/v1/auth/logout')
  t.match(await one.closed, { code: 4401 }, 'its login has ended')
  t.match(await events.closed, { code: 4401 })
  two.say({ type: 'input', line: 'still mine' })
  await until('the other login is untouched', () => game.agent.typed.length === 1)

  const bob = await addUser(panel, { username: 'bob' })
  await admin.request('PATCH', `/api/v1/servers/${id}`, { ownerId: bob.id })
  t.match(await two.closed, { code: 4403 }, 'it is no longer hers')

  const last = await view(t, game, await login(panel, 'bob'))
  last.say({ type: 'subscribe' })
  await until('it is served', () => last.heard.length > 0)
  await admin.request('DELETE', `/api/v1/servers/${id}`, undefined, { prefer: 'wait=10' })
  t.match(await last.closed, { code: 4403 }, 'it is gone')
  t.comment(`all of it in ${Date.now() - began} ms`)
})

t.test('sixty 25: figures end with their permission, and typing with a suspension', async t => {
  const game = await startGame(t, 'ann')
  const { panel, admin, agent, id } = game
  const ann = await login(panel, 'ann')
  const viewer = await view(t, game, ann)
  viewer.say({ type: 'subscribe' })
  await until('it is watched', () => agent.isWatched(id))
  const figures = () => viewer.heard.filter(said => said.type === 'stats').length
  let rounds = 0
  /** Whether figures are shown to her; what is printed after them is shown after them. */
  async function seesFigures(): Promise<boolean> {
    const before = figures()
    rounds += 1
    const sample = {
      ...{ serverId: id, at: '2026-03-01T10:00:00.000Z', cpuPercent: rounds, memoryMiB: 2 },
      ...{ networkRxBytes: 3, networkTxBytes: 4, diskMiB: 5, uptimeSeconds: 6 }
    }
    agent.say('stats', { servers: [sample] })
    agent.printLive(id, `round ${rounds}`)
    await until('the line comes', () => viewer.lines().includes(`round ${rounds}`))
    return figures() > before
  }
  t.ok(await seesFigures())
  const userId = (await ann.request('GET', '/api/v1/auth/me')).body.user.id
  const rights = `/api/v1/users/${userId}/permissions`
  const denied = [{ permission: 'monitoring-view', effect: 'DENY', serverId: id }]
  const began = Date.now()
  await admin.request('PUT', rights, { permissions: denied })
  await until('they end', async () => !(await seesFigures()), 5_000)
  t.ok(Date.now() - began < 5_000)
  await admin.request('PUT', rights, { permissions: [] })
  await until('and come again', seesFigures, 5_000)

  await admin.request('PATCH', `/api/v1/servers/${id}`, { suspended: true })
  viewer.say({ type: 'input', line: 'op ann' })
  const refusal = await until('it is refused', () => viewer.heard.find(said => said.code))
  t.match(refusal, { type: 'error', code: 'SERVER_SUSPENDED' })
  t.same(agent.typed, [])
  agent.printLive(id, 'the last words')
  await until('it may be looked at', () => viewer.lines().includes('the last words'))
})

t.test('who leaves while the server is looked up leaves nobody watching', async t => {
  const { panel, admin, agent, id } = await startGame(t)
  const headers = { cookie: admin.cookie }
  const viewer = await open(t, panel, consolePath(id), headers)
  const holder = await connectTo(panel.databaseUrl)
  t.teardown(() => holder.end())
  await holder.query('BEGIN')
  await holder.query('LOCK TABLE "Server" IN ACCESS EXCLUSIVE MODE')
  viewer.say({ type: 'subscribe' })
  await until('it is looked up', async () => {
    const { rows } = await holder.query(
      `SELECT 1 FROM pg_locks WHERE NOT granted AND relation = '"Server"'::regclass`
    )
    return rows.length > 0
  })
  viewer.socket.terminate()
  await viewer.closed
  await holder.query('ROLLBACK')
  const next = await open(t, panel, consolePath(id), headers)
  next.say({ type: 'subscribe' })
  await until('the next one is shown lines', () => agent.isWatched(id))
  next.socket.close()
  await until('nobody is watching any more', () => !agent.isWatched(id))
})

t.test('what nobody told us of is found by looking', async t => {
  const game = await startGame(t, 'ann')
  const { panel } = game
  const ann = await login(panel, 'ann')
  const viewer = await view(t, game, ann)
  const began = Date.now()
  // As another program would, past the panel.
  await panel.db.prisma.session.updateMany({ data: { revokedAt: new Date() } })
  t.match(await viewer.closed, { code: 4401 })
  t.ok(Date.now() - began < 10_000)
})

t.test('changes are told to those who may see them', async t => {
  const game = await startGame(t, 'ann')
  const { panel, admin, agent, id } = game
  await addUser(panel, { username: 'bob' })
  const listen = async (name?: string) => {
    const person = name ? await login(panel, name) : admin
    return open(t, panel, '/api/v1/events', { cookie: person.cookie })
  }
  const [all, ann, bob] = [await listen(), await listen('ann'), await listen('bob')]
  const wait = { prefer: 'wait=10' }
  await admin.request('POST', `/api/v1/servers/${id}/power`, { action: 'stop' }, wait)
  const has = (viewer: Viewer, match: (said: Json) => boolean) => viewer.heard.some(match)
  const stopped = (said: Json) => said.type === 'server.status' && said.status === 'STOPPED'
  const succeeded = (said: Json) => said.type === 'command' && said.command.status === 'SUCCEEDED'
  for (const viewer of [all, ann]) {
    await until('it is told', () => has(viewer, stopped) && has(viewer, succeeded))
  }
  await admin.request('DELETE', `/api/v1/servers/${id}`, undefined, wait)
  const deleted = (said: Json) => said.type === 'server.deleted' && said.serverId === id
  for (const viewer of [all, ann]) await until('it is told', () => has(viewer, deleted))
  await admin.request('POST', `/api/v1/nodes/${agent.nodeId}/revoke`)
  await admin.request('POST', `/api/v1/nodes/${agent.nodeId}/declare-lost`)
  await until('nodes too', () => has(all, said => said.type === 'node.status'))
  t.notOk(
    has(ann, said => said.type === 'node.status'),
    'but to those who manage them'
  )
  t.same(bob.heard, [], 'and nothing of it to anyone else')
  bob.say({ type: 'subscribe' })
  await until('there is nothing to say', () => has(bob, said => said.type === 'error'))
})

t.test(
  'one who does not read costs little, misses lines exactly, and is sent away in the end',
  async t => {
    const game = await startGame(t)
    const { agent, admin, id } = game
    const [slow, quick] = [await view(t, game, admin), await view(t, game, admin)]
    for (const viewer of [slow, quick]) viewer.say({ type: 'subscribe', after: 0 })
    await until(
      'both are served',
      () => agent.isWatched(id) && slow.heard.length > 0 && quick.heard.length > 0
    )
    slow.socket.pause()
    const text = 'x'.repeat(8_000)
    let printed = 0
    // More than the kernel keeps for one who does not read, and than the panel does.
    while (printed < 1_200) {
      agent.printLive(id, ...[`${printed++} ${text}`, `${printed++} ${text}`])
      await until('the quick one keeps up', () => quick.lines().length >= printed - 16)
    }
    await until('the quick one has all', () => quick.lines().length === printed)
    t.same(
      quick.lines().map(line => Number(line.split(' ')[0])),
      Array.from({ length: printed }, (_, index) => index)
    )
    slow.socket.resume()
    const last = quick.heard
      .filter(said => said.type === 'lines')
      .at(-1)
      .lines.at(-1).position
    await until('the slow one is there again', () =>
      slow.heard.some(said => said.type === 'lines' && said.lines.at(-1).position === last)
    )
    let position = 0
    for (const said of slow.heard) {
      if (said.type === 'gap') {
        t.equal(said.from, position, 'a gap begins where the lines ended')
        position = said.to
      }
      for (const line of said.type === 'lines' ? said.lines : []) {
        if (line.position !== position) t.fail(`${line.position} and not ${position}`)
        position += Buffer.byteLength(line.line) + 1
      }
    }
    t.ok(position > last, 'lines and gaps are all of it')
    t.ok(slow.heard.some(said => said.type === 'gap'))
  }
)

t.test('a socket that nobody reads, or that does not answer, is given up', async t => {
  const http = createServer()
  const server = new WebSocketServer({ server: http, perMessageDeflate: false })
  t.teardown(() => {
    server.close()
    http.close()
  })
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  const url = `ws://127.0.0.1:${(http.address() as AddressInfo).port}`
  const clock = { ms: 0 }
  async function pair() {
    const connected = once(server, 'connection')
    const client = new WebSocket(url)
    t.teardown(() => client.terminate())
    await once(client, 'open')
    const [socket] = (await connected) as [WebSocket]
    return { client, socket, live: createLiveSocket(socket, () => clock.ms) }
  }

  const stuck = await pair()
  stuck.client.pause()
  // More than the kernel takes, less than the limit.
  while (stuck.live.bufferedBytes() < 1_000_000) stuck.live.say({ text: 'x'.repeat(100_000) })
  let ticks = 0
  stuck.live.onTick(() => {
    ticks += 1
  })
  await until('it is looked at', () => ticks > 1)
  t.equal(stuck.socket.readyState, WebSocket.OPEN, 'a while is granted')
  clock.ms += 11_000
  await until('it is given up', () => stuck.socket.readyState === WebSocket.CLOSED)

  const flooded = await pair()
  flooded.client.pause()
  for (let count = 0; count < 100; count++) flooded.live.say({ text: 'x'.repeat(1_000_000) })
  t.ok(flooded.live.bufferedBytes() < 6_000_000, 'what waits is bounded')
  await until('it is given up', () => flooded.socket.readyState === WebSocket.CLOSED)

  const mute = await pair()
  mute.client.pause()
  clock.ms += 21_000
  await until('it is pinged', () => mute.socket.readyState === WebSocket.OPEN)
  let more = 0
  mute.live.onTick(() => {
    more += 1
  })
  await until('a ping was sent', () => more > 1)
  clock.ms += 21_000
  await until('no answer is one', () => mute.socket.readyState === WebSocket.CLOSED)
})
