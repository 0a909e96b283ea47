import { randomBytes, randomUUID } from 'node:crypto'
import { request } from 'node:http'
import {
  AGENT_SUBPROTOCOL,
  type AgentBody,
  type AuthFields,
  agentCodec,
  authTranscript,
  createKeyPair,
  enrollTranscript,
  type KeyPair,
  keyIdOf,
  parseEnrollmentToken,
  sign
} from '@ctrl-alt-play/protocol'
import { WebSocket } from 'ws'
import type { Json } from './api.ts'
import { until } from './until.ts'
import type { World } from './world.ts'

type Said = Parameters<typeof agentCodec.encode>[0]

/** What whoever has a node's key can play. */
export interface Role {
  nodeId: string
  keys: KeyPair
  instanceId: string
  panelKey: string
}

/** One connection, played by hand: real socket, real signatures. */
export interface Played {
  socket: WebSocket
  /** Undefined: the panel would not have it. */
  welcome: Json | undefined
  heard: Json[]
  say<K extends Said>(type: K, body: AgentBody<K>): void
  send(frame: string | Buffer): void
  closed: Promise<{ code: number; reason: string }>
}

const machineFacts: AgentBody<'hello'>['machine'] = {
  hostname: 'played',
  os: 'linux',
  arch: 'x64',
  cpuCores: 2,
  memoryTotalMiB: 4_096,
  agentVersion: '0.0.0'
}

export const helloBody = (): AgentBody<'hello'> => ({
  machine: machineFacts,
  features: [],
  docker: null,
  journal: { lastSeq: 0, lost: false },
  clock: { wallMs: Date.now(), monotonicMs: performance.now() }
})

/** A node of the panel whose agent is played. */
export async function addRole(world: World, name: string): Promise<Role> {
  const made = await world.admin.post('/api/v1/nodes', { name, ipAddress: '127.0.0.1' })
  const token = /--token (\S+)/.exec(made.enrollment.command)?.[1] ?? ''
  const keys = createKeyPair()
  const { status, body } = await enroll(world.url, { token, keys })
  if (status !== 200) throw new Error(`enrolment: ${status} ${JSON.stringify(body)}`)
  return { nodeId: made.node.id, keys, instanceId: randomUUID(), panelKey: body.panelKey }
}

/** `from`: an address of this machine to come from. */
export function enroll(
  url: string,
  { token, keys, from = '127.0.0.1' }: { token: string; keys: KeyPair; from?: string }
): Promise<{ status: number; body: Json }> {
  const tokenId = parseEnrollmentToken(token)?.id ?? ''
  const { publicKey } = keys
  const proof = sign(keys, enrollTranscript({ tokenId, publicKey }))
  const text = JSON.stringify({ token, publicKey, proof, machine: machineFacts })
  return new Promise((resolve, reject) => {
    const asking = request(`${url}/agent/v1/enroll`, {
      method: 'POST',
      localAddress: from,
      headers: { 'content-type': 'application/json' },
      signal: AbortSignal.timeout(30_000)
    })
    asking.once('error', reject)
    asking.once('response', response => {
      let said = ''
      response.on('data', part => (said += part))
      response.once('error', reject)
      response.once('end', () =>
        resolve({ status: response.statusCode ?? 0, body: JSON.parse(said || 'null') })
      )
    })
    asking.end(text)
  })
}

/** A socket that has heard the challenge and says nothing by itself. */
export async function knock(url: string): Promise<Played & { challenge: Json }> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/agent/v1/connect`, AGENT_SUBPROTOCOL, {
    perMessageDeflate: false
  })
  const heard: Json[] = []
  socket.on('message', data => heard.push(JSON.parse(String(data))))
  socket.on('error', () => undefined)
  const closed = new Promise<{ code: number; reason: string }>(resolve =>
    socket.once('close', (code, reason) => resolve({ code, reason: String(reason) }))
  )
  const send = (frame: string | Buffer): void => {
    if (socket.readyState === WebSocket.OPEN) socket.send(frame)
  }
  const { body: challenge } = await until('the challenge', () => heard[0], { everyMs: 2 })
  const say = <K extends Said>(type: K, body: AgentBody<K>): void =>
    send(agentCodec.encode(type, body))
  return { socket, welcome: undefined, heard, say, send, closed, challenge }
}

/** What proves the role at a challenge, or would if nothing in it had been changed. */
function authOf(
  { nodeId, keys, instanceId }: Role,
  challenge: Json,
  lastEpoch = 0
): AgentBody<'auth'> {
  const fields: AuthFields = {
    panelId: challenge.panelId,
    panelNonce: challenge.panelNonce,
    nodeId,
    kid: keyIdOf(keys.publicKey),
    agentNonce: randomBytes(32).toString('base64'),
    instanceId,
    lastEpoch,
    protocol: { min: 1, max: 1 }
  }
  const { panelId: _, panelNonce: __, ...said } = fields
  return { ...said, bootId: 'played', signature: sign(keys, authTranscript(fields)) }
}

/** The handshake by the book. */
export async function play(url: string, role: Role, lastEpoch = 0): Promise<Played> {
  const played = await knock(url)
  played.say('auth', authOf(role, played.challenge, lastEpoch))
  await until(
    'an answer',
    () => played.heard.length > 1 || played.socket.readyState !== WebSocket.OPEN,
    { everyMs: 2 }
  )
  const welcome = played.heard.find(message => message.type === 'welcome')?.body
  return { ...played, welcome }
}

/** The handshake, and all that an agent says first. */
export async function playFully(url: string, role: Role): Promise<Played> {
  const played = await play(url, role)
  played.say('hello', helloBody())
  played.say('snapshot', { servers: [], commands: [], orphans: [], last: true })
  await until('what is wanted is told', () => played.heard.some(said => said.type === 'wanted'), {
    everyMs: 2
  })
  return played
}
