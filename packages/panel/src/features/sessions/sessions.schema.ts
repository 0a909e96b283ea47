import { type Static, Type } from '@sinclair/typebox'
import { ListOf, ListQuery, Timestamp, Uuid } from '../../plugins/conventions.ts'

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

export const UserSessionParams = Type.Object({ id: Uuid, sessionId: Uuid })
