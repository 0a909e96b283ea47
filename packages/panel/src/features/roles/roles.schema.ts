import { type Static, type TOptional, type TUnsafe, Type } from '@sinclair/typebox'
import { ListOf, listQueryFields, Timestamp, Uuid } from '../../plugins/conventions.ts'
import { Description, DisplayName } from '../names.ts'
import { isOfServers, type PermissionName, permissionCatalog } from '../permissions/catalog.ts'

export type RolePermissions = Partial<Record<PermissionName, 'ANY' | 'OWN'>>

/** Whoever owns a server owns nothing of the rest: there it is everywhere or not at all. */
const scopeOf = (name: PermissionName) =>
  Type.Optional(
    Type.Unsafe<'ANY' | 'OWN'>(Type.String({ enum: isOfServers(name) ? ['ANY', 'OWN'] : ['ANY'] }))
  )

const RolePermissions = Type.Object(
  Object.fromEntries(permissionCatalog.map(({ name }) => [name, scopeOf(name)])) as Record<
    PermissionName,
    TOptional<TUnsafe<'ANY' | 'OWN'>>
  >,
  { description: 'ANY: everywhere. OWN: on the servers that one owns. Left out: not at all.' }
)

const RequiresTotp = Type.Boolean({
  description: 'Who has the role does nothing before there is a second factor.'
})

export const RoleBody = Type.Object({
  name: DisplayName,
  description: Type.Optional(Description),
  permissions: Type.Optional(RolePermissions),
  requiresTotp: Type.Optional(RequiresTotp)
})
export type RoleBody = Static<typeof RoleBody>

export const RolePatch = Type.Partial(RoleBody, { minProperties: 1 })
export type RolePatch = Static<typeof RolePatch>

export const RoleView = Type.Object({
  id: Uuid,
  name: Type.String(),
  description: Type.String(),
  isSystem: Type.Boolean({ description: 'It is neither renamed nor deleted.' }),
  requiresTotp: Type.Boolean(),
  permissions: RolePermissions,
  usersCount: Type.Integer(),
  createdAt: Timestamp,
  updatedAt: Timestamp
})
export type RoleView = Static<typeof RoleView>

export const RolesQuery = Type.Object(listQueryFields(['name', '-name', 'createdAt', '-createdAt']))
export type RolesQuery = Static<typeof RolesQuery>
export const RolesPage = ListOf(RoleView)

export const RoleDeleteQuery = Type.Object({
  replaceWith: Type.Optional(
    Type.String({ ...Uuid, description: 'The role that its users have from then on.' })
  )
})
