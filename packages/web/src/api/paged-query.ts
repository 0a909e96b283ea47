import { infiniteQueryOptions } from '@tanstack/react-query'

export interface PageOf<Row> {
  data: Row[]
  nextCursor: string | null
}

interface PageAsked {
  signal: AbortSignal
  page: { limit: number; cursor?: string }
}

const PAGE_SIZE = 50

/** A list of the API, of which no more is read than somebody wants to see. */
export function pagedQuery<Row>(
  queryKey: readonly unknown[],
  read: (asked: PageAsked) => Promise<PageOf<Row>>
) {
  return infiniteQueryOptions({
    queryKey,
    initialPageParam: '',
    queryFn: ({ pageParam, signal }) =>
      read({ signal, page: { limit: PAGE_SIZE, ...(pageParam && { cursor: pageParam }) } }),
    getNextPageParam: page => page.nextCursor ?? undefined
  })
}
