import { type Static, Type } from '@sinclair/typebox'
import { ListOf, listQueryFields, Nullable, Timestamp, Uuid } from '../../plugins/conventions.ts'
import { DisplayName } from '../names.ts'
import { EmailAddress, Username } from './user-names.ts'

export const UserView = Type.Object({
  id: Uuid,
  username: Type.String(),
  email: Type.String(),
  role: Type.String(),
  serverLimit: Nullable(Type.Integer({ description: 'How many servers the user may own.' })),
  mustChangePassword: Type.Boolean(),
  disabledAt: Nullable(Timestamp),
  deletingSince: Nullable(
    Type.String({
      format: 'date-time',
      description:
        'The user goes as soon as the last of their servers has gone. Enabling them calls it off.'
    })
  ),
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

const ServerLimit = Nullable(
  Type.Integer({ minimum: 0, maximum: 10_000, description: 'Null: as many as are wanted.' })
)

const profile = {
  username: Username,
  email: EmailAddress,
  role: DisplayName,
  serverLimit: ServerLimit
}

export const UserBody = Type.Object({
  ...profile,
  role: Type.Optional(Type.String({ ...DisplayName, description: 'Without it: USER.' })),
  serverLimit: Type.Optional(ServerLimit),
  password: Type.Optional(
    Type.String({
      minLength: 8,
      maxLength: 72,
      description: 'Without it a random one is answered, once, and changed at the first login.'
    })
  ),
  invite: Type.Optional(
    Type.Boolean({ description: 'Have a link mailed by which the user chooses a password.' })
  )
})
export type UserBody = Static<typeof UserBody>

export const CreatedUser = Type.Object({
  user: UserView,
  password: Type.Optional(Type.String({ description: 'Shown this once.' }))
})
export type CreatedUser = Static<typeof CreatedUser>

export const UserPatch = Type.Partial(
  Type.Object({ ...profile, disabled: Type.Boolean(), mustChangePassword: Type.Boolean() }),
  { minProperties: 1 }
)
export type UserPatch = Static<typeof UserPatch>

export const UserDeleteQuery = Type.Object({
  servers: Type.Optional(
    Type.Unsafe<'delete'>(
      Type.String({ enum: ['delete'], description: "Delete the user's servers and files first." })
    )
  )
})

/** The user is disabled, and goes by itself once these servers have gone. */
export const UserLeaving = Type.Object({
  user: UserView,
  servers: Type.Array(
    Type.Object({
      id: Uuid,
      name: Type.String(),
      commandId: Nullable(Type.String({ description: 'The deletion that is under way.' })),
      problem: Nullable(Type.String({ description: 'Why its deletion could not begin.' }))
    })
  )
})
export type UserLeaving = Static<typeof UserLeaving>
