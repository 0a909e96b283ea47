import type { PermissionName } from './catalog.ts'

export interface PermissionOverride {
  permission: PermissionName
  effect: 'ALLOW' | 'DENY'
  /** Null: on all servers. */
  serverId: string | null
  expiresAt: Date | null
}

/** What a person holds, before it is asked about one server. */
export interface Grants {
  role: ReadonlyMap<PermissionName, 'ANY' | 'OWN'>
  overrides: readonly PermissionOverride[]
  /** What an API key was cut down to; null: all that its user may. */
  subset: ReadonlySet<PermissionName> | null
}

/** Who acts. It exists only while its user is enabled and its login or key is valid. */
export interface Actor {
  type: 'USER' | 'API_KEY' | 'SYSTEM'
  /** The user, also when it is the user's key; null for SYSTEM. */
  userId: string | null
  username: string
  roleName: string
  sessionId?: string
  /** Whoever comes by a key. */
  apiKey?: { id: string; name: string }
  grants: Grants
  ip: string
  owes: Debt | null
}

/** What comes before anything else: until it is done its person may only look at itself, do it, and log out. */
export type Debt = 'PASSWORD_CHANGE' | 'TOTP_SETUP'

/** Who sent a request: a person by login or by key. */
export interface Requester extends Actor {
  type: 'USER' | 'API_KEY'
  userId: string
}

/** What the decision needs to know of a server. */
export interface ServerFacts {
  id: string
  ownerId: string
  suspendedAt: Date | null
}

/** What stays possible on a suspended server. */
const allowedWhileSuspended: ReadonlySet<PermissionName> = new Set([
  'server-view',
  'console-read',
  'file-read',
  'backup-view',
  'database-view',
  'network-view',
  'monitoring-view',
  'plugin-view'
])

/**
 * The one decision that every route, WebSocket message and job asks for. Without a server it answers
 * for "everywhere": a permission that is held only on own or single servers is a no.
 */
export function can(
  actor: Actor,
  permission: PermissionName,
  server?: ServerFacts,
  now = new Date()
): boolean {
  if (actor.owes) return false
  const { role, overrides, subset } = actor.grants
  if (subset && !subset.has(permission)) return false
  const here = overrides.filter(
    row =>
      row.permission === permission &&
      (row.serverId === null || row.serverId === server?.id) &&
      isInForce(row, now)
  )
  if (here.some(row => row.effect === 'DENY')) return false
  if (server?.suspendedAt && !allowsSuspended(actor, permission, now)) return false
  const scope = role.get(permission)
  if (scope === 'ANY') return true
  if (scope === 'OWN' && server && server.ownerId === actor.userId) return true
  return here.some(row => row.effect === 'ALLOW')
}

/** A suspended server is looked at, not run or written; who may change all servers may lift or delete it. */
function allowsSuspended(actor: Actor, permission: PermissionName, now: Date): boolean {
  if (allowedWhileSuspended.has(permission)) return true
  const lifts = permission === 'server-update' || permission === 'server-delete'
  return lifts && can(actor, permission, undefined, now)
}

/** Whether the actor holds the permission on any server at all: the least that a list needs. */
export function canSomewhere(actor: Actor, permission: PermissionName, now = new Date()): boolean {
  const { all, own, include } = serversWith(actor, permission, now)
  return all || own || include.length > 0
}

/** The servers on which `can` says yes, as a query can ask for them (suspension left aside). */
export interface ServerScope {
  /** Everyone's servers. */
  all: boolean
  /** The actor's own. */
  own: boolean
  /** Single servers besides. */
  include: string[]
  /** Never these, whatever else is said. */
  exclude: string[]
}

export function serversWith(
  actor: Actor,
  permission: PermissionName,
  now = new Date()
): ServerScope {
  const nothing = { all: false, own: false, include: [], exclude: [] }
  const { role, overrides, subset } = actor.grants
  if (actor.owes || (subset && !subset.has(permission))) return nothing
  const rows = overrides.filter(row => row.permission === permission && isInForce(row, now))
  const of = (effect: 'ALLOW' | 'DENY') =>
    rows.filter(row => row.effect === effect).map(row => row.serverId)
  const denied = of('DENY')
  if (denied.includes(null)) return nothing
  const allowed = of('ALLOW')
  const scope = role.get(permission)
  const exclude = denied.filter(id => id !== null)
  return {
    all: scope === 'ANY' || allowed.includes(null),
    own: scope === 'OWN',
    include: allowed.filter(id => id !== null).filter(id => !exclude.includes(id)),
    exclude
  }
}

function isInForce(row: PermissionOverride, now: Date): boolean {
  return row.expiresAt === null || row.expiresAt > now
}
