import { infiniteQueryOptions } from '@tanstack/react-query'
import { answerOf, api, type ServerStatus, type ServersPage } from '../../api/client.ts'

export type ServerSort = 'name' | '-name' | 'createdAt' | '-createdAt'

export interface ServerFilter {
  search: string
  status: ServerStatus | ''
  sort: ServerSort
}

const PAGE_SIZE = 100

/** Page by page as somebody scrolls: a browser never holds what nobody looks at. */
export function serversQuery({ search, status, sort }: ServerFilter) {
  const filter = { sort, ...(search && { search }), ...(status && { status }) }
  return infiniteQueryOptions({
    queryKey: ['servers', filter],
    initialPageParam: '',
    queryFn: ({ pageParam, signal }): Promise<ServersPage> =>
      answerOf(
        api.GET('/api/v1/servers', {
          signal,
          params: {
            query: { ...filter, limit: PAGE_SIZE, ...(pageParam && { cursor: pageParam }) }
          }
        })
      ),
    getNextPageParam: page => page.nextCursor ?? undefined
  })
}
