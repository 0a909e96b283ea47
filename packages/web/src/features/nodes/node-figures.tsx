import type { NodeResources } from '../../api/client.ts'
import { useLanguage, useTexts } from '../../texts/language.tsx'
import { formatMiB, formatPercent } from '../../ui/amounts.ts'
import { Meter } from '../../ui/parts.tsx'

/** What a machine uses of what it has. */
export function NodeFigures({ resources }: { resources: NodeResources }) {
  const texts = useTexts()
  const { language } = useLanguage()
  return (
    <dl className="facts">
      <div>
        <dt>{texts.nodes.cpu}</dt>
        <dd>
          {formatPercent(resources.cpuPercent, language)}
          <Meter part={resources.cpuPercent / 100} />
        </dd>
      </div>
      <Share
        label={texts.nodes.memory}
        used={resources.memoryUsedMiB}
        total={resources.memoryTotalMiB}
      />
      <Share label={texts.nodes.disk} used={resources.diskUsedMiB} total={resources.diskTotalMiB} />
    </dl>
  )
}

function Share({ label, used, total }: { label: string; used: number; total: number }) {
  const texts = useTexts()
  const { language } = useLanguage()
  return (
    <div>
      <dt>{label}</dt>
      <dd>
        {texts.server.of(formatMiB(used, language), formatMiB(total, language))}
        <Meter part={total > 0 ? used / total : 0} />
      </dd>
    </div>
  )
}
