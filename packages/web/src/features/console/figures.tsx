import type { Server, Stats } from '../../api/client.ts'
import { useLanguage, useTexts } from '../../texts/language.tsx'
import { formatBytes, formatMiB, formatPercent, formatSpan } from '../../ui/amounts.ts'
import { Meter } from '../../ui/parts.tsx'

/** What a server uses, as its machine measured it last. */
export function Figures({ server, stats }: { server: Server; stats: Stats | undefined }) {
  const texts = useTexts()
  const { language } = useLanguage()
  const { memoryMiB, cpuPercent } = server.limits
  if (!stats) {
    const { noFigures, noFiguresYet } = texts.server
    return <p className="quiet">{server.status === 'RUNNING' ? noFiguresYet : noFigures}</p>
  }
  const cpu = formatPercent(stats.cpuPercent, language)
  return (
    <dl className="facts card">
      <div>
        <dt>{texts.server.cpu}</dt>
        <dd>
          {cpuPercent === 0 ? cpu : texts.server.of(cpu, formatPercent(cpuPercent, language))}
          {cpuPercent > 0 && <Meter part={stats.cpuPercent / cpuPercent} />}
        </dd>
      </div>
      <div>
        <dt>{texts.server.memory}</dt>
        <dd>
          {texts.server.of(formatMiB(stats.memoryMiB, language), formatMiB(memoryMiB, language))}
          <Meter part={stats.memoryMiB / memoryMiB} />
        </dd>
      </div>
      <div>
        <dt>{texts.server.disk}</dt>
        <dd>{formatMiB(stats.diskMiB, language)}</dd>
      </div>
      <div>
        <dt>{texts.server.network}</dt>
        <dd>
          {texts.server.sinceStart(
            formatBytes(stats.networkRxBytes, language),
            formatBytes(stats.networkTxBytes, language)
          )}
        </dd>
      </div>
      <div>
        <dt>{texts.server.uptime}</dt>
        <dd>{formatSpan(stats.uptimeSeconds)}</dd>
      </div>
    </dl>
  )
}
