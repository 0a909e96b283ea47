import type { NodeResources, ServerStats } from '@ctrl-alt-play/protocol'
import type pg from 'pg'

export interface Samples {
  servers: readonly ServerStats[]
  nodes: ReadonlyMap<string, NodeResources>
}

type Row = [
  type: 'NODE' | 'SERVER',
  id: string,
  cpuPercent: number,
  memoryMiB: number,
  diskMiB: number,
  networkRxBytes: number,
  networkTxBytes: number
]

const MAX_INT = 2_147_483_647

/** Writes a sample of everything that is alive: one statement for the history, one for the newest. */
export async function writeSamples(pool: pg.Pool, samples: Samples): Promise<void> {
  const rows = [...samples.servers.map(serverRow), ...[...samples.nodes].map(nodeRow)]
  if (rows.length === 0) return
  const column = (index: number) => rows.map(cells => cells[index])
  await pool.query(
    `INSERT INTO "MetricSample" ("subjectType", "subjectId", "at", "cpuPercent", "memoryMiB", "diskMiB",
       "networkRxBytes", "networkTxBytes")
     SELECT v."type"::"MetricSubject", v."id", now(), v."cpu", v."memory", v."disk", v."rx", v."tx"
     FROM unnest($1::text[], $2::uuid[], $3::real[], $4::int[], $5::int[], $6::bigint[], $7::bigint[])
       AS v("type", "id", "cpu", "memory", "disk", "rx", "tx") ON CONFLICT DO NOTHING`,
    [0, 1, 2, 3, 4, 5, 6].map(column)
  )
  if (samples.servers.length === 0) return
  await pool.query(
    `WITH v AS (SELECT * FROM unnest($1::uuid[], $2::jsonb[]) AS v("id", "stats")),
       held AS (SELECT s."id" FROM "Server" s WHERE s."id" = ANY($1::uuid[]) ORDER BY s."id" FOR NO KEY UPDATE)
     UPDATE "Server" s SET "resources" = v."stats" FROM v JOIN held ON held."id" = v."id" WHERE s."id" = v."id"`,
    [samples.servers.map(one => one.serverId), samples.servers.map(one => JSON.stringify(one))]
  )
}

function serverRow(stats: ServerStats): Row {
  const { serverId, cpuPercent, memoryMiB, diskMiB, networkRxBytes, networkTxBytes } = stats
  return row('SERVER', serverId, [cpuPercent, memoryMiB, diskMiB, networkRxBytes, networkTxBytes])
}

function nodeRow([nodeId, resources]: [string, NodeResources]): Row {
  const { cpuPercent, memoryUsedMiB, diskUsedMiB, networkRxBytes, networkTxBytes } = resources
  return row('NODE', nodeId, [
    cpuPercent,
    memoryUsedMiB,
    diskUsedMiB,
    networkRxBytes,
    networkTxBytes
  ])
}

/** A node may say any number: it must still fit its column. */
function row(
  type: Row[0],
  id: string,
  [cpu, memory, disk, rx, tx]: [number, number, number, number, number]
): Row {
  const whole = (value: number, most: number) => Math.round(Math.min(value, most))
  const bytes = (value: number) => whole(value, Number.MAX_SAFE_INTEGER)
  const amounts = [whole(memory, MAX_INT), whole(disk, MAX_INT), bytes(rx), bytes(tx)] as const
  return [type, id, Math.min(cpu, 1e9), ...amounts]
}
