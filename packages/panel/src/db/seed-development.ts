import type { Prisma } from './generated/client.ts'

const FIRST_PORT = 27_015
const PORTS = 16

/** Two more people, who share the first user's password, and a node that waits for its agent. */
export async function seedDevelopment(tx: Prisma.TransactionClient): Promise<void> {
  const first = await tx.user.findFirstOrThrow({ orderBy: { createdAt: 'asc' } })
  for (const [username, name] of [
    ['moderator', 'MODERATOR'],
    ['player', 'USER']
  ] as const) {
    const role = await tx.role.findUniqueOrThrow({ where: { name } })
    const email = `${username}@example.invalid`
    const { passwordHash } = first
    await tx.user.upsert({
      where: { username },
      update: {},
      create: { username, email, passwordHash, roleId: role.id }
    })
  }
  const node = await tx.node.upsert({
    where: { name: 'development' },
    update: {},
    create: { name: 'development', ipAddress: '127.0.0.1' }
  })
  const ports = Array.from({ length: PORTS }, (_, index) => FIRST_PORT + index)
  await tx.allocation.createMany({
    data: ports.map(port => ({ nodeId: node.id, ip: '127.0.0.1', port })),
    skipDuplicates: true
  })
}
