import { type Actor, can, type Grants, type ServerFacts, serversWith } from './can.ts'
import type { PermissionName } from './catalog.ts'
import { lackedBeside } from './user-access.ts'

/** Where a right holds: on all servers, on those that its holder owns, or on one. */
type Place = 'ANY' | 'OWN' | ServerFacts

export interface Right {
  permission: PermissionName
  place: Place
}

/** What somebody wants to make of others' rights. */
export type RightsChange =
  /** `rights`: all that the role gives, before and after. */
  | { of: 'ROLE'; rights: Right[] }
  /** `grants`: what the user holds so far; `rights`: those among the single ones that come, go or change. */
  | { of: 'USER'; userId: string; grants: Grants; rights: Right[] }
  /** Nobody is named in an invitation; `after` of one who leaves or is removed is empty. */
  | {
      of: 'MEMBER'
      server: ServerFacts
      userId: string | null
      before: readonly PermissionName[]
      after: readonly PermissionName[]
    }

export type Refusal =
  | { why: 'LACKS'; permission: PermissionName }
  | { why: 'ONESELF' }
  | { why: 'NOT_MANAGING' }
  | { why: 'OWNER' }

/** The one decision about giving and taking rights: nobody gives or takes what they lack, or changes their own. */
export function refusalOf(
  actor: Actor,
  change: RightsChange,
  now = new Date()
): Refusal | undefined {
  switch (change.of) {
    case 'ROLE':
      return refusalToHandle(actor, change.rights, now)
    case 'USER': {
      if (change.userId === actor.userId) return { why: 'ONESELF' }
      const permission = lackedBeside(actor, change.grants, now)
      if (permission) return { why: 'LACKS', permission }
      return refusalToHandle(actor, change.rights, now)
    }
    case 'MEMBER':
      return refusalOfMember(actor, change, now)
  }
}

function refusalOfMember(
  actor: Actor,
  { server, userId, before, after }: Extract<RightsChange, { of: 'MEMBER' }>,
  now: Date
): Refusal | undefined {
  const isOwner = userId === server.ownerId
  const isOneself = userId === actor.userId
  if (isOneself && !isOwner && after.length === 0) return refusalToLeave(actor, before)
  if (!managesMembers(actor, server, now)) return { why: 'NOT_MANAGING' }
  if (isOwner) return { why: 'OWNER' }
  if (isOneself) return { why: 'ONESELF' }
  const rights = [...before, ...after].map(permission => ({ permission, place: server }))
  return refusalToHandle(actor, rights, now)
}

/** Anybody leaves, but a key gives up nothing that it does not carry. */
function refusalToLeave(
  { grants: { subset } }: Actor,
  held: readonly PermissionName[]
): Refusal | undefined {
  const permission = held.find(name => subset && !subset.has(name))
  return permission && { why: 'LACKS', permission }
}

function refusalToHandle(actor: Actor, rights: Right[], now: Date): Refusal | undefined {
  const lacked = rights.find(right => !canPassOn(actor, right, now))
  return lacked && { why: 'LACKS', permission: lacked.permission }
}

/** The owner, and who may change everyone's servers. */
export function managesMembers(actor: Actor, server: ServerFacts, now = new Date()): boolean {
  const mayChange = can(actor, 'server-update', server, now)
  const isOwner = server.ownerId === actor.userId
  return mayChange && (isOwner || can(actor, 'server-update', undefined, now))
}

/** What of an invitation its sender could still give: nothing without managing the members any more. */
export function stillGiven(
  sender: Actor,
  server: ServerFacts,
  permissions: readonly PermissionName[],
  now = new Date()
): PermissionName[] {
  const lifted = { ...server, suspendedAt: null }
  if (!managesMembers(sender, lifted, now)) return []
  return permissions.filter(permission => canPassOn(sender, { permission, place: lifted }, now))
}

/** Whether the actor holds it there without an end: what is held for a time is not passed on. */
function canPassOn(actor: Actor, { permission, place }: Right, now: Date): boolean {
  const { grants } = actor
  const overrides = grants.overrides.filter(row => row.effect === 'DENY' || row.expiresAt === null)
  const lasting: Actor = { ...actor, grants: { ...grants, overrides } }
  if (typeof place === 'object') {
    return can(lasting, permission, { ...place, suspendedAt: null }, now)
  }
  const { all, own, exclude } = serversWith(lasting, permission, now)
  // One server excepted is not everywhere.
  return exclude.length === 0 && (all || (place === 'OWN' && own))
}
