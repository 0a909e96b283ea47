import { v7 as uuidV7 } from 'uuid'
import type { Database } from '../../db/client.ts'
import { Prisma } from '../../db/generated/client.ts'
import { keyset, sortColumn } from '../keyset.ts'
import { lockNode } from '../nodes/node-lock.ts'
import type { AllocationsQuery, PortProtocol } from './allocations.schema.ts'

type Tx = Prisma.TransactionClient

export interface AllocationRow {
  id: string
  nodeId: string
  ip: string
  port: number
  protocol: PortProtocol
  isPrimary: boolean
  serverId: string | null
  serverName: string | null
  createdAt: Date
}

interface NewAllocations {
  nodeId: string
  ip: string
  ports: number[]
  protocol: PortProtocol
}

export interface AllocationsRepo {
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>
  nodeExists(nodeId: string): Promise<boolean>
  lockNode(tx: Tx, nodeId: string): Promise<void>
  list(nodeId: string, query: AllocationsQuery): Promise<AllocationRow[]>
  find(tx: Tx, nodeId: string, id: string): Promise<AllocationRow | undefined>
  /** The ports that are there afterwards because of this call: those that were there before are missing. */
  insert(tx: Tx, allocations: NewAllocations): Promise<AllocationRow[]>
  count(tx: Tx, nodeId: string): Promise<number>
  remove(tx: Tx, id: string): Promise<void>
}

const columns = Prisma.raw(`
  l.id, l."nodeId", l.ip, l.port, lower(l.protocol::text) AS protocol, l."isPrimary", l."serverId",
  s.name AS "serverName", l."createdAt"`)
const joined = Prisma.raw('"Allocation" l LEFT JOIN "Server" s ON s.id = l."serverId"')
const sortColumns = { port: sortColumn('l.port', 'bigint') }

export function createAllocationsRepo({ prisma, pool, transaction }: Database): AllocationsRepo {
  return {
    transaction,
    nodeExists: async id => (await prisma.node.count({ where: { id } })) > 0,
    lockNode,
    async list(nodeId, query) {
      const { isAfter, orderAndLimit } = keyset(query, sortColumns, 'l.id')
      const freedom = {
        true: Prisma.sql`l."serverId" IS NULL`,
        false: Prisma.sql`l."serverId" IS NOT NULL`,
        undefined: Prisma.sql`TRUE`
      }[`${query.free}`]
      const sql = Prisma.sql`SELECT ${columns} FROM ${joined}
        WHERE l."nodeId" = ${nodeId}::uuid AND ${freedom} AND ${isAfter} ${orderAndLimit}`
      const { rows } = await pool.query<AllocationRow>(sql.text, sql.values)
      return rows
    },
    async find(tx, nodeId, id) {
      const [row] = await tx.$queryRaw<AllocationRow[]>`SELECT ${columns} FROM ${joined}
        WHERE l.id = ${id}::uuid AND l."nodeId" = ${nodeId}::uuid`
      return row
    },
    insert(tx, { nodeId, ip, ports, protocol }) {
      const ids = ports.map(() => uuidV7())
      return tx.$queryRaw<AllocationRow[]>`
        INSERT INTO "Allocation" AS l (id, "nodeId", ip, port, protocol)
        SELECT v.id, ${nodeId}::uuid, ${ip}, v.port, ${protocol.toUpperCase()}::"AllocationProtocol"
        FROM unnest(${ids}::uuid[], ${ports}::int[]) AS v(id, port)
        ON CONFLICT ("nodeId", ip, port) DO NOTHING
        RETURNING l.id, l."nodeId", l.ip, l.port, lower(l.protocol::text) AS protocol,
          l."isPrimary", l."serverId", NULL AS "serverName", l."createdAt"`
    },
    count: (tx, nodeId) => tx.allocation.count({ where: { nodeId } }),
    async remove(tx, id) {
      await tx.allocation.delete({ where: { id }, select: { id: true } })
    }
  }
}
