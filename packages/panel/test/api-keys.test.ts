import { createHash } from 'node:crypto'
import t, { type Test } from 'tap'
import { createApiKeysRepo } from '../src/features/api-keys/api-keys.repo.ts'
import { isAddressOrRange } from '../src/features/auth/address.ts'
import {
  addServerOf,
  closedAfter,
  codeAt,
  consoleOf,
  openSocket,
  setUpTotp,
  stepNow,
  withKey
} from './access-world.ts'
import { holdUsers } from './held-users.ts'
import {
  addUser,
  buildPanel,
  type Json,
  login,
  type Person,
  stranger,
  type TestPanel,
  until
} from './helper.ts'
import { testAdmin } from './test-database.ts'

// The machine may be busy with other files.
t.setTimeout(180_000)

const KEYS = '/api/v1/api-keys'
const ME = '/api/v1/auth/me'
const USERS = '/api/v1/users'
const { password } = testAdmin
const someId = '0190b5ad-0000-7000-8000-0000000000ff'

const proofOf = (body: object) => ('currentPassword' in body ? {} : { currentPassword: password })

const create = (person: Person, body: object = {}, headers?: Record<string, string>) =>
  person.request('POST', KEYS, { name: 'deploy', ...body, ...proofOf(body) }, headers)

async function newKey(panel: TestPanel, person: Person, body?: object) {
  const made = await create(person, body)
  if (made.status !== 201) throw new Error(JSON.stringify(made.body))
  const { secret, apiKey } = made.body
  return { key: withKey(panel, secret), secret, id: String(apiKey.id) }
}

async function worldOf(t: Test, username = 'ann', roleName = 'USER') {
  const panel = await buildPanel(t)
  const { id } = await addUser(panel, { username, roleName })
  return { panel, id, ann: await login(panel, username) }
}

const statusOf = async (person: Person, path = ME) => (await person.request('GET', path)).status

t.test('a key is shown once, kept as a hash, and acts for its user', async t => {
  const { panel, id, ann } = await worldOf(t)
  const expiresAt = '2099-01-01T00:00:00.000Z'
  const body = {
    ...{ name: 'deploy', permissions: ['server-view'], expiresAt },
    allowedIps: ['127.0.0.0/8', '2001:db8::/32']
  }
  const repeat = { 'idempotency-key': 'a-key-for-a-key' }
  const made = await create(ann, body, repeat)
  t.match(made, { status: 201, body: { apiKey: { ...body, lastUsedAt: null } } })
  const { secret, apiKey } = made.body
  t.match(secret, /^cap_[\w-]{43}$/)
  const again = await create(ann, body, repeat)
  t.strictSame(again.body, made.body, 'the same request again makes no second one')

  const row = await panel.db.prisma.apiKey.findFirstOrThrow({ where: { userId: id } })
  t.equal(await panel.db.prisma.apiKey.count(), 1)
  t.equal(row.secretHash, createHash('sha256').update(secret).digest('hex'))
  const key = withKey(panel, secret)
  t.match(await key.request('GET', ME), {
    status: 200,
    body: { user: { id }, permissions: ['server-view'] }
  })
  const listed = await until('its use is noted', async () => {
    const { body: list } = await ann.request('GET', KEYS)
    return list.data[0].lastUsedAt && list
  })
  t.match(listed, { data: [{ ...body, id: apiKey.id }], nextCursor: null })
  t.notOk('secret' in listed.data[0])

  const audit = await panel.db.prisma.auditLog.findMany({ where: { targetId: apiKey.id } })
  t.match(audit, [{ action: 'api-key.created', actorName: 'ann', after: { name: 'deploy' } }])
  const kept = JSON.stringify([
    ...[audit, row, await panel.db.prisma.idempotencyKey.findMany()],
    await panel.db.prisma.auditLog.findMany()
  ])
  const plain = createHash('sha256')
    .update(JSON.stringify({ ...body, currentPassword: password }))
    .digest('hex')
  for (const text of [secret, password, plain]) {
    t.notOk(kept.includes(text), 'the database does not tell it')
    t.notOk(panel.logged().includes(text), 'nor does the log')
  }

  t.equal((await ann.request('DELETE', `${KEYS}/${apiKey.id}`)).status, 204)
  t.equal(await statusOf(key), 401)
  t.strictSame((await ann.request('GET', KEYS)).body.data, [])
  t.match(await panel.db.prisma.auditLog.findMany({ where: { action: 'api-key.deleted' } }), [
    { targetId: apiKey.id, before: { name: 'deploy' } }
  ])
})

t.test('making one takes the password, or a code of who has a second factor', async t => {
  const { panel, ann } = await worldOf(t)
  const { request } = ann
  t.match(await request('POST', KEYS, { name: 'deploy' }), {
    status: 400,
    body: { details: [{ field: 'body.currentPassword' }] }
  })
  t.match(await create(ann, { currentPassword: 'a wrong one' }), {
    status: 403,
    body: { code: 'WRONG_PASSWORD' }
  })
  const { secret } = await setUpTotp(panel, ann)
  t.match(await create(ann), { status: 400, body: { details: [{ field: 'body.code' }] } })
  const code = codeAt(secret, stepNow())
  t.equal((await create(ann, { code })).status, 201)
  t.match(await create(ann, { code }), { status: 403, body: { code: 'WRONG_TOTP' } }, 'once')
  t.equal(await panel.db.prisma.apiKey.count(), 1)
})

t.test('none is made by a password that was replaced meanwhile', async t => {
  const { panel, ann } = await worldOf(t)
  const reset = await holdUsers(t, panel, `UPDATE "User" SET "passwordHash" = 'another'`)
  const making = create(ann)
  await reset.waiting(1)
  await reset.letGo()
  t.match(await making, { status: 401, body: { code: 'UNAUTHENTICATED' } })
  t.equal(await panel.db.prisma.apiKey.count(), 0)
})

t.test('nobody gives a key what they lack, and nothing that is nonsense', async t => {
  const { panel, ann } = await worldOf(t)
  t.match(await create(ann, { permissions: ['server-view', 'admin-nodes'] }), {
    status: 403,
    body: { code: 'FORBIDDEN', details: [{ name: 'admin-nodes' }] }
  })
  const wrong: [object, string][] = [
    [{ permissions: ['server-fly'] }, 'body.permissions.0'],
    [{ allowedIps: ['127.0.0.1', 'localhost'] }, 'body.allowedIps.1'],
    [{ allowedIps: ['10.0.0.0/33'] }, 'body.allowedIps.0'],
    [{ expiresAt: '2020-01-01T00:00:00Z' }, 'body.expiresAt'],
    [{ userId: someId }, 'body.userId'],
    [{ secretHash: 'x' }, 'body.secretHash']
  ]
  for (const [body, field] of wrong) {
    const answer = await create(ann, body)
    t.match(answer, { status: 400, body: { details: [{ field }] } }, JSON.stringify(body))
  }
  t.equal(await panel.db.prisma.apiKey.count(), 0)
  const good = ['192.0.2.7', '192.0.2.0/24', '2001:db8::1', '2001:db8::/32', '::ffff:192.0.2.7']
  const bad = [
    '',
    '/',
    '192.0.2.0/',
    '192.0.2.0/-1',
    '192.0.2.0/1/2',
    'fe80::1%eth0',
    '1.2.3',
    '::/129'
  ]
  for (const text of good) t.ok(isAddressOrRange(text), text)
  for (const text of bad) t.notOk(isAddressOrRange(text), text)
})

t.test('sixty 26: a request with a key opens no login', async t => {
  const { panel, id, ann } = await worldOf(t, 'ann', 'ADMIN')
  const { key, secret } = await newKey(panel, ann)
  const before = await panel.db.prisma.session.count()
  const old = Math.floor(Date.now() / 1_000) - 600
  const sid = (await panel.db.prisma.session.findFirstOrThrow({ where: { userId: id } })).id
  const aged = `ctrl_alt_play_session=${panel.app.jwt.sign({ sid, iat: old, exp: old + 900 })}`
  const passwords = { currentPassword: password, newPassword: 'a better password' }
  const asked: [string, string, unknown?, Record<string, string>?][] = [
    ['GET', ME],
    ['GET', USERS],
    ['GET', ME, undefined, { cookie: aged }],
    ['GET', '/api/v1/auth/sessions', undefined, { cookie: aged }],
    ['POST', '/api/v1/auth/password', passwords],
    ['POST', '/api/v1/auth/logout'],
    ['DELETE', '/api/v1/auth/sessions'],
    ['POST', '/api/v1/auth/totp', { currentPassword: password }],
    ['POST', KEYS, { name: 'child', currentPassword: password }],
    ['GET', KEYS]
  ]
  for (const [method, path, body, headers] of asked) {
    const answer = await key.request(method, path, body, headers)
    t.strictSame(answer.headers.getSetCookie(), [], `${method} ${path}`)
    const isForLogins = path !== ME && path !== USERS
    if (isForLogins) t.match(answer, { status: 403, body: { code: 'LOGIN_NEEDED' } }, path)
    else t.equal(answer.status, 200, path)
  }
  t.equal(await panel.db.prisma.session.count(), before)
  t.equal(await panel.db.prisma.apiKey.count(), 1, 'a key makes no keys')
  const asCookie = { cookie: `ctrl_alt_play_session=${secret}` }
  const { status } = await fetch(panel.url + ME, { headers: asCookie })
  t.equal(status, 401, 'nor is it one')
})

t.test('sixty 22: what opens one door opens no other', async t => {
  const { panel, ann } = await worldOf(t)
  const admin = await login(panel)
  const { secret } = await newKey(panel, ann)
  const token = ann.cookie.slice(ann.cookie.indexOf('=') + 1)
  const { body } = await admin.request('POST', '/api/v1/nodes', { name: 'alpha' })
  const enrollment = String(body.enrollment.token)
  for (const bearer of [token, enrollment, `cap_${token}`, password]) {
    t.equal(await statusOf(withKey(panel, bearer)), 401, 'no key')
  }
  for (const value of [secret, enrollment, password]) {
    const cookie = `ctrl_alt_play_session=${value}`
    const { status } = await fetch(panel.url + ME, { headers: { cookie } })
    t.equal(status, 401, 'no cookie')
  }
  const { recoveryCodes } = await setUpTotp(panel, ann)
  const [recovery = ''] = recoveryCodes
  const enter = (given: object) => {
    const both = { username: 'ann', password, ...given }
    return stranger(panel.url).request('POST', '/api/v1/auth/login', both)
  }
  for (const wrong of [secret, recovery, token.slice(0, 70)]) {
    t.match(await enter({ password: wrong }), { body: { code: 'LOGIN_FAILED' } }, 'no password')
  }
  for (const totp of [password, secret.slice(0, 32)]) {
    t.match(await enter({ totp }), { status: 401, body: { code: 'WRONG_TOTP' } }, 'no code')
  }
  t.equal((await enter({ totp: recovery })).status, 200, 'each at its own place')
})

t.test('sixty 38: a key that may read does not write, and is no administrator', async t => {
  const { panel, id, ann } = await worldOf(t)
  const serverId = await addServerOf(panel, id)
  const server = `/api/v1/servers/${serverId}`
  const { key: reader } = await newKey(panel, ann, { permissions: ['server-view', 'console-read'] })
  t.equal(await statusOf(reader, server), 200)
  const acts: [string, string, object?][] = [
    ['PATCH', server, { name: 'Mine' }],
    ['POST', `${server}/power`, { action: 'start' }],
    ['POST', `${server}/console`, { command: 'op me' }],
    ['DELETE', server]
  ]
  for (const [method, path, body] of acts) {
    const answer = await reader.request(method, path, body)
    t.match(answer, { status: 403, body: { code: 'FORBIDDEN' } }, `${method} ${path}`)
  }
  const console = await openSocket(t, panel, consoleOf(serverId), {
    authorization: await bearerOf(panel, ann)
  })
  console.socket.send('{"type":"input","line":"op me"}')
  await until('it is refused', () => console.heard.length > 0)
  t.match(console.heard[0], { type: 'error', code: 'FORBIDDEN' })

  const { key: client } = await newKey(panel, ann)
  for (const path of [USERS, '/api/v1/nodes', '/api/v1/audit-logs']) {
    t.match(await client.request('GET', path), { status: /403|404/ }, path)
  }
  const { key: none } = await newKey(panel, ann, { permissions: [] })
  t.match(await none.request('GET', ME), { status: 200, body: { permissions: [] } })
  t.match(await none.request('GET', server), { status: 404 }, 'what it may not see is not there')
  const row = await panel.db.prisma.server.findUniqueOrThrow({ where: { id: serverId } })
  t.match(row, { name: 'World', desiredState: 'STOPPED', deletedAt: null })

  async function bearerOf(panel: TestPanel, person: Person): Promise<string> {
    const permissions = ['server-view', 'console-read']
    return `Bearer ${(await newKey(panel, person, { permissions })).secret}`
  }
})

t.test('sixty 38: an allow-list is not passed by a forged address', async t => {
  const { panel, ann } = await worldOf(t)
  const { key, secret } = await newKey(panel, ann, { allowedIps: ['203.0.113.0/24'] })
  const forged: Record<string, string>[] = [
    { 'x-forwarded-for': '203.0.113.9' },
    { 'x-forwarded-for': '203.0.113.9, 127.0.0.1' },
    { 'X-Forwarded-For': '203.0.113.9, 203.0.113.10' },
    { forwarded: 'for=203.0.113.9' },
    { 'x-real-ip': '203.0.113.9', 'true-client-ip': '203.0.113.9' },
    { 'x-client-ip': '203.0.113.9', 'cf-connecting-ip': '203.0.113.9' }
  ]
  for (const headers of forged) {
    const { status } = await key.request('GET', ME, undefined, headers)
    t.equal(status, 401, JSON.stringify(headers))
    const socket = openSocket(t, panel, '/api/v1/events', {
      authorization: `Bearer ${secret}`,
      ...headers
    })
    await t.rejects(socket, { message: '401' })
  }
  const proxied = await buildPanel(t, {
    env: { TRUSTED_PROXIES: '127.0.0.1' },
    databaseUrl: panel.databaseUrl
  })
  const rows: [string, number][] = [
    ['203.0.113.9', 200],
    ['::ffff:203.0.113.9', 200],
    ['198.51.100.7', 401],
    ['203.0.113.9, 198.51.100.7', 401],
    ['198.51.100.7, 203.0.113.9', 200],
    ['fe80::1%eth0', 401],
    ['nonsense', 401]
  ]
  for (const [from, status] of rows) {
    const there = withKey(proxied, secret)
    const answer = await there.request('GET', ME, undefined, { 'x-forwarded-for': from })
    t.equal(answer.status, status, `a proxy that is trusted says ${from}`)
  }
})

t.test('sixty 43: never more than twenty, however many are made at once', async t => {
  const { panel, id, ann } = await worldOf(t)
  const codes = new Set<string>()
  await until(
    'there are no more',
    async () => {
      const answers = await Promise.all(Array.from({ length: 50 }, () => create(ann)))
      for (const { status, body } of answers) codes.add(status === 201 ? 'made' : body.code)
      return codes.has('TOO_MANY_API_KEYS')
    },
    60_000
  )
  // Of so many passwords some may be turned away before they are looked at.
  codes.delete('TOO_MANY_REQUESTS')
  t.strictSame([...codes].sort(), ['TOO_MANY_API_KEYS', 'made'])
  t.equal(await panel.db.prisma.apiKey.count({ where: { userId: id } }), 20)

  const { id: bobId } = await addUser(panel, { username: 'bob' })
  const bob = await panel.db.prisma.user.findUniqueOrThrow({ where: { id: bobId } })
  const repo = createApiKeysRepo(panel.db, { write: async () => {}, note: () => {} })
  const none = { allPermissions: true, permissions: [], allowedIps: [], expiresAt: null }
  const entry = { actorType: 'SYSTEM', actorId: null, actorName: null, ip: null } as const
  const act = { ...entry, action: 'api-key.created', targetType: 'api-key', targetId: null }
  const made = await Promise.all(
    Array.from({ length: 50 }, (_, at) =>
      repo.insert(bob, { name: 'k', secretHash: `hash ${at}`, ...none }, { max: 20, entry: act })
    )
  )
  t.equal(made.filter(Boolean).length, 20)
  t.equal(await panel.db.prisma.apiKey.count({ where: { userId: bobId } }), 20)

  const { body } = await ann.request('GET', KEYS)
  t.equal((await ann.request('DELETE', `${KEYS}/${body.data[0].id}`)).status, 204)
  t.equal((await create(ann)).status, 201, 'one gone, one more')
})

t.test("a key dies with its owner's rights", async t => {
  const { panel, id, ann } = await worldOf(t, 'ann', 'ADMIN')
  const { prisma } = panel.db
  const { key } = await newKey(panel, ann, { permissions: ['user-view', 'server-view'] })
  const { key: full } = await newKey(panel, ann)
  const roleOf = (name: string) => prisma.role.findUniqueOrThrow({ where: { name } })
  const change = async (data: object) => void (await prisma.user.update({ where: { id }, data }))
  const become = (status: number, path = USERS) =>
    until(`${path} is ${status}`, async () => {
      const both = [await statusOf(key, path), await statusOf(full, path)]
      return both.every(one => one === status)
    })

  await become(200)
  await change({ roleId: (await roleOf('USER')).id })
  await become(403)
  await change({ roleId: (await roleOf('MODERATOR')).id })
  await become(200)
  t.equal(await statusOf(full, '/api/v1/nodes'), 403, 'the new role is all there is')
  const userView = await prisma.permission.findFirstOrThrow({ where: { name: 'user-view' } })
  await prisma.userPermission.create({
    data: { userId: id, permissionId: userView.id, effect: 'DENY' }
  })
  await become(403)
  await prisma.userPermission.deleteMany({ where: { userId: id } })
  await become(200)
  await change({ mustChangePassword: true })
  await become(403)
  await change({ mustChangePassword: false })
  await become(200)
  await change({ disabledAt: new Date() })
  await become(401, ME)
  await change({ disabledAt: null })
  await become(200, ME)
  await prisma.apiKey.updateMany({ data: { expiresAt: new Date() } })
  await become(401, ME)
  await prisma.apiKey.updateMany({ data: { expiresAt: null } })
  await become(200, ME)
  await prisma.user.delete({ where: { id } })
  await become(401, ME)
})

t.test('sixty 25: what a key opened ends with the key', async t => {
  const { panel, id, ann } = await worldOf(t)
  const serverId = await addServerOf(panel, id)
  const { secret, id: keyId } = await newKey(panel, ann)
  const { secret: otherSecret } = await newKey(panel, ann)
  const open = (path: string, bearer: string) =>
    openSocket(t, panel, path, { authorization: `Bearer ${bearer}` })
  const sockets = [await open('/api/v1/events', secret), await open(consoleOf(serverId), secret)]
  const other = await open(consoleOf(serverId), otherSecret)
  const began = performance.now()
  t.equal((await ann.request('DELETE', `${KEYS}/${keyId}`)).status, 204)
  for (const socket of sockets) {
    const { code, ms } = await closedAfter(socket, began)
    t.equal(code, 4401)
    t.ok(ms < 5_000, `${Math.round(ms)} ms`)
  }
  await t.rejects(open(consoleOf(serverId), secret), { message: '401' })
  other.socket.send('{"type":"subscribe"}')
  await until('another key has its console still', () => other.heard.length > 0)

  const expiresAt = new Date(Date.now() + 1_500)
  const { secret: brief } = await newKey(panel, ann, { expiresAt: expiresAt.toISOString() })
  const short = [await open('/api/v1/events', brief), await open(consoleOf(serverId), brief)]
  for (const { closed } of short) t.equal(await closed, 4401, 'its time is over')
  const late = Date.now() - expiresAt.getTime()
  t.ok(late >= 0 && late < 5_000, `${late} ms after its end`)
  await t.rejects(open(consoleOf(serverId), brief), { message: '401' })
})

t.test("one's own, another's and no key at all look the same from outside", async t => {
  const { panel, ann } = await worldOf(t)
  await addUser(panel, { username: 'bob' })
  const bob = await login(panel, 'bob')
  const { id, key } = await newKey(panel, ann)
  const answers = await Promise.all(
    [id, someId].map(one => bob.request('DELETE', `${KEYS}/${one}`))
  )
  for (const { status, body } of answers) {
    t.same([status, body.code], [404, 'API_KEY_NOT_FOUND'])
    t.equal(body.message.replace(/[0-9a-f-]{36}/, 'ID'), 'No API key ID')
  }
  t.strictSame((await bob.request('GET', KEYS)).body.data, [])
  t.equal(await statusOf(key), 200)
  for (const name of ['two', 'three']) await newKey(panel, ann, { name })
  const page = await ann.request('GET', `${KEYS}?limit=2`)
  const rest = await ann.request('GET', `${KEYS}?limit=2&cursor=${page.body.nextCursor}`)
  const names = [...page.body.data, ...rest.body.data].map((row: Json) => row.name)
  t.strictSame(names, ['three', 'two', 'deploy'], 'newest first, page by page')
})
