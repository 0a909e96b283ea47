import { Link } from '@tanstack/react-router'
import type { Node } from '../../api/client.ts'
import { useLanguage, useTexts } from '../../texts/language.tsx'
import { NodeFigures } from './node-figures.tsx'
import { NodeState } from './node-state.tsx'

export function NodeCard({ node }: { node: Node }) {
  const texts = useTexts()
  const { language } = useLanguage()
  const seen = node.lastSeen && new Date(node.lastSeen).toLocaleString(language)
  const { resources } = node
  return (
    <article className="card stack seldom">
      <div className="row">
        <div className="grow">
          <h2>
            <Link className="server-name" to="/nodes/$nodeId" params={{ nodeId: node.id }}>
              {node.name}
            </Link>
          </h2>
          <p className="quiet">
            {[node.hostname, node.ipAddress, texts.nodes.servers(node.serversCount)]
              .filter(Boolean)
              .join(' · ')}
          </p>
        </div>
        <div>
          <NodeState status={node.status} />
          {node.maintenance && <p className="quiet">{texts.nodes.maintenance}</p>}
        </div>
      </div>
      {node.agentRefused && <p className="prose">{node.agentRefused}</p>}
      {resources?.dockerProblem && <p className="prose">{resources.dockerProblem}</p>}
      {resources && <NodeFigures resources={resources} />}
      <p className="quiet">{seen ? texts.nodes.lastSeen(seen) : texts.nodes.never}</p>
    </article>
  )
}
