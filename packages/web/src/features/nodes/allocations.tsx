import { NativeSelect } from '@mantine/core'
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTexts } from '../../texts/language.tsx'
import { MoreButton } from '../../ui/more-button.tsx'
import { Failure, Waiting } from '../../ui/parts.tsx'
import { AddAllocations } from './add-allocations.tsx'
import { AllocationRow } from './allocation-row.tsx'
import { type AllocationFilter, allocationsQuery } from './allocations-query.ts'

/** The ports of a node that servers can have. */
export function Allocations({ nodeId }: { nodeId: string }) {
  const texts = useTexts()
  const [filter, setFilter] = useState<AllocationFilter>('all')
  const found = useInfiniteQuery({
    ...allocationsQuery(nodeId, filter),
    placeholderData: keepPreviousData
  })
  const rows = found.data?.pages.flatMap(page => page.data) ?? []
  return (
    <section className="card stack" aria-label={texts.node.allocations}>
      <div className="row">
        <div className="grow">
          <h2>{texts.node.allocations}</h2>
          <p className="quiet">{texts.node.allocationsText}</p>
        </div>
        <NativeSelect
          aria-label={texts.node.filter}
          data={Object.entries(texts.node.filters).map(([value, label]) => ({ value, label }))}
          value={filter}
          onChange={event => setFilter(event.currentTarget.value as AllocationFilter)}
        />
      </div>
      {found.isPending && <Waiting />}
      <Failure error={found.error} retry={() => void found.refetch()} />
      {found.isSuccess && rows.length === 0 && <p className="quiet">{texts.node.noAllocations}</p>}
      <ul className="plain-list">
        {rows.map(row => (
          <AllocationRow key={row.id} allocation={row} />
        ))}
      </ul>
      <MoreButton found={found} />
      <AddAllocations nodeId={nodeId} />
    </section>
  )
}
