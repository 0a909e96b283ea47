import type { ServerRow } from '../../api/client.ts'
import { useFigures } from '../../api/figures.ts'
import { useLanguage, useTexts } from '../../texts/language.tsx'
import { formatMiB, formatPercent } from '../../ui/amounts.ts'
import { Sparkline } from '../charts/sparkline.tsx'

/** What a server uses while it runs, as it is pushed; else what it may use. */
export function RowFigures({ server }: { server: ServerRow }) {
  const texts = useTexts()
  const { language } = useLanguage()
  const isRunning = server.status === 'RUNNING'
  const samples = useFigures(server.id, isRunning)
  const { cpuPercent, memoryMiB } = server.limits
  const newest = samples.at(-1)
  if (!isRunning || !newest) {
    const cores = new Intl.NumberFormat(language).format(cpuPercent / 100)
    return (
      <>
        <p className="quiet">{texts.servers.memory(formatMiB(memoryMiB, language))}</p>
        <p className="quiet">
          {cpuPercent === 0 ? texts.servers.cpuFree : texts.servers.cpu(cores)}
        </p>
      </>
    )
  }
  return (
    <dl className="row-figures">
      <dt>{texts.server.cpu}</dt>
      <dd>{formatPercent(newest.cpuPercent, language)}</dd>
      <Sparkline values={samples.map(one => one.cpuPercent)} most={cpuPercent || 100} />
      <dt>{texts.server.memory}</dt>
      <dd>{formatMiB(newest.memoryMiB, language)}</dd>
      <Sparkline values={samples.map(one => one.memoryMiB)} most={memoryMiB} />
    </dl>
  )
}
