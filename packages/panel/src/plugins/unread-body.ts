import type { IncomingMessage } from 'node:http'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'

/** More than that a client has to find out by itself that nobody listens. */
const MOST_BYTES = 16 * 1_048_576
const WITHIN_MS = 10_000

/**
 * Who sends too much hears of it: the answer ends the connection, and one that is ended while its other side still
 * sends is reset, the answer with it. So the rest is taken in first, and forgotten.
 */
export const unreadBody = fp(async (app: FastifyInstance) => {
  app.addHook('onSend', async (request, reply, payload) => {
    if (reply.statusCode === 413) await forgetRest(request.raw)
    return payload
  })
})

function forgetRest(body: IncomingMessage): Promise<void> {
  if (body.complete || body.destroyed) return Promise.resolve()
  return new Promise(resolve => {
    let bytes = 0
    const count = (chunk: Buffer): void => {
      bytes += chunk.length
      if (bytes > MOST_BYTES) done()
    }
    const timer = setTimeout(done, WITHIN_MS)
    function done(): void {
      clearTimeout(timer)
      body.off('data', count).off('end', done).off('close', done)
      resolve()
    }
    body.on('data', count).once('end', done).once('close', done)
    body.resume()
  })
}
