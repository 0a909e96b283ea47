import type { Database } from '../src/db/client.ts'

/**
 * Deletes every row of a test database, in the order of the database documentation: what depends on
 * others goes first. It refuses any other database.
 */
export async function cleanUp({ prisma, pool }: Database): Promise<void> {
  const { rows } = await pool.query('SELECT current_database() AS name')
  if (!rows[0].name.startsWith('cap_test_')) {
    throw new Error(`"${rows[0].name}" is no test database: nothing was deleted.`)
  }
  await prisma.server.deleteMany()
  await prisma.userPermission.deleteMany()
  await prisma.alt.deleteMany()
  await prisma.user.deleteMany()
  await prisma.node.deleteMany()
  await prisma.ctrl.deleteMany()
  await prisma.permission.deleteMany()
  await prisma.role.deleteMany()
  // These outlive what they tell of, so no other row takes them along.
  await prisma.command.deleteMany()
  await prisma.idempotencyKey.deleteMany()
  await prisma.metricSample.deleteMany()
  await prisma.metricRollup.deleteMany()
  await prisma.$transaction([
    prisma.$executeRaw`SELECT set_config('cap.retention', 'on', true)`,
    prisma.auditLog.deleteMany()
  ])
}
