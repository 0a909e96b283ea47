import type { Database } from '../../db/client.ts'
import { Prisma } from '../../db/generated/client.ts'
import { keyset, sortColumn } from '../keyset.ts'
import type { RolePatch, RolePermissions, RolesQuery } from './roles.schema.ts'

type Tx = Prisma.TransactionClient

export interface RoleRow {
  id: string
  name: string
  description: string
  isSystem: boolean
  requiresTotp: boolean
  permissions: RolePermissions
  usersCount: number
  createdAt: Date
  updatedAt: Date
}

export interface RolesRepo {
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>
  find(id: string, tx?: Tx): Promise<RoleRow | undefined>
  list(query: RolesQuery): Promise<RoleRow[]>
  /** Nobody gets or changes these roles until the transaction ends. */
  lock(tx: Tx, ids: string[]): Promise<void>
  insert(
    tx: Tx,
    role: Pick<RoleRow, 'name' | 'description' | 'requiresTotp'>
  ): Promise<{ id: string }>
  update(tx: Tx, id: string, patch: Omit<RolePatch, 'permissions'>): Promise<void>
  replacePermissions(tx: Tx, id: string, permissions: RolePermissions): Promise<void>
  /** Ends their logins too, as another role for a single user does. */
  moveUsers(tx: Tx, from: string, to: string): Promise<void>
  remove(tx: Tx, id: string): Promise<void>
}

const columns = Prisma.raw(`
  r.id, r.name, r.description, r."isSystem", r."requiresTotp", r."createdAt", r."updatedAt",
  COALESCE((SELECT json_object_agg(p.name, rp.scope ORDER BY p.name) FROM "RolePermission" rp
    JOIN "Permission" p ON p.id = rp."permissionId" WHERE rp."roleId" = r.id), '{}') AS permissions,
  (SELECT count(*)::int FROM "User" u WHERE u."roleId" = r.id) AS "usersCount"
  FROM "Role" r`)

const sortColumns = {
  name: sortColumn('r.name', 'text'),
  createdAt: sortColumn('r."createdAt"', 'timestamptz')
}

export function createRolesRepo({ prisma, transaction }: Database): RolesRepo {
  return {
    transaction,
    async find(id, tx = prisma) {
      const [row] = await tx.$queryRaw<RoleRow[]>`SELECT ${columns} WHERE r.id = ${id}::uuid`
      return row
    },
    list(query) {
      const { isAfter, orderAndLimit } = keyset(query, sortColumns, 'r.id')
      return prisma.$queryRaw<RoleRow[]>`SELECT ${columns} WHERE ${isAfter} ${orderAndLimit}`
    },
    async lock(tx, ids) {
      await tx.$queryRaw`
        SELECT FROM "Role" WHERE id = ANY(${ids}::uuid[]) ORDER BY id FOR UPDATE`
    },
    insert: (tx, data) => tx.role.create({ data, select: { id: true } }),
    async update(tx, id, { name, description, requiresTotp }) {
      await tx.role.update({
        where: { id },
        data: {
          updatedAt: new Date(),
          ...(name !== undefined && { name }),
          ...(description !== undefined && { description }),
          ...(requiresTotp !== undefined && { requiresTotp })
        },
        select: { id: true }
      })
    },
    async replacePermissions(tx, roleId, permissions) {
      await tx.rolePermission.deleteMany({ where: { roleId } })
      await tx.$executeRaw`INSERT INTO "RolePermission" ("roleId", "permissionId", scope)
        SELECT ${roleId}::uuid, p.id, v.scope::"PermissionScope"
        FROM jsonb_each_text(${JSON.stringify(permissions)}::jsonb) AS v(name, scope)
        JOIN "Permission" p ON p.name = v.name`
    },
    async moveUsers(tx, from, to) {
      await tx.session.updateMany({
        where: { user: { roleId: from }, revokedAt: null },
        data: { revokedAt: new Date() }
      })
      await tx.user.updateMany({ where: { roleId: from }, data: { roleId: to } })
    },
    async remove(tx, id) {
      await tx.role.delete({ where: { id }, select: { id: true } })
    }
  }
}
