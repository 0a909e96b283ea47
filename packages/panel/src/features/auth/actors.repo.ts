import type { Database } from '../../db/client.ts'
import type { Prisma } from '../../db/generated/client.ts'
import type { Debt, Grants } from '../permissions/can.ts'
import { isPermissionName, type PermissionName } from '../permissions/catalog.ts'

export interface LoginRow {
  sessionId: string
  userId: string
  ip: string
  lastUsedAt: Date
  expiresAt: Date
}

export interface KeyRow {
  apiKey: { id: string; name: string }
  userId: string
  allowedIps: string[]
  expiresAt: Date | null
  lastUsedAt: Date | null
}

/** A user, and what the user holds. */
export interface PersonRow {
  username: string
  roleName: string
  owes: Debt | null
  grants: Grants
}

export interface ActorsRepo {
  /** Also one who is disabled; as a transaction sees it, when it is given. */
  findPerson(userId: string, tx?: Prisma.TransactionClient): Promise<PersonRow | undefined>
  /** Undefined when the login ended or its user is disabled. */
  findLogin(sessionId: string): Promise<{ login: LoginRow; person: PersonRow } | undefined>
  findKey(secretHash: string): Promise<{ key: KeyRow; person: PersonRow } | undefined>
  touchLogin(sessionId: string): Promise<void>
  touchKey(apiKeyId: string): Promise<void>
}

const userWithGrants = {
  include: {
    role: {
      include: { permissions: { include: { permission: { select: { name: true } } } } }
    },
    permissions: { include: { permission: { select: { name: true } } } }
  }
} as const

export function createActorsRepo({ prisma }: Database): ActorsRepo {
  return {
    async findPerson(userId, tx = prisma) {
      const row = await tx.user.findUnique({ where: { id: userId }, ...userWithGrants })
      return row ? personOf(row, null) : undefined
    },
    async findLogin(sessionId) {
      const row = await prisma.session.findUnique({
        where: { id: sessionId },
        include: { user: userWithGrants }
      })
      if (!row || row.revokedAt || row.expiresAt <= new Date() || row.user.disabledAt) {
        return undefined
      }
      const { id, userId, ip, lastUsedAt, expiresAt } = row
      return {
        login: { sessionId: id, userId, ip, lastUsedAt, expiresAt },
        person: personOf(row.user, null)
      }
    },
    async findKey(secretHash) {
      const row = await prisma.apiKey.findUnique({
        where: { secretHash },
        include: { user: userWithGrants }
      })
      if (!row || row.revokedAt || row.user.disabledAt) return undefined
      const { id, name, userId, allowedIps, expiresAt, lastUsedAt } = row
      const subset = row.allPermissions ? null : new Set(row.permissions.filter(isPermissionName))
      return {
        key: { apiKey: { id, name }, userId, allowedIps, expiresAt, lastUsedAt },
        person: personOf(row.user, subset)
      }
    },
    async touchLogin(sessionId) {
      await prisma.session.updateMany({
        where: { id: sessionId },
        data: { lastUsedAt: new Date() }
      })
    },
    async touchKey(apiKeyId) {
      await prisma.apiKey.updateMany({ where: { id: apiKeyId }, data: { lastUsedAt: new Date() } })
    }
  }
}

interface UserWithGrants {
  username: string
  mustChangePassword: boolean
  totpSecret: string | null
  role: {
    name: string
    requiresTotp: boolean
    permissions: { scope: 'ANY' | 'OWN'; permission: { name: string } }[]
  }
  permissions: {
    permission: { name: string }
    effect: 'ALLOW' | 'DENY'
    serverId: string | null
    expiresAt: Date | null
  }[]
}

function personOf(user: UserWithGrants, subset: ReadonlySet<PermissionName> | null): PersonRow {
  return {
    username: user.username,
    roleName: user.role.name,
    owes: debtOf(user),
    grants: {
      role: new Map(
        user.role.permissions.flatMap(({ scope, permission: { name } }) =>
          isPermissionName(name) ? [[name, scope] as const] : []
        )
      ),
      overrides: user.permissions.flatMap(
        ({ permission: { name }, effect, serverId, expiresAt }) =>
          isPermissionName(name) ? [{ permission: name, effect, serverId, expiresAt }] : []
      ),
      subset
    }
  }
}

function debtOf({ mustChangePassword, role, totpSecret }: UserWithGrants): Debt | null {
  if (mustChangePassword) return 'PASSWORD_CHANGE'
  return role.requiresTotp && totpSecret === null ? 'TOTP_SETUP' : null
}
