import bcrypt from 'bcrypt'
import t, { type Test } from 'tap'
import type { Actor, Grants } from '../src/features/permissions/can.ts'
import { type PermissionName, permissionCatalog } from '../src/features/permissions/catalog.ts'
import { type AccountChange, mayChange, type Target } from '../src/features/users/may-change.ts'
import { addServerOf, closedAfter, consoleOf, openSocket, withKey } from './access-world.ts'
import { addGameNode } from './game-agent.ts'
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

const USERS = '/api/v1/users'
const LOGIN = '/api/v1/auth/login'
const ME = '/api/v1/auth/me'
const EVENTS = '/api/v1/events'
const someId = '0190b5ad-0000-7000-8000-0000000000ff'
const { password } = testAdmin
const ann = { username: 'ann', email: 'ann@example.invalid' }

const statusOf = async (person: Person) => (await person.request('GET', ME)).status
const pathOf = ({ id }: { id: string }) => `${USERS}/${id}`

/** One who holds these everywhere, beside what a user holds. */
async function addHelper(panel: TestPanel, username: string, permissions: PermissionName[]) {
  const { prisma } = panel.db
  const role = await prisma.role.create({ data: { name: `ROLE OF ${username}` } })
  const rows = await prisma.permission.findMany({ where: { name: { in: permissions } } })
  const usersRole = await prisma.role.findUniqueOrThrow({
    where: { name: 'USER' },
    include: { permissions: true }
  })
  const own = usersRole.permissions.map(({ permissionId, scope }) => ({ permissionId, scope }))
  const any = rows.map(({ id }) => ({ permissionId: id, scope: 'ANY' as const }))
  await prisma.rolePermission.createMany({
    data: [...own, ...any].map(row => ({ roleId: role.id, ...row }))
  })
  await addUser(panel, { username, roleName: role.name })
  return login(panel, username)
}

t.test('a user without a password gets one that is told once and changed at once', async t => {
  const panel = await buildPanel(t, { realPasswords: true })
  const admin = await login(panel)
  const made = await admin.request('POST', USERS, { ...ann, serverLimit: 2 })
  t.match(made, {
    status: 201,
    body: {
      user: { ...ann, role: 'USER', serverLimit: 2, mustChangePassword: true, disabledAt: null },
      password: /^[\w-]{16}$/
    }
  })
  const oneTime = made.body.password
  const first = await login(panel, 'ANN', oneTime)
  t.match(await first.request('GET', '/api/v1/servers'), {
    status: 403,
    body: { code: 'PASSWORD_CHANGE_REQUIRED' }
  })
  const chosen = { currentPassword: oneTime, newPassword: 'one of her own' }
  t.equal((await first.request('POST', '/api/v1/auth/password', chosen)).status, 200)
  t.equal((await first.request('GET', '/api/v1/servers')).status, 200)

  const given = { username: 'bob', email: 'bob@example.invalid', password, role: 'moderator' }
  const bob = await admin.request('POST', USERS, given)
  t.match(bob, { status: 201, body: { user: { role: 'MODERATOR', mustChangePassword: false } } })
  t.notOk('password' in bob.body)
  t.equal(await statusOf(await login(panel, 'Bob@EXAMPLE.invalid')), 200)
  t.match(await panel.db.prisma.user.findMany({ where: { username: 'bob' } }), [
    { passwordHash: /^\$2b\$12\$/ }
  ])

  const lines = await panel.db.prisma.auditLog.findMany({
    where: { action: 'user.created' },
    orderBy: { id: 'asc' }
  })
  t.match(lines, [
    { actorName: 'admin', targetId: made.body.user.id, after: { username: 'ann', role: 'USER' } },
    { targetId: bob.body.user.id, after: { role: 'MODERATOR' } }
  ])
  const written = panel.logged() + JSON.stringify(await panel.db.prisma.auditLog.findMany())
  for (const secret of [oneTime, password, 'one of her own', '$2b$']) {
    t.notOk(written.includes(secret), 'no secret in log or audit')
  }

  const wrong: [object, string][] = [
    [{ username: 'a b' }, 'username'],
    [{ username: 'an' }, 'username'],
    [{ username: 'ann@x.org' }, 'username'],
    [{ email: 'nobody' }, 'email'],
    [{ email: 'a@b@c' }, 'email'],
    [{ email: 'a@b\r\nbcc: c@d' }, 'email'],
    [{ email: '<a@b>' }, 'email'],
    [{ password: 'short' }, 'password'],
    [{ password: 'Password123' }, 'password'],
    [{ username: 'somebody.else', password: 'Somebody.Else' }, 'password'],
    [{ password: 'ä'.repeat(40) }, 'password'],
    [{ role: 'KING' }, 'role'],
    [{ serverLimit: -1 }, 'serverLimit'],
    [{ invite: true, password }, 'password']
  ]
  for (const [change, field] of wrong) {
    const body = { username: 'carl', email: 'carl@example.invalid', ...change }
    const answer = await admin.request('POST', USERS, body)
    t.match(answer, { status: 400, body: { code: 'VALIDATION_FAILED' } }, JSON.stringify(change))
    t.equal(answer.body.details[0].field, `body.${field}`)
  }
  const invited = { username: 'carl', email: 'carl@example.invalid', invite: true }
  t.match(await admin.request('POST', USERS, invited), {
    status: 409,
    body: { code: 'MAIL_NOT_SET_UP' }
  })
  t.equal(await panel.db.prisma.user.count(), 3)
})

t.test('names and addresses are one of a kind, whatever their case', async t => {
  const panel = await buildPanel(t)
  const admin = await login(panel)
  const { id } = (await admin.request('POST', USERS, { ...ann, password })).body.user
  const other = await addUser(panel, { username: 'bob' })
  // As from a time when names had other rules.
  await panel.db.prisma.user.update({ where: { id: other.id }, data: { username: 'Old@name.org' } })
  const taken: [string, string, object][] = [
    ['POST', 'username', { username: 'ANN', email: 'new@example.invalid' }],
    ['POST', 'email', { username: 'new', email: 'Ann@Example.Invalid' }],
    ['POST', 'email', { username: 'new', email: 'old@NAME.org' }],
    ['PATCH', 'username', { username: 'Admin' }],
    ['PATCH', 'email', { email: 'ADMIN@example.invalid' }],
    ['PATCH', 'email', { email: 'old@name.org' }]
  ]
  for (const [method, field, body] of taken) {
    const path = method === 'POST' ? USERS : `${USERS}/${id}`
    const answer = await admin.request(method, path, body)
    t.match(answer, { status: 409, body: { code: 'NAME_TAKEN' } }, JSON.stringify(body))
    t.equal(answer.body.details[0].field, `body.${field}`)
  }
  const mine = { username: 'Ann', email: 'ANN@example.invalid' }
  t.match(await admin.request('PATCH', `${USERS}/${id}`, mine), { status: 200, body: mine })

  const racers = await Promise.all(
    ['one', 'two', 'three', 'four'].map(username => addUser(panel, { username }))
  )
  const held = await holdUsers(t, panel)
  const asked = racers.map((racer, at) =>
    admin.request('PATCH', pathOf(racer), { username: at % 2 ? 'Race' : 'race' })
  )
  await held.waiting(racers.length)
  await held.letGo()
  const codes = (await Promise.all(asked)).map(({ status, body }) => body.code ?? status)
  t.same(codes.toSorted(), [200, ...Array(3).fill('NAME_TAKEN')], 'of four at once one gets it')
})

t.test('what is changed of a user has its effect at once, and stands in the audit log', async t => {
  const panel = await buildPanel(t)
  const { prisma } = panel.db
  const admin = await login(panel)
  const user = await addUser(panel, { username: 'ann' })
  const person = await login(panel, 'ann')
  const patch = (body: object) => admin.request('PATCH', pathOf(user), body)

  t.match(await patch({ username: 'anna', serverLimit: 3 }), {
    status: 200,
    body: { username: 'anna', email: 'ann@example.invalid', serverLimit: 3 }
  })
  t.match((await person.request('GET', ME)).body, { user: { username: 'anna' } }, 'still in')
  t.match(await patch({ serverLimit: null }), { status: 200, body: { serverLimit: null } })

  const secret = (
    await person.request('POST', '/api/v1/api-keys', { name: 'key', currentPassword: password })
  ).body.secret
  const program = withKey(panel, secret)
  t.equal(await statusOf(program), 200)

  t.match(await patch({ role: 'MODERATOR' }), { status: 200, body: { role: 'MODERATOR' } })
  t.equal(await statusOf(person), 401, 'another role, another login')
  const again = await login(panel, 'anna')
  t.equal((await again.request('GET', USERS)).status, 200)

  t.match(await patch({ mustChangePassword: true }), { status: 200 })
  t.match(await again.request('GET', USERS), {
    status: 403,
    body: { code: 'PASSWORD_CHANGE_REQUIRED' }
  })
  await patch({ mustChangePassword: false })
  t.equal((await again.request('GET', USERS)).status, 200)

  const gone = await patch({ disabled: true })
  t.type(gone.body.disabledAt, 'string')
  t.equal(await statusOf(again), 401)
  t.equal(await statusOf(program), 401, 'nor do keys work')
  const right = { username: 'anna', password }
  t.equal((await stranger(panel.url).request('POST', LOGIN, right)).status, 401)
  t.match((await patch({ disabled: true })).body, { disabledAt: gone.body.disabledAt }, 'again')
  t.match(await patch({ disabled: false }), { status: 200, body: { disabledAt: null } })
  t.equal(await statusOf(again), 401, 'the old login stays ended')
  t.equal(await statusOf(await login(panel, 'anna')), 200)

  const lines = await prisma.auditLog.findMany({
    where: { action: 'user.updated', targetId: user.id },
    orderBy: { id: 'asc' }
  })
  t.equal(lines.length, 8)
  t.match(lines[0], {
    actorName: 'admin',
    before: { username: 'ann', serverLimit: null },
    after: { username: 'anna', serverLimit: 3 }
  })
  t.match(lines[5], { before: { isDisabled: false }, after: { isDisabled: true } })
  t.match(await admin.request('PATCH', `${USERS}/${someId}`, { disabled: true }), {
    status: 404,
    body: { code: 'USER_NOT_FOUND' }
  })
})

t.test('sixty 39: nothing is taken from a body but what it may say', async t => {
  const panel = await buildPanel(t)
  const admin = await login(panel)
  const user = await addUser(panel, { username: 'ann' })
  const before = await panel.db.prisma.user.findUnique({ where: { id: user.id } })
  const smuggled = [
    { id: someId },
    { roleId: someId },
    { isAdmin: true },
    { passwordHash: await bcrypt.hash('x', 4) },
    { password },
    { totpSecret: null },
    { createdAt: '2020-01-01T00:00:00Z' },
    { disabledAt: null },
    { permissions: ['admin-settings'] }
  ]
  for (const more of smuggled) {
    const field = `body.${Object.keys(more)[0]}`
    const answer = await admin.request('PATCH', pathOf(user), { serverLimit: 1, ...more })
    t.match(answer, { status: 400, body: { code: 'VALIDATION_FAILED', details: [{ field }] } })
    if ('password' in more) continue
    const body = { username: 'new', email: 'new@example.invalid', password, ...more }
    t.match(await admin.request('POST', USERS, body), {
      status: 400,
      body: { details: [{ field }] }
    })
  }
  t.strictSame(await panel.db.prisma.user.findUnique({ where: { id: user.id } }), before)
  t.equal(await panel.db.prisma.user.count(), 2)
})

t.test('nobody makes, changes or deletes one who may do more than they', async t => {
  const panel = await buildPanel(t)
  const { prisma } = panel.db
  const staff = await addHelper(panel, 'staff', ['user-create', 'user-update', 'user-delete'])
  const root = await prisma.user.findFirstOrThrow({ where: { username: 'admin' } })
  const mod = await addUser(panel, { username: 'mod', roleName: 'MODERATOR' })
  const plain = await addUser(panel, { username: 'plain' })
  const friend = await addUser(panel, { username: 'friend' })
  const permission = await prisma.permission.findUniqueOrThrow({ where: { name: 'server-power' } })
  await prisma.userPermission.create({
    data: {
      ...{ userId: friend.id, permissionId: permission.id },
      serverId: await addServerOf(panel, root.id)
    }
  })
  const me = await prisma.user.findFirstOrThrow({ where: { username: 'staff' } })
  const rows = await prisma.user.findMany({ orderBy: { id: 'asc' } })
  const forbidden = { status: 403, body: { code: 'FORBIDDEN' } }
  const own = { status: 403, body: { code: 'OWN_ACCOUNT' } }
  const made = { username: 'new', email: 'new@example.invalid', password }
  const tries: [string, string, object | undefined, object][] = [
    ['POST', USERS, { ...made, role: 'ADMIN' }, forbidden],
    ['POST', USERS, { ...made, role: 'MODERATOR' }, forbidden],
    ['PATCH', pathOf(plain), { role: 'ADMIN' }, forbidden],
    ['PATCH', pathOf(plain), { role: 'moderator' }, forbidden],
    ['PATCH', pathOf(root), { email: 'mine@example.invalid' }, forbidden],
    ['PATCH', pathOf(root), { disabled: true }, forbidden],
    ['PATCH', pathOf(root), { role: 'USER' }, forbidden],
    ['PATCH', pathOf(mod), { username: 'nobody' }, forbidden],
    ['PATCH', pathOf(friend), { email: 'mine@example.invalid' }, forbidden],
    ['DELETE', pathOf(root), undefined, forbidden],
    ['DELETE', pathOf(mod), undefined, forbidden],
    ['DELETE', pathOf(friend), undefined, forbidden],
    ['PATCH', pathOf(me), { role: 'USER' }, own],
    ['PATCH', pathOf(me), { disabled: true }, own],
    ['PATCH', pathOf(me), { serverLimit: null }, own],
    ['PATCH', pathOf(me), { email: 'else@example.invalid' }, own],
    ['DELETE', pathOf(me), undefined, own]
  ]
  for (const [method, path, body, refusal] of tries) {
    const name = `${method} ${path} ${JSON.stringify(body)}`
    t.match(await staff.request(method, path, body), refusal, name)
  }
  t.strictSame(await prisma.user.findMany({ orderBy: { id: 'asc' } }), rows, 'all are as before')
  t.match(await staff.request('PATCH', pathOf(plain), { serverLimit: 1 }), { status: 200 })
  t.match(await staff.request('PATCH', pathOf(me), { username: 'crew' }), { status: 200 })
  t.match(await staff.request('POST', USERS, made), { status: 201 })
  t.equal((await staff.request('DELETE', pathOf(plain))).status, 204)

  const none = await login(panel, 'friend')
  for (const [method, path] of tries) {
    const body = method === 'DELETE' ? undefined : made
    const answer = await none.request(method, path, method === 'PATCH' ? { username: 'x-y' } : body)
    t.match(answer, forbidden, `${method} without the permission`)
  }
  const key = await login(panel)
  const secret = await key.request('POST', '/api/v1/api-keys', {
    ...{ name: 'cut down', currentPassword: password },
    permissions: ['user-update', 'user-delete', 'user-create']
  })
  const program = withKey(panel, secret.body.secret)
  t.match(await program.request('POST', USERS, { ...made, username: 'key' }), forbidden)
  t.match(await program.request('DELETE', pathOf(mod)), forbidden, 'a key is no more than its part')
})

t.test("one rule for every act on another's account", async t => {
  const panel = await buildPanel(t)
  const { prisma } = panel.db
  const staff = await addHelper(panel, 'staff', ['user-update', 'user-delete', 'admin-roles'])
  const root = await prisma.user.findFirstOrThrow({ where: { username: 'admin' } })
  const rightOn = async (username: string, name: PermissionName, serverId: string | null) => {
    const user = await addUser(panel, { username })
    const { id: permissionId } = await prisma.permission.findUniqueOrThrow({ where: { name } })
    await prisma.userPermission.create({ data: { userId: user.id, permissionId, serverId } })
    return user
  }
  const serverId = await addServerOf(panel, root.id)
  const targets: [string, { id: string }, boolean][] = [
    ['one who holds less', await addUser(panel, { username: 'plain' }), true],
    ['one who holds more everywhere', await rightOn('more', 'admin-audit', null), false],
    ["a member of somebody's server", await rightOn('member', 'server-power', serverId), false],
    ['a moderator', await addUser(panel, { username: 'mod', roleName: 'MODERATOR' }), false],
    ['an administrator', root, false]
  ]
  const acts: [string, string, object | undefined, number][] = [
    ['PATCH', '', { serverLimit: 1 }, 200],
    ['PUT', '/permissions', { permissions: [] }, 200],
    ['DELETE', '/sessions', undefined, 204],
    ['DELETE', `/sessions/${someId}`, undefined, 404],
    ['DELETE', '/totp', undefined, 409],
    ['DELETE', '', undefined, 204]
  ]
  for (const [who, target, isAllowed] of targets) {
    for (const [method, path, body, allowed] of acts) {
      const { status, body: said } = await staff.request(method, pathOf(target) + path, body)
      const found = status === 403 ? said.code : status
      t.equal(found, isAllowed ? allowed : 'FORBIDDEN', `${method} ${path} of ${who}`)
    }
  }
})

t.test('there is always an administrator who can log in', async t => {
  const panel = await buildPanel(t)
  const { prisma } = panel.db
  const root = await prisma.user.findFirstOrThrow({ where: { username: 'admin' } })
  const second = await addUser(panel, { username: 'second', roleName: 'ADMIN' })
  const [one, two] = [await login(panel), await login(panel, 'second')]
  const held = await holdUsers(t, panel)
  const asked = [
    one.request('PATCH', pathOf(second), { disabled: true }),
    two.request('PATCH', pathOf(root), { role: 'USER' })
  ]
  await held.waiting(2)
  await held.letGo()
  const answers = await Promise.all(asked)
  const statuses = answers.map(({ status }) => status).sort()
  t.equal(statuses[0], 200, 'of two who lock out each other at once one does')
  t.equal(statuses[1], 409)
  const left = { disabledAt: null, role: { name: 'ADMIN' } }
  t.equal(await prisma.user.count({ where: left }), 1)
})

t.test('sixty 25: who is deleted or disabled is out everywhere, at once', async t => {
  const panel = await buildPanel(t)
  const { prisma } = panel.db
  const admin = await login(panel)
  const root = await prisma.user.findFirstOrThrow({ where: { username: 'admin' } })
  const serverId = await addServerOf(panel, root.id)
  const acts: [string, (user: { id: string }) => Promise<{ status: number }>][] = [
    ['deleted', user => admin.request('DELETE', pathOf(user))],
    ['disabled', user => admin.request('PATCH', pathOf(user), { disabled: true })],
    ['demoted', user => admin.request('PATCH', pathOf(user), { role: 'USER' })]
  ]
  for (const [name, act] of acts) {
    const user = await addUser(panel, { username: name, roleName: 'MODERATOR' })
    const person = await login(panel, name)
    const sockets = await Promise.all(
      [EVENTS, consoleOf(serverId)].map(path =>
        openSocket(t, panel, path, { cookie: person.cookie })
      )
    )
    const began = performance.now()
    t.match(await act(user), { status: /200|204/ }, name)
    for (const socket of sockets) {
      const { code, ms } = await closedAfter(socket, began)
      t.equal(code, 4401, name)
      t.ok(ms < 5_000, `${name}: ${Math.round(ms)} ms`)
    }
    t.equal(await statusOf(person), 401)
    await t.rejects(openSocket(t, panel, EVENTS, { cookie: person.cookie }), { message: '401' })
  }
  const gone = await prisma.user.count({ where: { username: 'deleted' } })
  t.equal(gone, 0)
  t.match(await prisma.auditLog.findMany({ where: { action: 'user.deleted' } }), [
    { actorName: 'admin', before: { username: 'deleted', role: 'MODERATOR' } }
  ])
})

t.test('who owns servers is not deleted before they are, by their agents', async t => {
  const panel = await buildPanel(t)
  const { prisma } = panel.db
  const admin = await login(panel)
  const agent = await addGameNode(panel, admin, 'alpha')
  const user = await addUser(panel, { username: 'ann' })
  const person = await login(panel, 'ann')
  const altId = await addAlt(admin)
  const add = async (name: string) => {
    const body = { name, altId, ownerId: user.id, memoryMiB: 256, cpuPercent: 50, diskMiB: 512 }
    const made = await admin.request('POST', '/api/v1/servers', body, { prefer: 'wait=20' })
    if (made.status !== 201) throw new Error(JSON.stringify(made.body))
    return made.body.server.id as string
  }
  const servers = [await add('Alpha'), await add('Beta')]
  const refused = await admin.request('DELETE', pathOf(user))
  t.match(refused, {
    status: 409,
    body: {
      code: 'USER_HAS_SERVERS',
      message: /Alpha, Beta/,
      details: [
        { type: 'server', id: servers[0], name: 'Alpha' },
        { type: 'server', id: servers[1], name: 'Beta' }
      ]
    }
  })
  t.equal(await statusOf(person), 200, 'nothing has changed')

  const staff = await addHelper(panel, 'staff', ['user-view', 'user-delete'])
  const lacking = await staff.request('DELETE', `${pathOf(user)}?servers=delete`)
  t.match(lacking, { status: 403, body: { code: 'FORBIDDEN', message: /server-delete/ } })
  t.equal(await prisma.command.count({ where: { kind: 'DELETE' } }), 0)

  agent.session.cut()
  await until('its node is away', () => !panel.link.agents.isOnline(agent.nodeId))
  const path = `${pathOf(user)}?servers=delete`
  const key = { 'idempotency-key': 'delete-ann' }
  const begun = await admin.request('DELETE', path, undefined, key)
  t.match(begun, { status: 202, body: { user: { id: user.id, disabledAt: String } } })
  t.same(
    begun.body.servers.map((row: Json) => [row.id, typeof row.commandId, row.problem]),
    servers.map(id => [id, 'string', null])
  )
  t.equal(await statusOf(person), 401, 'the user is out at once')
  t.match(await admin.request('DELETE', pathOf(user)), {
    status: 409,
    body: { code: 'USER_HAS_SERVERS' }
  })
  const again = await admin.request('DELETE', path)
  t.same(again.body.servers, begun.body.servers, 'asked again: the same deletions')
  t.equal(await prisma.user.count({ where: { id: user.id } }), 1)

  await agent.reconnect()
  await until('the user goes with the last server', async () => {
    return (await prisma.user.count({ where: { id: user.id } })) === 0
  })
  t.equal(await prisma.server.count(), 0)
  t.same(agent.told.filter(({ kind }) => kind === 'delete').length, 2, 'each by its agent')
  t.equal((await admin.request('DELETE', path)).status, 404)
  const lines = await prisma.auditLog.findMany({
    where: { targetId: user.id, action: { startsWith: 'user.delet' } },
    orderBy: { id: 'asc' }
  })
  t.same(
    lines.map(({ action }) => action),
    ['user.deletion.begun', 'user.deletion.begun', 'user.deleted']
  )
})

/** One with servers on two nodes, whose deletion has begun; the second node is away. */
async function leavingWorld(t: Test) {
  const panel = await buildPanel(t)
  const admin = await login(panel)
  const [alpha, beta] = [
    await addGameNode(panel, admin, 'alpha'),
    await addGameNode(panel, admin, 'beta')
  ]
  const user = await addUser(panel, { username: 'ann' })
  const altId = await addAlt(admin)
  const add = async (name: string, { nodeId }: { nodeId: string }) => {
    const limits = { memoryMiB: 256, cpuPercent: 50, diskMiB: 512 }
    const body = { name, altId, nodeId, ownerId: user.id, ...limits }
    const made = await admin.request('POST', '/api/v1/servers', body, { prefer: 'wait=20' })
    if (made.status !== 201) throw new Error(JSON.stringify(made.body))
    return made.body.server.id as string
  }
  const servers = {
    good: await add('Good', alpha),
    bad: await add('Bad', alpha),
    away: await add('Away', beta)
  }
  beta.session.cut()
  await until('its node is away', () => !panel.link.agents.isOnline(beta.nodeId))
  return { panel, admin, alpha, beta, user, servers, path: `${pathOf(user)}?servers=delete` }
}

t.test('who is deleted with their servers goes by itself, whatever comes in between', async t => {
  const { panel, admin, alpha, beta, user, servers, path } = await leavingWorld(t)
  const { prisma } = panel.db
  const isThere = async (id: string) => (await prisma.server.count({ where: { id } })) === 1
  const deletionsOf = (serverId: string) =>
    alpha.told.filter(one => one.kind === 'delete' && one.serverId === serverId).length
  const failed = { status: 'FAILED', errorCode: 'STUCK', message: 'it is stuck' } as const
  alpha.hold.add('delete')
  const begun = await admin.request('DELETE', path)
  t.match(begun, { status: 202, body: { user: { deletingSince: String, disabledAt: String } } })
  t.equal(begun.body.servers.length, 3)
  await until(
    'its agent has both',
    () => deletionsOf(servers.good) + deletionsOf(servers.bad) === 2
  )
  alpha.outcomes.set('delete', failed)
  alpha.go()
  await until('both have failed', async () => {
    return (await prisma.command.count({ where: { kind: 'delete', status: 'FAILED' } })) === 2
  })
  alpha.outcomes.delete('delete')
  alpha.hold.delete('delete')
  await panel.leaving.round()
  t.equal(deletionsOf(servers.bad), 1, 'what has failed is not tried again at once')
  const leaving = { status: 200, body: { username: 'ann', deletingSince: String } }
  t.match(await admin.request('GET', pathOf(user)), leaving, 'and one sees that it goes on')
  const entering = { username: 'ann', password }
  t.match(await stranger(panel.url).request('POST', LOGIN, entering), {
    ...{ status: 401, body: { code: 'LOGIN_FAILED' } }
  })
  t.match(await admin.request('DELETE', pathOf(user)), {
    ...{ status: 409, body: { code: 'USER_HAS_SERVERS' } }
  })
  const body = { name: 'More', altId: (await prisma.alt.findFirstOrThrow()).id, ownerId: user.id }
  const more = { ...body, memoryMiB: 256, cpuPercent: 50, diskMiB: 512 }
  t.match(await admin.request('POST', '/api/v1/servers', more), { status: 404 }, 'no new servers')

  const path2 = `/api/v1/servers/${servers.good}`
  t.match(await admin.request('DELETE', path2, undefined, { prefer: 'wait=20' }), { status: 200 })
  t.equal(await isThere(servers.good), false, 'one that somebody deletes by hand')
  t.match(await admin.request('GET', pathOf(user)), leaving)
  await panel.app.close()

  const { databaseUrl, identity } = panel
  const next = await buildPanel(t, { databaseUrl, identity })
  const again = await login(next)
  const to = { url: next.url, admin: again }
  await alpha.reconnect(to)
  await next.leaving.round()
  t.equal(deletionsOf(servers.bad), 1, 'nor after a restart')
  const hours = 2 * 3_600_000
  const where = { kind: 'delete', status: 'FAILED' } as const
  const data = { finishedAt: new Date(Date.now() - hours) }
  await next.db.prisma.command.updateMany({ where, data })
  await next.leaving.round()
  await until('it is tried again', async () => {
    return (await next.db.prisma.server.count({ where: { id: servers.bad } })) === 0
  })
  t.equal(deletionsOf(servers.bad), 2)
  t.match(await again.request('GET', pathOf(user)), leaving, 'one server is left')

  await beta.reconnect(to)
  await until('the user goes with the last server', async () => {
    return (await again.request('GET', pathOf(user))).status === 404
  })
  const lines = await next.db.prisma.auditLog.findMany({
    where: { action: { in: ['user.deletion.begun', 'server.delete', 'user.deleted'] } },
    orderBy: { id: 'asc' }
  })
  t.match(
    lines.map(({ action, actorName, targetId }) => [action, actorName, targetId]),
    [
      ['user.deletion.begun', 'admin', user.id],
      ...['one', 'and', 'all'].map(() => ['server.delete', 'admin']),
      ['server.delete', 'admin', servers.good],
      ['server.delete', 'system', servers.bad],
      ['user.deleted', 'system', user.id]
    ]
  )
  t.match(lines[0], {
    before: { isDisabled: false, isLeaving: false },
    after: { isDisabled: true, isLeaving: true, servers: 3 }
  })
  t.match(lines.at(-1), { actorType: 'SYSTEM', before: { username: 'ann', email: ann.email } })
})

t.test('one who cannot go holds up no other who leaves', async t => {
  const panel = await buildPanel(t)
  const { prisma } = panel.db
  const ids: string[] = []
  for (const username of ['stuck', 'free', 'caught']) {
    ids.push((await addUser(panel, { username })).id)
  }
  await prisma.$executeRawUnsafe(`CREATE FUNCTION stay() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN IF OLD.username <> 'free' THEN RAISE 'it stays'; END IF; RETURN OLD; END $$`)
  await prisma.$executeRawUnsafe(`CREATE TRIGGER stay BEFORE DELETE ON "User"
    FOR EACH ROW EXECUTE FUNCTION stay()`)
  const now = new Date()
  await prisma.user.updateMany({
    where: { id: { in: ids } },
    data: { deletingSince: now, disabledAt: now }
  })
  await panel.leaving.round()
  const left = await prisma.user.findMany({ where: { id: { in: ids } } })
  t.same(left.map(({ username }) => username).sort(), ['caught', 'stuck'])
})

t.test('who is enabled again stays, with the servers that are still there', async t => {
  const { panel, admin, alpha, beta, user, servers, path } = await leavingWorld(t)
  const { prisma } = panel.db
  await admin.request('DELETE', path)
  await until('two servers are gone', async () => (await prisma.server.count()) === 1)
  const lacking = await addHelper(panel, 'staff', ['user-update'])
  const enabled = { disabled: false }
  t.match(await lacking.request('PATCH', pathOf(user), { disabled: true }), { status: 200 })
  t.match(await admin.request('GET', pathOf(user)), { body: { deletingSince: String } })
  const back = await admin.request('PATCH', pathOf(user), enabled)
  t.match(back, { status: 200, body: { disabledAt: null, deletingSince: null } })
  const deletions = await prisma.command.findMany({ where: { serverId: servers.away } })
  t.match(
    deletions.filter(({ kind }) => kind === 'delete'),
    [{ status: 'CANCELLED' }]
  )
  await beta.reconnect()
  await panel.leaving.round()
  const person = await login(panel, 'ann')
  const kept = await person.request('GET', `/api/v1/servers/${servers.away}`)
  t.match(kept, { status: 200, body: { desiredState: 'STOPPED' } })
  const told = [...alpha.told, ...beta.told].filter(({ kind }) => kind === 'delete')
  t.equal(told.length, 2)
  const lines = await prisma.auditLog.findMany({
    where: { action: { in: ['user.updated', 'command.cancel'] } },
    orderBy: { id: 'asc' }
  })
  t.match(lines.slice(-2), [
    { before: { isLeaving: true }, after: { isLeaving: false, isDisabled: false } },
    { action: 'command.cancel', actorName: 'admin', before: { status: 'QUEUED' } }
  ])

  // Called off in the very moment in which the rest is to be deleted.
  const longAgo = new Date(Date.now() - 2 * 3_600_000)
  await prisma.command.updateMany({ where: { kind: 'delete' }, data: { finishedAt: longAgo } })
  await prisma.user.update({ where: { id: user.id }, data: { deletingSince: longAgo } })
  const held = await holdUsers(t, panel, `UPDATE "User" SET "deletingSince" = NULL`)
  const round = panel.leaving.round()
  await held.waiting(1)
  await held.letGo()
  await round
  t.equal(await prisma.command.count({ where: { kind: 'delete' } }), 3, 'no further one began')
})

async function addAlt(admin: Person): Promise<string> {
  const ctrl = await admin.request('POST', '/api/v1/ctrls', { name: 'Games' })
  const alt = await admin.request('POST', '/api/v1/alts', {
    ...{ ctrlId: ctrl.body.id, name: 'Game', dockerImage: 'registry.example/game:1' },
    startup: '/game',
    config: { done: ['ready'], stop: { type: 'command', value: 'quit', graceSeconds: 5 } }
  })
  if (alt.status !== 201) throw new Error(JSON.stringify(alt.body))
  return alt.body.id
}

const all = new Map(permissionCatalog.map(({ name }) => [name, 'ANY' as const]))
const ownPower: Grants = {
  ...{ role: new Map([['server-power', 'OWN' as const]]), overrides: [], subset: null }
}
const anyPower: Grants = { ...ownPower, role: new Map([['server-power', 'ANY']]) }
const nothing: Grants = { ...ownPower, role: new Map() }
const everything: Grants = { ...ownPower, role: all }
const member = (serverId: string | null, effect: 'ALLOW' | 'DENY' = 'ALLOW'): Grants => ({
  ...nothing,
  overrides: [{ permission: 'server-power', effect, serverId, expiresAt: null }]
})

function actorWith(grants: Grants): Actor {
  return {
    ...{ type: 'USER', userId: 'me', username: 'me', roleName: 'SOME', ip: '127.0.0.1' },
    ...{ owes: null, grants }
  }
}

function targetWith(grants: Grants, more: Partial<Target> = {}): Target {
  return { id: 'other', roleName: 'USER', isEnabled: true, grants, ...more }
}

t.test(
  'mayChange() decides by what both hold, by whose account it is, and by who is left',
  async t => {
    const admin = targetWith(everything, { roleName: 'ADMIN' })
    const adminRole = {
      name: 'ADMIN',
      rights: [{ permission: 'server-power', place: 'ANY' }]
    } as const
    const userRole = {
      name: 'USER',
      rights: [{ permission: 'server-power', place: 'OWN' }]
    } as const
    const roleOf = ({ name, rights }: typeof adminRole | typeof userRole) => ({
      role: { name, rights: [...rights] }
    })
    const powerful = { ...anyPower, subset: new Set<PermissionName>(['server-view']) }
    const self = targetWith(anyPower, { id: 'me' })

    const touched: [string, Grants, Target, string | undefined][] = [
      ['nothing and nothing', nothing, targetWith(nothing), undefined],
      ['nothing and OWN', nothing, targetWith(ownPower), 'LACKS'],
      ['OWN and OWN', ownPower, targetWith(ownPower), undefined],
      ['OWN and ANY', ownPower, targetWith(anyPower), 'LACKS'],
      ['ANY and OWN', anyPower, targetWith(ownPower), undefined],
      ['ANY and ANY', anyPower, targetWith(anyPower), undefined],
      ['OWN and a member', ownPower, targetWith(member('one')), 'LACKS'],
      ['a member and one of another server', member('one'), targetWith(member('two')), 'LACKS'],
      ['two members of one server', member('one'), targetWith(member('one')), undefined],
      ['ANY and a member', anyPower, targetWith(member('one')), undefined],
      ['a member and ALLOW on all', member('one'), targetWith(member(null)), 'LACKS'],
      ['ALLOW on all and ANY', member(null), targetWith(anyPower), undefined],
      ['nothing and one who is denied', nothing, targetWith(member(null, 'DENY')), undefined],
      ['a key without it', powerful, targetWith(ownPower), 'LACKS'],
      [
        'ANY but one, and ANY',
        { ...anyPower, overrides: member('one', 'DENY').overrides },
        targetWith(anyPower),
        'LACKS'
      ],
      [
        'ANY but one, and OWN: it may be theirs',
        { ...anyPower, overrides: member('one', 'DENY').overrides },
        targetWith(ownPower),
        'LACKS'
      ],
      [
        'ANY but one, and OWN but the same',
        { ...anyPower, overrides: member('one', 'DENY').overrides },
        targetWith({ ...ownPower, overrides: member('one', 'DENY').overrides }),
        undefined
      ],
      [
        'ANY but one, and a member of another',
        { ...anyPower, overrides: member('one', 'DENY').overrides },
        targetWith(member('two')),
        undefined
      ],
      [
        'OWN but one, and OWN',
        { ...ownPower, overrides: member('one', 'DENY').overrides },
        targetWith(ownPower),
        'LACKS'
      ],
      ['all, and the last administrator', everything, admin, 'LAST_ADMIN'],
      ['all, and a disabled administrator', everything, { ...admin, isEnabled: false }, undefined],
      ['oneself', anyPower, self, 'ONESELF']
    ]
    for (const [name, mine, target, why] of touched) {
      const actor = actorWith(mine)
      t.equal(
        mayChange(actor, { do: 'delete', target, otherAdmins: 0 })?.why,
        why,
        `delete: ${name}`
      )
      const act = { do: 'update', target, change: { disabled: true }, otherAdmins: 0 } as const
      t.equal(mayChange(actor, act)?.why, why, `disable: ${name}`)
    }

    const changes: [string, Grants, Target, AccountChange, number, string | undefined][] = [
      ['a role that one holds', ownPower, targetWith(nothing), roleOf(userRole), 0, undefined],
      ['a role that one lacks', nothing, targetWith(nothing), roleOf(userRole), 0, 'LACKS'],
      ['a wider role than one holds', ownPower, targetWith(nothing), roleOf(adminRole), 0, 'LACKS'],
      ['one role less of the last', everything, admin, roleOf(userRole), 0, 'LAST_ADMIN'],
      ['one role less of two', everything, admin, roleOf(userRole), 1, undefined],
      ['the same role of the last', everything, admin, roleOf(adminRole), 0, undefined],
      ['the last enabled', everything, admin, { disabled: false }, 0, undefined],
      ['the profile of the last', everything, admin, { more: true }, 0, undefined],
      ["one's own name", anyPower, self, {}, 1, undefined],
      ["one's own limit or address", anyPower, self, { more: true }, 1, 'ONESELF'],
      ["one's own role", anyPower, self, roleOf(userRole), 1, 'ONESELF'],
      ['enabling oneself', anyPower, self, { disabled: false }, 1, 'ONESELF']
    ]
    for (const [name, mine, target, change, otherAdmins, why] of changes) {
      const act = { do: 'update', target, change, otherAdmins } as const
      t.equal(mayChange(actorWith(mine), act)?.why, why, name)
    }
    const rights = [...adminRole.rights]
    t.equal(mayChange(actorWith(ownPower), { do: 'create', role: { rights } })?.why, 'LACKS')
    t.equal(mayChange(actorWith(anyPower), { do: 'create', role: { rights } }), undefined)
  }
)
