import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { answerOf, api, type Me, type Server } from '../../api/client.ts'
import { live } from '../../api/context.ts'
import { Problem } from '../../api/problem.ts'

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

/** Nothing of what was read stays. Where the panel does not answer the login goes on, and that is said. */
export function useLogOut() {
  const queries = useQueryClient()
  const navigate = useNavigate()
  return useMutation({
    mutationFn: () =>
      answerOf(api.POST('/api/v1/auth/logout')).catch((error: unknown) => {
        if (!(error instanceof Problem) || error.status !== 401) throw error
      }),
    onSuccess() {
      live.stop()
      queries.clear()
      return navigate({ to: '/login' })
    }
  })
}

/** The first of the pages about people that somebody may see. */
export function peopleHome(me: Me | undefined) {
  if (mayEverywhere(me, 'user-view')) return '/people'
  if (mayEverywhere(me, 'admin-roles')) return '/people/roles'
  return mayEverywhere(me, 'admin-audit') ? '/people/audit' : undefined
}
