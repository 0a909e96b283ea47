import { randomBytes, randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  AGENT_SUBPROTOCOL,
  type AgentBody,
  type AgentMessage,
  authTranscript,
  type ConsoleFrame,
  createKeyPair,
  decodeConsoleFrame,
  enrolledTranscript,
  enrollTranscript,
  type KeyPair,
  keyIdOf,
  type PanelBody,
  type PanelMessage,
  panelCodec,
  parseEnrollmentToken,
  sign,
  verify,
  welcomeTranscript
} from '@ctrl-alt-play/protocol'
import type { Test } from 'tap'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Credentials } from '../src/state/credentials.ts'
import { until } from './until.ts'

/** One agent's connection as the panel sees it. */
interface FakeSession {
  epoch: number
  auth: AgentBody<'auth'>
  received: AgentMessage[]
  frames: ConsoleFrame[]
  say<K extends PanelMessage['type']>(type: K, body: PanelBody<K>): void
  raw(data: string | Buffer): void
  ping(): void
  close(code: number, reason?: string): void
  closed: { code: number; reason: string } | undefined
  bodies<K extends AgentMessage['type']>(type: K): AgentBody<K>[]
}

/** A panel with the manners of the real one, on a real socket, and with no will of its own after the welcome. */
export interface FakePanel {
  url: string
  panelId: string
  keys: KeyPair
  sessions: FakeSession[]
  /** Attempts to connect, also those that were turned away. */
  dials: number
  credentials(change?: Partial<Credentials>): Credentials
  /** From now on this key opens a session. */
  learn(publicKey: string): void
  /** The newest session once its snapshot has come. */
  ready(count?: number): Promise<FakeSession>
  close(): Promise<void>
}

export interface FakePanelOptions {
  /** Answers the upgrade instead of the panel. */
  onUpgrade?(dial: number): { status: number; headers?: Record<string, string> } | undefined
  /** Changes what is said before it is signed and sent. */
  challenge?(body: PanelBody<'challenge'>): PanelBody<'challenge'>
  welcome?(body: PanelBody<'welcome'>): PanelBody<'welcome'>
  /** Says something else than the challenge. */
  greet?(socket: WebSocket): void
  /** The panel does as the real one: the whole wanted set is empty, what ended is confirmed. */
  onSnapshot?(session: FakeSession): void
  tokens?: Set<string>
}

export async function startFakePanel(t: Test, options: FakePanelOptions = {}): Promise<FakePanel> {
  const keys = createKeyPair()
  const panelId = randomUUID()
  const nodeId = randomUUID()
  const known = new Map<string, string>()
  const usedBy = new Map<string, string>()
  const sessions: FakeSession[] = []
  let epoch = 0
  let dials = 0

  const http = createServer((request, response) => {
    enroll(request, response).catch(err => response.writeHead(500).end(String(err)))
  })
  const sockets = new WebSocketServer({
    noServer: true,
    handleProtocols: offered => (offered.has(AGENT_SUBPROTOCOL) ? AGENT_SUBPROTOCOL : false)
  })
  http.on('upgrade', (request, socket, head) => {
    dials++
    const answer = options.onUpgrade?.(dials)
    if (answer) {
      const headers = Object.entries(answer.headers ?? {}).map(([name, text]) => `${name}: ${text}`)
      socket.end(
        [`HTTP/1.1 ${answer.status} No`, ...headers, 'content-length: 0', '', ''].join('\r\n')
      )
      return
    }
    sockets.handleUpgrade(request, socket, head, serve)
  })

  function serve(socket: WebSocket): void {
    socket.on('error', () => undefined)
    if (options.greet) return void options.greet(socket)
    const challenge = {
      panelId,
      panelNonce: randomBytes(32).toString('base64'),
      protocol: { min: 1, max: 1 },
      nowMs: Date.now()
    }
    const said = options.challenge?.(challenge) ?? challenge
    socket.send(panelCodec.encode('challenge', said))
    socket.once('message', data => welcome(socket, said, String(data)))
  }

  function welcome(socket: WebSocket, challenge: PanelBody<'challenge'>, text: string): void {
    const decoded = panelCodec.decode(text)
    if (decoded.kind !== 'message' || decoded.message.type !== 'auth')
      return void socket.close(4400)
    const auth = decoded.message.body
    const transcript = authTranscript({ ...auth, panelId, panelNonce: challenge.panelNonce })
    const key = known.get(auth.kid)
    if (!key || !verify(key, transcript, auth.signature)) return void socket.close(4401, 'unknown')
    epoch = Math.max(epoch, auth.lastEpoch) + 1
    const fields = { ...auth, panelId, panelNonce: challenge.panelNonce, epoch, agreed: 1 }
    const body = {
      epoch,
      protocol: 1,
      heartbeatSeconds: 10,
      spreadSeconds: 0,
      features: [],
      signature: sign(keys, welcomeTranscript(fields))
    }
    open(socket, auth, options.welcome?.(body) ?? body)
  }

  function open(socket: WebSocket, auth: AgentBody<'auth'>, body: PanelBody<'welcome'>): void {
    const session: FakeSession = {
      epoch: body.epoch,
      auth,
      received: [],
      frames: [],
      closed: undefined,
      say: (type, said) => socket.send(panelCodec.encode(type, said)),
      raw: data => socket.send(data),
      ping: () => socket.ping(),
      close: (code, reason) => socket.close(code, reason),
      bodies: type =>
        session.received.flatMap(one => (one.type === type ? [one.body as never] : []))
    }
    socket.on('message', (data, isBinary) => {
      if (isBinary) {
        const frame = decodeConsoleFrame(data as Buffer)
        if (!frame) throw new Error('the agent sent a damaged frame')
        session.frames.push(frame)
        return
      }
      const decoded = panelCodec.decode(String(data))
      if (decoded.kind !== 'message') throw new Error(`the agent sent nonsense: ${String(data)}`)
      session.received.push(decoded.message)
      if (decoded.message.type === 'snapshot' && decoded.message.body.last) {
        options.onSnapshot?.(session)
      }
    })
    socket.on('close', (code, reason) => {
      session.closed = { code, reason: String(reason) }
    })
    sessions.push(session)
    socket.send(panelCodec.encode('welcome', body))
  }

  async function enroll(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const asked = JSON.parse(Buffer.concat(parts).toString())
    const token = parseEnrollmentToken(asked.token)
    const say = (status: number, body: object): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    }
    const problem = (status: number, code: string, message: string): void =>
      say(status, { code, message })
    if (request.url !== '/agent/v1/enroll') return problem(404, 'NOT_FOUND', 'Nothing is there')
    if (!token || !options.tokens?.has(asked.token)) {
      return problem(401, 'ENROLLMENT_REFUSED', 'The token is not known')
    }
    const { publicKey, proof } = asked
    const transcript = enrollTranscript({ tokenId: token.id, publicKey })
    if (!verify(publicKey, transcript, proof)) return problem(401, 'REFUSED', 'The proof is wrong')
    if ((usedBy.get(token.id) ?? publicKey) !== publicKey) {
      return problem(409, 'ENROLLMENT_TOKEN_USED', 'The token was already used')
    }
    usedBy.set(token.id, publicKey)
    const kid = keyIdOf(publicKey)
    known.set(kid, publicKey)
    const fields = { tokenId: token.id, publicKey, nodeId, kid, panelId }
    const signature = sign(keys, enrolledTranscript(fields))
    say(200, { nodeId, nodeName: 'beta', kid, panelId, panelKey: keys.publicKey, signature })
  }

  await new Promise<void>(resolve => http.listen(0, '127.0.0.1', resolve))
  const { port } = http.address() as AddressInfo
  const url = `http://127.0.0.1:${port}`
  const panel: FakePanel = {
    url,
    panelId,
    keys,
    sessions,
    get dials() {
      return dials
    },
    credentials(change = {}) {
      const pair = createKeyPair()
      const kid = keyIdOf(pair.publicKey)
      known.set(kid, pair.publicKey)
      return {
        nodeId,
        nodeName: 'beta',
        panelUrl: url,
        panelId,
        panelKey: keys.publicKey,
        dataDir: '/nowhere',
        insecure: false,
        key: { ...pair, kid, createdAt: new Date().toISOString() },
        ...change
      }
    },
    learn: publicKey => void known.set(keyIdOf(publicKey), publicKey),
    async ready(count = 1) {
      await until(`session ${count} is ready`, () => {
        const session = sessions[count - 1]
        return session?.bodies('snapshot').some(({ last }) => last)
      })
      const session = sessions[count - 1]
      if (!session) throw new Error('there is no such session')
      return session
    },
    async close() {
      for (const client of sockets.clients) client.terminate()
      http.closeAllConnections()
      await new Promise(resolve => http.close(resolve))
    }
  }
  t.teardown(() => panel.close())
  return panel
}
