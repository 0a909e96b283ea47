import type { NodeResources } from '@ctrl-alt-play/protocol'
import type { Prisma } from '../../db/generated/client.ts'
import { lockNode } from '../nodes/node-lock.ts'

type Tx = Prisma.TransactionClient

/** A node as one looks for a place for a server. */
export interface PlaceRow {
  id: string
  name: string
  status: string
  maintenance: boolean
  resources: NodeResources | null
  memoryPromisedMiB: number
  servers: number
}

export interface PlacementRepo {
  /** One placement after the other: each sees what those before it promised. */
  lockPlacement(tx: Tx): Promise<void>
  lockNode(tx: Tx, nodeId: string): Promise<void>
  /** All of them, or the one that is asked for. */
  nodes(tx: Tx, nodeId?: string): Promise<PlaceRow[]>
}

export function createPlacementRepo(): PlacementRepo {
  return {
    async lockPlacement(tx) {
      await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended('placement', 0))`
    },
    lockNode,
    nodes: (tx, nodeId) => tx.$queryRaw<PlaceRow[]>`
      SELECT n.id, n.name, n.status::text, n.maintenance, n.resources,
        COALESCE(sum(s."memoryMiB"), 0)::float8 AS "memoryPromisedMiB", count(s.id)::int AS servers
      FROM "Node" n LEFT JOIN "Server" s ON s."nodeId" = n.id
      WHERE ${nodeId ?? null}::uuid IS NULL OR n.id = ${nodeId ?? null}::uuid
      GROUP BY n.id`
  }
}
