import { Agent, request as ask } from 'node:http'
import type { Answer } from './description.ts'

export interface RawRequest {
  method: string
  path: string
  headers: Record<string, string>
  body: string | undefined
}

export interface RawAnswer extends Answer {
  isReplayed: boolean
}

/** Sends what fetch would refuse to, over one connection as long as the panel keeps it. */
export function createSender(url: string) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })

  function send({ method, path, headers, body }: RawRequest): Promise<RawAnswer> {
    return new Promise((resolve, reject) => {
      const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
      const options = { agent, method, path, headers: { ...headers, ...length }, timeout: 90_000 }
      const sent = ask(url, options, answer => {
        const chunks: Buffer[] = []
        answer.on('data', chunk => chunks.push(chunk))
        answer.once('error', reject)
        answer.once('end', () =>
          resolve({
            status: answer.statusCode ?? 0,
            contentType: answer.headers['content-type'],
            text: Buffer.concat(chunks).toString(),
            isReplayed: answer.headers['idempotent-replayed'] === 'true'
          })
        )
      })
      sent.once('timeout', () => sent.destroy(new Error('no answer in 90 s')))
      sent.once('error', reject)
      sent.end(body)
    })
  }

  return { send, close: () => agent.destroy() }
}
