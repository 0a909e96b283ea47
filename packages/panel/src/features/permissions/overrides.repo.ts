import type { Database } from '../../db/client.ts'
import type { Prisma } from '../../db/generated/client.ts'
import type { PermissionOverride, ServerFacts } from './can.ts'

type Tx = Prisma.TransactionClient

export interface OverridesRepo {
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>
  /** The user's rights stay as they are until the transaction ends. */
  lockUser(tx: Tx, userId: string): Promise<void>
  serversOf(tx: Tx, ids: string[]): Promise<ServerFacts[]>
  remove(tx: Tx, userId: string, rows: readonly PermissionOverride[]): Promise<void>
  insert(tx: Tx, userId: string, rows: readonly PermissionOverride[]): Promise<void>
}

export function createOverridesRepo({ transaction }: Database): OverridesRepo {
  return {
    transaction,
    async lockUser(tx, userId) {
      await tx.$queryRaw`SELECT FROM "User" WHERE id = ${userId}::uuid FOR NO KEY UPDATE`
    },
    serversOf: (tx, ids) =>
      tx.server.findMany({
        where: { id: { in: ids } },
        select: { id: true, ownerId: true, suspendedAt: true }
      }),
    async remove(tx, userId, rows) {
      await tx.$executeRaw`DELETE FROM "UserPermission" u
        USING "Permission" p, jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
          AS v(permission text, "serverId" uuid)
        WHERE p.id = u."permissionId" AND p.name = v.permission AND u."userId" = ${userId}::uuid
          AND u."serverId" IS NOT DISTINCT FROM v."serverId"`
    },
    async insert(tx, userId, rows) {
      const ids = await tx.permission.findMany({ select: { id: true, name: true } })
      const idOf = new Map(ids.map(({ id, name }) => [name, id]))
      const data = rows.flatMap(({ permission, ...row }) => {
        const permissionId = idOf.get(permission)
        return permissionId ? [{ userId, permissionId, ...row }] : []
      })
      await tx.userPermission.createMany({ data })
    }
  }
}
