import type { Queries } from './contract.ts'
import type { WantedFacts } from './wanted-undo.ts'

/** The row stays locked until the transaction ends: no further act comes in between. */
export async function lockWanted(tx: Queries, serverId: string): Promise<WantedFacts | undefined> {
  const [row] = await tx.$queryRaw<WantedFacts[]>`
    SELECT "desiredState"::text AS "desired", "restartSeq" FROM "Server"
    WHERE "id" = ${serverId}::uuid FOR NO KEY UPDATE`
  return row
}

/** A deletion that never happened is taken back with it. What was suspended meanwhile is not wanted to run again. */
export async function restoreWanted(
  tx: Queries,
  serverId: string,
  wanted: WantedFacts
): Promise<void> {
  await tx.$executeRaw`
    UPDATE "Server" SET "restartSeq" = ${wanted.restartSeq},
      "desiredState" = CASE WHEN "suspendedAt" IS NOT NULL AND ${wanted.desired} = 'RUNNING'
        THEN 'STOPPED'::"DesiredState" ELSE ${wanted.desired}::"DesiredState" END,
      "generation" = "generation" + 1, "updatedAt" = now(),
      "deletedAt" = CASE WHEN "desiredState" = 'ABSENT' THEN NULL ELSE "deletedAt" END
    WHERE "id" = ${serverId}::uuid`
}
