import { randomBytes, randomUUID } from 'node:crypto'
import {
  AGENT_SUBPROTOCOL,
  type AuthFields,
  agentCodec,
  authTranscript,
  sign
} from '@ctrl-alt-play/protocol'
import { WebSocket } from 'ws'
import type { Json } from './api.ts'
import { until } from './until.ts'
import { type Upgrade, upgrade } from './upgrade.ts'

/** Knocks where agents do, and hears the panel's challenge. */
export async function openDoor(url: string): Promise<Upgrade & { challenge: Json }> {
  const door = await upgrade(`${url}/agent/v1/connect`, { protocol: AGENT_SUBPROTOCOL })
  const { body } = await until('the challenge', () => door.heard[0])
  return { ...door, challenge: body }
}

/** The answer by the book, with the credentials of an agent. */
export function authOf(credentials: Json, challenge: Json): string {
  const fields: AuthFields = {
    panelId: challenge.panelId,
    nodeId: credentials.nodeId,
    kid: credentials.key.kid,
    panelNonce: challenge.panelNonce,
    agentNonce: randomBytes(32).toString('base64'),
    instanceId: randomUUID(),
    lastEpoch: 0,
    protocol: { min: 1, max: 1 }
  }
  const { panelId: _, panelNonce: __, ...said } = fields
  const signature = sign(credentials.key, authTranscript(fields))
  return agentCodec.encode('auth', { ...said, signature, bootId: 'stolen' })
}

/** What a thief would do: the handshake by the book, with what was stolen. */
export async function connectWith(
  stolen: Json,
  url: string
): Promise<{ socket: WebSocket; welcomed: boolean }> {
  const { socket, heard, challenge } = await openDoor(url)
  socket.send(authOf(stolen, challenge))
  const isWelcome = () => heard.some(message => message.type === 'welcome')
  await until('an answer', () => isWelcome() || socket.readyState !== WebSocket.OPEN)
  return { socket, welcomed: isWelcome() }
}
