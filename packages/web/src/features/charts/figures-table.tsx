import { useLanguage, useTexts } from '../../texts/language.tsx'
import { type Point, someOf } from './points.ts'

const ROWS = 12

type Format = (value: number) => string

/** The charts for those who read numbers, or have them read to them. */
export function FiguresTable(props: {
  points: readonly Point[]
  formats: { percent: Format; mib: Format; speed: Format }
}) {
  const { points, formats } = props
  const texts = useTexts()
  const { language } = useLanguage()
  const known = (value: number | null, format: Format) => (value === null ? '–' : format(value))
  return (
    <details className="card">
      <summary>{texts.stats.table}</summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls sideways, by keyboard too */}
      <section className="table-frame" tabIndex={0} aria-label={texts.stats.table}>
        <table className="figures-table">
          <thead>
            <tr>
              <th scope="col">{texts.stats.time}</th>
              <th scope="col">{texts.server.cpu}</th>
              <th scope="col">{texts.server.memory}</th>
              <th scope="col">{texts.stats.down}</th>
              <th scope="col">{texts.stats.up}</th>
              <th scope="col">{texts.server.disk}</th>
            </tr>
          </thead>
          <tbody>
            {someOf(points, ROWS).map(point => (
              <tr key={point.at}>
                <th scope="row">{new Date(point.at * 1_000).toLocaleString(language)}</th>
                <td>{formats.percent(point.cpuPercent)}</td>
                <td>{formats.mib(point.memoryMiB)}</td>
                <td>{known(point.down, formats.speed)}</td>
                <td>{known(point.up, formats.speed)}</td>
                <td>{known(point.diskMiB, formats.mib)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </details>
  )
}
