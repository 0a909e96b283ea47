// The agent with its own code and Docker, in a process of its own; only its pauses between two sessions are left out.
import { createVitals } from '../../../agent/dist/host/vitals.js'
import { startAgent } from '../../../agent/dist/index.js'
import { createLog } from '../../../agent/dist/log.js'
import { loadPolicy } from '../../../agent/dist/policy/policy.js'
import { createDockerDriver } from '../../../agent/dist/runtime/docker-driver.js'
import { readCredentials } from '../../../agent/dist/state/credentials.js'

const [stateDir, dataDir] = process.argv.slice(2)
const credentials = await readCredentials(stateDir)
const log = createLog('info', false)
const policy = await loadPolicy(stateDir)
const driver = createDockerDriver({ nodeId: credentials.nodeId, dataDir, policy, log })
const vitals = createVitals({ dataDir, driver, agentVersion: '0.0.0' })
const stop = new AbortController()
process.once('SIGTERM', () => stop.abort())
const link = { backoffFactor: 0 }
const agent = await startAgent({
  credentials,
  stateDir,
  driver,
  vitals,
  log,
  signal: stop.signal,
  link
})
await agent.ended
driver.close()
