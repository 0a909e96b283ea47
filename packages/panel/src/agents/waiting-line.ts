import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'

type Knock = [request: IncomingMessage, socket: Duplex, head: Buffer]

/** Of those who knock, so many are let in in one turn of the event loop. */
const LET_IN_AT_ONCE = 8
const MOST_WAITING = 4_000
const refusal =
  'HTTP/1.1 503 Service Unavailable\r\nRetry-After: 2\r\nConnection: close\r\nContent-Length: 0\r\n\r\n'

/**
 * Lines up who knocks for a WebSocket at the path: ten thousand agents that come back at once must not
 * keep the event loop from everybody else. Call it once those who handle upgrades listen; answers the undo.
 */
export function lineUp(server: Server, path: string): () => void {
  const handlers = server.listeners('upgrade') as ((...knock: Knock) => void)[]
  const waiting: Knock[] = []
  let isLettingIn = false

  function letIn(): void {
    for (const [request, socket, head] of waiting.splice(0, LET_IN_AT_ONCE)) {
      socket.off('error', ignore)
      if (!socket.destroyed) handOn(request, socket, head)
    }
    isLettingIn = waiting.length > 0
    if (isLettingIn) setImmediate(letIn)
  }

  function handOn(...knock: Knock): void {
    for (const handler of handlers) handler.call(server, ...knock)
  }

  function take(...knock: Knock): void {
    const [request, socket] = knock
    if (request.url?.split('?')[0] !== path) {
      handOn(...knock)
      return
    }
    socket.on('error', ignore)
    if (waiting.length >= MOST_WAITING) {
      socket.end(refusal)
      return
    }
    waiting.push(knock)
    if (isLettingIn) return
    isLettingIn = true
    setImmediate(letIn)
  }

  server.removeAllListeners('upgrade')
  server.on('upgrade', take)
  return () => {
    server.off('upgrade', take)
  }
}

/** A socket that breaks while it waits is found destroyed when its turn comes. */
function ignore(): void {}
