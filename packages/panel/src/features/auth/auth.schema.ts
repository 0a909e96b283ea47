import { type Static, Type } from '@sinclair/typebox'
import { ListOf, ListQuery, Timestamp, Uuid } from '../../plugins/conventions.ts'

export const LoginBody = Type.Object({
  username: Type.String({
    minLength: 1,
    maxLength: 255,
    description: 'The username or the e-mail address.'
  }),
  password: Type.String({ minLength: 1, maxLength: 255 })
})

export const PasswordBody = Type.Object({
  currentPassword: Type.String({ minLength: 1, maxLength: 255 }),
  newPassword: Type.String({ minLength: 8, maxLength: 72 })
})

/** The person who is logged in. */
export const AccountView = Type.Object({
  id: Uuid,
  username: Type.String(),
  email: Type.String(),
  role: Type.String(),
  mustChangePassword: Type.Boolean(),
  createdAt: Timestamp
})
export type AccountView = Static<typeof AccountView>

export const AccountAnswer = Type.Object({ user: AccountView })

export const MeAnswer = Type.Object({
  user: AccountView,
  permissions: Type.Array(Type.String(), {
    description: 'All that are held anywhere; `scopes` says where.'
  }),
  scopes: Type.Record(
    Type.String(),
    Type.Union([Type.Literal('ANY'), Type.Literal('OWN'), Type.Literal('SERVERS')])
  )
})

export const SessionView = Type.Object({
  id: Uuid,
  ip: Type.String(),
  userAgent: Type.String(),
  createdAt: Timestamp,
  lastUsedAt: Timestamp,
  expiresAt: Timestamp,
  isCurrent: Type.Boolean()
})
export type SessionView = Static<typeof SessionView>

export const SessionsQuery = ListQuery(['-createdAt'])
export const SessionsPage = ListOf(SessionView)
