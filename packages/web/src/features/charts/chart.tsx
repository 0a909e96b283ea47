import { useComputedColorScheme } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'
import { useLanguage, useTexts } from '../../texts/language.tsx'
import { type ChartLine, type DrawnChart, drawChart } from './draw-chart.ts'
import { summaryOf } from './points.ts'

interface ChartProps {
  title: string
  times: readonly number[]
  lines: readonly ChartLine[]
  span: readonly [number, number]
  format: (value: number) => string
  least: number
}

/** A drawing for eyes; its caption says the same in words. */
export function Chart(props: ChartProps) {
  const { title, times, lines, span, format, least } = props
  const { language } = useLanguage()
  const scheme = useComputedColorScheme()
  const place = useRef<HTMLDivElement>(null)
  const drawn = useRef<DrawnChart>(undefined)
  const [pointed, setPointed] = useState<number>()
  const newest = useRef(props)
  newest.current = props

  // biome-ignore lint/correctness/useExhaustiveDependencies: the colours change with the scheme
  useEffect(() => {
    if (!place.current) return undefined
    const look = { language, format: newest.current.format, least, onPoint: setPointed }
    drawn.current = drawChart(place.current, newest.current, look)
    return () => drawn.current?.remove()
  }, [language, scheme, least])

  useEffect(() => drawn.current?.show({ times, lines, span }), [times, lines, span])

  return (
    <figure className="card chart">
      <figcaption>
        <h2>{title}</h2>
        {lines.map((line, index) => (
          <p key={line.label} className="quiet">
            {lines.length > 1 && <i className="chart-key" data-line={index} aria-hidden="true" />}
            <Words line={line} at={times[pointed ?? -1]} index={pointed} format={format} />
          </p>
        ))}
      </figcaption>
      <div ref={place} className="chart-place" aria-hidden="true" />
    </figure>
  )
}

function Words(props: {
  line: ChartLine
  at: number | undefined
  index: number | undefined
  format: (value: number) => string
}) {
  const { line, at, index, format } = props
  const texts = useTexts()
  const { language } = useLanguage()
  const value = index === undefined ? undefined : line.values[index]
  if (at !== undefined && typeof value === 'number') {
    const when = new Date(at * 1_000).toLocaleString(language)
    return texts.stats.at(line.label, when, format(value))
  }
  const summary = summaryOf(line.values)
  if (!summary) return texts.stats.unknown(line.label)
  const { now, average, most } = summary
  return texts.stats.words(line.label, format(now), format(average), format(most))
}
