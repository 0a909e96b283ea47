import { permissionCatalog } from '../features/permissions/catalog.ts'
import { defaultRoles } from './default-roles.ts'
import type { Prisma, PrismaClient } from './generated/client.ts'
import { sampleCtrls } from './sample-alts.ts'
import { seedDevelopment } from './seed-development.ts'

const LOCK_KEY = 4_242_018
const DEADLINE_MS = 60_000

interface FirstAdmin {
  username: string
  email: string
  passwordHash: string
  mustChangePassword: boolean
}

export interface SeedOptions {
  /** Used when there is no user yet; a function is asked only then, because hashing takes time. */
  admin: FirstAdmin | (() => Promise<FirstAdmin>)
  /** Also people, a node and addresses to try things out with. */
  development?: boolean
}

/**
 * Permissions, system roles and their grants, the first administrator, sample templates. Safe to
 * repeat: what operators changed or deleted stays so.
 */
export async function seed(
  prisma: PrismaClient,
  options: SeedOptions
): Promise<{ adminCreated: boolean }> {
  return prisma.$transaction(
    async tx => {
      // Two panels that start at once seed one after the other.
      await tx.$executeRaw`SELECT pg_advisory_xact_lock(${LOCK_KEY}::bigint)`
      const newPermissions = await seedPermissions(tx)
      await seedRoles(tx, newPermissions)
      const adminCreated = await seedAdmin(tx, options.admin)
      await seedSamples(tx)
      if (options.development) await seedDevelopment(tx)
      return { adminCreated }
    },
    { timeout: DEADLINE_MS, maxWait: DEADLINE_MS }
  )
}

/** Gives back the names that were missing. */
async function seedPermissions(tx: Prisma.TransactionClient): Promise<Set<string>> {
  const kept = new Map((await tx.permission.findMany()).map(row => [row.name, row]))
  const missing = permissionCatalog.filter(entry => !kept.has(entry.name))
  if (missing.length > 0) await tx.permission.createMany({ data: missing })
  for (const { name, category, description } of permissionCatalog) {
    const row = kept.get(name)
    if (!row || (row.category === category && row.description === description)) continue
    await tx.permission.update({ where: { name }, data: { category, description } })
  }
  const names = permissionCatalog.map(entry => entry.name)
  if (kept.size + missing.length > names.length) {
    await tx.permission.deleteMany({ where: { name: { notIn: names } } })
  }
  return new Set(missing.map(entry => entry.name))
}

/**
 * A system role that has grants, or whose grants an operator took, keeps them as they are; it gets only
 * what is new in this release.
 */
async function seedRoles(tx: Prisma.TransactionClient, newPermissions: Set<string>): Promise<void> {
  const ids = new Map((await tx.permission.findMany()).map(row => [row.name, row.id]))
  const data: Prisma.RolePermissionCreateManyInput[] = []
  for (const { name, description, grants } of defaultRoles) {
    const known = await tx.role.findUnique({ where: { name }, include: { permissions: true } })
    const role =
      known ??
      (await tx.role.create({
        data: { name, description, isSystem: true },
        include: { permissions: true }
      }))
    if (!role.isSystem) await tx.role.update({ where: { name }, data: { isSystem: true } })
    const isUntouched = !known || known.updatedAt.getTime() === known.createdAt.getTime()
    const held = new Set(role.permissions.map(row => row.permissionId))
    const isGiven = name === 'ADMIN' || (held.size === 0 && isUntouched)
    for (const [permission, scope] of grants) {
      const permissionId = ids.get(permission)
      const isDue = isGiven || newPermissions.has(permission)
      if (!permissionId || held.has(permissionId) || !isDue) continue
      data.push({ roleId: role.id, permissionId, scope })
    }
  }
  if (data.length > 0) await tx.rolePermission.createMany({ data })
}

async function seedAdmin(
  tx: Prisma.TransactionClient,
  admin: SeedOptions['admin']
): Promise<boolean> {
  if ((await tx.user.count()) > 0) return false
  const first = typeof admin === 'function' ? await admin() : admin
  const role = await tx.role.findUniqueOrThrow({ where: { name: 'ADMIN' } })
  await tx.user.create({ data: { ...first, roleId: role.id } })
  return true
}

/** Only into a panel without any template: what an operator deleted must not come back. */
async function seedSamples(tx: Prisma.TransactionClient): Promise<void> {
  if ((await tx.ctrl.count()) > 0) return
  for (const { name, description, alts } of sampleCtrls) {
    const ctrl = await tx.ctrl.create({ data: { name, description } })
    for (const { variables, ...alt } of alts) {
      const numbered = variables.map((variable, sort) => ({ ...variable, sort }))
      await tx.alt.create({
        data: { ...alt, ctrlId: ctrl.id, variables: { createMany: { data: numbered } } }
      })
    }
  }
}
