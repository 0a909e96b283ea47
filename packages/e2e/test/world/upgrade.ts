import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { type ClientOptions, WebSocket } from 'ws'
import type { Json } from './api.ts'

export interface Upgrade {
  /** 101 when it was let in. */
  status: number
  /** Of the refusal. */
  body: Json
  socket: WebSocket
  /** What came in as text, parsed. */
  heard: Json[]
  closed: Promise<number>
}

/** Knocks at a WebSocket as any program may, with whatever headers. */
export async function upgrade(
  url: string,
  options: ClientOptions & { protocol?: string } = {}
): Promise<Upgrade> {
  const { protocol, ...rest } = options
  const settings = { handshakeTimeout: 10_000, ...rest }
  const socket = new WebSocket(url.replace(/^http/, 'ws'), protocol ?? [], settings)
  const heard: Json[] = []
  socket.on('message', data => heard.push(JSON.parse(String(data))))
  // What goes wrong ends in a close or a refusal.
  socket.on('error', () => undefined)
  const closed = new Promise<number>(resolve => socket.once('close', resolve))
  const refusal = once(socket, 'unexpected-response')
  const answer = await Promise.race([
    once(socket, 'open').then(() => undefined),
    refusal.then(([, response]: IncomingMessage[]) => response)
  ])
  if (!answer) return { status: 101, body: undefined, socket, heard, closed }
  const chunks: Buffer[] = []
  for await (const chunk of answer) chunks.push(chunk)
  const body = JSON.parse(Buffer.concat(chunks).toString())
  return { status: answer.statusCode ?? 0, body, socket, heard, closed }
}
