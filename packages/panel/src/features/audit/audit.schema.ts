import { type Static, Type } from '@sinclair/typebox'
import {
  ListOf,
  listQueryFields,
  Nullable,
  Timestamp,
  TimestampInput,
  Uuid
} from '../../plugins/conventions.ts'

const ActorType = Type.Unsafe<'USER' | 'API_KEY' | 'AGENT' | 'SYSTEM'>(
  Type.String({ enum: ['USER', 'API_KEY', 'AGENT', 'SYSTEM'] })
)

const filters = {
  actorId: Type.Optional(
    Type.String({ ...Uuid, description: 'A user, by login or by key; a single key; a node.' })
  ),
  actorType: Type.Optional(ActorType),
  action: Type.Optional(
    Type.String({
      maxLength: 100,
      pattern: '^[a-z][a-z.-]*$',
      description: 'The whole action, or its beginning up to a point: "auth."'
    })
  ),
  targetType: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
  targetId: Type.Optional(Uuid),
  from: Type.Optional(TimestampInput),
  to: Type.Optional(TimestampInput)
}

export const AuditFilter = Type.Object(filters)
export type AuditFilter = Static<typeof AuditFilter>

export const AuditQuery = Type.Object({ ...listQueryFields(['-createdAt']), ...filters })
export type AuditQuery = Static<typeof AuditQuery>

/** As they were called then: what was deleted or renamed since stays readable. */
const ActorView = Type.Object({
  type: ActorType,
  id: Nullable(Type.String({ description: 'Of the user, the key or the node.' })),
  name: Nullable(Type.String({ description: 'Of the user, the key or the node.' })),
  userId: Nullable(Type.String({ description: 'Of a key: whose it is.' })),
  username: Nullable(Type.String())
})

export const AuditRow = Type.Object({
  id: Uuid,
  at: Timestamp,
  actor: ActorView,
  actorType: ActorType,
  actorId: Nullable(Type.String()),
  actorName: Nullable(Type.String()),
  action: Type.String(),
  targetType: Nullable(Type.String()),
  targetId: Nullable(Type.String()),
  ip: Nullable(Type.String()),
  before: Type.Unknown(),
  after: Type.Unknown(),
  requestId: Nullable(Type.String())
})
export type AuditRow = Static<typeof AuditRow>

export const AuditPage = ListOf(AuditRow)
