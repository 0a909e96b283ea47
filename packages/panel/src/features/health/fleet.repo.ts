import type { Database } from '../../db/client.ts'
import type { FleetCounts } from './metrics.ts'

const NODES = 'SELECT status, count(*)::int AS count FROM "Node" GROUP BY status'
const SERVERS = 'SELECT status, count(*)::int AS count FROM "Server" GROUP BY status'
const OPEN_COMMANDS = `
  SELECT status, count(*)::int AS count FROM "Command"
  WHERE status IN ('QUEUED', 'DISPATCHED', 'ACKED', 'RUNNING') GROUP BY status`

export function createFleetCounter({ pool }: Database): () => Promise<FleetCounts> {
  type Row = { status: string; count: number }
  return async () => {
    const [nodes, servers, commands] = await Promise.all(
      [NODES, SERVERS, OPEN_COMMANDS].map(sql => pool.query<Row>(sql))
    )
    return {
      nodes: nodes?.rows ?? [],
      servers: servers?.rows ?? [],
      openCommands: commands?.rows ?? []
    }
  }
}
