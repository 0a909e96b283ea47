import type { NodeResources } from '@ctrl-alt-play/protocol'
import type { Database } from '../../db/client.ts'
import { Prisma } from '../../db/generated/client.ts'
import { containing, keyset, sortColumn } from '../keyset.ts'
import { lockNode } from './node-lock.ts'
import type { NodePatch, NodeStatus, NodesQuery } from './nodes.schema.ts'

type Tx = Prisma.TransactionClient

export interface NodeRow {
  id: string
  name: string
  status: NodeStatus
  ipAddress: string | null
  port: number | null
  agentVersion: string | null
  resources: NodeResources | null
  lastSeen: Date | null
  maintenance: boolean
  lostAt: Date | null
  journalLost: Date | null
  createdAt: Date
  updatedAt: Date
  hostname: string | null
  enrolledAt: Date | null
  serversCount: number
}

type NodeFacts = Pick<NodeRow, 'id' | 'name' | 'status' | 'ipAddress' | 'maintenance'>

export interface NodesRepo {
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>
  find(id: string): Promise<NodeRow | undefined>
  /** One more than asked for, when there are more. */
  list(query: NodesQuery): Promise<NodeRow[]>
  /** Undefined: the name is taken. */
  insert(
    tx: Tx,
    node: { name: string; ipAddress: string | null }
  ): Promise<{ id: string } | undefined>
  update(tx: Tx, id: string, patch: NodePatch): Promise<void>
  /** Holds back whoever would put a server on the node, until the transaction ends. */
  lock(tx: Tx, id: string): Promise<NodeFacts | undefined>
  serversOf(tx: Tx, id: string): Promise<{ id: string; name: string }[]>
  remove(tx: Tx, id: string): Promise<void>
  /** How many keys that were still good are no longer. */
  revokeAgents(tx: Tx, id: string): Promise<number>
  markLost(tx: Tx, id: string): Promise<void>
}

const nodeColumns = Prisma.raw(`
  n.id, n.name, n.status, n."ipAddress", n.port, n."agentVersion", n.resources, n."lastSeen", n.maintenance,
  n."lostAt", n."journalLost", n."createdAt", n."updatedAt", a.hostname, a."enrolledAt",
  (SELECT count(*)::int FROM "Server" s WHERE s."nodeId" = n.id) AS "serversCount"
  FROM "Node" n LEFT JOIN "Agent" a ON a."nodeId" = n.id AND a.status = 'ACTIVE'`)

const sortColumns = {
  name: sortColumn('n.name', 'text', { isUnique: true }),
  createdAt: sortColumn('n."createdAt"', 'timestamptz')
}

export function createNodesRepo({ pool, transaction }: Database): NodesRepo {
  async function read(sql: Prisma.Sql): Promise<NodeRow[]> {
    const { rows } = await pool.query<NodeRow>(sql.text, sql.values)
    return rows
  }

  return {
    transaction,
    async find(id) {
      const [row] = await read(Prisma.sql`SELECT ${nodeColumns} WHERE n.id = ${id}::uuid`)
      return row
    },
    list(query) {
      const { isAfter, orderAndLimit } = keyset(query, sortColumns, 'n.id')
      const conditions = [
        isAfter,
        ...(query.status ? [Prisma.sql`n.status = ${query.status}::"NodeStatus"`] : []),
        ...(query.search ? [Prisma.sql`n.name ILIKE ${containing(query.search)}`] : [])
      ]
      return read(
        Prisma.sql`SELECT ${nodeColumns} WHERE ${Prisma.join(conditions, ' AND ')} ${orderAndLimit}`
      )
    },
    async insert(tx, node) {
      const [row] = await tx.node.createManyAndReturn({
        data: [node],
        skipDuplicates: true,
        select: { id: true }
      })
      return row
    },
    async update(tx, id, patch) {
      const { name, ipAddress, maintenance } = patch
      await tx.node.update({
        where: { id },
        data: {
          ...(name !== undefined && { name }),
          ...(ipAddress !== undefined && { ipAddress }),
          ...(maintenance !== undefined && { maintenance })
        },
        select: { id: true }
      })
    },
    async lock(tx, id) {
      await lockNode(tx, id)
      const row = await tx.node.findUnique({
        where: { id },
        select: { id: true, name: true, status: true, ipAddress: true, maintenance: true }
      })
      return row ?? undefined
    },
    serversOf: (tx, nodeId) =>
      tx.server.findMany({
        where: { nodeId },
        select: { id: true, name: true },
        orderBy: { name: 'asc' },
        take: 100
      }),
    async remove(tx, id) {
      await tx.node.delete({ where: { id }, select: { id: true } })
    },
    async revokeAgents(tx, nodeId) {
      const { count } = await tx.agent.updateMany({
        where: { nodeId, revokedAt: null },
        data: { revokedAt: new Date(), status: 'RETIRED' }
      })
      return count
    },
    async markLost(tx, id) {
      await tx.node.update({
        where: { id },
        data: { lostAt: new Date() },
        select: { id: true }
      })
    }
  }
}
