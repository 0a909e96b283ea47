import './charts.css'
import { useMemo } from 'react'
import { useLanguage, useTexts } from '../../texts/language.tsx'
import { formatBytes, formatMiB, formatPercent } from '../../ui/amounts.ts'
import { Chart } from './chart.tsx'
import { FiguresTable } from './figures-table.tsx'
import { type Point, withGaps } from './points.ts'

interface ChartsProps {
  points: readonly Point[]
  stepSeconds: number
  span: readonly [number, number]
}

/** CPU, memory, network and disk over time. */
export function Charts({ points, stepSeconds, span }: ChartsProps) {
  const texts = useTexts()
  const { language } = useLanguage()
  const { times, of } = useMemo(() => columnsOf(points, stepSeconds), [points, stepSeconds])
  const lines = useMemo(
    () => ({
      cpu: [{ label: texts.server.cpu, values: of('cpuPercent') }],
      memory: [{ label: texts.server.memory, values: of('memoryMiB') }],
      network: [
        { label: texts.stats.down, values: of('down') },
        { label: texts.stats.up, values: of('up') }
      ],
      disk: [{ label: texts.server.disk, values: of('diskMiB') }]
    }),
    [of, texts]
  )
  const percent = (value: number) => formatPercent(value, language)
  const mib = (value: number) => formatMiB(value, language)
  const speed = (value: number) => texts.stats.perSecond(formatBytes(value, language))
  const common = { times, span }
  return (
    <div className="stack">
      <div className="charts">
        <Chart title={texts.server.cpu} lines={lines.cpu} format={percent} least={10} {...common} />
        <Chart
          title={texts.server.memory}
          lines={lines.memory}
          format={mib}
          least={64}
          {...common}
        />
        <Chart
          title={texts.server.network}
          lines={lines.network}
          format={speed}
          least={1_024}
          {...common}
        />
        <Chart title={texts.server.disk} lines={lines.disk} format={mib} least={64} {...common} />
      </div>
      <FiguresTable points={points} formats={{ percent, mib, speed }} />
    </div>
  )
}

function columnsOf(points: readonly Point[], stepSeconds: number) {
  const rows: readonly Partial<Point>[] = withGaps(points, stepSeconds)
  const of = (key: keyof Point) => rows.map(row => row[key] ?? null)
  return { times: rows.map(({ at = 0 }) => at), of }
}
