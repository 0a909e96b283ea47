import { queryOptions } from '@tanstack/react-query'
import { answerOf, api, type NodeDetail } from '../../api/client.ts'

export const nodeQuery = (id: string) =>
  queryOptions({
    queryKey: ['node', id],
    queryFn: ({ signal }): Promise<NodeDetail> =>
      answerOf(api.GET('/api/v1/nodes/{id}', { signal, params: { path: { id } } }))
  })
