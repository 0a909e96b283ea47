import { Button } from '@mantine/core'
import { infiniteQueryOptions, useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { answerOf, api, type NodesPage as Page } from '../../api/client.ts'
import { useTexts } from '../../texts/language.tsx'
import { PlusIcon } from '../../ui/icons.tsx'
import { MoreButton } from '../../ui/more-button.tsx'
import { Empty, Failure, PageHead, Waiting } from '../../ui/parts.tsx'
import { AddNode } from './add-node.tsx'
import { NodeCard } from './node-card.tsx'

const nodesQuery = infiniteQueryOptions({
  queryKey: ['nodes'],
  initialPageParam: '',
  queryFn: ({ pageParam, signal }): Promise<Page> =>
    answerOf(
      api.GET('/api/v1/nodes', {
        signal,
        params: { query: { limit: 100, ...(pageParam && { cursor: pageParam }) } }
      })
    ),
  getNextPageParam: page => page.nextCursor ?? undefined
})

export function NodesPage() {
  const texts = useTexts()
  const found = useInfiniteQuery(nodesQuery)
  const [isAdding, setIsAdding] = useState(false)
  const nodes = found.data?.pages.flatMap(page => page.data) ?? []
  const add = !isAdding && (
    <Button leftSection={<PlusIcon />} onClick={() => setIsAdding(true)}>
      {texts.nodes.add}
    </Button>
  )
  if (found.isPending) return <Waiting />
  return (
    <>
      <PageHead title={texts.nodes.title}>{nodes.length > 0 && add}</PageHead>
      <div className="stack">
        <Failure error={found.error} retry={() => void found.refetch()} />
        {isAdding && <AddNode nodes={nodes} onDone={() => setIsAdding(false)} />}
        {nodes.length === 0 && !isAdding && !found.isError && (
          <Empty title={texts.nodes.emptyTitle} text={texts.nodes.emptyText}>
            {add}
          </Empty>
        )}
        {nodes.map(node => (
          <NodeCard key={node.id} node={node} />
        ))}
        <MoreButton found={found} />
      </div>
    </>
  )
}
