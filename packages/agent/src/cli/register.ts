import { mkdir } from 'node:fs/promises'
import { openFailpoint } from '@ctrl-alt-play/protocol'
import { failpointProcess } from '../failpoint-process.ts'
import { createVitals } from '../host/vitals.ts'
import { parsePanelUrl } from '../link/panel-url.ts'
import { createLog } from '../log.ts'
import { loadPolicy } from '../policy/policy.ts'
import { createDockerDriver } from '../runtime/docker-driver.ts'
import { type Credentials, readCredentials } from '../state/credentials.ts'
import { AGENT_VERSION } from '../version.ts'
import {
  type CliCommand,
  commonHelp,
  commonOptions,
  DEFAULT_DATA_DIR,
  type Flags,
  stateDirOf,
  textOf,
  UsageError
} from './command.ts'
import { enroll } from './enroll.ts'

const PANEL_KEY = /^[A-Za-z0-9+/]{43}=$/

export const register: CliCommand = {
  name: 'register',
  summary: 'make this machine a node of a panel',
  help: `Makes this machine a node of a panel. The panel prints the whole line: POST /api/v1/nodes.

  --panel URL           where the panel is, e.g. https://panel.example.org
  --token T             the one-time token (or in the environment: CAP_ENROLLMENT_TOKEN)
  --panel-key K         the panel's key, so that nobody can play the panel
  --trust-on-first-use  believe whatever key the panel shows (instead of --panel-key)
  --data-dir DIR        where the servers' files will be (${DEFAULT_DATA_DIR})
  --insecure            allow a panel without TLS beyond this machine
  --again               also when this machine is a node of this panel already: it stays the same
                        node and gets a new key; until the panel agrees nothing is changed
${commonHelp}

  ctrl-alt-play-agent register --panel https://panel.example.org --token cap_… --panel-key …`,
  options: {
    ...commonOptions,
    panel: { type: 'string' },
    token: { type: 'string' },
    'panel-key': { type: 'string' },
    'trust-on-first-use': { type: 'boolean', default: false },
    'data-dir': { type: 'string', default: DEFAULT_DATA_DIR },
    insecure: { type: 'boolean', default: false },
    again: { type: 'boolean', default: false }
  },
  async run(flags, { config, say }) {
    const stateDir = stateDirOf(flags)
    const dataDir = textOf(flags, 'data-dir') ?? DEFAULT_DATA_DIR
    const asked = wantedOf(flags, config.enrollmentToken)
    const present = await readCredentials(stateDir)
    if (present && !(flags.again && isSamePanel(present, asked.panelKey))) {
      throw new Error(
        `This machine is node "${present.nodeName}" of ${present.panelUrl} already. To move it, run "ctrl-alt-play-agent unregister" first.`
      )
    }
    await mkdir(stateDir, { recursive: true, mode: 0o700 })
    const log = createLog('silent', false)
    const policy = await loadPolicy(stateDir)
    const driver = createDockerDriver({ nodeId: 'none', dataDir, policy, log })
    const facts = await createVitals({ dataDir, driver, agentVersion: AGENT_VERSION }).facts()
    driver.close()
    const failpoint = config.failpoint && openFailpoint(config.failpoint, failpointProcess(log))
    const credentials = await enroll({ ...asked, stateDir, dataDir, facts, present, failpoint })
    const { nodeId, nodeName, panelUrl, key } = credentials
    if (flags.json) say(JSON.stringify({ nodeId, nodeName, panelUrl, kid: key.kid, stateDir }))
    else say(`This machine is ${present ? 'still' : 'now'} node "${nodeName}" of ${panelUrl}.`)
    return 0
  }
}

/** A panel is known by its key; its address may change. */
function isSamePanel(present: Credentials, panelKey: string | undefined): boolean {
  return panelKey === undefined || panelKey === present.panelKey
}

function wantedOf(flags: Flags, tokenOfEnvironment: string | undefined) {
  const panel = textOf(flags, 'panel')
  const token = textOf(flags, 'token') ?? tokenOfEnvironment
  const panelKey = textOf(flags, 'panel-key')
  const insecure = flags.insecure === true
  if (!panel) throw new UsageError('--panel is missing: the address of the panel')
  if (!token) throw new UsageError('--token is missing: the panel prints it in the line to paste')
  if (!panelKey && !flags['trust-on-first-use']) {
    throw new UsageError(
      '--panel-key is missing: the panel prints it in the line to paste (or say --trust-on-first-use)'
    )
  }
  if (panelKey && !PANEL_KEY.test(panelKey)) {
    throw new UsageError('--panel-key is cut off: it has 44 characters and ends with "="')
  }
  return { panel: parsePanelUrl(panel, insecure), token, panelKey, insecure }
}
