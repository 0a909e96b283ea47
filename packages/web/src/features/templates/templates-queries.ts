import { queryOptions, useQuery } from '@tanstack/react-query'
import { type Alt, answerOf, api } from '../../api/client.ts'
import { pagedQuery } from '../../api/paged-query.ts'

/** All of them: there are as many as there are games. */
const ctrlsQuery = queryOptions({
  queryKey: ['ctrls'],
  queryFn: ({ signal }) =>
    answerOf(api.GET('/api/v1/ctrls', { signal, params: { query: { limit: 200 } } }))
})

export const useCtrls = () => useQuery(ctrlsQuery)

export const altsQuery = ({ search, ctrlId }: { search: string; ctrlId: string }) =>
  pagedQuery(['alts', 'kept', search, ctrlId], ({ signal, page }) =>
    answerOf(
      api.GET('/api/v1/alts', {
        signal,
        params: { query: { ...page, ...(search && { search }), ...(ctrlId && { ctrlId }) } }
      })
    )
  )

export const altQuery = (id: string) =>
  queryOptions({
    queryKey: ['alt', id],
    queryFn: ({ signal }): Promise<Alt> =>
      answerOf(api.GET('/api/v1/alts/{id}', { signal, params: { path: { id } } }))
  })
