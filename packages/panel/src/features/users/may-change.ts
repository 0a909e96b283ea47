import type { Actor, Grants } from '../permissions/can.ts'
import type { PermissionName } from '../permissions/catalog.ts'
import { type Right, refusalOf } from '../permissions/grant-rules.ts'
import { lackedBeside } from '../permissions/user-access.ts'

/** Somebody's account as the rules see it. */
export interface Target {
  id: string
  roleName: string
  isEnabled: boolean
  grants: Grants
}

/** What of an account is to become different; a role with all that it gives. */
export interface AccountChange {
  role?: { name: string; rights: Right[] }
  disabled?: boolean
  /** Besides the username, anything else. */
  more?: boolean
}

/** What somebody wants to do to an account. `otherAdmins`: enabled ones besides the target. */
export type UserAct =
  | { do: 'create'; role: { rights: Right[] } }
  | { do: 'update'; target: Target; change: AccountChange; otherAdmins: number }
  | { do: 'delete'; target: Target; otherAdmins: number }

export type UserRefusal =
  | { why: 'LACKS'; permission: PermissionName }
  | { why: 'ONESELF' }
  | { why: 'LAST_ADMIN' }

/**
 * The one decision about others' accounts: nobody makes or touches one that may do more than they may,
 * locks out or raises themselves, or leaves the panel without an administrator.
 */
export function mayChange(actor: Actor, act: UserAct, now = new Date()): UserRefusal | undefined {
  switch (act.do) {
    case 'create':
      return refusalToGive(actor, act.role.rights, now)
    case 'update':
      return mayUpdate(actor, act, now)
    case 'delete': {
      const { target, otherAdmins } = act
      if (target.id === actor.userId) return { why: 'ONESELF' }
      return refusalToTouch(actor, target, now) ?? refusalToLose(target, otherAdmins)
    }
  }
}

function mayUpdate(
  actor: Actor,
  { target, change, otherAdmins }: Extract<UserAct, { do: 'update' }>,
  now: Date
): UserRefusal | undefined {
  const { role, disabled, more } = change
  const isOneself = target.id === actor.userId
  if (isOneself && (role || disabled !== undefined || more)) return { why: 'ONESELF' }
  const refusal = refusalToTouch(actor, target, now)
  if (refusal) return refusal
  const isAdminNoMore = disabled === true || (role !== undefined && role.name !== 'ADMIN')
  return (
    (role && refusalToGive(actor, role.rights, now)) ??
    (isAdminNoMore ? refusalToLose(target, otherAdmins) : undefined)
  )
}

function refusalToGive(actor: Actor, rights: Right[], now: Date): UserRefusal | undefined {
  const refusal = refusalOf(actor, { of: 'ROLE', rights }, now)
  return refusal?.why === 'LACKS' ? refusal : undefined
}

function refusalToTouch(actor: Actor, { grants }: Target, now: Date): UserRefusal | undefined {
  const permission = lackedBeside(actor, grants, now)
  return permission && { why: 'LACKS', permission }
}

function refusalToLose(target: Target, otherAdmins: number): UserRefusal | undefined {
  const isLast = target.roleName === 'ADMIN' && target.isEnabled && otherAdmins === 0
  return isLast ? { why: 'LAST_ADMIN' } : undefined
}
