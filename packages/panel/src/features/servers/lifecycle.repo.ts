import type { Queries } from '../../agents/contract.ts'
import type { Database } from '../../db/client.ts'

interface InstalledServer {
  desiredState: string
  nodeId: string | null
  generation: number
  restartSeq: number
}

export interface LifecycleRepo {
  /** In the transaction that is given, else in one of its own. */
  inTransaction(given: Queries | undefined, work: (tx: Queries) => Promise<void>): Promise<void>
  /** Undefined: it is no longer there. A suspended server is not to be started. */
  markInstalled(tx: Queries, id: string): Promise<InstalledServer | undefined>
  markInstallFailed(tx: Queries, id: string, reason: string | null): Promise<void>
  /** A reinstall leaves everything as it was, a first install nothing. */
  markNotBegun(tx: Queries, id: string, reason: string | null): Promise<void>
  wantRun(
    tx: Queries,
    id: string,
    wanted: { generation: number; restartSeq: number }
  ): Promise<void>
  wantStopped(id: string, generation: number): Promise<void>
  /** Who asked for the newest install: the start that follows is theirs too. */
  whoInstalled(tx: Queries, id: string): Promise<string | null>
  remove(tx: Queries, id: string): Promise<void>
}

export function createLifecycleRepo({ prisma, transaction }: Database): LifecycleRepo {
  return {
    inTransaction: (given, work) => (given ? work(given) : transaction(work)),
    async markInstalled(tx, id) {
      const [row] = await tx.$queryRaw<InstalledServer[]>`
        UPDATE "Server" SET "installState" = 'DONE', "updatedAt" = now(), "statusReason" = NULL,
          status = CASE WHEN status IN ('INSTALLING', 'INSTALL_FAILED') THEN 'STOPPED'::"ServerStatus"
            ELSE status END,
          "desiredState" = CASE WHEN "suspendedAt" IS NULL OR "desiredState" = 'ABSENT'
            THEN "desiredState" ELSE 'STOPPED'::"DesiredState" END
        WHERE id = ${id}::uuid
        RETURNING "desiredState"::text, "nodeId", generation, "restartSeq"`
      return row
    },
    markInstallFailed,
    async markNotBegun(tx, id, reason) {
      const changed = await tx.$executeRaw`
        UPDATE "Server" SET "installState" = 'DONE', "updatedAt" = now()
        WHERE id = ${id}::uuid AND "installState" = 'RUNNING'`
      if (changed === 0) await markInstallFailed(tx, id, reason)
    },
    async wantRun(tx, id, { generation, restartSeq }) {
      await tx.$executeRaw`UPDATE "Server" SET generation = ${generation},
          "restartSeq" = ${restartSeq}, "updatedAt" = now()
        WHERE id = ${id}::uuid`
    },
    async wantStopped(id, generation) {
      await prisma.$executeRaw`
        UPDATE "Server" SET "desiredState" = 'STOPPED', generation = generation + 1,
          "updatedAt" = now()
        WHERE id = ${id}::uuid AND generation = ${generation} AND "desiredState" = 'RUNNING'`
    },
    async whoInstalled(tx, serverId) {
      const row = await tx.command.findFirst({
        where: { serverId, kind: { in: ['install', 'reinstall'] } },
        orderBy: { laneSeq: 'desc' },
        select: { actorId: true }
      })
      return row?.actorId ?? null
    },
    async remove(tx, id) {
      await tx.$executeRaw`DELETE FROM "Server" WHERE id = ${id}::uuid`
    }
  }
}

async function markInstallFailed(tx: Queries, id: string, reason: string | null): Promise<void> {
  await tx.$executeRaw`
    UPDATE "Server" SET "installState" = 'FAILED', status = 'INSTALL_FAILED',
      "statusReason" = ${reason}, "updatedAt" = now(),
      "desiredState" = CASE WHEN "desiredState" = 'RUNNING' THEN 'STOPPED'::"DesiredState"
        ELSE "desiredState" END
    WHERE id = ${id}::uuid`
}
