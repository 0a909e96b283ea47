import { type Static, Type } from '@sinclair/typebox'
import { ListOf, listQueryFields, Nullable, Timestamp, Uuid } from '../../plugins/conventions.ts'

export const UserView = Type.Object({
  id: Uuid,
  username: Type.String(),
  email: Type.String(),
  role: Type.String(),
  disabledAt: Nullable(Timestamp),
  createdAt: Timestamp,
  updatedAt: Timestamp
})
export type UserView = Static<typeof UserView>

export const UsersQuery = Type.Object({
  ...listQueryFields(['username', '-createdAt']),
  search: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 64,
      description: 'Part of the username or the e-mail address.'
    })
  )
})
export type UsersQuery = Static<typeof UsersQuery>

export const UsersPage = ListOf(UserView)
