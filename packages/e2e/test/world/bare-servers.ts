import type { World } from './world.ts'

/** One row of a server on each of the nodes, as if it had been made there; no machine has anything of it. */
export async function addBareServers(
  { database }: Pick<World, 'database'>,
  altId: string,
  nodeIds: readonly string[]
): Promise<string[]> {
  const rows = await database.query(
    `INSERT INTO "Server" (id, name, "altId", "ownerId", "nodeId", "dockerImage", startup, "memoryMiB",
       "cpuPercent", "diskMiB", "installState", status, "updatedAt")
     SELECT gen_random_uuid(), 'Bare', $1, (SELECT id FROM "User" LIMIT 1), node, 'none', 'none', 64,
       100, 256, 'DONE', 'STOPPED', now() FROM unnest($2::uuid[]) AS node RETURNING id`,
    [altId, nodeIds]
  )
  return rows.map(row => String(row.id))
}
