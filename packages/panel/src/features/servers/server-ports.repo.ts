import { v7 as uuidV7 } from 'uuid'
import type { Prisma } from '../../db/generated/client.ts'
import type { PortProtocol } from '../allocations/allocations.schema.ts'
import { ANY_ADDRESS, type KnownPort, type PortStep } from './port-plan.ts'

type Tx = Prisma.TransactionClient

/** Ports that the panel makes when a node has none left and nobody named one. */
const FIRST_PORT = 20_000
const LAST_PORT = 29_999

export interface OwnPort {
  id: string
  port: number
  isPrimary: boolean
}

/** Called under the node's lock: nobody else takes or makes a port of the node meanwhile. */
export interface ServerPortsRepo {
  byIds(tx: Tx, ids: string[]): Promise<(KnownPort & { nodeId: string })[]>
  byNumbers(tx: Tx, nodeId: string, ports: number[]): Promise<KnownPort[]>
  count(tx: Tx, nodeId: string): Promise<number>
  /** A free one that clashes with nobody's, or one to be made; undefined: there is neither. */
  next(tx: Tx, nodeId: string): Promise<PortStep | undefined>
  /** Gives the ports to the server; the first becomes the primary one where it has none. False: one was not free. */
  assign(
    tx: Tx,
    server: { id: string; nodeId: string; hasPrimary?: boolean },
    steps: PortStep[]
  ): Promise<boolean>
  ofServer(tx: Tx, serverId: string): Promise<OwnPort[]>
  setPrimary(tx: Tx, serverId: string, allocationId: string): Promise<void>
  /** The node keeps it, for others. */
  release(tx: Tx, serverId: string, allocationId: string): Promise<void>
}

const known = { id: true, ip: true, port: true, serverId: true, nodeId: true } as const

export function createServerPortsRepo(): ServerPortsRepo {
  return {
    async byIds(tx, ids) {
      const rows = await tx.allocation.findMany({ where: { id: { in: ids } }, select: known })
      return rows.map(knownOf)
    },
    async byNumbers(tx, nodeId, ports) {
      const rows = await tx.allocation.findMany({
        where: { nodeId, port: { in: ports } },
        select: known,
        orderBy: [{ port: 'asc' }, { ip: 'asc' }]
      })
      return rows.map(knownOf)
    },
    count: (tx, nodeId) => tx.allocation.count({ where: { nodeId } }),
    async next(tx, nodeId) {
      const [free] = await tx.$queryRaw<{ id: string; port: number }[]>`
        SELECT f.id, f.port FROM "Allocation" f
        WHERE f."nodeId" = ${nodeId}::uuid AND f."serverId" IS NULL AND NOT EXISTS (
          SELECT 1 FROM "Allocation" u WHERE u."nodeId" = f."nodeId" AND u.port = f.port
            AND u."serverId" IS NOT NULL
            AND (u.ip IN ('0.0.0.0', '::') OR f.ip IN ('0.0.0.0', '::')))
        ORDER BY f.port, f.ip LIMIT 1`
      if (free) return { do: 'take', ...free, protocol: undefined }
      const [unused] = await tx.$queryRaw<{ port: number }[]>`
        SELECT p.port FROM generate_series(${FIRST_PORT}::int, ${LAST_PORT}::int) AS p(port)
        WHERE NOT EXISTS (SELECT 1 FROM "Allocation" l
          WHERE l."nodeId" = ${nodeId}::uuid AND l.port = p.port)
        ORDER BY p.port LIMIT 1`
      return unused && { do: 'make', ip: ANY_ADDRESS, port: unused.port, protocol: 'both' }
    },
    async assign(tx, server, steps) {
      let assigned = 0
      for (const [index, step] of steps.entries()) {
        assigned += await assignOne(tx, server, step, index === 0 && !server.hasPrimary)
      }
      return assigned === steps.length
    },
    ofServer: (tx, serverId) =>
      tx.allocation.findMany({
        where: { serverId },
        select: { id: true, port: true, isPrimary: true }
      }),
    async setPrimary(tx, serverId, allocationId) {
      // One after the other: there is never more than one.
      await tx.allocation.updateMany({
        where: { serverId, isPrimary: true },
        data: { isPrimary: false }
      })
      await tx.allocation.updateMany({
        where: { serverId, id: allocationId },
        data: { isPrimary: true }
      })
    },
    async release(tx, serverId, allocationId) {
      await tx.allocation.updateMany({
        where: { serverId, id: allocationId, isPrimary: false },
        data: { serverId: null }
      })
    }
  }
}

async function assignOne(
  tx: Tx,
  server: { id: string; nodeId: string },
  step: PortStep,
  isPrimary: boolean
): Promise<number> {
  const owned = { serverId: server.id, isPrimary }
  if (step.do === 'take') {
    const { count } = await tx.allocation.updateMany({
      where: { id: step.id, nodeId: server.nodeId, serverId: null },
      data: { ...owned, ...(step.protocol && { protocol: columnOf(step.protocol) }) }
    })
    return count
  }
  const { ip, port } = step
  const { count } = await tx.allocation.createMany({
    data: [
      { id: uuidV7(), nodeId: server.nodeId, ip, port, protocol: columnOf(step.protocol), ...owned }
    ],
    skipDuplicates: true
  })
  return count
}

const columns = { tcp: 'TCP', udp: 'UDP', both: 'BOTH' } as const

function columnOf(protocol: PortProtocol) {
  return columns[protocol]
}

function knownOf(row: {
  id: string
  ip: string
  port: number
  serverId: string | null
  nodeId: string
}) {
  const { id, ip, port, serverId, nodeId } = row
  return { id, ip, port, nodeId, inUse: serverId !== null }
}
