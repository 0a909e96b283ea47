import type { Node } from '../../api/client.ts'
import { useLanguage, useTexts } from '../../texts/language.tsx'
import { formatMiB, formatPercent } from '../../ui/amounts.ts'
import { Meter } from '../../ui/parts.tsx'

const tones: Record<Node['status'], 'good' | 'busy' | 'bad' | 'unknown'> = {
  PENDING: 'unknown',
  ONLINE: 'good',
  SUSPECT: 'busy',
  UNREACHABLE: 'bad',
  QUARANTINED: 'bad'
}

export function NodeCard({ node }: { node: Node }) {
  const texts = useTexts()
  const { language } = useLanguage()
  const seen = node.lastSeen && new Date(node.lastSeen).toLocaleString(language)
  const { resources } = node
  return (
    <article className="card stack">
      <div className="row">
        <div className="grow">
          <h2>{node.name}</h2>
          <p className="quiet">
            {[node.hostname, node.ipAddress, texts.nodes.servers(node.serversCount)]
              .filter(Boolean)
              .join(' · ')}
          </p>
        </div>
        <div>
          <span className="state" data-tone={tones[node.status]}>
            <i aria-hidden="true" />
            {texts.nodes.status[node.status]}
          </span>
          {node.maintenance && <p className="quiet">{texts.nodes.maintenance}</p>}
        </div>
      </div>
      {node.agentRefused && <p className="prose">{node.agentRefused}</p>}
      {resources?.dockerProblem && <p className="prose">{resources.dockerProblem}</p>}
      {resources && (
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
          <Share
            label={texts.nodes.disk}
            used={resources.diskUsedMiB}
            total={resources.diskTotalMiB}
          />
        </dl>
      )}
      <p className="quiet">{seen ? texts.nodes.lastSeen(seen) : texts.nodes.never}</p>
    </article>
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
