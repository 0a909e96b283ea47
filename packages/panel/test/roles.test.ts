import type { RouteOptions } from 'fastify'
import t, { type Test } from 'tap'
import { seed } from '../src/db/seed.ts'
import { isPermissionName, permissionCatalog } from '../src/features/permissions/catalog.ts'
import {
  addUser,
  buildPanel,
  type Json,
  login,
  type Person,
  type TestPanel,
  until
} from './helper.ts'
import { keyOf, openSocket, type Somebody, serverOf, somebody } from './people-world.ts'

// The machine may be busy with other files.
t.setTimeout(180_000)

const ROLES = '/api/v1/roles'
const someId = '0190b5ad-0000-7000-8000-0000000000ff'
const rightsOf = (id: string) => `/api/v1/users/${id}/permissions`

async function worldOf(t: Test) {
  const panel = await buildPanel(t)
  const admin = await login(panel)
  return { panel, admin }
}

async function newRole(admin: Person, body: object): Promise<Json> {
  const made = await admin.request('POST', ROLES, body)
  if (made.status !== 201) throw new Error(JSON.stringify(made.body))
  return made.body
}

/** Manages roles and not much else. */
async function keeperOf(panel: TestPanel, admin: Person, more = {}): Promise<Somebody> {
  const permissions = { ...more, 'admin-roles': 'ANY', 'file-read': 'OWN', 'server-view': 'OWN' }
  await newRole(admin, { name: 'keeper', permissions })
  return somebody(panel, 'kim', 'keeper')
}

const auditOf = async ({ db }: TestPanel, targetId: string) => {
  const rows = await db.prisma.auditLog.findMany({ where: { targetId }, orderBy: { id: 'asc' } })
  return rows.map(({ action, before, after, actorName }) => ({ action, before, after, actorName }))
}

t.test('roles are made, listed, changed and deleted', async t => {
  const { panel, admin } = await worldOf(t)
  const permissions = { 'server-view': 'ANY', 'server-power': 'OWN' }
  const made = await newRole(admin, { name: 'Support', description: 'Helps.', permissions })
  t.match(made, { isSystem: false, requiresTotp: false, usersCount: 0, permissions })
  const path = `${ROLES}/${made.id}`
  const sam = await somebody(panel, 'sam', 'Support')
  const serverId = await serverOf(panel, (await addUser(panel, { username: 'ann' })).id)
  const lookAt = () => sam.request('GET', `/api/v1/servers/${serverId}`)
  t.equal((await lookAt()).status, 200, 'it gives what it says')

  t.strictSame((await admin.request('GET', path)).body, { ...made, usersCount: 1 })
  const pages: string[] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const query = `?limit=2&sort=-name${cursor && `&cursor=${cursor}`}`
    const { body } = await admin.request('GET', ROLES + query)
    pages.push(...body.data.map((role: Json) => `${role.name} ${role.usersCount}`))
    cursor = body.nextCursor
  }
  t.strictSame(pages, ['USER 1', 'Support 1', 'MODERATOR 0', 'ADMIN 1'])

  const patch = { name: 'Helpers', permissions: { 'server-view': 'OWN' }, requiresTotp: true }
  const changed = await admin.request('PATCH', path, patch)
  t.match(changed, { status: 200, body: { ...patch, description: 'Helps.' } })
  t.strictSame(changed.body.permissions, patch.permissions, 'the old ones are gone')
  t.match(await lookAt(), { status: 403, body: { code: 'TOTP_SETUP_REQUIRED' } })
  await admin.request('PATCH', path, { requiresTotp: false })
  t.match(await lookAt(), { status: 404, body: { code: 'SERVER_NOT_FOUND' } }, 'at once')

  const inUse = await admin.request('DELETE', path)
  t.match(inUse, { status: 409, body: { code: 'IN_USE', details: [{ message: '1 user' }] } })
  const same = await admin.request('DELETE', `${path}?replaceWith=${made.id}`)
  t.match(same, { status: 400, body: { details: [{ field: 'query.replaceWith' }] } })
  const nowhere = await admin.request('DELETE', `${path}?replaceWith=${someId}`)
  t.match(nowhere, { status: 404, body: { code: 'ROLE_NOT_FOUND' } })
  const user = await panel.db.prisma.role.findUniqueOrThrow({ where: { name: 'USER' } })
  t.equal((await admin.request('DELETE', `${path}?replaceWith=${user.id}`)).status, 204)
  const row = await panel.db.prisma.user.findUniqueOrThrow({ where: { id: sam.id } })
  t.equal(row.roleId, user.id, 'its users have the other one')
  t.equal((await lookAt()).status, 401, 'and log in again, as after any change of role')
  for (const method of ['GET', 'DELETE']) {
    t.match(await admin.request(method, path), { status: 404, body: { code: 'ROLE_NOT_FOUND' } })
  }
  t.match(await auditOf(panel, made.id), [
    { action: 'role.created', actorName: 'admin', after: { name: 'Support', permissions } },
    { action: 'role.updated', before: { name: 'Support', permissions }, after: patch },
    { action: 'role.updated', before: { requiresTotp: true }, after: { requiresTotp: false } },
    {
      action: 'role.deleted',
      before: { name: 'Helpers', usersCount: 1 },
      after: { replacedWith: 'USER' }
    }
  ])
})

t.test('what a role cannot be', async t => {
  const { panel, admin } = await worldOf(t)
  const role = await newRole(admin, { name: 'Support' })
  const path = `${ROLES}/${role.id}`
  const before = await panel.db.prisma.role.findMany({ orderBy: { id: 'asc' } })
  const idOf = (name: string) => before.find(one => one.name === name)?.id
  const taken = { status: 409, body: { code: 'NAME_TAKEN' } }
  t.match(await admin.request('POST', ROLES, { name: 'SUPPORT' }), taken)
  t.match(await admin.request('POST', ROLES, { name: 'admin' }), taken)
  t.match(await admin.request('PATCH', path, { name: 'moderator' }), taken)

  const system = { status: 409, body: { code: 'SYSTEM_ROLE' } }
  for (const name of ['ADMIN', 'MODERATOR', 'USER']) {
    const own = `${ROLES}/${idOf(name)}`
    t.match(await admin.request('PATCH', own, { name: 'Boss' }), system)
    t.match(await admin.request('DELETE', `${own}?replaceWith=${role.id}`), system)
  }
  const less = { permissions: { 'admin-roles': 'ANY' } }
  t.match(await admin.request('PATCH', `${ROLES}/${idOf('ADMIN')}`, less), system)

  // What is nobody's to say, or means nothing.
  for (const [field, body] of Object.entries<object>({
    isSystem: { isSystem: true },
    id: { id: someId },
    usersCount: { usersCount: 0 },
    'permissions.everything': { permissions: { everything: 'ANY' } },
    'permissions.server-view': { permissions: { 'server-view': 'ALL' } },
    'permissions.admin-roles': { permissions: { 'admin-roles': 'OWN' } },
    'permissions.server-create': { permissions: { 'server-create': 'OWN' } }
  })) {
    const want = { status: 400, body: { details: [{ field: `body.${field}` }] } }
    t.match(await admin.request('POST', ROLES, { name: 'more', ...body }), want, field)
    t.match(await admin.request('PATCH', path, body), want, field)
  }
  t.strictSame(await panel.db.prisma.role.findMany({ orderBy: { id: 'asc' } }), before)

  const users = `${ROLES}/${idOf('USER')}`
  const cut = await admin.request('PATCH', users, { permissions: {}, requiresTotp: true })
  t.match(cut, { status: 200, body: { permissions: {}, requiresTotp: true } }, 'it may be cut')
  await seed(panel.db.prisma, { admin: () => Promise.reject(new Error('there is one')) })
  const { permissions } = (await admin.request('GET', users)).body
  t.strictSame(permissions, {}, 'a start of the panel does not give it back')
  const marked = await admin.request('PATCH', `${ROLES}/${idOf('ADMIN')}`, { description: 'All.' })
  t.equal(marked.status, 200)
})

t.test('nobody makes a role, for others or for oneself, that gives more', async t => {
  const { panel, admin } = await worldOf(t)
  const kim = await keeperOf(panel, admin)
  const key = await keyOf(panel, kim, ['admin-roles', 'server-view'])
  const support = await newRole(admin, { name: 'Support', permissions: { 'user-view': 'ANY' } })
  const plain = await newRole(admin, { name: 'Plain', permissions: { 'server-view': 'OWN' } })
  await addUser(panel, { username: 'pat', roleName: 'Plain' })
  const { data } = (await admin.request('GET', ROLES)).body
  const idOf = (name: string) => data.find((role: Json) => role.name === name).id
  const lacks = (name: string) => ({
    ...{ status: 403, body: { code: 'FORBIDDEN', details: [{ type: 'permission', name }] } }
  })
  const before = await panel.db.prisma.rolePermission.count()
  const rows: [string, Person, string, string, object | undefined, string][] = [
    ['another permission', kim, 'POST', ROLES, { 'admin-nodes': 'ANY' }, 'admin-nodes'],
    ['a wider scope', kim, 'POST', ROLES, { 'server-view': 'ANY' }, 'server-view'],
    [
      'the own role',
      ...([kim, 'PATCH', `${ROLES}/${idOf('keeper')}`] as const),
      ...([{ 'admin-roles': 'ANY', 'user-delete': 'ANY' }, 'user-delete'] as const)
    ],
    ['what others have', kim, 'PATCH', `${ROLES}/${support.id}`, {}, 'user-view'],
    ['deleting it', kim, 'DELETE', `${ROLES}/${support.id}`, undefined, 'user-view'],
    [
      'giving its users a greater one',
      ...([kim, 'DELETE', `${ROLES}/${plain.id}?replaceWith=${support.id}`] as const),
      ...([undefined, 'user-view'] as const)
    ],
    ['a key without it', key, 'POST', ROLES, { 'file-read': 'OWN' }, 'file-read']
  ]
  for (const [title, person, method, path, permissions, lacked] of rows) {
    const body = permissions && { ...(method === 'POST' && { name: 'more' }), permissions }
    t.match(await person.request(method, path, body), lacks(lacked), title)
  }
  t.equal(await panel.db.prisma.rolePermission.count(), before, 'nothing has changed')
  const makes = (person: Person, name: string, permissions: object) =>
    person.request('POST', ROLES, { name, permissions })
  t.equal((await makes(kim, 'Readers', { 'file-read': 'OWN' })).status, 201, 'what one holds')
  t.equal((await makes(key, 'Viewers', { 'server-view': 'OWN' })).status, 201, 'and a key')
  const cut = await kim.request('PATCH', `${ROLES}/${idOf('keeper')}`, { permissions: {} })
  t.equal(cut.status, 200, 'one may cut oneself')
  t.match(await kim.request('GET', ROLES), lacks('admin-roles'))
})

t.test('single permissions of a user, given and denied', async t => {
  const { panel, admin } = await worldOf(t)
  const ann = await somebody(panel, 'ann')
  const bob = await somebody(panel, 'bob')
  const [mine, other] = [await serverOf(panel, ann.id), await serverOf(panel, ann.id, 'other')]
  const sees = async (id: string) => (await bob.request('GET', `/api/v1/servers/${id}`)).status
  const put = (permissions: object[], by: Person = admin, id = bob.id) =>
    by.request('PUT', rightsOf(id), { permissions })
  const allow = { permission: 'server-view', effect: 'ALLOW', serverId: null, expiresAt: null }
  const here = { ...allow, serverId: mine }
  const denied = { ...here, effect: 'DENY' }

  t.strictSame((await admin.request('GET', rightsOf(bob.id))).body, {
    ...{ role: 'USER', permissions: [] }
  })
  t.equal(await sees(mine), 404)
  t.strictSame((await put([here])).body, { role: 'USER', permissions: [here] })
  t.strictSame([await sees(mine), await sees(other)], [200, 404], 'on one server')
  await put([allow, { ...denied, expiresAt: undefined }])
  t.strictSame([await sees(mine), await sees(other)], [404, 200], 'DENY beats ALLOW')
  const soon = new Date(Date.now() + 1_500).toISOString()
  await put([{ ...here, expiresAt: soon }])
  t.equal(await sees(mine), 200)
  await until('its time is over', async () => (await sees(mine)) === 404)
  const over = (await admin.request('GET', rightsOf(bob.id))).body.permissions
  t.equal((await put(over)).status, 200, 'what has ended may stay in the list')
  await put([])
  t.equal(await panel.db.prisma.userPermission.count({ where: { userId: bob.id } }), 0)
  const lines = await auditOf(panel, bob.id)
  t.match(lines.slice(0, 2), [
    { action: 'user.permissions.updated', before: { removed: [] }, after: { added: [here] } },
    { before: { username: 'bob', removed: [here] }, after: { added: [allow, denied] } }
  ])
  t.equal(lines.length, 4, 'a list that changes nothing is no change')

  const invalid = (field: string) => ({
    ...{ status: 400, body: { details: [{ field: `body.permissions.${field}` }] } }
  })
  t.match(await put([allow, { ...allow, effect: 'DENY' }]), invalid('1.permission'))
  const nodes = { permission: 'admin-nodes', effect: 'ALLOW' }
  t.match(await put([{ ...nodes, serverId: mine }]), invalid('0.serverId'))
  const past = '2020-01-01T00:00:00.000Z'
  t.match(await put([{ ...allow, expiresAt: past }]), invalid('expiresAt'))
  t.match(await put([{ ...allow, userId: ann.id }]), invalid('0.userId'))
  t.match(await put([allow], admin, someId), { status: 404, body: { code: 'USER_NOT_FOUND' } })
  const own = await panel.db.prisma.user.findFirstOrThrow({ where: { username: 'admin' } })
  t.match(await put([nodes], admin, own.id), { status: 403, body: { code: 'OWN_PERMISSIONS' } })

  const roles = (await admin.request('GET', ROLES)).body.data
  const users = roles.find((role: Json) => role.name === 'USER').permissions
  const kim = await keeperOf(panel, admin, users)
  const forbidden = { status: 403, body: { code: 'FORBIDDEN' } }
  t.match(await put([nodes], kim), { ...forbidden, body: { details: [{ name: 'admin-nodes' }] } })
  t.match(await put([allow], kim), forbidden, 'everywhere, of who may it on own ones')
  t.match(await put([allow], kim, own.id), forbidden, 'to one who may more')
  const hidden = [await put([here], kim), await put([{ ...here, serverId: someId }], kim)]
  for (const answer of hidden) {
    t.match(answer, { status: 404, body: { code: 'SERVER_NOT_FOUND' } }, 'one that is not seen')
  }
  const kims = await serverOf(panel, kim.id, 'of Kim')
  const there = { ...here, serverId: kims }
  t.equal((await put([there], kim)).status, 200, 'on the own server')

  await put([denied, { ...denied, serverId: other }])
  const seenBy = async (who: Person) =>
    (await who.request('GET', rightsOf(bob.id))).body.permissions
  t.strictSame(await seenBy(kim), [], 'no server is told of that is not seen')
  const not = { ...there, effect: 'DENY' }
  t.match(await put([not], kim), { status: 200, body: { permissions: [not] } })
  t.strictSame((await put([], kim)).body, { role: 'USER', permissions: [] })
  const left = (await seenBy(admin)).map(({ serverId }: Json) => serverId)
  t.strictSame(left, [mine, other].sort(), 'and what is not seen stays')
  await put([nodes])
  t.match(await put([], kim), forbidden, 'nor is taken away what one lacks')
})

t.test('changes of one moment come one after the other', async t => {
  const { panel, admin } = await worldOf(t)
  const spellings = Array.from({ length: 8 }, (_, at) => (at % 2 ? 'Support' : 'SUPPORT'))
  const makes = spellings.map(name => admin.request('POST', ROLES, { name }))
  const made = await Promise.all(makes)
  const answers = made.map(({ status, body }) => body.code ?? status).sort()
  t.same(answers, [201, ...Array(7).fill('NAME_TAKEN')])

  const bob = await somebody(panel, 'bob')
  const names = permissionCatalog.slice(0, 8).map(({ name }) => name)
  const puts = names.map(permission => {
    const permissions = [{ permission, effect: 'ALLOW' }]
    return admin.request('PUT', rightsOf(bob.id), { permissions })
  })
  for (const { status } of await Promise.all(puts)) t.equal(status, 200)
  const lines = await panel.db.prisma.auditLog.findMany({
    where: { action: 'user.permissions.updated' },
    orderBy: { id: 'asc' }
  })
  let held: Json = []
  for (const { before, after } of lines as Json[]) {
    t.same(before.removed, held, 'each has seen the one before it')
    held = after.added
  }
  const { body } = await admin.request('GET', rightsOf(bob.id))
  t.same(body.permissions, held, 'the last one holds')

  const [plain, next] = [await newRole(admin, { name: 'a' }), await newRole(admin, { name: 'b' })]
  const friends = await Promise.all(
    Array.from({ length: 6 }, (_, at) => addUser(panel, { username: `u${at}`, roleName: 'a' }))
  )
  const path = `/api/v1/roles/${plain.id}`
  const acts = await Promise.all([
    ...friends.map(({ id }) => admin.request('PATCH', `/api/v1/users/${id}`, { role: 'a' })),
    admin.request('DELETE', `${path}?replaceWith=${next.id}`),
    ...friends.map(({ id }) => admin.request('PATCH', `/api/v1/users/${id}`, { role: 'a' })),
    admin.request('PATCH', path, { permissions: { 'server-view': 'OWN' } })
  ])
  t.ok(
    acts.every(({ status }) => [200, 204, 400, 404].includes(status)),
    JSON.stringify(acts.map(({ status }) => status))
  )
  t.equal(await panel.db.prisma.user.count({ where: { roleId: next.id } }), 6)
})

interface Route {
  method: string
  url: string
  config: NonNullable<RouteOptions['config']>
  isSocket: boolean
}

/** What a route about a server looks at before it asks for a permission. */
const rightBodies: Record<string, object> = {
  'PATCH /api/v1/servers/:id': { name: 'renamed' },
  'POST /api/v1/servers/:id/power': { action: 'start' },
  'POST /api/v1/servers/:id/console': { command: 'say' },
  'POST /api/v1/servers/:id/reinstall': {},
  'POST /api/v1/servers/:id/allocations': {},
  'PATCH /api/v1/servers/:id/allocations/:allocationId': { isPrimary: true },
  'POST /api/v1/servers/:id/members': { invite: 'bob', permissions: [] },
  'PATCH /api/v1/servers/:id/members/:userId': { permissions: [] }
}

t.test(
  'sixty 35: one with all but one permission is refused by every route that needs it',
  async t => {
    const routes: Route[] = []
    const panel = await buildPanel(t, {
      onRoute({ method, url, config = {}, websocket = false }) {
        for (const one of [method].flat().filter(name => name !== 'HEAD')) {
          routes.push({ method: one, url, config, isSocket: websocket })
        }
      }
    })
    const admin = await login(panel)
    const second = await somebody(panel, 'second', 'ADMIN')
    const serverId = await serverOf(panel, second.id)
    let tries = 0
    for (const { name: permission } of permissionCatalog) {
      const denied = { permissions: [{ permission, effect: 'DENY' }] }
      t.equal((await admin.request('PUT', rightsOf(second.id), denied)).status, 200)
      for (const { method, url, config, isSocket } of routes) {
        if (config.permission !== permission) continue
        const path = url
          .replace(/:(\w+)/g, (_, name) => (name === config.serverParam ? serverId : someId))
          .replace(/(?<=.)\/$/, '')
        const name = `${method} ${path}`
        tries += 1
        // Without it a server is not there.
        const isHidden = permission === 'server-view' && config.serverParam !== undefined
        if (isSocket) {
          const opened = openSocket(t, panel, path, second)
          await t.rejects(opened, { message: isHidden ? '404' : '403' }, name)
          continue
        }
        const answer = await second.request(method, path, rightBodies[`${method} ${url}`])
        const want = isHidden
          ? { status: 404, body: { code: 'SERVER_NOT_FOUND' } }
          : { status: 403, body: { code: 'FORBIDDEN', details: [{ name: permission }] } }
        t.match(answer, want, name)
      }
    }
    const named = routes.filter(({ config }) => isPermissionName(config.permission ?? ''))
    t.equal(tries, named.length, `${tries} routes`)
    t.ok(tries > 50)
  }
)
