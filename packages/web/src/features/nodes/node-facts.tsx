import { Alert } from '@mantine/core'
import type { NodeDetail, NodeResources } from '../../api/client.ts'
import { useLanguage, useTexts } from '../../texts/language.tsx'
import { formatSpan } from '../../ui/amounts.ts'

/** What is known of a machine and of the agent on it, and what is wrong with them. */
export function NodeFacts(props: { node: NodeDetail; resources: NodeResources | null }) {
  const { node, resources } = props
  const texts = useTexts()
  const { language } = useLanguage()
  const loads = new Intl.NumberFormat(language, { maximumFractionDigits: 2 })
  const date = (iso: string) => new Date(iso).toLocaleString(language)
  const docker = resources?.docker
  const facts = [
    [texts.node.address, node.ipAddress],
    [texts.node.host, node.hostname],
    [texts.node.agent, node.agentVersion],
    [texts.node.docker, docker && `${docker.version} (${docker.storageDriver})`],
    [texts.node.cores, resources && String(resources.cpuCores)],
    [texts.node.load, resources?.loadAverage.map(load => loads.format(load)).join(' · ')],
    [texts.node.uptime, resources && formatSpan(resources.uptimeSeconds)],
    [texts.node.enrolled, node.enrolledAt && date(node.enrolledAt)],
    [texts.node.servers, String(node.serversCount)]
  ] as const
  const problems = [
    node.agentRefused,
    resources?.dockerProblem,
    resources?.diskFull ? texts.node.diskFull : null,
    node.journalLost && texts.node.journalLost(date(node.journalLost)),
    node.lostAt && texts.node.lost(date(node.lostAt))
  ].filter(problem => typeof problem === 'string')
  return (
    <>
      {problems.map(problem => (
        <Alert key={problem} color="yellow">
          <p className="prose">{problem}</p>
        </Alert>
      ))}
      <dl className="facts">
        {facts.map(
          ([label, value]) =>
            value && (
              <div key={label}>
                <dt>{label}</dt>
                <dd>{value}</dd>
              </div>
            )
        )}
      </dl>
    </>
  )
}
