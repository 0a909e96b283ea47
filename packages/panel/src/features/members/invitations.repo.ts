import type { Database } from '../../db/client.ts'
import { Prisma } from '../../db/generated/client.ts'
import { newId } from '../../new-id.ts'
import { keyset, sortColumn } from '../keyset.ts'
import type { PermissionName } from '../permissions/catalog.ts'
import type { Tx } from './members.repo.ts'
import type { InvitationsQuery } from './members.schema.ts'

export interface InvitationRow {
  id: string
  serverId: string
  serverName: string
  invitee: string
  permissions: PermissionName[]
  invitedById: string
  invitedBy: string
  createdAt: Date
  expiresAt: Date
}

interface NewInvitation {
  serverId: string
  invitee: string
  permissions: readonly PermissionName[]
  invitedById: string
  expiresAt: Date
}

/** Open ones only: what has expired is not there. */
export interface InvitationsRepo {
  ofServer(serverId: string, query: InvitationsQuery): Promise<InvitationRow[]>
  ofUser(userId: string, query: InvitationsQuery): Promise<InvitationRow[]>
  find(tx: Tx, serverId: string, id: string): Promise<InvitationRow | undefined>
  findByInvitee(tx: Tx, serverId: string, invitee: string): Promise<InvitationRow | undefined>
  /** Undefined also when it is somebody else's. */
  findOfUser(tx: Tx, userId: string, id: string): Promise<InvitationRow | undefined>
  /** In the place of an older one to the same. */
  put(tx: Tx, invitation: NewInvitation): Promise<void>
  remove(tx: Tx, id: string): Promise<void>
  removeExpired(tx: Tx, serverId: string): Promise<void>
  /** Of an enabled user with this name. */
  addressOf(username: string): Promise<string | undefined>
  /** What a sender may do stays as it is until the transaction ends; false: the sender is disabled. */
  lockSender(tx: Tx, userId: string): Promise<boolean>
}

const columns = Prisma.sql`
  SELECT i.id, i."serverId", s.name AS "serverName", i.invitee, i.permissions, i."invitedById",
    u.username AS "invitedBy", i."createdAt", i."expiresAt"`
const joined = Prisma.sql`JOIN "Server" s ON s.id = i."serverId" JOIN "User" u ON u.id = i."invitedById"`
const isOpen = Prisma.sql`i."expiresAt" > now()`

/** A name that looks like an address is none: whoever reads mail there is meant. */
const meant = (userId: string) => Prisma.sql`i.invitee IN (
  SELECT name FROM "User" me CROSS JOIN LATERAL (VALUES (lower(me.email)),
    (CASE WHEN position('@' IN me.username) = 0 THEN lower(me.username) END)) AS names(name)
  WHERE me.id = ${userId}::uuid)`

const sortColumns = { createdAt: sortColumn('i."createdAt"', 'timestamptz') }

export function createInvitationsRepo({ prisma }: Database): InvitationsRepo {
  function page(query: InvitationsQuery, condition: Prisma.Sql): Promise<InvitationRow[]> {
    const { isAfter, orderAndLimit } = keyset(query, sortColumns, 'i.id')
    // First the page, then what hangs on it: somebody may have been invited by thousands.
    return prisma.$queryRaw`${columns} FROM (SELECT * FROM "Invitation" i
      WHERE ${isOpen} AND ${condition} AND ${isAfter} ${orderAndLimit}) i ${joined} ${orderAndLimit}`
  }

  async function one(tx: Tx, condition: Prisma.Sql): Promise<InvitationRow | undefined> {
    const [row] = await tx.$queryRaw<InvitationRow[]>`
      ${columns} FROM "Invitation" i ${joined} WHERE ${isOpen} AND ${condition}`
    return row
  }

  return {
    ofServer: (serverId, query) => page(query, Prisma.sql`i."serverId" = ${serverId}::uuid`),
    ofUser: (userId, query) => page(query, meant(userId)),
    find: (tx, serverId, id) =>
      one(tx, Prisma.sql`i.id = ${id}::uuid AND i."serverId" = ${serverId}::uuid`),
    findByInvitee: (tx, serverId, invitee) =>
      one(tx, Prisma.sql`i.invitee = lower(${invitee}) AND i."serverId" = ${serverId}::uuid`),
    findOfUser: (tx, userId, id) => one(tx, Prisma.sql`i.id = ${id}::uuid AND ${meant(userId)}`),
    async put(tx, { serverId, invitee, permissions, invitedById, expiresAt }) {
      await tx.$executeRaw`
        INSERT INTO "Invitation" (id, "serverId", invitee, permissions, "invitedById", "expiresAt")
        VALUES (${newId()}::uuid, ${serverId}::uuid, lower(${invitee}), ${[...permissions]}::text[],
          ${invitedById}::uuid, ${expiresAt})
        ON CONFLICT ("serverId", invitee) DO UPDATE SET permissions = excluded.permissions,
          "invitedById" = excluded."invitedById", "createdAt" = now(),
          "expiresAt" = excluded."expiresAt"`
    },
    async remove(tx, id) {
      await tx.invitation.deleteMany({ where: { id } })
    },
    async removeExpired(tx, serverId) {
      await tx.$executeRaw`DELETE FROM "Invitation"
        WHERE "serverId" = ${serverId}::uuid AND "expiresAt" <= now()`
    },
    async addressOf(username) {
      const [row] = await prisma.$queryRaw<{ email: string }[]>`
        SELECT email FROM "User" WHERE lower(username) = lower(${username}) AND "disabledAt" IS NULL`
      return row?.email
    },
    async lockSender(tx, userId) {
      // The role before the user, as whoever moves its users does.
      const [row] = await tx.$queryRaw<{ disabledAt: Date | null }[]>`
        SELECT u."disabledAt" FROM "Role" r JOIN "User" u ON u."roleId" = r.id
        WHERE u.id = ${userId}::uuid FOR SHARE`
      return row?.disabledAt === null
    }
  }
}
