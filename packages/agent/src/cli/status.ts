import { askStatus } from '../link/status-socket.ts'
import { readCredentials } from '../state/credentials.ts'
import { type CliCommand, commonHelp, commonOptions, stateDirOf } from './command.ts'

export const status: CliCommand = {
  name: 'status',
  summary: 'what this node is, whether it is connected, what it runs',
  help: `Shows what this node is, whether the agent runs and is connected, and its servers.
Exit code 1 when it is not connected.

${commonHelp}`,
  options: commonOptions,
  async run(flags, { say }) {
    const stateDir = stateDirOf(flags)
    const credentials = await readCredentials(stateDir)
    const running = (await askStatus(stateDir)) as RunningAgent | undefined
    const node = credentials && {
      id: credentials.nodeId,
      name: credentials.nodeName,
      panel: credentials.panelUrl
    }
    if (flags.json) say(JSON.stringify({ node: node ?? null, agent: running ?? null }))
    else for (const line of describe(node, running)) say(line)
    return running?.link?.connected ? 0 : 1
  }
}

interface RunningAgent {
  version?: string
  link?: { connected: boolean; since: string; reason: string | null }
  docker?: { answers: boolean; problem: string | null }
  servers?: { serverId: string; desired: string; state: string; reason: string | null }[]
}

function describe(
  node: { name: string; panel: string } | undefined,
  running: RunningAgent | undefined
): string[] {
  if (!node) return ['This machine is no node yet: paste the line that the panel prints for one.']
  const head = `Node "${node.name}" of ${node.panel}`
  if (!running?.link) {
    return [head, 'The agent does not run: start it (systemctl start ctrl-alt-play-agent).']
  }
  const { link, docker, servers = [] } = running
  const why = link.reason ? `: ${link.reason}` : ''
  return [
    head,
    link.connected ? `Connected since ${link.since}` : `Not connected since ${link.since}${why}`,
    docker?.answers
      ? 'Docker answers'
      : `Docker unavailable: ${docker?.problem ?? 'not yet asked'}`,
    servers.length === 0 ? 'No servers' : `${servers.length} servers:`,
    ...servers.map(({ serverId, desired, state, reason }) =>
      `  ${serverId}  ${state.padEnd(14)} wanted ${desired}${reason ? `  ${reason}` : ''}`.trimEnd()
    )
  ]
}
