import { createServer } from 'node:net'

/** Tries an address: { ok: true, port } or { ok: false, code }. Port 0 finds a free one. */
export function canListen(port, host) {
  return new Promise(resolve => {
    const server = createServer()
    server.once('error', error => resolve({ ok: false, code: error.code }))
    server.listen({ port, host, exclusive: true }, () => {
      const { port: got } = server.address()
      server.close(() => resolve({ ok: true, port: got }))
    })
  })
}
