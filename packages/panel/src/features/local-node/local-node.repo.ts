import type { Queries } from '../../agents/contract.ts'
import type { Database } from '../../db/client.ts'

export interface LocalNodeRow {
  id: string
  name: string
  status: string
  /** Whether a machine was ever enrolled as this node. */
  wasEnrolled: boolean
}

export interface LocalNodeRepo {
  find(nodeId: string): Promise<LocalNodeRow | undefined>
  isTaken(name: string): Promise<boolean>
  create(name: string, ipAddress: string): Promise<LocalNodeRow>
  transaction<T>(work: (tx: Queries) => Promise<T>): Promise<T>
  /** The alt that the demo server is made of. */
  findAlt(name: string): Promise<string | undefined>
  /** Whom the demo server belongs to: the oldest administrator. */
  findAdmin(): Promise<string | undefined>
  findServer(serverId: string): Promise<{ id: string; name: string; status: string } | undefined>
  /** Ports of the node that belong to a server. */
  takenPorts(nodeId: string): Promise<Set<number>>
}

export function createLocalNodeRepo({ prisma, transaction }: Database): LocalNodeRepo {
  const columns = { id: true, name: true, status: true, _count: { select: { agents: true } } }
  type Row = { id: string; name: string; status: string; _count: { agents: number } }
  const rowOf = (row: Row | null): LocalNodeRow | undefined =>
    row
      ? { id: row.id, name: row.name, status: row.status, wasEnrolled: row._count.agents > 0 }
      : undefined

  return {
    find: async id => rowOf(await prisma.node.findUnique({ where: { id }, select: columns })),
    isTaken: async name => (await prisma.node.count({ where: { name } })) > 0,
    async create(name, ipAddress) {
      const { id, status } = await prisma.node.create({
        data: { name, ipAddress },
        select: { id: true, status: true }
      })
      return { id, name, status, wasEnrolled: false }
    },
    transaction,
    async findAlt(name) {
      const alt = await prisma.alt.findFirst({
        where: { name },
        orderBy: { createdAt: 'asc' },
        select: { id: true }
      })
      return alt?.id
    },
    async findAdmin() {
      const where = { name: 'ADMIN' }
      const role = await prisma.role.findUnique({ where, select: { id: true } })
      if (!role) return undefined
      const admin = await prisma.user.findFirst({
        where: { roleId: role.id, disabledAt: null },
        orderBy: { createdAt: 'asc' },
        select: { id: true }
      })
      return admin?.id
    },
    async findServer(serverId) {
      const server = await prisma.server.findFirst({
        where: { id: serverId, deletedAt: null },
        select: { id: true, name: true, status: true }
      })
      return server ?? undefined
    },
    async takenPorts(nodeId) {
      const rows = await prisma.allocation.findMany({
        where: { nodeId, serverId: { not: null } },
        select: { port: true }
      })
      return new Set(rows.map(row => row.port))
    }
  }
}
