import '../../ui/plain-list.css'
import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { useMemo } from 'react'
import { answerOf, api, type NodeDetail } from '../../api/client.ts'
import { useVitals } from '../../api/figures.ts'
import { Problem } from '../../api/problem.ts'
import { useLanguage, useTexts } from '../../texts/language.tsx'
import { Empty, Failure, PageHead, Waiting } from '../../ui/parts.tsx'
import { History } from '../charts/history.tsx'
import { Allocations } from './allocations.tsx'
import { DeleteNode } from './delete-node.tsx'
import { Maintenance } from './maintenance.tsx'
import { NodeFacts } from './node-facts.tsx'
import { NodeFigures } from './node-figures.tsx'
import { NodeMachine } from './node-machine.tsx'
import { nodeQuery } from './node-query.ts'
import { NodeSettings } from './node-settings.tsx'
import { NodeState } from './node-state.tsx'
import { Orphans } from './orphans.tsx'

export function NodePage() {
  const texts = useTexts()
  const { nodeId } = useParams({ from: '/inside/nodes/$nodeId' })
  const found = useQuery(nodeQuery(nodeId))
  const status = found.error instanceof Problem ? found.error.status : undefined
  if (status === 404 || status === 403) {
    return <Empty isAll title={texts.notFound.title} text={texts.node.gone} />
  }
  if (found.isPending) return <Waiting />
  if (!found.data) return <Failure error={found.error} retry={() => void found.refetch()} />
  return <Node key={nodeId} node={found.data} />
}

function Node({ node }: { node: NodeDetail }) {
  const texts = useTexts()
  const { language } = useLanguage()
  const vitals = useVitals(node.id)
  const samples = useMemo(
    () =>
      vitals.map(({ memoryUsedMiB, diskUsedMiB, ...rest }) => ({
        ...rest,
        memoryMiB: memoryUsedMiB,
        diskMiB: diskUsedMiB
      })),
    [vitals]
  )
  const resources = node.status === 'ONLINE' ? (vitals.at(-1) ?? node.resources) : node.resources
  const seen = node.lastSeen && new Date(node.lastSeen).toLocaleString(language)
  return (
    <>
      <PageHead title={node.name}>
        <div className="row">
          <NodeState status={node.status} />
          {node.status !== 'ONLINE' && (
            <span className="quiet">{seen ? texts.nodes.lastSeen(seen) : texts.nodes.never}</span>
          )}
        </div>
      </PageHead>
      <div className="stack">
        <Maintenance node={node} />
        <section className="card stack" aria-label={texts.node.machine}>
          {resources && <NodeFigures resources={resources} />}
          <NodeFacts node={node} resources={resources} />
        </section>
        <History
          of={['node', node.id]}
          samples={samples}
          read={(range, signal) =>
            answerOf(
              api.GET('/api/v1/nodes/{id}/stats/history', {
                signal,
                params: { path: { id: node.id }, query: { range } }
              })
            )
          }
        />
        <Allocations nodeId={node.id} />
        <Orphans orphans={node.orphans} />
        <NodeSettings node={node} />
        <NodeMachine node={node} />
        <DeleteNode node={node} />
      </div>
    </>
  )
}
