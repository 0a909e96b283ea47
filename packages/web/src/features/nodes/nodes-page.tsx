import { Button, NativeSelect, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { infiniteQueryOptions, keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { answerOf, api, type Node, type NodesPage as Page } from '../../api/client.ts'
import { useTexts } from '../../texts/language.tsx'
import { PlusIcon } from '../../ui/icons.tsx'
import { MoreButton } from '../../ui/more-button.tsx'
import { Empty, Failure, PageHead, Waiting } from '../../ui/parts.tsx'
import { AddNode } from './add-node.tsx'
import { NodeCard } from './node-card.tsx'

const TYPING_MS = 250
const PAGE_SIZE = 25

interface NodeFilter {
  search: string
  status: Node['status'] | ''
}

function nodesQuery({ search, status }: NodeFilter) {
  const filter = { ...(search && { search }), ...(status && { status }) }
  return infiniteQueryOptions({
    queryKey: ['nodes', filter],
    initialPageParam: '',
    queryFn: ({ pageParam, signal }): Promise<Page> =>
      answerOf(
        api.GET('/api/v1/nodes', {
          signal,
          params: {
            query: { ...filter, limit: PAGE_SIZE, ...(pageParam && { cursor: pageParam }) }
          }
        })
      ),
    getNextPageParam: page => page.nextCursor ?? undefined
  })
}

export function NodesPage() {
  const texts = useTexts()
  const [search, setSearch] = useState('')
  const [status, setStatus] = useState<Node['status'] | ''>('')
  const [typed] = useDebouncedValue(search.trim(), TYPING_MS)
  const found = useInfiniteQuery({
    ...nodesQuery({ search: typed, status }),
    placeholderData: keepPreviousData
  })
  const [isAdding, setIsAdding] = useState(false)
  const nodes = found.data?.pages.flatMap(page => page.data) ?? []
  const add = !isAdding && (
    <Button leftSection={<PlusIcon />} onClick={() => setIsAdding(true)}>
      {texts.nodes.add}
    </Button>
  )
  const isFiltered = typed !== '' || status !== ''
  if (found.isPending) return <Waiting />
  return (
    <>
      <PageHead title={texts.nodes.title}>{(nodes.length > 0 || isFiltered) && add}</PageHead>
      <div className="stack">
        <Failure error={found.error} retry={() => void found.refetch()} />
        {isAdding && <AddNode onDone={() => setIsAdding(false)} />}
        {(nodes.length > 0 || isFiltered) && (
          <NodeSearch {...{ search, status }} onSearch={setSearch} onStatus={setStatus} />
        )}
        {nodes.length === 0 && isFiltered && !found.isPlaceholderData && (
          <Empty title={texts.nodes.noneTitle} text={texts.nodes.noneText} />
        )}
        {nodes.length === 0 && !isFiltered && !isAdding && !found.isError && (
          <Empty title={texts.nodes.emptyTitle} text={texts.nodes.emptyText}>
            {add}
          </Empty>
        )}
        {nodes.map(node => (
          <NodeCard key={node.id} node={node} />
        ))}
        <MoreButton isEager found={found} />
      </div>
    </>
  )
}

function NodeSearch(
  props: NodeFilter & {
    onSearch: (search: string) => void
    onStatus: (status: NodeFilter['status']) => void
  }
) {
  const texts = useTexts()
  return (
    <search className="row">
      <TextInput
        className="grow"
        type="search"
        aria-label={texts.servers.search}
        placeholder={texts.servers.search}
        maxLength={64}
        value={props.search}
        onChange={event => props.onSearch(event.currentTarget.value)}
      />
      <NativeSelect
        aria-label={texts.servers.filter}
        data={[
          { value: '', label: texts.servers.all },
          ...Object.entries(texts.nodes.status).map(([value, label]) => ({ value, label }))
        ]}
        value={props.status}
        onChange={event => props.onStatus(event.currentTarget.value as NodeFilter['status'])}
      />
    </search>
  )
}
