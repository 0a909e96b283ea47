import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AGENT_SUBPROTOCOL, agentCodec, limits } from '@ctrl-alt-play/protocol'
import t, { type Test } from 'tap'
import { WebSocket } from 'ws'
import { authOf, connectWith, openDoor } from './world/agent-door.ts'
import { type Json, login } from './world/api.ts'
import { describedBy, type Route } from './world/described-routes.ts'
import { digestOf } from './world/digest.ts'
import { example, unknownId, type Wrong, wrongBodies, wrongValues } from './world/invalid-input.ts'
import { PIXEL } from './world/pixel.ts'
import { until } from './world/until.ts'
import { type Upgrade, upgrade } from './world/upgrade.ts'
import { type AgentProcess, createWorld, PASSWORD, type World } from './world/world.ts'

// Some thousand requests, on a machine that may be busy with other files.
t.setTimeout(300_000)

const AT_ONCE = 8
const CONNECT = '/agent/v1/connect'
/** Whoever probes these may add what it likes. */
const takeAnyQuery = ['/healthz', '/readyz', '/metrics']
/** Where a right value cannot be told from the schema alone. */
const rightBodies: Record<string, unknown> = {
  'POST /api/v1/nodes/{id}/allocations': { ip: '127.0.0.1', ports: '50000-50001' }
}
const idPlace = /\/([a-z-]+)\/\{(\w+)\}/g

interface Attempt {
  way: string
  method: string
  path: string
  headers?: Record<string, string>
  body?: string | undefined
  isStranger?: boolean
  /** What has to come of it; `field` is named among the details. */
  want: { status: number; code: string | RegExp; field?: string }
}

t.test('bad input gets the documented error and changes nothing', async t => {
  const world = await createWorld(t, { env: { TRUSTED_PROXIES: '127.0.0.1' } })
  const agent = await world.addNode('alpha')
  const altId = await world.addProbeAlt({ environment: { TICK_MS: '0' } })
  const server = await world.addServer({ altId, nodeId: agent.nodeId })
  const power = `/api/v1/servers/${server.id}/power`
  const { command } = await world.admin.post(power, { action: 'start' }, { prefer: 'wait=60' })
  t.equal(command.status, 'SUCCEEDED')
  await until('its first words are stored', async () => {
    const { data } = await world.admin.get(`/api/v1/servers/${server.id}/logs`)
    return data.some(({ line }: Json) => line === 'ready')
  })
  const description = await describedBy(world.url)
  const fill = filler(
    await idsOf(world, { agent, altId, serverId: server.id, commandId: command.id })
  )
  const socketPath = `/api/v1/servers/${server.id}/console`

  await t.test('every route of the API, and of the door to it', async t => {
    const holds = await everythingAsIs(world, agent, server.id)
    let tries = 0
    for (const route of description.routes) {
      const name = `${route.method} ${route.url}`
      const attempts = attemptsAt(route, description.routes, fill)
      t.ok(attempts.length > 3, `${name}: ${attempts.length} bad inputs`)
      for (let at = 0; at < attempts.length; at += AT_ONCE) {
        const some = attempts.slice(at, at + AT_ONCE).map(async attempt => {
          tries += 1
          const wrong = await problemWith(world, route, attempt, tries)
          if (wrong) t.fail(`${name}: ${attempt.way}`, wrong)
        })
        await Promise.all(some)
      }
      await holds(t, name)
    }
    t.comment(`${tries} bad inputs at ${description.routes.length} routes`)
    t.equal((await world.admin.request('GET', '/api/v1/auth/me')).status, 200, 'the login holds')
  })

  await t.test('what is said on its WebSockets', async t => {
    const sockets = description.routes.filter(route => route.isSocket).map(({ url }) => url)
    const heldTo = ['/api/v1/servers/{id}/console', '/api/v1/events', CONNECT]
    t.same(sockets.sort(), heldTo.sort(), 'each of them stands in this test')
    const holds = await everythingAsIs(world, agent, server.id)
    const said = (description.schemas.ConsoleClientMessage?.anyOf ?? []).flatMap(wrongBodies)
    t.ok(said.length > 20)
    const nonsense = [
      ...said.flatMap(({ value }) => (value === undefined ? [] : JSON.stringify(value))),
      ...['', '{', '{"type":"reboot"}', '{"__proto__":{"type":"input","line":"x"},"type":"input"}']
    ]
    await saysNo(t, await enter(world, socketPath), nonsense)
    const watch = [description.schemas.EventsClientMessage ?? {}].flatMap(wrongBodies)
    t.ok(watch.length > 5)
    const watched = watch.flatMap(({ value }) => (value === undefined ? [] : JSON.stringify(value)))
    const toEvents = [...watched, '', '{', ...nonsense.slice(0, 20)]
    await saysNo(t, await enter(world, '/api/v1/events'), toEvents)
    for (const path of [socketPath, '/api/v1/events']) {
      const long = await enter(world, path)
      long.socket.send(JSON.stringify({ type: 'input', line: 'x'.repeat(40_000) }))
      t.equal(await long.closed, 1009, `${path}: too long`)
      const bytes = await enter(world, path)
      bytes.socket.send(Buffer.from([0xff, 0xfe, 0xfd]), { binary: false })
      t.equal(await bytes.closed, 1007, `${path}: no text`)
    }
    await holds(t, 'what browsers say')
  })

  await t.test("what is said at the agents' door, and by an agent that is let in", async t => {
    const beta = await world.addNode('beta')
    await beta.stop()
    const key = JSON.parse(await readFile(join(beta.stateDir, 'credentials.json'), 'utf8'))
    // Each knock is audited, and the node whose key it is had a session.
    const holds = await everythingAsIs(world, agent, server.id, ['AuditLog', 'Node', 'Agent'])
    const plain = await upgrade(world.url + CONNECT)
    t.match(plain.body, { code: 'VALIDATION_FAILED', requestId: String }, 'another protocol')
    t.equal(plain.body.details[0].field, 'headers.sec-websocket-protocol')

    for (const [way, frame] of wrongKnocks(key)) {
      const door = await openDoor(world.url)
      door.socket.send(await frame(door.challenge))
      const code = await door.closed
      t.ok([1009, 4400, 4401].includes(code), `${way}: ${code}`)
      t.notOk(
        door.heard.some(({ type }: Json) => type === 'welcome'),
        way
      )
    }
    for (const [way, frame] of wrongFrames(server.id)) {
      const thief = await connectWith(key, world.url)
      t.ok(thief.welcomed, way)
      thief.socket.send(frame)
      await until(`${way}: it is sent away`, () => thief.socket.readyState === WebSocket.CLOSED, {
        deadlineMs: 5_000
      })
    }
    await holds(t, 'what agents say')
    t.match(await world.admin.get(`/api/v1/nodes/${agent.nodeId}`), { status: 'ONLINE' })
  })
})

/** Real things by the collection that they are in: what a bad input must not change. */
async function idsOf(
  { admin, url, database }: World,
  made: { agent: AgentProcess; altId: string; serverId: string; commandId: string }
): Promise<Record<string, string>> {
  const { nodeId } = made.agent
  await login(url, 'admin', PASSWORD)
  const firstOf = async (path: string) => (await admin.get(path)).data[0].id
  const sessions = (await admin.get('/api/v1/auth/sessions')).data
  const key = { name: 'of this test', currentPassword: PASSWORD }
  const { apiKey } = await admin.post('/api/v1/api-keys', key)
  const invitation = { invite: 'somebody', permissions: ['file-read'] }
  const invited = await admin.post(`/api/v1/servers/${made.serverId}/members`, invitation)
  const { icon } = await admin.patch(`/api/v1/alts/${made.altId}`, { icon: PIXEL })
  return {
    icon: icon.split('/').at(-1),
    ...{ nodes: nodeId, alts: made.altId, servers: made.serverId, commands: made.commandId },
    allocations: await firstOf(`/api/v1/nodes/${nodeId}/allocations`),
    ctrls: (await admin.get(`/api/v1/alts/${made.altId}`)).ctrlId,
    'api-keys': apiKey.id,
    ...{ roles: await firstOf('/api/v1/roles'), invitations: invited.id },
    members: await addMember(database, made.serverId),
    users: await firstOf('/api/v1/users'),
    sessions: sessions.find((session: Json) => !session.isCurrent).id,
    versions: '1'
  }
}

/** A further user, who may see the server. */
async function addMember(database: World['database'], serverId: string): Promise<string> {
  const [row] = await database.query(`
    WITH friend AS (
      INSERT INTO "User" (id, username, email, "passwordHash", "roleId")
      SELECT gen_random_uuid(), 'friend', 'friend@example.invalid', 'none', r.id FROM "Role" r
      WHERE r.name = 'USER' RETURNING id)
    INSERT INTO "UserPermission" (id, "userId", "permissionId", "serverId")
    SELECT gen_random_uuid(), friend.id, p.id, '${serverId}' FROM friend, "Permission" p
    WHERE p.name = 'server-view' RETURNING "userId"`)
  return String(row?.userId)
}

/** Puts the ids into a route's path; `other` stands in the place of one of them. */
function filler(ids: Record<string, string>) {
  return (url: string, other: Record<string, string> = {}): string =>
    url.replace(idPlace, (_, collection: string, name: string) => {
      const id = other[name] ?? ids[collection]
      if (id === undefined) throw new Error(`${url}: this test needs a real one of ${collection}`)
      return `/${collection}/${id}`
    })
}

type Fill = ReturnType<typeof filler>

const invalid = (field: string) => ({ status: 400, code: 'VALIDATION_FAILED', field })
const malformed = { status: 400, code: 'MALFORMED_JSON' }

function attemptsAt(route: Route, among: Route[], fill: Fill): Attempt[] {
  const { method, url, isSocket } = route
  const path = fill(url)
  const body = rightBodyOf(route)
  const base = { method, path, body }
  const list = [...atItsPath(route, fill), ...atItsQuery(route, path), ...atItsBody(route, path)]
  if (!route.isPublic) {
    const want = { status: 401, code: 'UNAUTHENTICATED' }
    list.push({ ...base, way: 'without a login', isStranger: true, want })
  }
  if (method !== 'GET' || isSocket) {
    const want = { status: 403, code: 'ORIGIN_REFUSED' }
    const headers = { origin: 'https://elsewhere.example' }
    list.push({ ...base, way: 'from another site', headers, want })
  }
  if (route.takesIdempotencyKey) {
    for (const key of ['a b', 'x'.repeat(129), 'a,b\u00fc']) {
      const want = invalid('headers.idempotency-key')
      list.push({ ...base, way: `key ${key}`, headers: { 'idempotency-key': key }, want })
    }
  }
  const known = among.filter(other => other.url === url).map(other => other.method)
  for (const other of ['POST', 'PUT', 'PATCH', 'DELETE']) {
    if (known.includes(other)) continue
    const want = { status: 404, code: 'ROUTE_NOT_FOUND' }
    list.push({ way: other, method: other, path, body: '{}', want })
  }
  return list
}

function rightBodyOf({ method, url, body }: Route): string | undefined {
  return textOf(body && (rightBodies[`${method} ${url}`] ?? example(body)))
}

const ids = {
  wrong: ['not-an-id', '1', `${unknownId}0`, unknownId.toUpperCase()],
  unknown: unknownId
}
const hashes = { wrong: ['x', '0', 'F'.repeat(32), '0'.repeat(33)], unknown: '0'.repeat(32) }
const versions = { wrong: ['newest', '0', '-1', '1.5', '2147483648'], unknown: '2147483647' }

function atItsPath(route: Route, fill: Fill): Attempt[] {
  const { method, url } = route
  const body = rightBodyOf(route)
  return [...url.matchAll(idPlace)].flatMap(([, , name = '']) => {
    const at = (id: string, want: Attempt['want']): Attempt => {
      const way = `${name} = ${id.slice(0, 40)}`
      return { way, method, path: fill(url, { [name]: id }), body, want }
    }
    const here = invalid(`params.${name}`)
    const { wrong, unknown } = { version: versions, hash: hashes }[name] ?? ids
    return [
      ...[...wrong, '%00', '..%2f', 'x'.repeat(90)].map(id => at(id, here)),
      at('x'.repeat(120), invalid('path')),
      at('%zz', invalid('path')),
      at(unknown, { status: 404, code: /^[A-Z_]+_NOT_FOUND$/ })
    ]
  })
}

function atItsQuery(route: Route, path: string): Attempt[] {
  const { method, url, query } = route
  if (takeAnyQuery.includes(url)) return []
  const body = rightBodyOf(route)
  const at = (way: string, asked: string, field: string): Attempt => {
    const want = invalid(`query.${field}`)
    return { way: `query ${way}`, method, path: `${path}?${asked}`, body, want }
  }
  const list = [at('that is unknown', 'unknownProperty=1', 'unknownProperty')]
  for (const [key, part] of Object.entries(query)) {
    const value = encodeURIComponent(String(example(part)))
    list.push(at(`${key} twice`, `${key}=${value}&${key}=${value}`, key))
    // In a query all is text: a number's text is a number, and any text is one.
    const isText = part.type === 'string' && !part.enum && !part.format && !part.pattern
    const harmless = ['a text of it', 'null', ...(isText ? ['of a wrong kind'] : [])]
    for (const { way, value } of wrongValues(part)) {
      if (harmless.includes(way)) continue
      const asked = typeof value === 'object' ? '[object]' : String(value)
      list.push(at(`${key} ${way}`, `${key}=${encodeURIComponent(asked)}`, key))
    }
  }
  return list
}

/** Eggs come with pictures in them, and many at a time. */
function tooLargeFor(path: string): number {
  return /\/import(-many)?$/.test(path) ? 4_300_000 : 300_000
}

function atItsBody(route: Route, path: string): Attempt[] {
  const { method, body, isSocket } = route
  if (method === 'GET' || isSocket) return []
  const at = (way: string, text: string | undefined, want: Attempt['want']): Attempt => ({
    ...{ way: `body ${way}`, method, path, want },
    body: text
  })
  const right = rightBodyOf(route) ?? '{}'
  const poisons = ['{"__proto__":{"a":1}}', '{"constructor":{"prototype":{"a":1}}}']
  const list = [
    ...['{"name":', 'x', "{'name':1}", '{"a":1,}'].map(text => at(text, text, malformed)),
    ...poisons.map(text => at(text, text, malformed)),
    at('of NUL', '\0', malformed),
    at('too large', `{"name":"${'x'.repeat(tooLargeFor(path))}"}`, {
      ...{ status: 413, code: 'BODY_TOO_LARGE' }
    })
  ]
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/xml']) {
    const want = { status: 415, code: 'UNSUPPORTED_MEDIA_TYPE' }
    list.push({ ...at(`as ${type}`, right, want), headers: { 'content-type': type } })
  }
  const field = ({ at: place }: Wrong) => invalid(`body${place}`)
  const wrong = body
    ? wrongBodies(body).map(one => at(one.way, textOf(one.value), field(one)))
    : [at('where none belongs', '{"unknownProperty":1}', invalid('body'))]
  return [...list, ...wrong]
}

function textOf(value: unknown): string | undefined {
  return value === undefined ? undefined : JSON.stringify(value)
}

/** What is not as it has to be; undefined: nothing. */
async function problemWith(world: World, route: Route, attempt: Attempt, count: number) {
  const { want } = attempt
  const answer = await ask(world, route, attempt, count)
  const { body } = answer
  const fields: string[] = (body.details ?? []).map((detail: Json) => detail.field ?? '')
  const names = ['code', 'message', 'details', 'requestId']
  const isFit =
    answer.status === want.status &&
    (typeof want.code === 'string' ? body.code === want.code : want.code.test(body.code)) &&
    (want.field === undefined ||
      fields.some(field => field === want.field || field.startsWith(`${want.field}.`))) &&
    Object.keys(body).every(name => names.includes(name)) &&
    [body.message, body.requestId].every(text => typeof text === 'string' && text.length > 5)
  if (isFit) return undefined
  return { want, answer, sent: attempt.body?.slice(0, 300), path: attempt.path }
}

async function ask({ url, admin }: World, route: Route, attempt: Attempt, count: number) {
  const { method, path, body, isStranger } = attempt
  const headers = {
    origin: url,
    // Strangers are counted by their address.
    ...(route.isPublic || isStranger
      ? { 'x-forwarded-for': `10.${count >> 8}.${count & 255}.1` }
      : { cookie: admin.cookie() }),
    ...(body !== undefined && { 'content-type': 'application/json' }),
    ...attempt.headers
  }
  if (route.isSocket && method === 'GET') {
    const protocol = route.url === CONNECT ? { protocol: AGENT_SUBPROTOCOL } : {}
    const { status, body: said, socket } = await upgrade(url + path, { headers, ...protocol })
    socket.terminate()
    return { status, body: said ?? {} }
  }
  const response = await fetch(url + path, { method, headers, ...(body !== undefined && { body }) })
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.startsWith('application/json')
  return { status: response.status, body: isJson ? JSON.parse(text) : { text } }
}

/** Looks at database, engine and game now; the answer looks whether they are still the same. */
async function everythingAsIs(
  world: World,
  agent: AgentProcess,
  serverId: string,
  except?: string[]
) {
  const look = async () => ({
    tables: await digestOf(world.database, except),
    containers: await containersOf(world, agent),
    ledger: await readFile(join(agent.dataDir, serverId, 'ledger.txt'), 'utf8')
  })
  let before = await look()
  return async (t: Test, after: string) => {
    const now = await look()
    t.same(now, before, `as it was, after ${after}`)
    before = now
  }
}

async function containersOf({ docker }: World, { nodeId }: AgentProcess) {
  const filters = { label: [`cap.node=${nodeId}`] }
  const found = await docker.listContainers({ all: true, filters })
  const states = found.map(async ({ Id }) => {
    const { Name, State, HostConfig, Config } = await docker.getContainer(Id).inspect()
    return { Id, Name, State, Memory: HostConfig.Memory, Env: Config.Env }
  })
  return Promise.all(states)
}

async function enter({ url, admin }: World, path: string): Promise<Upgrade> {
  const opened = await upgrade(url + path, { headers: { origin: url, cookie: admin.cookie() } })
  if (opened.status !== 101) throw new Error(`${path}: ${opened.status}`)
  return opened
}

/** Each of them is answered, in order, and the socket stays. */
async function saysNo(t: Test, { socket, heard }: Upgrade, nonsense: string[]): Promise<void> {
  for (const [index, text] of nonsense.entries()) {
    socket.send(text)
    await until(`${text.slice(0, 200)} is answered`, () => heard.length > index, { everyMs: 2 })
    t.match(heard[index], { type: 'error', code: 'VALIDATION_FAILED', message: String }, text)
  }
  t.equal(socket.readyState, WebSocket.OPEN, 'nobody is sent away for it')
  socket.close()
}

type Frame = string | Buffer
type Knock = [way: string, frame: (challenge: Json) => Frame]

/** First words that open nothing: the right ones, changed in one place, and what is no such thing at all. */
function wrongKnocks(key: Json): Knock[] {
  const right = (challenge: Json) => JSON.parse(authOf(key, challenge))
  const changed = (change: (message: Json) => void) => (challenge: Json) => {
    const message = right(challenge)
    change(message)
    return JSON.stringify(message)
  }
  const names = ['nodeId', 'kid', 'agentNonce', 'instanceId', 'lastEpoch', 'protocol', 'signature']
  // Nobody reads the bootId: any text will do.
  const values = [undefined, null, {}, [], -1, 'x'.repeat(1_000), 'a\0b', unknownId]
  const changes = [
    ...names.flatMap(name => values.map(value => [name, value] as const)),
    ...values.slice(0, 6).map(value => ['bootId', value] as const)
  ]
  const knocks = changes.map(([name, value]): Knock => {
    const way = `${name} = ${String(JSON.stringify(value)).slice(0, 30)}`
    return [
      way,
      changed(({ body }) => {
        body[name] = value
      })
    ]
  })
  const envelopes = ['v', 'id', 'type', 'body'].map(
    (name): Knock => [
      `without ${name}`,
      changed(message => {
        delete message[name]
      })
    ]
  )
  return [
    ...knocks,
    ...envelopes,
    ['nothing', () => ''],
    ['half of it', challenge => authOf(key, challenge).slice(0, 100)],
    ['bytes', challenge => Buffer.from(authOf(key, challenge))],
    ['far too much', () => `"${'x'.repeat(limits.unauthenticatedMessageBytes)}"`],
    ['another word', () => agentCodec.encode('report', { servers: [] })]
  ]
}

/** What ends the session of an agent that says it. */
function wrongFrames(serverId: string): [string, Frame][] {
  const message = (type: string, body: unknown) => JSON.stringify({ v: 1, id: 'x', type, body })
  return [
    ['no JSON', '{'],
    ['no message', '[]'],
    ['an unknown word', message('reboot', {})],
    ['a body that is none', message('report', null)],
    ['a report of nonsense', message('report', { servers: [{ serverId, state: 'FLYING' }] })],
    ['a result of nonsense', message('command.result', { id: serverId, outcome: 'fine' })],
    ['NUL in an id', message('command.result', { id: 'a\0b', outcome: { status: 'FAILED' } })],
    ['bytes that are no frame', Buffer.from([9, 9, 9, 9])],
    ['no bytes', Buffer.alloc(0)],
    ['far too much', message('events', { events: 'x'.repeat(limits.agentMessageBytes) })]
  ]
}
