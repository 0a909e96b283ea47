import { queryOptions, useQuery, useQueryClient } from '@tanstack/react-query'
import { answerOf, api, type User } from '../../api/client.ts'
import { pagedQuery } from '../../api/paged-query.ts'
import { mayEverywhere, useMe } from '../session/session.ts'

export const usersQuery = (search: string) =>
  pagedQuery(['users', search], ({ signal, page }) =>
    answerOf(
      api.GET('/api/v1/users', {
        signal,
        params: { query: { ...page, ...(search && { search }) } }
      })
    )
  )

export const userQuery = (id: string) =>
  queryOptions({
    queryKey: ['user', id],
    queryFn: ({ signal }): Promise<User> =>
      answerOf(api.GET('/api/v1/users/{id}', { signal, params: { path: { id } } }))
  })

export const rolesQuery = pagedQuery(['roles'], ({ signal, page }) =>
  answerOf(api.GET('/api/v1/roles', { signal, params: { query: page } }))
)

/** The names to choose a role from; nobody knows them who may not see the roles. */
export function useRoleNames(): string[] | undefined {
  const me = useMe()
  const found = useQuery({
    queryKey: ['roles', 'names'],
    enabled: mayEverywhere(me, 'admin-roles'),
    queryFn: ({ signal }) =>
      answerOf(api.GET('/api/v1/roles', { signal, params: { query: { limit: 200 } } }))
  })
  return found.data?.data.map(({ name }) => name)
}

/** After a change of one user: what was answered is shown, the lists are read again. */
export function useKeepUser() {
  const queries = useQueryClient()
  return (user: User) => {
    queries.setQueryData(userQuery(user.id).queryKey, user)
    // A role knows how many have it.
    return Promise.all(
      ['users', 'roles', 'role'].map(key => queries.invalidateQueries({ queryKey: [key] }))
    )
  }
}
