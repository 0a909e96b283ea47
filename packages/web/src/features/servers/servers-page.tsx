import { Button, NativeSelect, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import type { ServerStatus } from '../../api/client.ts'
import { useTexts } from '../../texts/language.tsx'
import { PlusIcon } from '../../ui/icons.tsx'
import { Empty, Failure, PageHead, Waiting } from '../../ui/parts.tsx'
import { mayEverywhere, useMe } from '../session/session.ts'
import { ServersList } from './servers-list.tsx'
import { type ServerSort, serversQuery, tagsQuery, unfiltered } from './servers-query.ts'

const TYPING_MS = 250

export function ServersPage() {
  const texts = useTexts()
  const me = useMe()
  const [search, setSearch] = useState(unfiltered.search)
  const [status, setStatus] = useState(unfiltered.status)
  const [tag, setTag] = useState(unfiltered.tag)
  const [sort, setSort] = useState(unfiltered.sort)
  const [typed] = useDebouncedValue(search.trim(), TYPING_MS)
  const found = useInfiniteQuery({
    ...serversQuery({ search: typed, status, tag, sort }),
    placeholderData: keepPreviousData
  })
  const mayCreate = mayEverywhere(me, 'server-create')
  const rows = found.data?.pages.flatMap(page => page.data) ?? []
  const isFiltered = typed !== '' || status !== '' || tag !== ''
  const tags = useQuery(tagsQuery).data?.data ?? []
  const create = mayCreate && (
    <Button component={Link} to="/servers/new" leftSection={<PlusIcon />}>
      {texts.servers.create}
    </Button>
  )

  if (found.isPending) return <Waiting />
  if (found.isError && rows.length === 0) {
    return <Failure error={found.error} retry={() => void found.refetch()} />
  }
  if (rows.length === 0 && !isFiltered && !found.isPlaceholderData) {
    return (
      <>
        <PageHead title={texts.servers.title} />
        <Empty
          title={texts.servers.emptyTitle}
          text={mayCreate ? texts.servers.emptyText : texts.servers.emptyTextGuest}
        >
          {create}
        </Empty>
      </>
    )
  }
  return (
    <>
      <PageHead title={texts.servers.title}>{create}</PageHead>
      <search className="row">
        <TextInput
          className="grow"
          type="search"
          aria-label={texts.servers.search}
          placeholder={texts.servers.search}
          maxLength={64}
          value={search}
          onChange={event => setSearch(event.currentTarget.value)}
        />
        <NativeSelect
          aria-label={texts.servers.filter}
          data={[
            { value: '', label: texts.servers.all },
            ...Object.entries(texts.status).map(([value, label]) => ({ value, label }))
          ]}
          value={status}
          onChange={event => setStatus(event.currentTarget.value as ServerStatus | '')}
        />
        {tags.length > 0 && (
          <NativeSelect
            aria-label={texts.servers.tag}
            data={[{ value: '', label: texts.servers.allTags }, ...tags.map(one => one.tag)]}
            value={tag}
            onChange={event => setTag(event.currentTarget.value)}
          />
        )}
        <NativeSelect
          aria-label={texts.servers.sort}
          data={Object.entries(texts.servers.sorts).map(([value, label]) => ({ value, label }))}
          value={sort}
          onChange={event => setSort(event.currentTarget.value as ServerSort)}
        />
      </search>
      {rows.length === 0 ? (
        <Empty title={texts.servers.noneTitle} text={texts.servers.noneText} />
      ) : (
        <ServersList
          rows={rows}
          hasMore={found.hasNextPage && !found.isFetchingNextPage}
          onMore={() => void found.fetchNextPage()}
        />
      )}
      <Failure error={found.error} retry={() => void found.refetch()} />
    </>
  )
}
