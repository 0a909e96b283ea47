import type { Database } from '../world/database.ts'

/** What changes by itself while agents are connected. */
const alive = ['lastSeen', 'lastUsedAt', 'updatedAt', 'resources']

/** What a node may tell of itself and of its own servers. */
const told: Record<string, readonly string[]> = {
  Node: ['sessionEpoch', 'ownerReplica', 'agentVersion', 'journalLost', 'status'],
  Agent: ['hostname', 'version'],
  Server: [
    ...['status', 'lastKnownStatus', 'statusReason', 'dockerContainerId', 'startedAt', 'exitCode'],
    ...['oomKilled', 'crashCount', 'reportedGeneration', 'consoleEnd', 'desiredState', 'generation']
  ]
}

/** All rows that nobody of the nodes in `hostile` has a right to change, each with a key that names it. */
export async function rowsOf(
  database: Pick<Database, 'query'>,
  { hostile }: { hostile: readonly string[] }
): Promise<Map<string, string>> {
  const tables = await database.query(
    `SELECT table_name AS name FROM information_schema.tables
     WHERE table_schema = 'public' AND table_type = 'BASE TABLE'
       AND table_name NOT IN ('AuditLog', '_prisma_migrations') AND table_name NOT LIKE '%Sample%'
       AND table_name NOT LIKE '%Metric%' ORDER BY 1`
  )
  const ownServers = await database.query(`SELECT id FROM "Server" WHERE "nodeId" = ANY($1)`, [
    hostile
  ])
  const own = new Set([...hostile, ...ownServers.map(row => String(row.id))])
  const rows = new Map<string, string>()
  for (const { name } of tables) {
    const found = await database.query(`SELECT to_jsonb(t) AS row FROM "${name}" t`)
    for (const { row } of found) {
      const fields = row as Record<string, unknown>
      const isOwn = [fields.id, fields.nodeId, fields.serverId].some(id => own.has(String(id)))
      if (isOwn && String(name).startsWith('ServerLog')) continue
      const free = new Set([...alive, ...(isOwn ? (told[String(name)] ?? []) : [])])
      const kept = Object.entries(fields).filter(([field]) => !free.has(field))
      rows.set(`${name} ${fields.id ?? JSON.stringify(kept)}`, JSON.stringify(kept))
    }
  }
  return rows
}

/** What is different, in words. */
export function changesOf(before: Map<string, string>, after: Map<string, string>): string[] {
  const keys = new Set([...before.keys(), ...after.keys()])
  return [...keys]
    .filter(key => before.get(key) !== after.get(key))
    .map(key => `${key}: ${before.get(key) ?? 'nothing'} → ${after.get(key) ?? 'nothing'}`)
}
