import t from 'tap'
import {
  type Actor,
  can,
  canSomewhere,
  type Grants,
  type PermissionOverride,
  type ServerFacts,
  serversWith
} from '../src/features/permissions/can.ts'
import { permissionCatalog } from '../src/features/permissions/catalog.ts'

const now = new Date('2026-01-02T00:00:00Z')
const before = new Date('2026-01-01T00:00:00Z')
const later = new Date('2026-01-03T00:00:00Z')
const mine: ServerFacts = { id: 'mine', ownerId: 'me', suspendedAt: null }
const theirs: ServerFacts = { id: 'theirs', ownerId: 'them', suspendedAt: null }
const suspended = (server: ServerFacts): ServerFacts => ({ ...server, suspendedAt: before })

function actor(grants: Partial<Grants>, rest: Partial<Actor> = {}): Actor {
  return {
    type: 'USER',
    userId: 'me',
    username: 'me',
    roleName: 'USER',
    ip: '127.0.0.1',
    owes: null,
    grants: { role: new Map(), overrides: [], subset: null, ...grants },
    ...rest
  }
}

function row(over: Partial<PermissionOverride>): PermissionOverride {
  return { permission: 'server-power', effect: 'ALLOW', serverId: null, expiresAt: null, ...over }
}

const own: Partial<Grants> = { role: new Map([['server-power', 'OWN']]) }
const any: Partial<Grants> = { role: new Map([['server-power', 'ANY']]) }
const withRows = (grants: Partial<Grants>, ...overrides: PermissionOverride[]) =>
  actor({ ...grants, overrides })

t.test('can() decides by role, single grants, denials, expiry, keys and suspension', async t => {
  const rows: [string, Actor, ServerFacts | undefined, boolean][] = [
    ['nothing held', actor({}), mine, false],
    ['OWN on the own server', actor(own), mine, true],
    ["OWN on another's", actor(own), theirs, false],
    ['OWN without a server means everywhere', actor(own), undefined, false],
    ["ANY on another's", actor(any), theirs, true],
    ['ANY without a server', actor(any), undefined, true],
    [
      'another permission of the role',
      actor({ role: new Map([['server-view', 'ANY']]) }),
      mine,
      false
    ],
    ['ALLOW for this server', withRows({}, row({ serverId: 'theirs' })), theirs, true],
    ['ALLOW for another server', withRows({}, row({ serverId: 'third' })), theirs, false],
    [
      'ALLOW for one server is not everywhere',
      withRows({}, row({ serverId: 'theirs' })),
      undefined,
      false
    ],
    ['ALLOW for all', withRows({}, row({})), theirs, true],
    ['ALLOW for all, without a server', withRows({}, row({})), undefined, true],
    ['ALLOW of another permission', withRows({}, row({ permission: 'file-read' })), theirs, false],
    ['ALLOW that has ended', withRows({}, row({ expiresAt: before })), theirs, false],
    ['ALLOW that ends now', withRows({}, row({ expiresAt: now })), theirs, false],
    ['ALLOW that still runs', withRows({}, row({ expiresAt: later })), theirs, true],
    [
      'DENY for this server beats ANY',
      withRows(any, row({ effect: 'DENY', serverId: 'mine' })),
      mine,
      false
    ],
    [
      'DENY for another server does not',
      withRows(any, row({ effect: 'DENY', serverId: 'third' })),
      mine,
      true
    ],
    ['DENY for all beats ANY', withRows(any, row({ effect: 'DENY' })), theirs, false],
    ['DENY for all beats owning', withRows(own, row({ effect: 'DENY' })), mine, false],
    [
      'DENY beats ALLOW',
      withRows(any, row({}), row({ effect: 'DENY', serverId: 'mine' })),
      mine,
      false
    ],
    ['DENY that has ended', withRows(own, row({ effect: 'DENY', expiresAt: before })), mine, true],
    [
      'DENY of another permission',
      withRows(own, row({ effect: 'DENY', permission: 'file-read' })),
      mine,
      true
    ],
    ['a key with the permission', actor({ ...any, subset: new Set(['server-power']) }), mine, true],
    ['a key without it', actor({ ...any, subset: new Set(['server-view']) }), mine, false],
    ['a key with nothing', actor({ ...any, subset: new Set() }), mine, false],
    ['a key with what its user lacks', actor({ subset: new Set(['server-power']) }), mine, false],
    ['a suspended server is not run by its owner', actor(own), suspended(mine), false],
    ['nor by an administrator', actor(any), suspended(theirs), false],
    ['nor by a grant', withRows({}, row({ serverId: 'theirs' })), suspended(theirs), false],
    ['a login that must change its password', actor(any, { owes: 'PASSWORD_CHANGE' }), mine, false],
    ['one that must set up a second factor', actor(any, { owes: 'TOTP_SETUP' }), mine, false]
  ]
  for (const [title, who, server, expected] of rows) {
    t.equal(can(who, 'server-power', server, now), expected, title)
  }
})

t.test('a suspended server is looked at, not run or written', async t => {
  const role = new Map(permissionCatalog.map(({ name }) => [name, 'OWN'] as const))
  const owner = actor({ role })
  const allowed = permissionCatalog
    .map(({ name }) => name)
    .filter(name => can(owner, name, suspended(mine), now))
  t.strictSame(allowed, [
    'server-view',
    'file-read',
    'console-read',
    'backup-view',
    'database-view',
    'network-view',
    'monitoring-view',
    'plugin-view'
  ])
  const admin = actor({
    role: new Map([
      ['server-update', 'ANY'],
      ['server-delete', 'ANY']
    ])
  })
  t.ok(can(admin, 'server-update', suspended(mine), now), 'an administrator lifts it')
  t.ok(can(admin, 'server-delete', suspended(mine), now), 'or deletes the server')
})

t.test('serversWith() says as a filter what can() says server by server', async t => {
  const actors = [
    actor({}),
    actor(own),
    actor(any),
    withRows({}, row({ serverId: 'theirs' })),
    withRows(own, row({ serverId: 'theirs' }), row({ serverId: 'mine', effect: 'DENY' })),
    withRows(any, row({ serverId: 'mine', effect: 'DENY' })),
    withRows(any, row({ effect: 'DENY' })),
    withRows({}, row({})),
    withRows(own, row({ serverId: 'theirs' }), row({ serverId: 'theirs', effect: 'DENY' })),
    withRows(own, row({ serverId: 'theirs', expiresAt: before })),
    actor({ ...any, subset: new Set() }),
    actor(any, { owes: 'PASSWORD_CHANGE' })
  ]
  for (const who of actors) {
    const scope = serversWith(who, 'server-power', now)
    const inScope = (server: ServerFacts) =>
      !scope.exclude.includes(server.id) &&
      (scope.all ||
        (scope.own && server.ownerId === who.userId) ||
        scope.include.includes(server.id))
    for (const server of [mine, theirs]) {
      t.equal(inScope(server), can(who, 'server-power', server, now), JSON.stringify(scope))
    }
    const isSomewhere = [mine, theirs].some(server => can(who, 'server-power', server, now))
    if (isSomewhere) t.ok(canSomewhere(who, 'server-power', now))
  }
})

t.test('there are 36 permissions, and their names are kebab-case', async t => {
  t.equal(permissionCatalog.length, 36)
  t.equal(new Set(permissionCatalog.map(({ name }) => name)).size, 36)
  for (const { name } of permissionCatalog) t.match(name, /^[a-z]+(-[a-z]+)+$/)
})
