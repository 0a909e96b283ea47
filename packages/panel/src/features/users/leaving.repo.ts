import type { Database } from '../../db/client.ts'
import { Prisma } from '../../db/generated/client.ts'

/** Those who go once their servers have gone. */
export interface LeavingRepo {
  /** Leaving users who own no server any more. */
  ready(): Promise<string[]>
  /** Servers of leaving users, on a node that may be told, that nobody is deleting; none whose deletion failed since then. */
  serversToDelete(failedBefore: Date): Promise<string[]>
  /** The deletions of the user's servers that have begun since then and not ended. */
  openDeletions(userId: string, since: Date): Promise<string[]>
}

const MOST_A_ROUND = 100

const isOpen = Prisma.raw(`c.status IN ('QUEUED', 'DISPATCHED', 'ACKED', 'RUNNING')`)

export function createLeavingRepo({ prisma }: Database): LeavingRepo {
  async function ids(sql: Prisma.Sql): Promise<string[]> {
    const rows = await prisma.$queryRaw<{ id: string }[]>(sql)
    return rows.map(({ id }) => id)
  }

  return {
    ready: () =>
      ids(Prisma.sql`SELECT u.id FROM "User" u WHERE u."deletingSince" IS NOT NULL
        AND NOT EXISTS (SELECT FROM "Server" s WHERE s."ownerId" = u.id)`),
    // One that waited for its node until it was too old has not failed.
    serversToDelete: failedBefore =>
      ids(Prisma.sql`SELECT s.id FROM "Server" s JOIN "User" u ON u.id = s."ownerId"
          JOIN "Node" n ON n.id = s."nodeId" AND n.status <> 'QUARANTINED'
        WHERE u."deletingSince" IS NOT NULL AND NOT EXISTS (
          SELECT FROM "Command" c WHERE c."serverId" = s.id AND c.kind = 'delete'
            AND (${isOpen} OR (c.status <> 'EXPIRED' AND c."finishedAt" > ${failedBefore})))
        ORDER BY s.id LIMIT ${MOST_A_ROUND}`),
    openDeletions: (userId, since) =>
      ids(Prisma.sql`SELECT c.id FROM "Command" c JOIN "Server" s ON s.id = c."serverId"
        WHERE s."ownerId" = ${userId}::uuid AND c.kind = 'delete' AND ${isOpen}
          AND c."createdAt" >= ${since}`)
  }
}
