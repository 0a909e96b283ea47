import { createHash, randomBytes } from 'node:crypto'
import { keyIdOf } from '@ctrl-alt-play/protocol'
import t, { type Test } from 'tap'
import { type PermissionName, permissionCatalog } from '../src/features/permissions/catalog.ts'
import { connect } from './fake-agent.ts'
import { joinNode } from './game-agent.ts'
import {
  addUser,
  buildPanel,
  type Json,
  login,
  type Person,
  stranger,
  type TestPanel
} from './helper.ts'

// Thousands of requests, on a machine that may be busy with other files.
t.setTimeout(300_000)

/** Who may come in: everyone, a login, a login or a key, who holds it everywhere, somewhere, on the server. */
type Rule =
  | 'all'
  | 'login'
  | 'person'
  | { everywhere: PermissionName }
  | { somewhere: PermissionName }
  | { server: PermissionName }
  /** The server's owner, and who may change all servers (decision 6). */
  | 'manager'

const nobodysId = '0190b5ad-0000-7000-8000-0000000000ff'

/** What is wanted of the routes, written down apart from them. */
const rules: Record<string, Rule> = {
  'GET /healthz': 'all',
  'GET /readyz': 'all',
  'GET /metrics': 'all',
  'GET /agent/v1/connect': 'all',
  'POST /agent/v1/enroll': 'all',
  'GET /agent/v1/install.sh': 'all',
  'GET /agent/v1/agent.mjs': 'all',
  'POST /api/v1/auth/login': 'all',
  'POST /api/v1/auth/password-reset': 'all',
  'POST /api/v1/auth/password-reset/confirm': 'all',
  'POST /api/v1/auth/logout': 'login',
  'GET /api/v1/auth/me': 'person',
  'POST /api/v1/auth/password': 'login',
  'POST /api/v1/auth/email': 'login',
  'POST /api/v1/auth/email/confirm': 'login',
  'GET /api/v1/auth/sessions': 'login',
  'DELETE /api/v1/auth/sessions': 'login',
  'DELETE /api/v1/auth/sessions/:id': 'login',
  'POST /api/v1/auth/totp': 'login',
  'POST /api/v1/auth/totp/confirm': 'login',
  'DELETE /api/v1/auth/totp': 'login',
  'POST /api/v1/auth/totp/recovery-codes': 'login',
  'GET /api/v1/api-keys': 'login',
  'POST /api/v1/api-keys': 'login',
  'DELETE /api/v1/api-keys/:id': 'login',
  'GET /api/v1/invitations': 'login',
  'POST /api/v1/invitations/:id/accept': 'login',
  'POST /api/v1/invitations/:id/decline': 'login',
  'GET /api/v1/permissions': 'person',
  'GET /api/v1/ctrls': 'person',
  'GET /api/v1/ctrls/:id': 'person',
  'GET /api/v1/alts': 'person',
  'GET /api/v1/alts/:id': 'person',
  'GET /api/v1/alt-tags': 'person',
  'GET /api/v1/alts/:id/versions': 'person',
  'GET /api/v1/alts/:id/versions/:version': 'person',
  'GET /api/v1/alts/:id/icon/:hash': 'person',
  'GET /api/v1/commands/:id': 'person',
  'POST /api/v1/commands/:id/cancel': 'person',
  'GET /api/v1/events': 'person',
  'GET /api/v1/users': { everywhere: 'user-view' },
  'POST /api/v1/users': { everywhere: 'user-create' },
  'GET /api/v1/users/:id': { everywhere: 'user-view' },
  'PATCH /api/v1/users/:id': { everywhere: 'user-update' },
  'DELETE /api/v1/users/:id': { everywhere: 'user-delete' },
  'GET /api/v1/users/:id/sessions': { everywhere: 'user-view' },
  'DELETE /api/v1/users/:id/sessions': { everywhere: 'user-update' },
  'DELETE /api/v1/users/:id/sessions/:sessionId': { everywhere: 'user-update' },
  'DELETE /api/v1/users/:id/totp': { everywhere: 'user-update' },
  'GET /api/v1/users/:id/permissions': { everywhere: 'admin-roles' },
  'PUT /api/v1/users/:id/permissions': { everywhere: 'admin-roles' },
  'GET /api/v1/roles': { everywhere: 'admin-roles' },
  'POST /api/v1/roles': { everywhere: 'admin-roles' },
  'GET /api/v1/roles/:id': { everywhere: 'admin-roles' },
  'PATCH /api/v1/roles/:id': { everywhere: 'admin-roles' },
  'DELETE /api/v1/roles/:id': { everywhere: 'admin-roles' },
  'GET /api/v1/audit-logs': { everywhere: 'admin-audit' },
  'GET /api/v1/audit-logs/export': { everywhere: 'admin-audit' },
  'GET /api/v1/system/database': { everywhere: 'admin-settings' },
  'GET /api/v1/nodes': { everywhere: 'admin-nodes' },
  'POST /api/v1/nodes': { everywhere: 'admin-nodes' },
  'GET /api/v1/nodes/:id': { everywhere: 'admin-nodes' },
  'PATCH /api/v1/nodes/:id': { everywhere: 'admin-nodes' },
  'DELETE /api/v1/nodes/:id': { everywhere: 'admin-nodes' },
  'POST /api/v1/nodes/:id/enrollment-tokens': { everywhere: 'admin-nodes' },
  'POST /api/v1/nodes/:id/revoke': { everywhere: 'admin-nodes' },
  'POST /api/v1/nodes/:id/declare-lost': { everywhere: 'admin-nodes' },
  'GET /api/v1/nodes/:id/stats/history': { everywhere: 'admin-nodes' },
  'GET /api/v1/nodes/:id/allocations': { everywhere: 'admin-nodes' },
  'POST /api/v1/nodes/:id/allocations': { everywhere: 'admin-nodes' },
  'DELETE /api/v1/nodes/:id/allocations/:allocationId': { everywhere: 'admin-nodes' },
  'POST /api/v1/ctrls': { everywhere: 'admin-templates' },
  'PATCH /api/v1/ctrls/:id': { everywhere: 'admin-templates' },
  'DELETE /api/v1/ctrls/:id': { everywhere: 'admin-templates' },
  'POST /api/v1/ctrls/:id/alts/import': { everywhere: 'admin-templates' },
  'POST /api/v1/ctrls/:id/alts/import-many': { everywhere: 'admin-templates' },
  'POST /api/v1/alts': { everywhere: 'admin-templates' },
  'PATCH /api/v1/alts/:id': { everywhere: 'admin-templates' },
  'DELETE /api/v1/alts/:id': { everywhere: 'admin-templates' },
  'GET /api/v1/alts/:id/export': { everywhere: 'admin-templates' },
  'GET /api/v1/alts/:id/update': { everywhere: 'admin-templates' },
  'POST /api/v1/alts/:id/update': { everywhere: 'admin-templates' },
  'GET /api/v1/servers': { somewhere: 'server-view' },
  'POST /api/v1/servers': { everywhere: 'server-create' },
  'GET /api/v1/servers/:id': { server: 'server-view' },
  'PATCH /api/v1/servers/:id': { server: 'server-update' },
  'DELETE /api/v1/servers/:id': { server: 'server-delete' },
  'POST /api/v1/servers/:id/power': { server: 'server-power' },
  'POST /api/v1/servers/:id/reinstall': { server: 'server-reinstall' },
  'GET /api/v1/servers/:id/stats': { server: 'monitoring-view' },
  'POST /api/v1/servers/:id/allocations': { server: 'network-allocate' },
  'PATCH /api/v1/servers/:id/allocations/:allocationId': { server: 'network-allocate' },
  'DELETE /api/v1/servers/:id/allocations/:allocationId': { server: 'network-allocate' },
  'GET /api/v1/servers/:id/stats/history': { server: 'monitoring-view' },
  'GET /api/v1/servers/:id/events': { server: 'server-view' },
  'GET /api/v1/servers/:id/commands': { server: 'server-view' },
  'GET /api/v1/servers/:id/logs': { server: 'console-read' },
  'GET /api/v1/servers/:id/console': { server: 'console-read' },
  'POST /api/v1/servers/:id/console': { server: 'console-send' },
  'GET /api/v1/servers/:id/members': { server: 'server-view' },
  'POST /api/v1/servers/:id/members': 'manager',
  'PATCH /api/v1/servers/:id/members/:userId': 'manager',
  // And oneself: the members' own tests.
  'DELETE /api/v1/servers/:id/members/:userId': 'manager',
  'GET /api/v1/servers/:id/invitations': 'manager',
  'DELETE /api/v1/servers/:id/invitations/:invitationId': 'manager'
}

/** A body is looked at before anything else: these are as they must be. */
const bodies: Record<string, object> = {
  'POST /api/v1/auth/login': { username: 'x', password: 'x' },
  'POST /api/v1/auth/password': { currentPassword: 'wrong one', newPassword: 'another one' },
  'POST /api/v1/auth/password-reset': { email: 'x@example.invalid' },
  'POST /api/v1/auth/password-reset/confirm': { token: 'x', newPassword: 'another one' },
  'POST /api/v1/auth/email': { newEmail: 'x@example.invalid', currentPassword: 'wrong one' },
  'POST /api/v1/auth/email/confirm': { token: 'x' },
  'POST /api/v1/auth/totp': { currentPassword: 'wrong one' },
  'POST /api/v1/auth/totp/confirm': { code: '000000' },
  'DELETE /api/v1/auth/totp': { currentPassword: 'wrong one', code: '000000' },
  'POST /api/v1/auth/totp/recovery-codes': { currentPassword: 'wrong one', code: '000000' },
  'POST /api/v1/api-keys': { name: 'x' },
  'POST /api/v1/users': { username: 'made', email: 'made@example.invalid', role: 'NOBODY' },
  'PATCH /api/v1/users/:id': { username: 'other' },
  'PUT /api/v1/users/:id/permissions': { permissions: [] },
  'POST /api/v1/roles': { name: 'made' },
  'PATCH /api/v1/roles/:id': { description: 'other' },
  'POST /api/v1/nodes': { name: 'made' },
  'PATCH /api/v1/nodes/:id': { name: 'other' },
  'POST /api/v1/nodes/:id/allocations': { ip: '0.0.0.0', ports: '27015' },
  'POST /api/v1/servers/:id/allocations': {},
  'PATCH /api/v1/servers/:id/allocations/:allocationId': { isPrimary: true },
  'POST /api/v1/ctrls': { name: 'made' },
  'PATCH /api/v1/ctrls/:id': { name: 'other' },
  'POST /api/v1/alts': { ctrlId: nobodysId, name: 'made', dockerImage: 'x', startup: '/x' },
  'PATCH /api/v1/alts/:id': { name: 'other' },
  'POST /api/v1/ctrls/:id/alts/import': { content: '{}' },
  'POST /api/v1/ctrls/:id/alts/import-many': { files: [{ name: 'x', content: '{}' }] },
  'POST /api/v1/servers': {
    ...{ name: 'made', altId: nobodysId, memoryMiB: 128, cpuPercent: 10, diskMiB: 128 }
  },
  'PATCH /api/v1/servers/:id': { name: 'World' },
  'POST /api/v1/servers/:id/power': { action: 'stop' },
  'POST /api/v1/servers/:id/reinstall': {},
  'POST /api/v1/servers/:id/console': { command: 'x' },
  'POST /api/v1/servers/:id/members': { invite: 'somebody', permissions: ['server-view'] },
  'PATCH /api/v1/servers/:id/members/:userId': { permissions: ['server-view'] }
}

const all = permissionCatalog.map(({ name }) => name)
const ownersHold = new Set(
  all
    .filter(name => /^(file|console|backup|database)-|^plugin-view$|^server-reinstall$/.test(name))
    .concat(['server-view', 'server-update', 'server-power', 'network-view', 'monitoring-view'])
)
const moderatorsHold = new Set<PermissionName>([
  ...(['server-view', 'server-power', 'console-read', 'file-read'] as const),
  ...(['backup-view', 'monitoring-view', 'user-view'] as const)
])
const whileSuspended = new Set<PermissionName>(['server-view', 'console-read', 'monitoring-view'])

interface Visitor {
  name: string
  ask(method: string, path: string, body?: object | string): ReturnType<Person['request']>
}

interface Door {
  method: string
  route: string
  rule: Rule
  /** What a body may say; undefined: the route takes none. */
  body: { properties?: Record<string, unknown> } | undefined
}

/** Open to who has yet to choose a password. */
const whileOwing = [
  'POST /api/v1/auth/logout',
  'GET /api/v1/auth/me',
  'POST /api/v1/auth/password',
  'POST /api/v1/auth/totp',
  'POST /api/v1/auth/totp/confirm'
]

const asPerson = (name: string, person: Person): Visitor => ({
  name,
  ask: (method, path, body) => person.request(method, path, body)
})

async function world(t: Test) {
  const doors: Door[] = []
  const unknown: string[] = []
  const panel = await buildPanel(t, {
    env: { RATE_LIMIT_PER_MINUTE: '0' },
    onRoute(route) {
      // Pages hold nothing of the panel; routes.test.ts says which there are.
      if (route.url.startsWith('/api/docs') || route.config?.isPage) return
      for (const method of [route.method].flat().filter(one => one !== 'HEAD')) {
        const name = `${method} ${route.url}`
        const rule = rules[name.replace(/\/$/, '')]
        const body = route.schema?.body as Door['body']
        if (rule) doors.push({ method, route: name.replace(/\/$/, ''), rule, body })
        else unknown.push(name)
      }
    }
  })
  const { prisma } = panel.db
  const permissions = new Map(
    (await prisma.permission.findMany()).map(({ id, name }) => [name, id] as const)
  )
  const idOf = (name: PermissionName) => permissions.get(name) ?? ''
  await prisma.role.create({ data: { name: 'NOBODY' } })

  async function key(
    name: string,
    userId: string,
    rest: { subset?: PermissionName[]; expired?: boolean } = {}
  ): Promise<Visitor> {
    const secret = `cap_${randomBytes(32).toString('base64url')}`
    await prisma.apiKey.create({
      data: {
        ...{ userId, name, secretHash: createHash('sha256').update(secret).digest('hex') },
        ...{ allPermissions: !rest.subset, permissions: rest.subset ?? [] },
        expiresAt: rest.expired ? new Date(0) : null
      }
    })
    const person = stranger(panel.url)
    const authorization = `Bearer ${secret}`
    const ask: Visitor['ask'] = (method, path, body) =>
      person.request(method, path, body, { authorization })
    return { name, ask }
  }

  /** A person without a role's rights, who holds these on one server. */
  async function member(name: string, serverId: string, held: PermissionName[]): Promise<Visitor> {
    const { id: userId } = await addUser(panel, { username: name, roleName: 'NOBODY' })
    const data = [...new Set(held)].map(one => ({ userId, permissionId: idOf(one), serverId }))
    await prisma.userPermission.createMany({ data })
    return key(name, userId)
  }

  /** A person whose role holds this, everywhere, and nothing else. */
  async function holder(permission: PermissionName): Promise<Visitor> {
    const name = `holds.${permission}`
    const { id: roleId } = await prisma.role.create({ data: { name } })
    await prisma.rolePermission.create({
      data: { roleId, permissionId: idOf(permission), scope: 'ANY' }
    })
    const { id } = await addUser(panel, { username: name, roleName: name })
    return key(name, id)
  }

  const adminId = (await prisma.user.findFirstOrThrow({ where: { username: 'admin' } })).id
  const owner = await addUser(panel, { username: 'owner' })
  for (const username of ['tenant', 'member']) await addUser(panel, { username })
  await addUser(panel, { username: 'moderator', roleName: 'MODERATOR' })
  const { id: ctrlId } = await prisma.ctrl.create({ data: { name: 'Games' } })
  const { id: altId } = await prisma.alt.create({
    data: { ctrlId, name: 'Game', dockerImage: 'game:1', startup: '/game' }
  })
  const server = async (rest: object) =>
    (
      await prisma.server.create({
        data: {
          ...{ name: 'World', altId, ownerId: owner.id, dockerImage: 'game:1', startup: '/game' },
          ...{ memoryMiB: 128, cpuPercent: 10, diskMiB: 128, installState: 'DONE' },
          ...rest
        }
      })
    ).id
  const servers = { open: await server({}), suspended: await server({ suspendedAt: new Date() }) }
  const byLogin = async (name: string) => asPerson(name, await login(panel, name))
  const admin = await login(panel)
  const disabled = await addUser(panel, { username: 'disabled', roleName: 'ADMIN' })
  const outs = [await byLogin('disabled'), await key("a disabled user's key", disabled.id)]
  const shut = { disabled: true }
  await admin.request('PATCH', `/api/v1/users/${disabled.id}`, shut)
  await addUser(panel, { username: 'owing', roleName: 'ADMIN', mustChangePassword: true })
  const nodes = await nodeCredentials(panel, admin)
  return {
    ...{ panel, doors, unknown, servers, key, member, holder, adminId },
    /** Whom no door opens for. */
    unknowns: [
      asPerson('anonymous', stranger(panel.url)),
      await key('an expired key', adminId, { expired: true }),
      ...[...outs, ...nodes]
    ],
    owing: await byLogin('owing'),
    admin: asPerson('admin', admin),
    owner: await byLogin('owner'),
    tenant: await byLogin('tenant'),
    moderator: await byLogin('moderator'),
    keyOfAdmin: (subset?: PermissionName[]) =>
      key(`a key with ${subset ?? 'all'}`, adminId, subset ? { subset } : {})
  }
}

/** What an agent comes in with, and proves itself with, is nothing to the API. */
async function nodeCredentials({ url }: TestPanel, admin: Person): Promise<Visitor[]> {
  const { body } = await admin.request('POST', '/api/v1/nodes', { name: 'alpha' })
  const machine = await joinNode(url, body)
  const { privateKey, publicKey } = machine.keys
  const { session, nodeId } = { session: await connect(machine), nodeId: machine.nodeId }
  const kid = keyIdOf(publicKey)
  const secrets = {
    token: body.enrollment.token,
    ...{ kid, publicKey, privateKey, nodeId },
    'padded key': `cap_${kid}${publicKey.replace(/\W/g, '')}`,
    signature: session.welcome.signature
  }
  return Object.entries<string>(secrets).map(([name, secret]) => {
    const person = stranger(url, `ctrl_alt_play_session=${encodeURIComponent(secret)}`)
    const authorization = `Bearer ${secret}`
    return {
      name: `a node by its ${name}`,
      ask: (method, path, given) => person.request(method, path, given, { authorization })
    }
  })
}

const pathOf = ({ route }: Door, serverId = nobodysId): string =>
  (route.split(' ')[1] ?? '')
    .replace('/servers/:id', `/servers/${serverId}`)
    .replace(/:\w+/g, nobodysId)

/** In a word: whether the door opened. What lies behind it is not asked here. */
function wordOf({ status, body }: { status: number; body: Json }): string {
  // A door that breaks has let nobody in: no row expects this word.
  if (status >= 500) return 'broken'
  if (body.code === 'PASSWORD_CHANGE_REQUIRED') return 'a password first'
  if (status === 401) return body.code === 'UNAUTHENTICATED' ? 'who are you' : 'in'
  if (body.code === 'SERVER_NOT_FOUND') return 'not there'
  if (body.code === 'SERVER_SUSPENDED') return 'suspended'
  return status === 403 ? 'forbidden' : 'in'
}

t.test('of every route it is known what it is for and what it takes', async t => {
  const here = await world(t)
  await t.test('every route is in the matrix, and every row of it is a route', async t => {
    const { unknown, doors } = here
    t.strictSame(unknown, [])
    t.strictSame(
      Object.keys(rules).filter(name => !doors.some(({ route }) => route === name)),
      []
    )
  })

  await t.test(
    'sixty 34: foreign and random ids cannot be told apart, nested ones neither',
    async t => {
      const { panel, doors, tenant, owner, admin, servers } = here
      const { prisma } = panel.db
      const idOf = async (username: string) =>
        (await prisma.user.findFirstOrThrow({ where: { username } })).id
      const [ownerId, tenantId] = [await idOf('owner'), await idOf('tenant')]
      const newest = { orderBy: { id: 'desc' } } as const
      const invited = (by: Visitor, serverId: string) =>
        by.ask('POST', `/api/v1/servers/${serverId}/members`, bodies[`POST ${MEMBERS}`])
      const { id: theirServer } = await prisma.server.create({
        data: {
          ...{ name: 'Theirs', ownerId: tenantId, dockerImage: 'game:1', startup: '/game' },
          altId: (await prisma.alt.findFirstOrThrow(newest)).id,
          ...{ memoryMiB: 128, cpuPercent: 10, diskMiB: 128, installState: 'DONE' }
        }
      })
      const ofOwner = (await invited(owner, servers.open)).body.id
      const ofTenant = (await invited(tenant, theirServer)).body.id
      await here.member('friend', theirServer, ['server-view'])
      await here.key('of the owner', ownerId)
      const alpha = (await prisma.node.findFirstOrThrow({ where: { name: 'alpha' } })).id
      const beta = (await admin.ask('POST', '/api/v1/nodes', { name: 'beta' })).body.node.id
      const ports = { ip: '192.0.2.1', ports: '27015' }
      const port = (await admin.ask('POST', `/api/v1/nodes/${beta}/allocations`, ports)).body
        .data[0]
      const act = {
        ...{ kind: 'start', lane: 'power', payload: {}, payloadHash: 'x', ttlMs: 3_600_000 },
        ...{ nodeId: alpha, serverId: servers.open },
        status: 'SUCCEEDED' as const
      }
      const command = await prisma.command.create({ data: act })
      const ofLogin = (await prisma.session.findFirstOrThrow({ where: { userId: ownerId } })).id
      const ofKey = (await prisma.apiKey.findFirstOrThrow({ where: { userId: ownerId } })).id
      const roleId = (await prisma.role.findFirstOrThrow({ where: { name: 'NOBODY' } })).id
      /** What is there, and is nothing to the tenant. */
      const there: Record<string, string> = {
        ...{
          servers: servers.open,
          users: ownerId,
          nodes: alpha,
          roles: roleId,
          commands: command.id
        },
        ...{ invitations: ofOwner, 'api-keys': ofKey, sessions: ofLogin },
        ...{ ':userId': ownerId, ':invitationId': ofOwner, ':sessionId': ofLogin },
        ...{ ':allocationId': port.id, ctrls: 'for everybody', alts: 'for everybody' },
        ':hash': 'for everybody',
        ':version': 'for everybody'
      }
      const filled = ({ route }: Door, idAt: (place: string) => string) =>
        (route.split(' ')[1] ?? '').replace(
          /([\w-]+)\/(:\w+)/g,
          (_, place: string, name: string) => {
            return `${place}/${idAt(name === ':id' ? place : name)}`
          }
        )
      const said = async (visitor: Visitor, { method, route }: Door, path: string) => {
        const { status, body } = await visitor.ask(method, path, bodies[route])
        return JSON.stringify({ status, ...body, requestId: '' }).replace(/[0-9a-f-]{36}/g, 'ID')
      }
      const before = await panelDigest(panel)
      const withIds = doors.filter(({ route }) => route.includes('/:'))
      const closed: Door[] = []
      for (const door of withIds) {
        const unknown: string[] = []
        const path = filled(door, place => {
          if (!there[place]) unknown.push(place)
          return there[place] ?? ''
        })
        t.same(unknown, [], `${door.route}: each of its ids is known here`)
        if (path.includes('for everybody')) continue
        closed.push(door)
        const found = await said(tenant, door, path)
        t.equal(
          found,
          await said(
            tenant,
            door,
            filled(door, () => nobodysId)
          ),
          door.route
        )
        t.match(found, /"status":40[34]/, door.route)
      }

      // The first id is one's own, or one may go in everywhere; the second is of something else.
      const nested: [Visitor, string, string, string][] = [
        [owner, 'PATCH', `/api/v1/servers/${servers.open}/members/`, tenantId],
        [owner, 'DELETE', `/api/v1/servers/${servers.open}/members/`, tenantId],
        [admin, 'PATCH', `/api/v1/servers/${servers.open}/members/`, await idOf('friend')],
        [admin, 'DELETE', `/api/v1/servers/${servers.open}/members/`, await idOf('friend')],
        [owner, 'DELETE', `/api/v1/servers/${servers.open}/invitations/`, ofTenant],
        [admin, 'DELETE', `/api/v1/servers/${servers.open}/invitations/`, ofTenant],
        [admin, 'DELETE', `/api/v1/users/${tenantId}/sessions/`, ofLogin],
        [admin, 'DELETE', `/api/v1/nodes/${alpha}/allocations/`, port.id],
        [admin, 'PATCH', `/api/v1/servers/${servers.open}/allocations/`, port.id],
        [admin, 'DELETE', `/api/v1/servers/${servers.open}/allocations/`, port.id]
      ]
      for (const [visitor, method, path, id] of nested) {
        const [foreign = '', random = ''] = await Promise.all(
          [id, nobodysId].map(one => {
            const route = path.includes('allocations') ? PATCH_PORT : `PATCH ${MEMBERS}/:userId`
            const door: Door = {
              method,
              route: method === 'PATCH' ? route : '',
              rule: 'all',
              body: {}
            }
            return said(visitor, door, path + one)
          })
        )
        t.equal(foreign, random, `${method} ${path} by ${visitor.name}`)
        t.match(foreign, /"status":404/)
      }
      const routes = closed.filter(({ route }) => (route.match(/\/:/g) ?? []).length > 1)
      for (const { route } of routes) {
        const pattern = new RegExp(route.replace(/:\w+/g, '[0-9a-f-]*'))
        t.ok(
          nested.some(([, method, path]) => pattern.test(`${method} ${path}`)),
          route
        )
      }
      t.equal(await panelDigest(panel), before, 'nothing has changed')
    }
  )

  await t.test('sixty 39: no body takes more than it says, whoever sends it', async t => {
    const { doors, admin, panel } = here
    const before = await panelDigest(panel)
    const extras = {
      ...{ id: nobodysId, ownerId: nobodysId, owner_id: nobodysId, userId: nobodysId },
      ...{ nodeId: nobodysId, node_id: nobodysId, role: 'ADMIN', roleId: nobodysId, isAdmin: true },
      ...{ is_admin: true, root_admin: true, permissions: all, scopes: all, suspended: false },
      ...{ suspendedAt: null, limits: { memoryMiB: 1 }, serverLimit: null, disabled: false },
      ...{ disabledAt: null, passwordHash: 'x', mustChangePassword: false, totpSecret: null },
      ...{
        status: 'RUNNING',
        desiredState: 'RUNNING',
        generation: 9,
        createdAt: '2020-01-01T00:00:00Z'
      }
    }
    const poisons = ['__proto__', 'constructor', 'prototype']
    let tries = 0
    for (const door of doors) {
      if (door.method === 'GET') continue
      const right = bodies[door.route] ?? {}
      const known = new Set(Object.keys(door.body?.properties ?? {}))
      const send = async (text: string, what: string) => {
        tries++
        const { status, body } = await admin.ask(door.method, pathOf(door), text)
        const code = body.code ?? ''
        const word = `${door.route} with ${what}: ${status} ${code}`
        if (status !== 400 || !/^(VALIDATION_FAILED|MALFORMED_JSON)$/.test(code)) t.fail(word)
      }
      for (const [name, value] of Object.entries(extras)) {
        if (!known.has(name)) await send(JSON.stringify({ ...right, [name]: value }), name)
      }
      for (const name of poisons) {
        const text = JSON.stringify(right)
        const inside = JSON.stringify({ isAdmin: true, prototype: { isAdmin: true } })
        const comma = text === '{}' ? '' : ','
        await send(`${text.slice(0, -1)}${comma}"${name}":${inside}}`, name)
      }
    }
    t.equal(await panelDigest(panel), before)
    t.equal(Object.hasOwn(Object.prototype, 'isAdmin'), false)
    t.ok(tries > 1_000, `${tries} bodies`)
  })

  await t.test(
    'sixty 32: no route that changes anything takes a cookie from another site',
    async t => {
      const { doors, panel } = here
      const { cookie } = await login(panel)
      const before = await panelDigest(panel)
      let tries = 0
      for (const door of doors) {
        if (door.method === 'GET' || door.route.includes('/agent/v1/')) continue
        const foreign = stranger(panel.url, cookie)
        for (const headers of [
          { origin: 'https://evil.example' },
          { 'sec-fetch-site': 'cross-site' }
        ]) {
          tries++
          const { status, body } = await foreign.request(
            ...([door.method, pathOf(door), bodies[door.route]] as const),
            headers
          )
          t.match({ status, body }, { status: 403, body: { code: 'ORIGIN_REFUSED' } }, door.route)
        }
      }
      t.equal(await panelDigest(panel), before)
      t.ok(tries > 60, `${tries} requests`)
    }
  )
})

t.test('who may come in does, and nobody else', async t => {
  const here = await world(t)
  const { doors, unknowns, owing, admin, owner, tenant, moderator, servers } = here
  const wrong: string[] = []
  let asked = 0
  async function expect(visitor: Visitor, door: Door, word: string, serverId?: string) {
    asked++
    const answer = await visitor.ask(door.method, pathOf(door, serverId), bodies[door.route])
    const found = wordOf(answer)
    if (found !== word) {
      const said = `${answer.status} ${answer.body.code ?? ''} ${answer.body.message ?? ''}`
      wrong.push(`${door.route} by ${visitor.name}: ${found}, not ${word} (${said})`)
    }
  }

  const bound = all.filter(name => !/^(user|admin)-|^server-create$/.test(name))
  const members = new Map<PermissionName, Visitor>()
  const blind: Visitor[] = []
  for (const name of bound) {
    members.set(name, await here.member(`m.${name}`, servers.open, ['server-view', name]))
    if (name !== 'server-view') blind.push(await here.member(`b.${name}`, servers.open, [name]))
  }
  const none = await here.member('m.none', servers.open, [])
  const holders = new Map<PermissionName, Visitor>()
  for (const name of all) holders.set(name, await here.holder(name))
  const singles = new Map<PermissionName, Visitor>()
  for (const name of all) singles.set(name, await here.keyOfAdmin([name]))
  const wholeKey = await here.keyOfAdmin()
  const emptyKey = await here.keyOfAdmin([])

  for (const door of doors) {
    const { rule } = door
    if (rule === 'all') continue
    for (const visitor of unknowns) await expect(visitor, door, 'who are you')
    if (!whileOwing.includes(door.route)) await expect(owing, door, 'a password first')
    if (rule === 'login') {
      await expect(wholeKey, door, 'forbidden')
    } else if (rule === 'manager') {
      const at = (visitor: Visitor, word: string) => expect(visitor, door, word, servers.open)
      for (const visitor of [admin, wholeKey, owner]) await at(visitor, 'in')
      for (const visitor of [moderator, ...members.values()]) await at(visitor, 'forbidden')
      for (const visitor of [tenant, none, emptyKey, ...blind]) await at(visitor, 'not there')
      for (const [name, visitor] of singles) {
        await at(visitor, name === 'server-view' ? 'forbidden' : 'not there')
      }
    } else if (rule === 'person') {
      for (const visitor of [wholeKey, emptyKey, none, tenant]) await expect(visitor, door, 'in')
    } else if ('somewhere' in rule) {
      for (const visitor of [admin, owner, tenant, moderator]) await expect(visitor, door, 'in')
      for (const visitor of [none, emptyKey]) await expect(visitor, door, 'forbidden')
    } else if ('everywhere' in rule) {
      const permission = rule.everywhere
      await expect(admin, door, 'in')
      await expect(wholeKey, door, 'in')
      const others = all.filter(name => name !== permission)
      await expect(await here.keyOfAdmin(others), door, 'forbidden')
      await expect(moderator, door, moderatorsHold.has(permission) ? 'in' : 'forbidden')
      for (const visitor of [owner, tenant, none]) await expect(visitor, door, 'forbidden')
      for (const [name, visitor] of [...holders, ...singles]) {
        await expect(visitor, door, name === permission ? 'in' : 'forbidden')
      }
    } else {
      const permission = rule.server
      const isView = permission === 'server-view'
      const at = (visitor: Visitor, word: string) => expect(visitor, door, word, servers.open)
      await at(admin, 'in')
      await at(wholeKey, 'in')
      await at(owner, ownersHold.has(permission) ? 'in' : 'forbidden')
      await at(moderator, moderatorsHold.has(permission) ? 'in' : 'forbidden')
      for (const visitor of [tenant, none, emptyKey]) await at(visitor, 'not there')
      for (const [name, visitor] of members) {
        await at(visitor, isView || name === permission ? 'in' : 'forbidden')
      }
      for (const visitor of blind) await at(visitor, 'not there')
      const pair: PermissionName[] = ['server-view', permission]
      await at(await here.keyOfAdmin(pair), 'in')
      for (const [name, visitor] of singles) {
        const sees = isView ? 'in' : 'forbidden'
        await at(visitor, name === 'server-view' ? sees : 'not there')
      }
      const others = all.filter(name => name !== permission)
      await at(await here.keyOfAdmin(others), isView ? 'not there' : 'forbidden')
      const inSuspended = whileSuspended.has(permission) ? 'in' : 'suspended'
      const word = ownersHold.has(permission) ? inSuspended : 'forbidden'
      await expect(owner, door, word, servers.suspended)
      for (const visitor of [admin, tenant]) await expect(visitor, door, 'not there', nobodysId)
    }
  }
  t.strictSame(wrong, [])
  t.ok(asked > 2_500, `${asked} requests`)
})

const MEMBERS = '/api/v1/servers/:id/members'
const PATCH_PORT = 'PATCH /api/v1/servers/:id/allocations/:allocationId'

/** Whatever a request could have changed. */
async function panelDigest({ db }: TestPanel): Promise<string> {
  const tables = [
    ...['User', 'Role', 'RolePermission', 'UserPermission', 'Session', 'ApiKey', 'Invitation'],
    ...['Node', 'Agent', 'EnrollmentToken', 'Allocation', 'Ctrl', 'Alt', 'Server', 'Command']
  ]
  const texts = tables.map(async table => {
    const { rows } = await db.pool.query(`SELECT to_jsonb(r) AS row FROM "${table}" r ORDER BY r`)
    return JSON.stringify(
      rows.map(({ row: { lastUsedAt: _, lastSeen: _seen, status, ...rest } }) => {
        return table === 'Node' ? rest : { ...rest, status }
      })
    )
  })
  return (await Promise.all(texts)).join('\n')
}
