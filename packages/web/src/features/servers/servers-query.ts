import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { answerOf, api, type ServerStatus, type ServersPage } from '../../api/client.ts'

export type ServerSort = 'name' | '-name' | 'createdAt' | '-createdAt'

export interface ServerFilter {
  search: string
  status: ServerStatus | ''
  /** Of what the templates are about. */
  tag: string
  sort: ServerSort
}

/** What somebody sees who comes. */
export const unfiltered: ServerFilter = { search: '', status: '', tag: '', sort: 'name' }

const PAGE_SIZE = 100

/** Page by page as somebody scrolls: a browser never holds what nobody looks at. */
export function serversQuery({ search, status, tag, sort }: ServerFilter) {
  const filter = {
    sort,
    ...(search && { search }),
    ...(status && { status }),
    ...(tag && { tag })
  }
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

/** What there are templates about, the most used first. */
export const tagsQuery = queryOptions({
  queryKey: ['alts', 'tags'],
  queryFn: ({ signal }) => answerOf(api.GET('/api/v1/alt-tags', { signal }))
})
