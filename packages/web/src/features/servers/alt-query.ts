import { queryOptions } from '@tanstack/react-query'
import { answerOf, api } from '../../api/client.ts'

/** A template as one of its versions has it. */
export const altQuery = (id: string, version: number) =>
  queryOptions({
    queryKey: ['alt', id, version],
    queryFn: ({ signal }) => {
      const params = { path: { id, version } }
      return answerOf(api.GET('/api/v1/alts/{id}/versions/{version}', { signal, params }))
    }
  })

/** What changed in it, newest first. */
export const altVersionsQuery = (id: string, newest: number) =>
  queryOptions({
    queryKey: ['alt-versions', id, newest],
    queryFn: ({ signal }) => {
      const params = { path: { id }, query: { limit: 50 } }
      return answerOf(api.GET('/api/v1/alts/{id}/versions', { signal, params }))
    }
  })
