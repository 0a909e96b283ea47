import type { Database } from '../../db/client.ts'
import { Prisma } from '../../db/generated/client.ts'
import { keyset, sortColumn } from '../keyset.ts'
import type { ServerFacts } from '../permissions/can.ts'
import type { PermissionName } from '../permissions/catalog.ts'
import type { MembersQuery } from './members.schema.ts'

export type Tx = Prisma.TransactionClient

export interface MemberRow {
  userId: string
  username: string
  permissions: PermissionName[]
  since: Date
}

export interface NamedServer extends ServerFacts {
  name: string
}

export interface MembersRepo {
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>
  /** Whoever changes a server's members or invitations holds it first: they come one after the other. */
  lockServer(tx: Tx, serverId: string): Promise<NamedServer | undefined>
  list(serverId: string, query: MembersQuery, only: string | undefined): Promise<MemberRow[]>
  find(tx: Tx, serverId: string, userId: string): Promise<MemberRow | undefined>
  /** Members and open invitations. */
  count(tx: Tx, serverId: string): Promise<number>
  /** What is denied to the user stays so; what is not among these goes. */
  setRights(
    tx: Tx,
    serverId: string,
    userId: string,
    permissions: readonly PermissionName[]
  ): Promise<void>
  addRights(
    tx: Tx,
    serverId: string,
    userId: string,
    permissions: readonly PermissionName[]
  ): Promise<void>
}

const inForce = Prisma.sql`up.effect = 'ALLOW'
  AND (up."expiresAt" IS NULL OR up."expiresAt" > now())`

const members = Prisma.sql`
  SELECT u.id AS "userId", u.username, min(up."createdAt") AS since,
    array_agg(p.name ORDER BY p.name) AS permissions
  FROM "UserPermission" up JOIN "User" u ON u.id = up."userId"
    JOIN "Permission" p ON p.id = up."permissionId" JOIN "Server" s ON s.id = up."serverId"
  WHERE ${inForce} AND u.id <> s."ownerId"`

const sortColumns = { username: sortColumn('u.username', 'text') }

export function createMembersRepo({ prisma, transaction }: Database): MembersRepo {
  async function addRights(
    tx: Tx,
    serverId: string,
    userId: string,
    permissions: readonly PermissionName[]
  ): Promise<void> {
    const ids = await tx.permission.findMany({
      where: { name: { in: [...permissions] } },
      select: { id: true }
    })
    await tx.userPermission.createMany({
      data: ids.map(({ id: permissionId }) => ({ userId, permissionId, serverId })),
      skipDuplicates: true
    })
  }

  /** Those that have ended too: they would be in the way of new ones. */
  async function keepOnly(
    tx: Tx,
    at: { serverId: string; userId: string },
    kept: Prisma.UserPermissionWhereInput[]
  ): Promise<void> {
    const ended = { expiresAt: { lte: new Date() } }
    await tx.userPermission.deleteMany({ where: { ...at, effect: 'ALLOW', OR: [ended, ...kept] } })
  }

  return {
    transaction,
    async lockServer(tx, serverId) {
      const [row] = await tx.$queryRaw<NamedServer[]>`
        SELECT id, name, "ownerId", "suspendedAt" FROM "Server" WHERE id = ${serverId}::uuid
        FOR NO KEY UPDATE`
      return row
    },
    list(serverId, query, only) {
      const { isAfter, orderAndLimit } = keyset(query, sortColumns, 'u.id')
      const isOne = only === undefined ? Prisma.sql`TRUE` : Prisma.sql`u.id = ${only}::uuid`
      return prisma.$queryRaw<MemberRow[]>`${members} AND up."serverId" = ${serverId}::uuid
        AND ${isOne} AND ${isAfter} GROUP BY u.id ${orderAndLimit}`
    },
    async find(tx, serverId, userId) {
      const [row] = await tx.$queryRaw<MemberRow[]>`${members}
        AND up."serverId" = ${serverId}::uuid AND u.id = ${userId}::uuid GROUP BY u.id`
      return row
    },
    async count(tx, serverId) {
      const [row] = await tx.$queryRaw<{ count: number }[]>`
        SELECT (SELECT count(DISTINCT up."userId") FROM "UserPermission" up
            JOIN "Server" s ON s.id = up."serverId"
            WHERE up."serverId" = ${serverId}::uuid AND ${inForce} AND up."userId" <> s."ownerId")::int
          + (SELECT count(*) FROM "Invitation" i
            WHERE i."serverId" = ${serverId}::uuid AND i."expiresAt" > now())::int AS count`
      return row?.count ?? 0
    },
    async setRights(tx, serverId, userId, permissions) {
      const others = { permission: { name: { notIn: [...permissions] } } }
      await keepOnly(tx, { serverId, userId }, [others])
      await addRights(tx, serverId, userId, permissions)
    },
    async addRights(tx, serverId, userId, permissions) {
      await keepOnly(tx, { serverId, userId }, [])
      await addRights(tx, serverId, userId, permissions)
    }
  }
}
