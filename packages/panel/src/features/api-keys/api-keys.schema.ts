import { type Static, Type } from '@sinclair/typebox'
import {
  ListOf,
  ListQuery,
  Nullable,
  Timestamp,
  TimestampInput,
  Uuid
} from '../../plugins/conventions.ts'
import { AnyCode, CurrentPassword } from '../auth/auth.schema.ts'
import { DisplayName } from '../names.ts'
import { type PermissionName, permissionCatalog } from '../permissions/catalog.ts'

const KeyPermissions = Nullable(
  Type.Array(
    Type.Unsafe<PermissionName>(Type.String({ enum: permissionCatalog.map(({ name }) => name) })),
    {
      uniqueItems: true,
      maxItems: permissionCatalog.length,
      description: 'Never more than its user may; null: all of that.'
    }
  )
)

export const ApiKeyBody = Type.Object({
  name: DisplayName,
  permissions: Type.Optional(KeyPermissions),
  allowedIps: Type.Optional(
    Type.Array(Type.String({ minLength: 2, maxLength: 64 }), {
      maxItems: 50,
      description: 'Addresses or ranges such as 192.0.2.0/24 or 2001:db8::/32; none: from anywhere.'
    })
  ),
  expiresAt: Type.Optional(Nullable(TimestampInput)),
  currentPassword: Type.Optional(CurrentPassword),
  code: Type.Optional(AnyCode)
})
export type ApiKeyBody = Static<typeof ApiKeyBody>

export const ApiKeyView = Type.Object({
  id: Uuid,
  name: Type.String(),
  permissions: Nullable(Type.Array(Type.String())),
  allowedIps: Type.Array(Type.String()),
  expiresAt: Nullable(Timestamp),
  lastUsedAt: Nullable(Timestamp),
  createdAt: Timestamp
})
export type ApiKeyView = Static<typeof ApiKeyView>

export const CreatedApiKey = Type.Object({
  apiKey: ApiKeyView,
  secret: Type.String({ description: 'For `Authorization: Bearer …`. It is not shown again.' })
})
export type CreatedApiKey = Static<typeof CreatedApiKey>

export const ApiKeysQuery = ListQuery(['-createdAt'])
export const ApiKeysPage = ListOf(ApiKeyView)
