import { randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import {
  AGENT_SUBPROTOCOL,
  type AgentBody,
  absentReport,
  agentCodec,
  authTranscript,
  type ConsoleFrame,
  encodeConsoleFrame,
  type KeyPair,
  keyIdOf,
  type PanelBody,
  type PanelMessage,
  type ServerReport,
  sign,
  verify,
  welcomeTranscript
} from '@ctrl-alt-play/protocol'
import { WebSocket } from 'ws'

const DEADLINE_MS = 10_000

type Said = Parameters<typeof agentCodec.encode>[0]
type Heard = PanelMessage['type']
export type OpenCommand = AgentBody<'snapshot'>['commands'][number]

/** What a machine keeps: it can connect any number of times. */
export interface FakeMachine {
  nodeId: string
  keys: KeyPair
  panelKey: string
  url: string
  instanceId: string
  lastEpoch: number
}

/** One connection, played by hand: real socket, real signatures. */
export interface FakeSession {
  epoch: number
  welcome: PanelBody<'welcome'>
  socket: WebSocket
  say<K extends Said>(type: K, body: AgentBody<K>): void
  frame(frame: ConsoleFrame): void
  /** The first message of the type that was not taken yet, and that matches. */
  hear<K extends Heard>(type: K, matches?: (body: PanelBody<K>) => boolean): Promise<PanelBody<K>>
  /** As `hear`, with the message's id. */
  hearMessage<K extends Heard>(type: K): Promise<{ id: string; body: PanelBody<K> }>
  /** Those that came and were not taken yet. */
  heard<K extends Heard>(type: K): PanelBody<K>[]
  closed: Promise<{ code: number; reason: string }>
  /** Cuts the wire without a word. */
  cut(): void
}

/** hello, snapshot, wanted: until the panel counts it as ready. */
export async function connect(
  machine: FakeMachine,
  told: {
    servers?: ServerReport[]
    commands?: OpenCommand[]
    journalLost?: boolean
    orphans?: AgentBody<'snapshot'>['orphans']
  } = {}
): Promise<FakeSession> {
  const session = await authenticate(machine)
  session.say('hello', helloBody(told.journalLost))
  const { servers = [], commands = [], orphans = [] } = told
  session.say('snapshot', { servers, commands, orphans, last: true })
  await session.hear('wanted', body => body.last)
  return session
}

/** Only the handshake. Rejects with `code reason` when the panel closes instead. */
export async function authenticate(
  machine: FakeMachine,
  forge: (auth: AgentBody<'auth'>) => AgentBody<'auth'> = auth => auth
): Promise<FakeSession> {
  const stream = openSocket(machine.url)
  const challenge = await stream.hear('challenge')
  const fields = {
    panelId: challenge.panelId,
    nodeId: machine.nodeId,
    kid: keyIdOf(machine.keys.publicKey),
    panelNonce: challenge.panelNonce,
    agentNonce: randomBytes(32).toString('base64'),
    instanceId: machine.instanceId,
    lastEpoch: machine.lastEpoch,
    protocol: { min: 1, max: 1 }
  }
  const { panelId: _, panelNonce: __, ...claims } = fields
  const signature = sign(machine.keys, authTranscript(fields))
  stream.say('auth', forge({ ...claims, bootId: 'boot', signature }))
  const welcome = await stream.hear('welcome')
  const signed = { ...fields, epoch: welcome.epoch, agreed: welcome.protocol }
  if (!verify(machine.panelKey, welcomeTranscript(signed), welcome.signature)) {
    throw new Error('the welcome is not signed by the panel')
  }
  machine.lastEpoch = welcome.epoch
  return { ...stream, epoch: welcome.epoch, welcome }
}

export type Stream = Omit<FakeSession, 'epoch' | 'welcome'> & {
  sayText(text: string | Buffer): void
}

/** A socket that says nothing by itself. */
export function openSocket(url: string, protocol = AGENT_SUBPROTOCOL): Stream {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/agent/v1/connect`, protocol, {
    perMessageDeflate: false
  })
  socket.on('error', () => undefined)
  const inbox: PanelMessage[] = []
  const bell = new Set<() => void>()
  let ending: { code: number; reason: string } | undefined
  const ring = () => {
    for (const wake of [...bell]) wake()
  }
  socket.on('message', data => {
    const decoded = agentCodec.decode(String(data))
    if (decoded.kind !== 'message') throw new Error(`not understood: ${String(data)}`)
    inbox.push(decoded.message)
    ring()
  })
  const closed = new Promise<{ code: number; reason: string }>(resolve => {
    socket.on('close', (code, reason) => {
      ending = { code, reason: String(reason) }
      resolve(ending)
      ring()
    })
  })

  function take<K extends Heard>(type: K, matches: (body: PanelBody<K>) => boolean) {
    const index = inbox.findIndex(
      message => message.type === type && matches(message.body as PanelBody<K>)
    )
    return index < 0 ? undefined : inbox.splice(index, 1)[0]
  }

  async function hearMessage<K extends Heard>(
    type: K,
    matches: (body: PanelBody<K>) => boolean = () => true
  ) {
    const end = Date.now() + DEADLINE_MS
    for (;;) {
      const message = take(type, matches)
      if (message) return { id: message.id, body: message.body as PanelBody<K> }
      if (ending) throw new Error(`${ending.code} ${ending.reason}`)
      if (Date.now() > end) throw new Error(`${type} was not heard in ${DEADLINE_MS} ms`)
      await new Promise<void>(resolve => {
        const timer = setTimeout(done, end - Date.now() + 1)
        function done() {
          clearTimeout(timer)
          bell.delete(done)
          resolve()
        }
        bell.add(done)
      })
    }
  }

  const sayText = (text: string | Buffer) => {
    if (socket.readyState === socket.OPEN) socket.send(text)
  }

  return {
    socket,
    closed,
    sayText,
    say: (type, body) => sayText(agentCodec.encode(type, body)),
    frame: frame => sayText(encodeConsoleFrame(frame)),
    hear: async (type, matches) => (await hearMessage(type, matches)).body,
    hearMessage: type => hearMessage(type),
    heard: type => inbox.flatMap(message => (message.type === type ? [message.body as never] : [])),
    cut() {
      socket.terminate()
    }
  }
}

export function newInstance(): string {
  return randomUUID()
}

export function helloBody(journalLost = false): AgentBody<'hello'> {
  return {
    machine: machineFacts,
    features: [],
    docker: engine,
    journal: { lastSeq: 0, lost: journalLost },
    clock: { wallMs: Date.now(), monotonicMs: performance.now() }
  }
}

const engine = {
  version: '27.0.1',
  apiVersion: '1.46',
  liveRestore: true,
  storageDriver: 'overlay2',
  cgroupVersion: '2'
}

export const machineFacts = {
  hostname: 'game-1',
  os: 'Debian 12',
  arch: 'x64',
  cpuCores: 8,
  memoryTotalMiB: 32_000,
  agentVersion: '0.1.0'
}

export function resources(change: Partial<AgentBody<'heartbeat'>['resources']> = {}) {
  return {
    cpuCores: 8,
    cpuPercent: 12.5,
    memoryTotalMiB: 32_000,
    memoryUsedMiB: 9_000,
    diskTotalMiB: 500_000,
    diskUsedMiB: 120_000,
    loadAverage: [0.5, 0.4, 0.3],
    networkRxBytes: 1_000_000_000,
    networkTxBytes: 2_000_000_000,
    uptimeSeconds: 86_400,
    docker: null,
    dockerProblem: null,
    ...change
  }
}

export function report(serverId: string, change: Partial<ServerReport> = {}): ServerReport {
  return {
    ...absentReport(serverId),
    state: 'RUNNING',
    generation: 1,
    containerId: 'a'.repeat(64),
    startedAt: '2026-03-01T10:00:00.123456789Z',
    ...change
  }
}

export async function opened(socket: WebSocket): Promise<void> {
  if (socket.readyState === socket.CONNECTING) await once(socket, 'open')
}
