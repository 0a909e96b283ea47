import websocket from '@fastify/websocket'
import Fastify from 'fastify'
import type { WebSocket } from 'ws'

/** Fastify with nothing in it but the road: a call becomes a frame to the agent, whose frame is the answer. */
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
process.send?.({ url: await app.listen({ port: 0, host: '127.0.0.1' }) })
