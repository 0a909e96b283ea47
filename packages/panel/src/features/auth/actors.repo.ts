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

const ofPermission = { permission: { select: { name: true } } } as const

const userWithGrants = {
  select: {
    username: true,
    mustChangePassword: true,
    disabledAt: true,
    role: {
      select: {
        name: true,
        requiresTotp: true,
        permissions: { select: { scope: true, ...ofPermission } }
      }
    },
    permissions: { select: { effect: true, serverId: true, expiresAt: true, ...ofPermission } }
  }
} as const

const loginColumns = {
  id: true,
  userId: true,
  ip: true,
  lastUsedAt: true,
  expiresAt: true,
  revokedAt: true
} as const

const keyColumns = {
  id: true,
  name: true,
  userId: true,
  allPermissions: true,
  permissions: true,
  allowedIps: true,
  expiresAt: true,
  lastUsedAt: true,
  revokedAt: true
} as const

export function createActorsRepo({ prisma }: Database): ActorsRepo {
  return {
    async findPerson(userId, tx = prisma) {
      const row = await tx.user.findUnique({ where: { id: userId }, ...userWithGrants })
      return row ? personOf(row, null, await debtOf(tx, userId, row)) : undefined
    },
    async findLogin(sessionId) {
      const row = await prisma.session.findUnique({
        where: { id: sessionId },
        select: { ...loginColumns, user: userWithGrants }
      })
      if (!row || row.revokedAt || row.expiresAt <= new Date() || row.user.disabledAt) {
        return undefined
      }
      const { id, userId, ip, lastUsedAt, expiresAt } = row
      return {
        login: { sessionId: id, userId, ip, lastUsedAt, expiresAt },
        person: personOf(row.user, null, await debtOf(prisma, userId, row.user))
      }
    },
    async findKey(secretHash) {
      const row = await prisma.apiKey.findUnique({
        where: { secretHash },
        select: { ...keyColumns, user: userWithGrants }
      })
      if (!row || row.revokedAt || row.user.disabledAt) return undefined
      const { id, name, userId, allowedIps, expiresAt, lastUsedAt } = row
      const subset = row.allPermissions ? null : new Set(row.permissions.filter(isPermissionName))
      return {
        key: { apiKey: { id, name }, userId, allowedIps, expiresAt, lastUsedAt },
        person: personOf(row.user, subset, await debtOf(prisma, userId, row.user))
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

function personOf(
  user: UserWithGrants,
  subset: ReadonlySet<PermissionName> | null,
  owes: Debt | null
): PersonRow {
  return {
    username: user.username,
    roleName: user.role.name,
    owes,
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

/** Whether there is a second factor is asked only where the role demands one: its secret itself is read by no request. */
async function debtOf(
  db: Pick<Prisma.TransactionClient, 'user'>,
  userId: string,
  { mustChangePassword, role }: UserWithGrants
): Promise<Debt | null> {
  if (mustChangePassword) return 'PASSWORD_CHANGE'
  if (!role.requiresTotp) return null
  const having = await db.user.count({ where: { id: userId, totpSecret: { not: null } } })
  return having > 0 ? null : 'TOTP_SETUP'
}
