import { queryOptions } from '@tanstack/react-query'
import { answerOf, api, type Me, type Server } from '../../api/client.ts'
import { mayEverywhere } from '../session/session.ts'

/** More than a server can have. */
const query = { limit: 100 }

/** The owner, and who may change everyone's servers. */
export function managesMembers(me: Me | undefined, server: Server): boolean {
  const isOwn = server.owner.id === me?.user.id
  return (
    server.permissions.includes('server-update') && (isOwn || mayEverywhere(me, 'server-update'))
  )
}

export const membersQuery = (id: string) =>
  queryOptions({
    queryKey: ['members', id],
    queryFn: ({ signal }) =>
      answerOf(api.GET('/api/v1/servers/{id}/members', { signal, params: { path: { id }, query } }))
  })

export const invitedQuery = (id: string) =>
  queryOptions({
    queryKey: ['invited', id],
    queryFn: ({ signal }) =>
      answerOf(
        api.GET('/api/v1/servers/{id}/invitations', { signal, params: { path: { id }, query } })
      )
  })
