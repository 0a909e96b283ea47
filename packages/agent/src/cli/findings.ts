import { lookup } from 'node:dns/promises'
import { readdir, statfs } from 'node:fs/promises'
import { createConnection } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { AGENT_SUBPROTOCOL, agentCodec } from '@ctrl-alt-play/protocol'
import { WebSocket } from 'ws'
import type { AgentStatus } from '../agent.ts'
import { connectUrl } from '../link/panel-url.ts'
import { askStatus } from '../link/status-socket.ts'
import { createLog } from '../log.ts'
import { loadPolicy } from '../policy/policy.ts'
import { createDockerDriver } from '../runtime/docker-driver.ts'
import { type Credentials, readCredentials } from '../state/credentials.ts'
import { readJournal } from '../state/journal.ts'
import { scanRecords } from '../state/journal-format.ts'
import { reasonOf } from './reason.ts'

export interface Finding {
  what: string
  ok: boolean
  detail: string
  /** What a person can do about it. */
  advice?: string
}

const TIMEOUT_MS = 5_000
const LEAST_FREE_MIB = 1_024
const MAX_SKEW_MS = 2_000

/** From this machine to the panel; what cannot be judged because of an earlier problem is left out. */
export async function* findProblems(stateDir: string): AsyncGenerator<Finding> {
  const credentials = await readCredentials(stateDir).catch(err => problem(err))
  if (!credentials || 'problem' in credentials) {
    yield {
      what: 'Credentials',
      ok: false,
      detail: credentials ? credentials.problem : `there are none in ${stateDir}`,
      advice: 'Make a node on the panel and paste the line that it prints, as root.'
    }
    return
  }
  yield { what: 'Credentials', ok: true, detail: `node "${credentials.nodeName}"` }
  yield await checkAgent(stateDir)
  yield* checkPanel(credentials)
  yield await checkDocker(stateDir, credentials)
  yield await checkDisk(credentials)
  yield await checkJournal(stateDir)
}

async function checkAgent(stateDir: string): Promise<Finding> {
  const status = (await askStatus(stateDir)) as Partial<AgentStatus> | undefined
  if (status?.link?.connected) {
    return { what: 'Agent', ok: true, detail: 'it is connected: the panel has proved its key' }
  }
  if (status) {
    const reason = status.link?.reason ?? 'it has only just started'
    return { what: 'Agent', ok: false, detail: `it runs but is not connected: ${reason}` }
  }
  return {
    what: 'Agent',
    ok: false,
    detail: 'it does not run',
    advice: 'Start it: systemctl start ctrl-alt-play-agent, or: ctrl-alt-play-agent run'
  }
}

async function* checkPanel(credentials: Credentials): AsyncGenerator<Finding> {
  const url = new URL(credentials.panelUrl)
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const isTls = url.protocol === 'https:'
  const port = Number(url.port) || (isTls ? 443 : 80)
  const name = await attempt("The panel's name", async () => (await lookup(host)).address)
  yield advise(name, 'Is the name right, and does this machine have a working DNS server?')
  if (!name.ok) return
  const reached = await attempt("The panel's port", () => reach(host, port))
  yield advise(reached, 'Does the panel run, and does a firewall let this machine out to it?')
  if (!reached.ok) return
  if (isTls) {
    const tls = await attempt('TLS', () => checkCertificate(host, port))
    yield advise(tls, "Mend the panel's certificate: the agent does not accept one that is wrong.")
    if (!tls.ok) return
  }
  const door = await attempt('WebSocket', () => knock(credentials))
  yield advise(door, 'A proxy in front of the panel must let WebSockets through (Upgrade).')
}

function reach(host: string, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host, port, timeout: TIMEOUT_MS })
    socket.once('connect', () => resolve(`${host}:${port} answers`))
    socket.once('timeout', () => reject(new Error(`${host}:${port} does not answer`)))
    socket.once('error', reject)
    socket.once('connect', () => socket.destroy())
  })
}

function checkCertificate(host: string, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connectTls({ host, port, servername: host, timeout: TIMEOUT_MS }, () => {
      resolve(`valid until ${socket.getPeerCertificate().valid_to}`)
      socket.destroy()
    })
    socket.once('timeout', () => reject(new Error('no answer')))
    socket.once('error', reject)
  })
}

/** Opens a session as far as the challenge, which says who the panel is and what time it has. */
async function knock({ panelUrl, panelId }: Credentials): Promise<string> {
  const socket = new WebSocket(connectUrl(new URL(panelUrl)), AGENT_SUBPROTOCOL, {
    handshakeTimeout: TIMEOUT_MS,
    perMessageDeflate: false
  })
  try {
    const text = await firstMessage(socket)
    const decoded = agentCodec.decode(text)
    if (decoded.kind !== 'message' || decoded.message.type !== 'challenge') {
      throw new Error('what answers there is no panel')
    }
    const { body } = decoded.message
    if (body.panelId !== panelId) throw new Error('another panel answers there')
    const skewMs = Math.round(Date.now() - body.nowMs)
    if (Math.abs(skewMs) <= MAX_SKEW_MS) return 'it is our panel'
    return `it is our panel; this machine's clock differs by ${Math.round(skewMs / 1_000)} s`
  } finally {
    socket.terminate()
  }
}

function firstMessage(socket: WebSocket): Promise<string> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('it said nothing')), TIMEOUT_MS)
    socket.once('message', data => resolve(String(data)))
    socket.once('error', reject)
    socket.once('close', () => clearTimeout(timer))
  })
}

async function checkDocker(stateDir: string, credentials: Credentials): Promise<Finding> {
  const { nodeId, dataDir } = credentials
  const finding = await attempt('Docker', async () => {
    const policy = await loadPolicy(stateDir)
    const log = createLog('silent', false)
    const driver = createDockerDriver({ nodeId, dataDir, policy, log })
    try {
      const { version, liveRestore } = await driver.info()
      return `version ${version}, live-restore ${liveRestore ? 'on' : 'off: games stop when Docker restarts'}`
    } finally {
      driver.close()
    }
  })
  return advise(finding, 'Install it or start it (Debian: apt-get install docker.io).')
}

async function checkDisk({ dataDir }: Credentials): Promise<Finding> {
  const finding = await attempt('Disk', async () => {
    const { bavail, bsize } = await statfs(dataDir)
    const freeMiB = Math.floor((bavail * bsize) / 2 ** 20)
    if (freeMiB < LEAST_FREE_MIB) throw new Error(`only ${freeMiB} MiB are free at ${dataDir}`)
    return `${freeMiB} MiB free at ${dataDir}`
  })
  return advise(finding, 'Make room: games that cannot write lose their worlds.')
}

async function checkJournal(stateDir: string): Promise<Finding> {
  const finding = await attempt('Journal', async () => {
    const { records, damaged } = scanRecords(await readJournal(stateDir))
    if (damaged) throw new Error('it is damaged')
    const damagedBefore = (await readdir(stateDir)).filter(name =>
      name.startsWith('journal.damaged')
    )
    const kept = damagedBefore.length > 0 ? `; kept aside: ${damagedBefore.join(', ')}` : ''
    return `${records.length} records${kept}`
  })
  const advice = 'The agent puts it aside at its next start and goes on; is the disk failing?'
  return advise(finding, advice)
}

async function attempt(what: string, act: () => Promise<string>): Promise<Finding> {
  try {
    return { what, ok: true, detail: await act() }
  } catch (err) {
    return { what, ok: false, detail: reasonOf(err) }
  }
}

function advise(finding: Finding, advice: string): Finding {
  return finding.ok ? finding : { ...finding, advice }
}

function problem(err: unknown): { problem: string } {
  return { problem: reasonOf(err) }
}
