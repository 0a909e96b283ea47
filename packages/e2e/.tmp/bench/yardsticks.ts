import { on, once } from 'node:events'
import websocket from '@fastify/websocket'
import Fastify from 'fastify'
import pg from 'pg'
import { WebSocket } from 'ws'

export interface Yardstick {
  url: string
  close(): Promise<void>
}

/** The least that an input call can cost: Fastify, a frame to a socket's other end, its echo, the answer. */
export async function bareEcho(): Promise<Yardstick> {
  const app = Fastify()
  await app.register(websocket)
  const waiting = new Map<number, () => void>()
  let agent: WebSocket | undefined
  let calls = 0
  app.get('/agent', { websocket: true }, socket => {
    agent = socket
    socket.on('message', data => {
      const { id } = JSON.parse(String(data)) as { id: number }
      waiting.get(id)?.()
      waiting.delete(id)
    })
  })
  app.post('/input', async request => {
    const id = ++calls
    await new Promise<void>(resolve => {
      waiting.set(id, resolve)
      agent?.send(JSON.stringify({ id, body: request.body }))
    })
    return {}
  })
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  const far = new WebSocket(`${url.replace('http', 'ws')}/agent`)
  await once(far, 'open')
  void echo(far)
  return {
    url,
    async close() {
      far.terminate()
      await app.close()
    }
  }
}

async function echo(socket: WebSocket): Promise<void> {
  for await (const [data] of on(socket, 'message', { close: ['close'] })) socket.send(String(data))
}

/** The least that reading a server can cost: bare Fastify and one statement. */
export async function bareQuery(databaseUrl: string, sql: string): Promise<Yardstick> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 10 })
  const app = Fastify()
  app.get<{ Params: { id: string } }>('/servers/:id', async request => {
    const { rows } = await pool.query({ name: 'server', text: sql, values: [request.params.id] })
    return rows[0]
  })
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  return {
    url,
    async close() {
      await app.close()
      await pool.end()
    }
  }
}
