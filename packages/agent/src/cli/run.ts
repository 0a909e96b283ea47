import { openFailpoint } from '@ctrl-alt-play/protocol'
import closeWithGrace from 'close-with-grace'
import { startAgent } from '../agent.ts'
import { failpointProcess } from '../failpoint-process.ts'
import { createVitals } from '../host/vitals.ts'
import { serveStatus } from '../link/status-socket.ts'
import { createLog } from '../log.ts'
import { loadPolicy } from '../policy/policy.ts'
import { createDockerDriver } from '../runtime/docker-driver.ts'
import { checkStateFolder } from '../state/check-folder.ts'
import { readCredentials } from '../state/credentials.ts'
import { AGENT_VERSION } from '../version.ts'
import { type CliCommand, commonHelp, commonOptions, stateDirOf, textOf } from './command.ts'

const STOP_DEADLINE_MS = 15_000

export const run: CliCommand = {
  name: 'run',
  summary: 'run the agent until it is told to stop; games run on',
  help: `Runs the agent: brings the node to what is wanted of it and reports to the panel.
It stops on SIGTERM or Ctrl-C. Games run on, and are found again at the next start.

  --data-dir DIR    where the servers' files are (what was said at register)
${commonHelp}

In the environment:
  LOG_LEVEL              fatal, error, warn, info, debug, trace or silent
  CAP_RECONNECT_SECONDS  the longest wait before a panel that does not answer is dialled again (60)`,
  options: { ...commonOptions, 'data-dir': { type: 'string' } },
  async run(flags, { config, isTerminal }) {
    const stateDir = stateDirOf(flags)
    const credentials = await readCredentials(stateDir)
    if (!credentials) {
      throw new Error(
        `This machine is no node yet (no credentials in ${stateDir}): paste the line that the panel prints for a new node.`
      )
    }
    await checkStateFolder(stateDir)
    const { nodeId } = credentials
    const dataDir = textOf(flags, 'data-dir') ?? credentials.dataDir
    const log = createLog(config.logLevel, isTerminal && !flags.json)
    const stop = new AbortController()
    const policy = await loadPolicy(stateDir)
    const driver = createDockerDriver({ nodeId, dataDir, policy, log })
    const vitals = createVitals({ dataDir, stateDir, driver, agentVersion: AGENT_VERSION })
    let status = (): unknown => ({ starting: true })
    const socket = await serveStatus(stateDir, () => status())
    const failpoint = config.failpoint && openFailpoint(config.failpoint, failpointProcess(log))
    const { reconnectMs: longestWaitMs } = config
    const link = longestWaitMs === undefined ? {} : { longestWaitMs }
    const { signal } = stop
    const parts = { credentials, stateDir, driver, vitals, log, signal, failpoint, link }
    const agent = await startAgent(parts).catch(async err => {
      stop.abort()
      await socket.close()
      driver.close()
      throw err
    })
    status = () => ({ version: AGENT_VERSION, node: credentials.nodeName, ...agent.status() })
    log.info({ nodeId, node: credentials.nodeName, version: AGENT_VERSION }, 'the agent runs')

    const grace = closeWithGrace({ delay: STOP_DEADLINE_MS, logger: false }, async ({ err }) => {
      if (err) log.fatal({ err }, 'the agent stops because of an error; games run on')
      else log.info('the agent stops; games run on')
      stop.abort()
      await agent.ended
      await socket.close()
      driver.close()
    })
    await agent.ended
    grace.uninstall()
    return 0
  }
}
