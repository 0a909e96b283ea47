import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useEffect, useMemo, useState } from 'react'
import type { StatsHistory, StatsRange } from '../../api/client.ts'
import { useTexts } from '../../texts/language.tsx'
import { Empty, Failure, Waiting } from '../../ui/parts.tsx'
import { Charts } from './charts.tsx'
import { joined, livePoints, type Sample, storedPoints } from './points.ts'
import { RangeChoice } from './range-choice.tsx'

interface HistoryProps {
  /** Of what it is, for the store. */
  of: readonly [kind: 'server' | 'node', id: string]
  read: (range: StatsRange, signal: AbortSignal) => Promise<StatsHistory>
  /** What has been pushed since this is looked at. */
  samples: readonly Sample[]
}

/** What was stored, which goes on with what is pushed. */
export function History({ of, read, samples }: HistoryProps) {
  const texts = useTexts()
  const [range, setRange] = useState<StatsRange>('1h')
  const found = useQuery({
    queryKey: ['history', ...of, range],
    queryFn: ({ signal }) => read(range, signal),
    staleTime: 60_000,
    placeholderData: keepPreviousData
  })
  const { refetch, dataUpdatedAt, data } = found
  // Of a long look only the newest is kept: what was before that is stored by now.
  const keptSince = samples[0] ? Date.parse(samples[0].at) : 0
  useEffect(() => {
    if (dataUpdatedAt > 0 && keptSince > dataUpdatedAt) void refetch()
  }, [dataUpdatedAt, keptSince, refetch])
  const picture = useMemo(() => data && pictureOf(data, samples), [data, samples])
  if (found.isPending) return <Waiting />
  if (!picture) return <Failure error={found.error} retry={() => void refetch()} />
  return (
    <section className="stack" aria-label={texts.stats.title} aria-busy={found.isPlaceholderData}>
      <RangeChoice range={range} onChange={setRange} />
      <Failure error={found.error} retry={() => void refetch()} />
      {picture.points.length === 0 ? (
        <Empty title={texts.stats.none} text={texts.stats.noneText} />
      ) : (
        <Charts {...picture} />
      )}
    </section>
  )
}

function pictureOf(history: StatsHistory, samples: readonly Sample[]) {
  const points = joined(storedPoints(history), livePoints(samples))
  const [from, to] = [Date.parse(history.from) / 1_000, Date.parse(history.to) / 1_000]
  const end = Math.max(to, points.at(-1)?.at ?? 0)
  const span = [from + end - to, end] as const
  return { points, stepSeconds: history.stepSeconds, span }
}
