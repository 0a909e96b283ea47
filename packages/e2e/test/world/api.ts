import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { request as ask } from 'node:https'
import { buffer } from 'node:stream/consumers'
import { WebSocket } from 'ws'
import { until } from './until.ts'

// biome-ignore lint/suspicious/noExplicitAny: the tests read answers as a stranger would
export type Json = any

interface Answer {
  status: number
  body: Json
  headers: Headers
}

/** A person at the HTTP API: keeps the cookie as a browser would. */
export interface Person {
  request(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>
  ): Promise<Answer>
  /** Fails the test when the answer is not 2xx. */
  get(path: string): Promise<Json>
  post(path: string, body?: unknown, headers?: Record<string, string>): Promise<Json>
  patch(path: string, body: unknown): Promise<Json>
  delete(path: string): Promise<Json>
  /** A page of the panel's WebSockets with this login. */
  socket(path: string): Promise<Conversation>
  cookie(): string
}

interface Conversation {
  received: Json[]
  say(message: unknown): void
  close(): void
  closed: Promise<number>
}

/** `ca`: the authority that has signed the panel's certificate, where Node does not know it. */
export async function login(
  url: string,
  username: string,
  password: string,
  ca?: string
): Promise<Person> {
  const person = stranger(url, ca)
  await person.post('/api/v1/auth/login', { username, password })
  return person
}

export function stranger(url: string, ca?: string): Person {
  let cookie = ''
  const call = ca === undefined ? fetch : trusting(ca)

  async function request(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {}
  ): Promise<Answer> {
    const response = await call(url + path, {
      method,
      headers: {
        origin: url,
        ...(cookie && { cookie }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(90_000)
    })
    for (const set of response.headers.getSetCookie()) {
      const [pair = ''] = set.split(';')
      if (pair) cookie = pair
    }
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.includes('json')
    return {
      status: response.status,
      body: isJson ? JSON.parse(text) : text,
      headers: response.headers
    }
  }

  async function succeed(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>
  ) {
    const answer = await request(method, path, body, headers)
    if (answer.status >= 300) {
      throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
    }
    return answer.body
  }

  return {
    request,
    get: path => succeed('GET', path),
    post: (path, body = {}, headers) => succeed('POST', path, body, headers),
    patch: (path, body) => succeed('PATCH', path, body),
    delete: path => succeed('DELETE', path),
    cookie: () => cookie,
    async socket(path) {
      const socket = new WebSocket(url.replace('http', 'ws') + path, {
        headers: { cookie, origin: url }
      })
      const received: Json[] = []
      socket.on('message', data =>
        received.push({ ...JSON.parse(String(data)), receivedAtMs: Date.now() })
      )
      socket.on('error', () => undefined)
      const closed = new Promise<number>(resolve => socket.once('close', resolve))
      await until('the socket opens', () => socket.readyState === WebSocket.OPEN, {
        deadlineMs: 5_000
      })
      return {
        received,
        closed,
        say: message => socket.send(JSON.stringify(message)),
        close: () => socket.close()
      }
    }
  }
}

interface Asked {
  method: string
  headers: Record<string, string>
  body?: string
  signal: AbortSignal
}

/** A fetch that believes an authority of our own: Node's reads those of a process at its start only. */
function trusting(ca: string): (url: string, asked: Asked) => Promise<Response> {
  return async (url, { body, ...options }) => {
    const asking = ask(url, { ...options, ca, agent: false })
    asking.end(body)
    const [answer] = (await once(asking, 'response')) as [IncomingMessage]
    const content = await buffer(answer)
    const headers = Object.entries(answer.headersDistinct).flatMap(([name, values]) =>
      (values ?? []).map((value): [string, string] => [name, value])
    )
    const { statusCode: status = 0 } = answer
    return new Response(content.length > 0 ? content : null, { status, headers })
  }
}
