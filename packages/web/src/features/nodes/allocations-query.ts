import { infiniteQueryOptions } from '@tanstack/react-query'
import { answerOf, api } from '../../api/client.ts'

export type AllocationFilter = 'all' | 'free' | 'taken'

const frees = { all: {}, free: { free: true }, taken: { free: false } } as const

export const allocationsQuery = (id: string, filter: AllocationFilter) =>
  infiniteQueryOptions({
    queryKey: ['allocations', id, filter],
    initialPageParam: '',
    queryFn: ({ pageParam, signal }) =>
      answerOf(
        api.GET('/api/v1/nodes/{id}/allocations', {
          signal,
          params: {
            path: { id },
            query: { limit: 50, ...frees[filter], ...(pageParam && { cursor: pageParam }) }
          }
        })
      ),
    getNextPageParam: page => page.nextCursor ?? undefined
  })
