import type { Audit, PanelEvents } from '../../agents/contract.ts'
import type { Prisma } from '../../db/generated/client.ts'
import { inUse, RoleNotFound, SystemRole, validationFailed } from '../../errors.ts'
import { pageOf } from '../../plugins/conventions.ts'
import { auditEntry, type Caller } from '../caller.ts'
import { orNameTaken } from '../names.ts'
import { isPermissionName, permissionCatalog } from '../permissions/catalog.ts'
import { checkChange } from '../permissions/check-change.ts'
import type { Right } from '../permissions/grant-rules.ts'
import type { RoleRow, RolesRepo } from './roles.repo.ts'
import type { RoleBody, RolePatch, RolePermissions, RolesQuery, RoleView } from './roles.schema.ts'

type Tx = Prisma.TransactionClient

export interface RolesService {
  list(query: RolesQuery): Promise<{ data: RoleView[]; nextCursor: string | null }>
  view(id: string): Promise<RoleView>
  create(caller: Caller, body: RoleBody): Promise<RoleView>
  update(caller: Caller, id: string, patch: RolePatch): Promise<RoleView>
  /** Its users get the other role; without one there must be none. */
  remove(caller: Caller, id: string, replaceWith?: string): Promise<void>
}

export interface RolesDeps {
  repo: RolesRepo
  audit: Audit
  events: Pick<PanelEvents, 'publish'>
}

export function createRolesService({ repo, audit, events }: RolesDeps): RolesService {
  async function need(id: string, tx?: Tx): Promise<RoleRow> {
    const row = await repo.find(id, tx)
    if (!row) throw new RoleNotFound(id)
    return row
  }

  /** Whoever changes a role holds all that it gives: they would give it, or take it, away. */
  function check(caller: Caller, ...permissions: (RolePermissions | undefined)[]): void {
    checkChange(caller.actor, { of: 'ROLE', rights: permissions.flatMap(rightsOf) })
  }

  return {
    async list(query) {
      const byName = query.sort.endsWith('name')
      return pageOf(
        await repo.list(query),
        query,
        row => ({ key: byName ? row.name : row.createdAt.toISOString(), id: row.id }),
        viewOf
      )
    },

    view: async id => viewOf(await need(id)),

    async create(caller, { name, description = '', permissions = {}, requiresTotp = false }) {
      check(caller, permissions)
      const work = repo.transaction(async tx => {
        const { id } = await repo.insert(tx, { name, description, requiresTotp })
        await repo.replacePermissions(tx, id, permissions)
        const after = { name, description, permissions, requiresTotp }
        await audit.write(tx, entryOf(caller, 'role.created', id, { after }))
        return id
      })
      return viewOf(await need(await orNameTaken(name, work)))
    },

    async update(caller, id, patch) {
      const work = repo.transaction(async tx => {
        await repo.lock(tx, [id])
        const role = await need(id, tx)
        check(caller, role.permissions, patch.permissions)
        checkSystem(role, patch)
        await repo.update(tx, id, patch)
        if (patch.permissions) await repo.replacePermissions(tx, id, patch.permissions)
        const before = auditedOf(role)
        await audit.write(tx, entryOf(caller, 'role.updated', id, { before, after: patch }))
      })
      await orNameTaken(patch.name ?? '', work)
      // Whoever has the role: all look again.
      events.publish({ type: 'access.changed' })
      return viewOf(await need(id))
    },

    async remove(caller, id, replaceWith) {
      if (replaceWith === id) {
        const message = 'must be another role than the one that is deleted'
        throw validationFailed([{ field: 'query.replaceWith', message }])
      }
      await repo.transaction(async tx => {
        await repo.lock(tx, [id, ...(replaceWith ? [replaceWith] : [])])
        const role = await need(id, tx)
        const next = replaceWith === undefined ? undefined : await need(replaceWith, tx)
        if (role.isSystem) throw new SystemRole(role.name)
        check(caller, role.permissions, next?.permissions)
        if (role.usersCount > 0 && !next) throw inUse(`Role ${role.name}`, [usersOf(role)])
        if (next) await repo.moveUsers(tx, id, next.id)
        await repo.remove(tx, id)
        const before = { ...auditedOf(role), usersCount: role.usersCount }
        const after = next && { replacedWith: next.name }
        await audit.write(tx, entryOf(caller, 'role.deleted', id, { before, after }))
      })
      events.publish({ type: 'access.changed' })
    }
  }
}

function rightsOf(permissions: RolePermissions = {}): Right[] {
  return Object.entries(permissions).flatMap(([permission, place]) =>
    isPermissionName(permission) ? [{ permission, place }] : []
  )
}

/** The panel counts on its own roles being there, and on ADMIN being able to put everything right. */
function checkSystem(role: RoleRow, { name = role.name, permissions }: RolePatch): void {
  if (!role.isSystem) return
  const losesSome =
    role.name === 'ADMIN' &&
    permissions !== undefined &&
    permissionCatalog.some(entry => permissions[entry.name] !== 'ANY')
  if (name !== role.name || losesSome) throw new SystemRole(role.name)
}

function usersOf({ usersCount }: RoleRow) {
  return { type: 'user', message: usersCount === 1 ? '1 user' : `${usersCount} users` }
}

function auditedOf({ name, description, permissions, requiresTotp }: RoleRow) {
  return { name, description, permissions, requiresTotp }
}

function entryOf(
  caller: Caller,
  action: string,
  targetId: string,
  change: { before?: unknown; after?: unknown }
) {
  return auditEntry(caller, { action, targetType: 'role', targetId, ...change })
}

function viewOf(row: RoleRow): RoleView {
  return {
    ...row,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString()
  }
}
