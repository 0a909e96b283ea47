import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import type { PageOf } from '../api/paged-query.ts'
import { MoreButton } from './more-button.tsx'
import { Failure, Waiting } from './parts.tsx'

/** What every list says while it is read, when that failed, and when nothing is in it; and more when there is more. */
export function PagedList<Row>(props: {
  list: UseInfiniteQueryResult<InfiniteData<PageOf<Row>>>
  empty: ReactNode
  children: (rows: Row[]) => ReactNode
}) {
  const { list } = props
  const rows = list.data?.pages.flatMap(page => page.data) ?? []
  const failure = <Failure error={list.error} retry={() => void list.refetch()} />
  if (list.isPending) return <Waiting />
  if (rows.length === 0) return list.isError ? failure : props.empty
  return (
    <>
      {props.children(rows)}
      {failure}
      <MoreButton found={list} />
    </>
  )
}
