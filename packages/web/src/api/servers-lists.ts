import type { ServerRow, ServersPage } from './client.ts'

/** A list as far as somebody has scrolled. */
export interface ReadList {
  pages: ServersPage[]
}

export interface ListFilter {
  search?: string
  status?: ServerRow['status']
  tag?: string
}

export type StatusChange = Pick<ServerRow, 'status' | 'statusReason' | 'startedAt'>

export function withStatus<L extends ReadList>(list: L, id: string, change: StatusChange): L {
  return mapRows(list, row => (row.id === id ? { ...row, ...change } : row))
}

export function without<L extends ReadList>(list: L, id: string): L {
  return mapRows(list, row => (row.id === id ? undefined : row))
}

/**
 * Whether the list lacks, or has too much, after a server was heard of. One that is not in a list of
 * which only the beginning was read is most likely further down: the list need not be read again.
 */
export function mustReread(
  list: ReadList,
  filter: ListFilter,
  heard: { id: string; status: ServerRow['status'] }
): boolean {
  const isListed = list.pages.some(page => page.data.some(({ id }) => id === heard.id))
  if (filter.status && isListed) return heard.status !== filter.status
  if (isListed || filter.search || filter.tag) return false
  if (filter.status && heard.status !== filter.status) return false
  return list.pages.at(-1)?.nextCursor === null
}

/** The same list, and the same pages, where nothing is different: nothing is drawn again. */
function mapRows<L extends ReadList>(
  list: L,
  change: (row: ServerRow) => ServerRow | undefined
): L {
  const pages = list.pages.map(page => {
    const data = page.data.flatMap(row => change(row) ?? [])
    const isSame =
      data.length === page.data.length && data.every((row, at) => row === page.data[at])
    return isSame ? page : { ...page, data }
  })
  return pages.every((page, at) => page === list.pages[at]) ? list : { ...list, pages }
}
