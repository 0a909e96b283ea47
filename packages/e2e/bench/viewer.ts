import { WebSocket } from 'ws'
import { until } from '../test/world/until.ts'
import type { Teardown, World } from '../test/world/world.ts'

/** Someone who watches a console and reads as fast as it comes. */
export interface Viewer {
  socket: WebSocket
  /** From now on each message is told as it came. */
  onMessage(hear: (text: string) => void): void
}

export async function openViewer(t: Teardown, world: World, path: string): Promise<Viewer> {
  const socket = new WebSocket(`${world.url.replace('http', 'ws')}${path}/console`, {
    headers: { cookie: world.admin.cookie(), origin: world.url },
    perMessageDeflate: false
  })
  t.teardown(() => socket.terminate())
  socket.on('error', () => undefined)
  let subscribed = false
  socket.on('message', () => {
    subscribed = true
  })
  await until('the socket opens', () => socket.readyState === WebSocket.OPEN)
  socket.send(JSON.stringify({ type: 'subscribe' }))
  await until('the console answers', () => subscribed)
  return {
    socket,
    onMessage(hear) {
      socket.on('message', data => hear(String(data)))
    }
  }
}

/** When the newest line of a message was printed, and where the next one stands; cheaper than reading it all. */
export function newestOf(text: string): { atMs: number; end: number } | undefined {
  const from = text.lastIndexOf('{"position":')
  const [line] = text.startsWith('{"type":"lines"') ? JSON.parse(`[${text.slice(from, -2)}]`) : []
  return line && { atMs: Date.parse(line.at), end: line.position + line.line.length + 1 }
}
