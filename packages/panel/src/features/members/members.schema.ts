import { type Static, Type } from '@sinclair/typebox'
import { ListOf, ListQuery, Timestamp, Uuid } from '../../plugins/conventions.ts'
import { type PermissionName, serverPermissions } from '../permissions/catalog.ts'

const MemberPermissions = Type.Array(
  Type.Unsafe<PermissionName>(Type.String({ enum: [...serverPermissions] })),
  {
    uniqueItems: true,
    maxItems: serverPermissions.length,
    description: 'On this server; server-view is always among them.'
  }
)

export const InvitationBody = Type.Object({
  invite: Type.String({
    minLength: 1,
    maxLength: 254,
    pattern: '^[^\\p{C}\\s](?:[^\\p{C}]*[^\\p{C}\\s])?$',
    description: 'A username or an e-mail address.'
  }),
  permissions: MemberPermissions
})
export type InvitationBody = Static<typeof InvitationBody>

export const MemberPatch = Type.Object({ permissions: MemberPermissions })
export type MemberPatch = Static<typeof MemberPatch>

export const MemberView = Type.Object({
  userId: Uuid,
  username: Type.String(),
  permissions: Type.Array(Type.String()),
  since: Timestamp
})
export type MemberView = Static<typeof MemberView>

export const InvitationView = Type.Object({
  id: Uuid,
  invitee: Type.String(),
  permissions: Type.Array(Type.String()),
  invitedBy: Type.String(),
  createdAt: Timestamp,
  expiresAt: Timestamp
})
export type InvitationView = Static<typeof InvitationView>

export const MyInvitation = Type.Object({
  id: Uuid,
  server: Type.Object({ id: Uuid, name: Type.String() }),
  permissions: Type.Array(Type.String()),
  invitedBy: Type.String(),
  createdAt: Timestamp,
  expiresAt: Timestamp
})
export type MyInvitation = Static<typeof MyInvitation>

export const Membership = Type.Object({
  server: Type.Object({ id: Uuid, name: Type.String() }),
  permissions: Type.Array(Type.String(), {
    description: 'Not what the inviter has lost since, or what is denied to the new member.'
  })
})
export type Membership = Static<typeof Membership>

export const MemberParams = Type.Object({ id: Uuid, userId: Uuid })
export const InvitationParams = Type.Object({ id: Uuid, invitationId: Uuid })
export const MembersQuery = ListQuery(['username', '-username'])
export type MembersQuery = Static<typeof MembersQuery>
export const InvitationsQuery = ListQuery(['-createdAt', 'createdAt'])
export type InvitationsQuery = Static<typeof InvitationsQuery>
export const MembersPage = ListOf(MemberView)
export const InvitationsPage = ListOf(InvitationView)
export const MyInvitationsPage = ListOf(MyInvitation)
