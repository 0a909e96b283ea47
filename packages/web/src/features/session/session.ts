import { queryOptions, useQuery, useQueryClient } from '@tanstack/react-query'
import { answerOf, api, type Me, type Server } from '../../api/client.ts'
import { live } from '../../api/context.ts'

export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: ({ signal }): Promise<Me> => answerOf(api.GET('/api/v1/auth/me', { signal })),
  staleTime: 60_000
})

/** Who is logged in. Only below the routes that wait for it. */
export function useMe(): Me | undefined {
  return useQuery(meQuery).data
}

/** Whether this holds everywhere, as for acts that are about no single server. */
export function mayEverywhere(me: Me | undefined, permission: string): boolean {
  return me?.scopes[permission] === 'ANY'
}

/** What a list knows without asking for each server: the server's own page knows it all. */
export function mayWithOwn(
  me: Me | undefined,
  permission: string,
  owner: Server['owner']
): boolean {
  const scope = me?.scopes[permission]
  return scope === 'ANY' || (scope === 'OWN' && owner.id === me?.user.id)
}

export function useLogOut(): () => Promise<void> {
  const queries = useQueryClient()
  return async () => {
    await answerOf(api.POST('/api/v1/auth/logout'))
    live.stop()
    queries.clear()
  }
}
