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
import { type PermissionName, permissionCatalog } from '../src/features/permissions/catalog.ts'
import {
  managesMembers,
  type Refusal,
  type Right,
  type RightsChange,
  refusalOf,
  stillGiven
} from '../src/features/permissions/grant-rules.ts'

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

  const update = (over: Partial<PermissionOverride> = {}) =>
    row({ permission: 'server-update', ...over })
  const rows: [string, PermissionOverride[], boolean][] = [
    ['who is allowed it for all lifts it', [update()], true],
    ['while that still runs', [update({ expiresAt: later })], true],
    ['and no longer', [update({ expiresAt: before })], false],
    ['who is allowed it there does not', [update({ serverId: 'theirs' })], false],
    [
      'nor who is denied it there',
      [update(), update({ serverId: 'theirs', effect: 'DENY' })],
      false
    ]
  ]
  for (const [title, overrides, expected] of rows) {
    const who = withRows({}, ...overrides)
    t.equal(can(who, 'server-update', suspended(theirs), now), expected, title)
    t.equal(managesMembers(who, suspended(theirs), now), expected, `${title}: members`)
  }
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

const power = (place: Right['place']): Right => ({ permission: 'server-power', place })
const lacks = (permission: PermissionName): Refusal => ({ why: 'LACKS', permission })
const noGrants: Grants = { role: new Map(), overrides: [], subset: null }
/** Manages the members of all servers. */
const manager = (...more: PermissionName[]) =>
  actor({ role: new Map(['server-update' as const, ...more].map(name => [name, 'ANY'])) })
/** Owns servers, and may do there what owners do. */
const owner = (grants: Partial<Grants> = {}) => {
  const names: PermissionName[] = ['server-view', 'server-update', 'server-power']
  return actor({ role: new Map(names.map(name => [name, 'OWN'])), ...grants })
}

t.test('nobody gives or takes what they lack, or changes their own rights', async t => {
  const role = (...rights: Right[]): RightsChange => ({ of: 'ROLE', rights })
  const user = (change: Partial<Extract<RightsChange, { of: 'USER' }>>): RightsChange => ({
    ...{ of: 'USER', userId: 'you', grants: noGrants, rights: [] },
    ...change
  })
  const member = (change: Partial<Extract<RightsChange, { of: 'MEMBER' }>>): RightsChange => ({
    ...{ of: 'MEMBER', server: mine, userId: 'you', before: [], after: [] },
    ...change
  })
  const key = new Set<PermissionName>(['server-view', 'server-update'])
  const changesOne = withRows({}, row({ permission: 'server-update', serverId: 'theirs' }))
  const deniedOnOne = row({ effect: 'DENY', serverId: 'third' })
  const notManaging: Refusal = { why: 'NOT_MANAGING' }
  const rows: [string, Actor, RightsChange, Refusal | undefined][] = [
    ['a role that gives nothing', actor({}), role(), undefined],
    ['ANY of who holds ANY', actor(any), role(power('ANY')), undefined],
    ['OWN of who holds ANY', actor(any), role(power('OWN')), undefined],
    ['OWN of who holds OWN', actor(own), role(power('OWN')), undefined],
    ['ANY of who holds OWN', actor(own), role(power('ANY')), lacks('server-power')],
    ['what the giver lacks', actor({}), role(power('OWN')), lacks('server-power')],
    [
      'what is lacked among what is held',
      actor(any),
      role(power('ANY'), { permission: 'admin-nodes', place: 'ANY' }),
      lacks('admin-nodes')
    ],
    ['ANY of who is allowed it for all', withRows({}, row({})), role(power('ANY')), undefined],
    [
      'ANY of who is allowed it on one server',
      withRows({}, row({ serverId: 'mine' })),
      role(power('ANY')),
      lacks('server-power')
    ],
    [
      'what is held for a time only',
      withRows({}, row({ expiresAt: later })),
      role(power('ANY')),
      lacks('server-power')
    ],
    [
      'what is denied for all',
      withRows(any, row({ effect: 'DENY' })),
      role(power('OWN')),
      lacks('server-power')
    ],
    [
      'what is denied for a time',
      withRows(any, row({ effect: 'DENY', expiresAt: later })),
      role(power('ANY')),
      lacks('server-power')
    ],
    [
      'what was denied for a time',
      withRows(any, row({ effect: 'DENY', expiresAt: before })),
      role(power('ANY')),
      undefined
    ],
    [
      'everywhere, of who is denied it on one server',
      withRows(any, deniedOnOne),
      role(power('ANY')),
      lacks('server-power')
    ],
    [
      'by a key without it',
      actor({ ...any, subset: key }),
      role(power('ANY')),
      lacks('server-power')
    ],
    [
      'by a key with it',
      actor({ ...any, subset: new Set(['server-power']) }),
      role(power('ANY')),
      undefined
    ],
    [
      'by who owes a new password',
      actor(any, { owes: 'PASSWORD_CHANGE' }),
      role(power('OWN')),
      lacks('server-power')
    ],

    ['a single right to another', actor(any), user({ rights: [power('ANY')] }), undefined],
    ['to oneself', actor(any), user({ userId: 'me', rights: [power(mine)] }), { why: 'ONESELF' }],
    ['even none of them', actor(any), user({ userId: 'me' }), { why: 'ONESELF' }],
    [
      'to one who may more',
      actor(any),
      user({ grants: { ...noGrants, role: new Map([['admin-nodes', 'ANY']]) } }),
      lacks('admin-nodes')
    ],
    ['on the own server', actor(own), user({ rights: [power(mine)] }), undefined],
    ["on another's", actor(own), user({ rights: [power(theirs)] }), lacks('server-power')],
    [
      'on the server where it is denied',
      withRows(any, row({ effect: 'DENY', serverId: 'mine' })),
      user({ rights: [power(mine)] }),
      lacks('server-power')
    ],
    [
      'on another than where it is denied',
      withRows(any, deniedOnOne),
      user({ rights: [power(mine)] }),
      undefined
    ],

    ['an owner invites', owner(), member({ userId: null, after: ['server-power'] }), undefined],
    [
      'to more than owners may',
      owner(),
      member({ userId: null, after: ['server-delete'] }),
      lacks('server-delete')
    ],
    [
      'in the place of an invitation to more',
      owner(),
      member({ userId: null, before: ['server-delete'], after: ['server-power'] }),
      lacks('server-delete')
    ],
    ['an owner changes a member', owner(), member({ after: ['server-power'] }), undefined],
    ['and removes one', owner(), member({ before: ['server-power'] }), undefined],
    [
      'but not one who holds more',
      owner(),
      member({ before: ['server-delete'] }),
      lacks('server-delete')
    ],
    ["on another's server", owner(), member({ server: theirs }), notManaging],
    [
      'an owner whom it is denied',
      owner({ overrides: [row({ permission: 'server-update', effect: 'DENY' })] }),
      member({}),
      notManaging
    ],
    ['while it is suspended', owner(), member({ server: suspended(mine) }), notManaging],
    [
      "an owner's key gives what it carries",
      owner({ subset: key }),
      member({ after: ['server-view'] }),
      undefined
    ],
    [
      'and no more',
      owner({ subset: key }),
      member({ after: ['server-power'] }),
      lacks('server-power')
    ],
    [
      'nor takes it',
      owner({ subset: key }),
      member({ before: ['server-power'] }),
      lacks('server-power')
    ],
    ['a manager of all', manager(), member({ server: theirs, after: [] }), undefined],
    [
      'with what managers lack',
      manager(),
      member({ server: theirs, before: ['file-write'] }),
      lacks('file-write')
    ],
    [
      'on a suspended server',
      manager('server-power'),
      member({ server: suspended(theirs), after: ['server-power'] }),
      undefined
    ],
    [
      'the owner is no member',
      manager(),
      member({ server: theirs, userId: 'them' }),
      { why: 'OWNER' }
    ],
    ['nor to oneself', owner(), member({ userId: 'me' }), { why: 'OWNER' }],
    ['a member who may change one server', changesOne, member({ server: theirs }), notManaging],
    ['invites nobody', changesOne, member({ server: theirs, userId: null }), notManaging],
    [
      'and gives itself nothing',
      changesOne,
      member({ server: theirs, userId: 'me', after: ['server-update'] }),
      notManaging
    ],
    [
      'a manager who is a member does neither',
      manager('file-read'),
      member({ server: theirs, userId: 'me', after: ['file-read'] }),
      { why: 'ONESELF' }
    ],
    [
      'a member leaves',
      changesOne,
      member({ server: theirs, userId: 'me', before: ['file-read'] }),
      undefined
    ],
    [
      'but not by a key that carries less',
      actor({ subset: key }),
      member({ server: theirs, userId: 'me', before: ['file-read'] }),
      lacks('file-read')
    ]
  ]
  for (const [title, who, change, expected] of rows) {
    t.strictSame(refusalOf(who, change, now), expected, title)
  }
})

t.test('what an inviter has lost by the time of acceptance is not granted', async t => {
  const promised: PermissionName[] = ['server-view', 'server-power']
  const rows: [string, Actor, ServerFacts, PermissionName[]][] = [
    ['still the owner', owner(), mine, promised],
    ['of a server that is suspended by now', owner(), suspended(mine), promised],
    ['no longer the owner', owner(), theirs, []],
    [
      'one of them was denied',
      owner({ overrides: [row({ effect: 'DENY' })] }),
      mine,
      ['server-view']
    ],
    [
      'managing was denied',
      owner({ overrides: [row({ permission: 'server-update', effect: 'DENY' })] }),
      mine,
      []
    ],
    ['a manager who lacks one by now', manager('server-view'), theirs, ['server-view']],
    ['a manager no longer', actor(any), theirs, []]
  ]
  for (const [title, who, server, expected] of rows) {
    t.strictSame(stillGiven(who, server, promised, now), expected, title)
  }
})

t.test('there are 36 permissions, and their names are kebab-case', async t => {
  t.equal(permissionCatalog.length, 36)
  t.equal(new Set(permissionCatalog.map(({ name }) => name)).size, 36)
  for (const { name } of permissionCatalog) t.match(name, /^[a-z]+(-[a-z]+)+$/)
})
