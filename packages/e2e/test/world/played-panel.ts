import { randomBytes, randomUUID } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import {
  AGENT_SUBPROTOCOL,
  type AuthFields,
  createKeyPair,
  keyIdOf,
  type PanelBody,
  panelCodec,
  sign,
  welcomeTranscript
} from '@ctrl-alt-play/protocol'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Json } from './api.ts'
import { until } from './until.ts'
import type { Teardown } from './world.ts'

type Said = Parameters<typeof panelCodec.encode>[0]

/** An agent's connection to the played panel. */
export interface Visit {
  socket: WebSocket
  heard: Json[]
  epoch: number
  say<K extends Said>(type: K, body: PanelBody<K>): void
  send(frame: string | Buffer): void
  closed: Promise<{ code: number; reason: string }>
  /** The first message of the type that was not taken yet. */
  hear(type: string, matches?: (body: Json) => boolean): Promise<Json>
}

/** A panel for one agent, played by hand: real socket, real signatures. */
export interface PlayedPanel {
  nodeId: string
  /** The next connection of the agent; nothing was said on it. */
  visit(): Promise<Visit>
  challenge(visit: Visit): void
  /** The handshake by the book, from the challenge to the agent's whole snapshot. */
  welcome(visit: Visit): Promise<void>
}

/** Leaves an agent's credentials in the folder, as if it had been enrolled. */
export async function playPanel(
  t: Teardown,
  stateDir: string,
  dataDir: string
): Promise<PlayedPanel> {
  const panelKeys = createKeyPair()
  const panelId = randomUUID()
  const nodeId = randomUUID()
  const panelNonce = randomBytes(32).toString('base64')
  const waiting: Visit[] = []
  let lastEpoch = 0

  const http = createServer()
  const server = new WebSocketServer({
    server: http,
    handleProtocols: () => AGENT_SUBPROTOCOL,
    perMessageDeflate: false
  })
  server.on('connection', socket => waiting.push(visitOf(socket)))
  await new Promise<void>(resolve => http.listen(0, '127.0.0.1', resolve))
  t.teardown(async () => {
    for (const socket of server.clients) socket.terminate()
    server.close()
    http.close()
  })
  const { port } = http.address() as AddressInfo

  const keys = createKeyPair()
  const credentials = {
    nodeId,
    nodeName: 'played',
    panelUrl: `http://127.0.0.1:${port}/`,
    panelId,
    panelKey: panelKeys.publicKey,
    dataDir,
    insecure: false,
    key: { ...keys, kid: keyIdOf(keys.publicKey), createdAt: new Date().toISOString() }
  }
  await mkdir(stateDir, { recursive: true, mode: 0o700 })
  await writeFile(join(stateDir, 'credentials.json'), JSON.stringify(credentials), { mode: 0o600 })

  const challenge = (visit: Visit): void =>
    visit.say('challenge', {
      panelId,
      panelNonce,
      protocol: { min: 1, max: 1 },
      nowMs: Date.now()
    })

  return {
    nodeId,
    challenge,
    visit: () => until('the agent comes', () => waiting.shift(), { everyMs: 2 }),
    async welcome(visit) {
      challenge(visit)
      const auth = await visit.hear('auth')
      lastEpoch = Math.max(lastEpoch, auth.lastEpoch) + 1
      visit.epoch = lastEpoch
      const fields: AuthFields = { ...auth, panelId, panelNonce }
      const transcript = welcomeTranscript({ ...fields, epoch: lastEpoch, agreed: 1 })
      visit.say('welcome', {
        epoch: lastEpoch,
        protocol: 1,
        heartbeatSeconds: 10,
        spreadSeconds: 0,
        features: [],
        signature: sign(panelKeys, transcript)
      })
      await visit.hear('snapshot', body => body.last)
    }
  }
}

function visitOf(socket: WebSocket): Visit {
  const heard: Json[] = []
  socket.on('message', (data, isBinary) => {
    if (!isBinary) heard.push(JSON.parse(String(data)))
  })
  socket.on('error', () => undefined)
  const closed = new Promise<{ code: number; reason: string }>(resolve =>
    socket.once('close', (code, reason) => resolve({ code, reason: String(reason) }))
  )
  const send = (frame: string | Buffer): void => {
    if (socket.readyState === socket.OPEN) socket.send(frame)
  }
  return {
    ...{ socket, heard, closed, send, epoch: 0 },
    say: (type, body) => send(panelCodec.encode(type, body)),
    async hear(type, matches = () => true) {
      const found = await until(
        `${type} is heard`,
        () => {
          const index = heard.findIndex(said => said.type === type && matches(said.body))
          return index < 0 ? undefined : heard.splice(index, 1)[0]
        },
        { everyMs: 2 }
      )
      return found.body
    }
  }
}
