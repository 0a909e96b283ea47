import { type Static, Type } from '@sinclair/typebox'
import { Timestamp, Uuid } from '../../plugins/conventions.ts'

export const CurrentPassword = Type.String({ minLength: 1, maxLength: 255 })

/** A code of somebody's app, a blank in it or not. */
export const AppCode = Type.String({ minLength: 6, maxLength: 9 })

/** A code of the app, or a recovery code. */
export const AnyCode = Type.String({
  minLength: 6,
  maxLength: 32,
  description: 'A code of the app, or a recovery code.'
})

export const LoginBody = Type.Object({
  username: Type.String({
    minLength: 1,
    maxLength: 255,
    description: 'The username or the e-mail address.'
  }),
  password: Type.String({ minLength: 1, maxLength: 255 }),
  totp: Type.Optional(AnyCode)
})

export const PasswordBody = Type.Object({
  currentPassword: CurrentPassword,
  newPassword: Type.String({ minLength: 8, maxLength: 72 }),
  code: Type.Optional(AnyCode)
})

/** The person who is logged in. */
export const AccountView = Type.Object({
  id: Uuid,
  username: Type.String(),
  email: Type.String(),
  role: Type.String(),
  mustChangePassword: Type.Boolean(),
  hasTotp: Type.Boolean({ description: 'Whether there is a second factor.' }),
  mustSetUpTotp: Type.Boolean({ description: 'The role demands a second factor first.' }),
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
