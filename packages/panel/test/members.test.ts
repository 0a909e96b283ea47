import t, { type Test } from 'tap'
import type { PermissionName } from '../src/features/permissions/catalog.ts'
import { addGameNode } from './game-agent.ts'
import { buildPanel, type Json, login, type Person, type TestPanel, until } from './helper.ts'
import { type Ear, keyOf, openSocket, type Somebody, serverOf, somebody } from './people-world.ts'

// The machine may be busy with other files.
t.setTimeout(180_000)

const INVITATIONS = '/api/v1/invitations'
const someId = '0190b5ad-0000-7000-8000-0000000000ff'
const serverPath = (id: string) => `/api/v1/servers/${id}`
const forbidden = (name: string) => ({
  ...{ status: 403, body: { code: 'FORBIDDEN', details: [{ type: 'permission', name }] } }
})
const refused = (status: number, code: string) => ({ status, body: { code } })
const noMember = refused(404, 'MEMBER_NOT_FOUND')
const noInvitation = refused(404, 'INVITATION_NOT_FOUND')
const notManaging = refused(403, 'NOT_MANAGING_MEMBERS')

interface World {
  panel: TestPanel
  admin: Person
  /** Owns the server. */
  ann: Somebody
  bob: Somebody
  id: string
}

async function worldOf(t: Test): Promise<World> {
  const panel = await buildPanel(t)
  const admin = await login(panel)
  const [ann, bob] = [await somebody(panel, 'ann'), await somebody(panel, 'Bob')]
  return { panel, admin, ann, bob, id: await serverOf(panel, ann.id, 'World') }
}

const invite = (by: Person, id: string, name: string, permissions: PermissionName[] = []) =>
  by.request('POST', `${serverPath(id)}/members`, { invite: name, permissions })

const mine = async (person: Person): Promise<Json[]> =>
  (await person.request('GET', INVITATIONS)).body.data

const accept = (person: Person, id: string) => person.request('POST', `${INVITATIONS}/${id}/accept`)

/** Invited and accepted. */
async function join(
  by: Person,
  id: string,
  person: Somebody,
  ...permissions: PermissionName[]
): Promise<void> {
  const invited = await invite(by, id, person.username, permissions)
  const accepted = await accept(person, invited.body.id)
  if (accepted.status !== 200) throw new Error(JSON.stringify([invited.body, accepted.body]))
}

const change = (by: Person, id: string, userId: string, permissions: PermissionName[]) =>
  by.request('PATCH', `${serverPath(id)}/members/${userId}`, { permissions })

const remove = (by: Person, id: string, userId: string) =>
  by.request('DELETE', `${serverPath(id)}/members/${userId}`)

const membersOf = async (person: Person, id: string): Promise<Json[]> =>
  (await person.request('GET', `${serverPath(id)}/members`)).body.data

/** What PostgreSQL says that somebody may do on a server. */
async function held({ panel, id }: World, userId: string): Promise<string[]> {
  const rows = await panel.db.prisma.userPermission.findMany({
    where: { userId, serverId: id, effect: 'ALLOW' },
    select: { permission: { select: { name: true } } }
  })
  return rows.map(row => row.permission.name).sort()
}

t.test('somebody is invited, joins, is given more, and leaves', async t => {
  const world = await worldOf(t)
  const { panel, ann, bob, id } = world
  const sees = async (path = '') => (await bob.request('GET', serverPath(id) + path)).status
  const invited = await invite(ann, id, 'BOB', ['console-read'])
  t.match(invited, { status: 202, body: { invitee: 'bob', invitedBy: 'ann' } })
  t.same(invited.body.permissions, ['server-view', 'console-read'])
  t.equal(await sees(), 404, 'nothing is given before it is accepted')
  t.same(await held(world, bob.id), [])

  const [waiting] = await mine(bob)
  t.match(waiting, { id: invited.body.id, server: { id, name: 'World' }, invitedBy: 'ann' })
  const joined = await accept(bob, waiting.id)
  t.match(joined, { status: 200, body: { server: { id, name: 'World' } } })
  t.same(joined.body.permissions.sort(), ['console-read', 'server-view'])
  t.same([await sees(), await sees('/logs')], [200, 200], 'at once')
  t.same(await mine(bob), [])
  t.match(await accept(bob, waiting.id), noInvitation, 'once')
  const servers = (await bob.request('GET', '/api/v1/servers')).body.data
  t.same(
    servers.map((server: Json) => server.id),
    [id]
  )
  const start = () => bob.request('POST', `${serverPath(id)}/power`, { action: 'start' })
  t.match(await start(), forbidden('server-power'))

  const given = await change(ann, id, bob.id, ['server-power'])
  t.match(given, { status: 200, body: { userId: bob.id, username: 'Bob' } })
  t.same(given.body.permissions, ['server-power', 'server-view'])
  t.same(await held(world, bob.id), ['server-power', 'server-view'])
  t.equal(await sees('/logs'), 403, 'what was taken')
  t.not((await start()).status, 403, 'what was given')
  t.same(await membersOf(ann, id), [given.body])

  t.equal((await remove(bob, id, bob.id)).status, 204)
  t.equal(await sees(), 404)
  t.same(await held(world, bob.id), [])
  t.same(await membersOf(ann, id), [])
  const lines = await panel.db.prisma.auditLog.findMany({
    where: { targetId: id, action: { startsWith: 'server.member' } },
    orderBy: { id: 'asc' }
  })
  const two = ['console-read', 'server-view']
  t.match(
    lines.map(({ action, actorName, before, after }) => ({ action, actorName, before, after })),
    [
      { action: 'server.member.invited', actorName: 'ann', after: { invitee: 'bob' } },
      { action: 'server.member.joined', actorName: 'Bob', after: { permissions: two } },
      {
        ...{ action: 'server.member.updated', actorName: 'ann' },
        before: { username: 'Bob', permissions: two },
        after: { permissions: ['server-power', 'server-view'] }
      },
      { action: 'server.member.left', actorName: 'Bob', before: { userId: bob.id } }
    ]
  )
})

t.test('invitations by address, withdrawn, declined, replaced and too old', async t => {
  const { panel, ann, bob, id } = await worldOf(t)
  const list = () => ann.request('GET', `${serverPath(id)}/invitations`)
  const byMail = await invite(ann, id, 'BOB@Example.invalid', ['file-read'])
  t.equal(byMail.body.invitee, 'bob@example.invalid')
  t.match(await mine(bob), [{ id: byMail.body.id, permissions: ['server-view', 'file-read'] }])
  const again = await invite(ann, id, 'bob@example.invalid', ['file-write'])
  t.equal(again.body.id, byMail.body.id, 'the newer takes the place of the older')
  t.match(await mine(bob), [{ permissions: ['server-view', 'file-write'] }])
  t.match(await list(), { status: 200, body: { data: [again.body], nextCursor: null } })

  const path = `${serverPath(id)}/invitations/${again.body.id}`
  t.equal((await ann.request('DELETE', path)).status, 204)
  t.match(await ann.request('DELETE', path), noInvitation)
  t.match(await accept(bob, again.body.id), noInvitation, 'it was withdrawn')

  const next = (await invite(ann, id, 'bob')).body
  t.equal((await bob.request('POST', `${INVITATIONS}/${next.id}/decline`)).status, 204)
  t.same([await mine(bob), (await list()).body.data], [[], []])

  const late = (await invite(ann, id, 'bob')).body
  await panel.db.prisma.invitation.updateMany({ data: { expiresAt: new Date() } })
  t.same([await mine(bob), (await list()).body.data], [[], []])
  t.match(await accept(bob, late.id), noInvitation, 'it has ended')

  // One who is called like another's address.
  const eve = await somebody(panel, 'bob@example.invalid')
  const meant = (await invite(ann, id, 'Bob@example.invalid')).body
  t.same(await mine(eve), [])
  t.match(await accept(eve, meant.id), noInvitation)
  t.equal((await mine(bob)).length, 1)
})

t.test('sixty 30: who invites learns nothing of who is there', async t => {
  const { panel, admin, ann, bob, id } = await worldOf(t)
  await join(ann, id, bob, 'file-read')
  const names = ['nobody', 'nobody@example.invalid', 'admin', 'ann', 'bob', 'Bob@example.invalid']
  for (const name of names) {
    const { status, body } = await invite(ann, id, name)
    t.equal(status, 202, name)
    t.match(body, { invitee: name.toLowerCase(), permissions: ['server-view'], invitedBy: 'ann' })
    t.equal(Object.keys(body).length, 6, name)
  }
  const [toOwner] = await mine(ann)
  t.match(await accept(ann, toOwner.id), { status: 200, body: { permissions: [] } })
  t.equal(await panel.db.prisma.userPermission.count({ where: { userId: ann.id } }), 0)
  t.equal((await mine(admin)).length, 1)
  await accept(bob, (await mine(bob))[0].id)
  t.match(await membersOf(ann, id), [{ permissions: ['file-read', 'server-view'] }], 'none is lost')
})

t.test('sixty 37: no member gives more, to oneself or others, or touches the owner', async t => {
  const world = await worldOf(t)
  const { panel, admin, ann, bob, id } = world
  const cat = await somebody(panel, 'cat')
  await join(ann, id, bob, 'server-update', 'file-read')
  await join(ann, id, cat, 'file-write')
  const before = await panel.db.prisma.userPermission.findMany({ orderBy: { id: 'asc' } })

  for (const target of [bob.id, cat.id, ann.id, someId]) {
    t.match(await change(bob, id, target, ['file-write']), notManaging, target)
  }
  for (const target of [cat.id, ann.id, someId]) {
    t.match(await remove(bob, id, target), notManaging, target)
  }
  t.match(await invite(bob, id, 'dan', ['file-read']), notManaging)
  t.match(await bob.request('GET', `${serverPath(id)}/invitations`), notManaging)
  t.match(await membersOf(bob, id), [{ userId: bob.id }], 'a member sees only oneself')
  t.match(await change(cat, id, cat.id, ['file-read']), forbidden('server-update'))

  t.match(await invite(ann, id, 'dan', ['server-delete']), forbidden('server-delete'))
  t.match(await change(ann, id, bob.id, ['server-delete']), forbidden('server-delete'))
  for (const by of [ann, admin]) {
    t.match(await change(by, id, ann.id, ['file-read']), noMember, 'the owner is no member')
    t.match(await remove(by, id, ann.id), noMember)
  }

  const key = await keyOf(panel, ann, ['server-view', 'server-update', 'file-read'])
  t.match(await invite(key, id, 'dan', ['file-write']), forbidden('file-write'), 'a key')
  t.match(await change(key, id, cat.id, ['file-read']), forbidden('file-write'))
  t.match(await remove(key, id, cat.id), forbidden('file-write'))
  const catsKey = await keyOf(panel, cat, ['server-view'])
  t.match(await remove(catsKey, id, cat.id), forbidden('file-write'), 'a key that carries less')

  const permissions = { 'server-view': 'ANY', 'server-update': 'ANY', 'file-read': 'ANY' }
  await admin.request('POST', '/api/v1/roles', { name: 'keeper', permissions })
  const kim = await somebody(panel, 'kim', 'keeper')
  t.match(await remove(kim, id, cat.id), forbidden('file-write'), 'one who holds more')
  t.match(await change(kim, id, bob.id, ['console-send']), forbidden('console-send'))
  t.strictSame(await panel.db.prisma.userPermission.findMany({ orderBy: { id: 'asc' } }), before)

  t.equal((await change(kim, id, bob.id, ['file-read'])).status, 200, 'who may change all servers')
  await join(ann, id, kim, 'file-read')
  t.match(await change(kim, id, kim.id, []), refused(403, 'OWN_PERMISSIONS'))
  t.match(await accept(key, someId), refused(403, 'LOGIN_NEEDED'), 'no key accepts anything')

  const denied = [{ permission: 'file-write', effect: 'DENY', serverId: id }]
  const keptOpen = { permission: 'server-view', effect: 'ALLOW', serverId: id }
  const body = { permissions: [...denied, keptOpen] }
  await admin.request('PUT', `/api/v1/users/${cat.id}/permissions`, body)
  const lifted = await change(ann, id, cat.id, ['file-write', 'file-read'])
  t.same(lifted.body.permissions, ['file-read', 'server-view'], 'what an operator denied stays so')
  await panel.db.prisma.server.update({ where: { id }, data: { suspendedAt: new Date() } })
  t.match(await invite(ann, id, 'dan'), refused(409, 'SERVER_SUSPENDED'))
  t.equal((await membersOf(ann, id)).length, 3, 'a suspended server is looked at')
  t.equal((await ann.request('GET', `${serverPath(id)}/invitations`)).status, 200)
  t.equal((await remove(cat, id, cat.id)).status, 204, 'and left')
})

t.test('what an inviter has lost by the time of acceptance is not granted', async t => {
  const world = await worldOf(t)
  const { panel, admin, ann, bob, id } = world
  const isVoid = refused(409, 'INVITATION_VOID')
  const { body } = await invite(ann, id, 'bob', ['file-read', 'file-write'])
  const denyAnn = (...permissions: string[]) =>
    admin.request('PUT', `/api/v1/users/${ann.id}/permissions`, {
      permissions: permissions.map(permission => ({ permission, effect: 'DENY' }))
    })
  await denyAnn('server-update')
  t.match(await accept(bob, body.id), isVoid, 'she manages no members any more')
  await denyAnn()
  await panel.db.prisma.user.update({ where: { id: ann.id }, data: { disabledAt: new Date() } })
  t.match(await accept(bob, body.id), isVoid, 'she is disabled')
  await panel.db.prisma.user.update({ where: { id: ann.id }, data: { disabledAt: null } })
  const other = await somebody(panel, 'other')
  const patch = (ownerId: string) => admin.request('PATCH', serverPath(id), { ownerId })
  t.equal((await patch(other.id)).status, 200)
  t.match(await accept(bob, body.id), isVoid, 'it is not hers any more')
  await patch(ann.id)
  t.same(await held(world, bob.id), [])
  await denyAnn('file-write')
  const joined = await accept(bob, body.id)
  t.same(joined.body.permissions, ['file-read', 'server-view'], 'what is left is given')
  t.same(await held(world, bob.id), ['file-read', 'server-view'])
})

type Ask = [method: string, path: string, body?: object]

t.test('sixty 34 and 39: own, foreign and random ids, and what is not asked for', async t => {
  const { panel, admin, ann, bob, id } = await worldOf(t)
  const foreign = await serverOf(panel, bob.id, 'of Bob')
  const cat = await somebody(panel, 'cat')
  await join(bob, foreign, cat)
  const [own, theirs] = [
    (await invite(ann, id, 'x')).body,
    (await invite(bob, foreign, 'cat')).body
  ]

  // A server that may not be seen is the same as none.
  const asks = (server: string, userId: string, invitation: string): Ask[] => [
    ['GET', `${serverPath(server)}/members`],
    ['POST', `${serverPath(server)}/members`, { invite: 'x', permissions: [] }],
    ['PATCH', `${serverPath(server)}/members/${userId}`, { permissions: [] }],
    ['DELETE', `${serverPath(server)}/members/${userId}`],
    ['GET', `${serverPath(server)}/invitations`],
    ['DELETE', `${serverPath(server)}/invitations/${invitation}`]
  ]
  const texts = async (list: Ask[]) => {
    const answers = list.map(async ([method, path, body]) => {
      const { status, body: said } = await ann.request(method, path, body)
      return JSON.stringify({ status, ...said, requestId: '' }).replace(/[0-9a-f-]{36}/g, 'ID')
    })
    return Promise.all(answers)
  }
  const [hidden, random] = [asks(foreign, cat.id, theirs.id), asks(someId, someId, someId)]
  t.strictSame(await texts(hidden), await texts(random))
  for (const text of await texts(hidden)) t.match(text, /"status":404,"code":"SERVER_NOT_FOUND"/)

  // Things of another server, and no things at all, under the own server.
  const [, , ...nested] = asks(id, cat.id, theirs.id)
  const [, , ...unknown] = asks(id, someId, someId)
  t.strictSame(await texts(nested), await texts(unknown))
  t.match(await texts(nested), [/MEMBER_NOT_FOUND/, /MEMBER_NOT_FOUND/, /"data"/, /INVITATION_NOT/])
  for (const act of ['accept', 'decline']) {
    for (const one of [theirs.id, own.id, someId]) {
      const answer = await ann.request('POST', `${INVITATIONS}/${one}/${act}`)
      t.match(answer, { ...noInvitation, body: { message: `No invitation ${one}` } })
    }
  }
  t.equal((await panel.db.prisma.invitation.findMany()).length, 2, 'all are still there')
  t.equal((await membersOf(bob, foreign)).length, 1)

  for (const [field, body] of Object.entries<object>({
    serverId: { invite: 'x', permissions: [], serverId: foreign },
    invitedById: { invite: 'x', permissions: [], invitedById: bob.id },
    expiresAt: { invite: 'x', permissions: [], expiresAt: null },
    'permissions.0': { invite: 'x', permissions: ['admin-nodes'] },
    permissions: { invite: 'x', permissions: ['file-read', 'file-read'] },
    invite: { invite: ' ', permissions: [] }
  })) {
    const answer = await admin.request('POST', `${serverPath(id)}/members`, body)
    t.match(answer, { status: 400, body: { details: [{ field: `body.${field}` }] } }, field)
  }
  const create = await ann.request('PATCH', `${serverPath(id)}/members/${bob.id}`, {
    permissions: ['server-create']
  })
  t.equal(create.status, 400, 'what is not about one server')
})

t.test('sixty 43: 50 members and invitations, however many are asked at once', async t => {
  const world = await worldOf(t)
  const { panel, ann, bob, id } = world
  await join(ann, id, bob)
  const answers = await Promise.all(
    Array.from({ length: 60 }, (_, at) => invite(ann, id, `friend-${at}`, ['file-read']))
  )
  const made = answers.filter(({ status }) => status === 202)
  const full = answers.filter(({ body }) => body.code === 'TOO_MANY_MEMBERS')
  t.same([made.length, full.length], [49, 11], 'with the one who is there')
  t.equal(await panel.db.prisma.invitation.count(), 49)
  const known = made[0]?.body.invitee
  t.equal((await invite(ann, id, known)).status, 202, 'one who is invited is invited anew')
  await panel.db.prisma.invitation.updateMany({
    where: { invitee: known },
    data: { expiresAt: new Date() }
  })
  t.equal((await invite(ann, id, 'cat')).status, 202, 'an old one makes room')
  t.match(await invite(ann, id, 'dan'), refused(409, 'TOO_MANY_MEMBERS'))
  const cat = await somebody(panel, 'cat')
  const [waiting] = await mine(cat)
  const takes = await Promise.all(Array.from({ length: 8 }, () => accept(cat, waiting.id)))
  t.same(takes.map(({ status }) => status).sort(), [200, ...Array(7).fill(404)], 'taken once')
  t.match(await invite(ann, id, 'dan'), refused(409, 'TOO_MANY_MEMBERS'), 'members count')
  await remove(ann, id, bob.id)
  t.equal((await invite(ann, id, 'dan')).status, 202)
})

t.test('sixty 25: who loses a server loses its sockets, and comes back by none', async t => {
  const panel = await buildPanel(t)
  const admin = await login(panel)
  const agent = await addGameNode(panel, admin, 'alpha')
  const ann = await somebody(panel, 'ann')
  const alts = await admin.request('GET', '/api/v1/alts?search=Teeworlds%20demo')
  const made = await admin.request('POST', '/api/v1/servers', {
    ...{ name: 'World', altId: alts.body.data[0].id, ownerId: ann.id, start: true },
    ...{ memoryMiB: 512, cpuPercent: 100, diskMiB: 1_024 }
  })
  const { id } = made.body.server
  await until('it runs', async () => {
    return (await admin.request('GET', serverPath(id))).body.status === 'RUNNING'
  })
  await admin.request('POST', '/api/v1/roles', {
    ...{ name: 'watcher', permissions: { 'server-view': 'ANY', 'console-read': 'ANY' } }
  })
  const roles = (await admin.request('GET', '/api/v1/roles')).body.data
  const watcher = roles.find((role: Json) => role.name === 'watcher')

  const consoleOf = (person: Person) => openSocket(t, panel, `${serverPath(id)}/console`, person)
  const eventsOf = (person: Person) => openSocket(t, panel, '/api/v1/events', person)
  const hears = (ear: Ear, line: string) => JSON.stringify(ear.heard).includes(line)
  const stays = await consoleOf(admin)
  stays.socket.send('{"type":"subscribe"}')
  const all = await eventsOf(admin)
  let acts = 0

  /** A friend who reads the console loses it by this, at once and for good. */
  async function loses(
    name: string,
    options: {
      by: (friend: Somebody) => Promise<{ status: number }>
      roleName?: string
      isOwner?: true
      /** What the panel says from then on. */
      status: number
    }
  ): Promise<void> {
    acts += 1
    const friend = await somebody(panel, `friend-${acts}`, options.roleName)
    if (options.isOwner) await admin.request('PATCH', serverPath(id), { ownerId: friend.id })
    else if (!options.roleName) await join(ann, id, friend, 'console-read', 'console-send')
    const [ear, events] = [await consoleOf(friend), await eventsOf(friend)]
    ear.socket.send('{"type":"subscribe"}')
    const word = (at: string) => `${name}, ${at}`
    agent.print(id, word('before'))
    await until('it is heard', () => hears(ear, word('before')))
    const began = Date.now()
    const answer = await options.by(friend)
    t.ok(answer.status < 300, `${name}: ${answer.status}`)
    t.equal(await ear.closed, 4403, name)
    const ms = Date.now() - began
    t.ok(ms < 5_000, `${name}: ended in ${ms} ms`)
    await until('the pages are told', () => hears(events, 'access.changed'))
    agent.print(id, word('after'))
    await until('others hear it', () => hears(stays, word('after')))
    t.notOk(hears(ear, word('after')), name)
    const known = { heard: events.heard.length, all: all.heard.length }
    await admin.request('PATCH', serverPath(id), { name: `World ${acts}` })
    const restart = { action: 'restart' }
    await admin.request('POST', `${serverPath(id)}/power`, restart, { prefer: 'wait=10' })
    await until('others are told', () => all.heard.length > known.all)
    if (options.status === 404) t.equal(events.heard.length, known.heard, `${name}: told nothing`)
    events.socket.close()
    await t.rejects(consoleOf(friend), { message: `${options.status}` }, `${name}: no way back`)
    const logs = await friend.request('GET', `${serverPath(id)}/logs`)
    t.equal(logs.status, options.status, name)
  }

  const rights = (friend: Somebody) => `/api/v1/users/${friend.id}/permissions`
  const denied = (permission: string) => ({ permissions: [{ permission, effect: 'DENY' }] })
  await loses('removed', { by: friend => remove(ann, id, friend.id), status: 404 })
  await loses('left', { by: friend => remove(friend, id, friend.id), status: 404 })
  await loses('cut', { by: friend => change(ann, id, friend.id, ['file-read']), status: 403 })
  await loses('denied', {
    by: friend => admin.request('PUT', rights(friend), denied('console-read')),
    status: 404
  })
  await loses('another owner', {
    by: () => admin.request('PATCH', serverPath(id), { ownerId: ann.id }),
    isOwner: true,
    status: 404
  })
  await loses('a denial beside the role', {
    by: friend => admin.request('PUT', rights(friend), denied('console-read')),
    roleName: 'watcher',
    status: 403
  })
  await loses('a role cut', {
    by: () => {
      const permissions = { 'console-read': 'ANY' }
      return admin.request('PATCH', `/api/v1/roles/${watcher.id}`, { permissions })
    },
    roleName: 'watcher',
    status: 404
  })
  stays.socket.close()
})
