import type { Prisma } from '../../db/generated/client.ts'

/**
 * Whoever gives a node a server or a port, or takes the node away, holds this until the transaction
 * ends: what was free stays free. Heartbeats do not wait for it.
 */
export async function lockNode(tx: Prisma.TransactionClient, nodeId: string): Promise<void> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`node ${nodeId}`}, 0))`
}
