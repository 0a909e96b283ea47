import { randomUUID } from 'node:crypto'
import type { Socket } from 'node:net'

const lines: Record<string, string | undefined> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout'
}

/** What is not HTTP, or takes too long to arrive, never becomes a request: it is answered here. */
export function answerMalformed(err: Error & { code?: string }, socket: Socket): void {
  if (err.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const body = JSON.stringify({
    code: 'MALFORMED_REQUEST',
    message: 'This is not a request that can be read',
    requestId: randomUUID()
  })
  const head = [
    `HTTP/1.1 ${lines[err.code ?? ''] ?? '400 Bad Request'}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close'
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}
