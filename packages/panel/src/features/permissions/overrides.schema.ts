import { type Static, Type } from '@sinclair/typebox'
import { Nullable, Timestamp, TimestampInput, Uuid } from '../../plugins/conventions.ts'
import { type PermissionName, permissionCatalog } from './catalog.ts'

const MAX_OVERRIDES = 500

const Effect = Type.Unsafe<'ALLOW' | 'DENY'>(Type.String({ enum: ['ALLOW', 'DENY'] }))

export const OverridesBody = Type.Object({
  permissions: Type.Array(
    Type.Object({
      permission: Type.Unsafe<PermissionName>(
        Type.String({ enum: permissionCatalog.map(({ name }) => name) })
      ),
      effect: Effect,
      serverId: Type.Optional(
        Nullable(Type.String({ ...Uuid, description: 'Only on this server; null: everywhere.' }))
      ),
      expiresAt: Type.Optional(Nullable(TimestampInput))
    }),
    { maxItems: MAX_OVERRIDES }
  )
})
export type OverridesBody = Static<typeof OverridesBody>

export const OverridesAnswer = Type.Object({
  role: Type.String({ description: 'What it gives comes first: GET /api/v1/roles.' }),
  permissions: Type.Array(
    Type.Object({
      permission: Type.String(),
      effect: Effect,
      serverId: Nullable(Uuid),
      expiresAt: Nullable(Timestamp)
    }),
    { description: 'DENY beats ALLOW and the role. ALLOW on one server is what its members have.' }
  )
})
export type OverridesAnswer = Static<typeof OverridesAnswer>
