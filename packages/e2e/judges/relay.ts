import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Teardown } from '../test/world/world.ts'
import type { Actor } from './actors.ts'
import { createDesk, DESK } from './form-desk.ts'
import type { Operation } from './operations.ts'
import { createFresh, placeholders } from './placeholders.ts'
import { createSeen, type Seen } from './seen.ts'

/** The proxy that a judge has to use: nothing but what is judged can be reached through it. */
export interface Relay {
  url: string
  seen: Seen
}

export interface RelayOptions {
  /** What is judged. */
  target: string
  operations: Operation[]
  /** Nobody: what is judged knows no logins. */
  actor?: Actor
  /** Further servers of this machine that the judge itself needs. */
  alsoAllowed?: string[]
}

interface Asked {
  method: string
  path: string
  headers: Record<string, string>
  body: string
}

interface Answered {
  status: number
  headers: IncomingMessage['headers']
  body: Buffer
}

const ANSWER_MS = 90_000
const MOST_TRIES = 5
/** Of the connection between two, or the proxy's own. */
const notPassedOn = new Set([
  ...['connection', 'proxy-connection', 'keep-alive', 'transfer-encoding', 'content-length', 'te'],
  ...['proxy-authorization', 'upgrade', 'expect']
])

export async function startRelay(t: Teardown, options: RelayOptions): Promise<Relay> {
  const { target, operations, actor, alsoAllowed = [] } = options
  const seen = createSeen(operations)
  const fresh = createFresh()
  const desk = createDesk(target, operations)
  const agent = new Agent({ keepAlive: true, maxSockets: 16 })
  let addresses = 0

  const server = createServer((incoming, outgoing) => {
    answer(incoming, outgoing).catch((err: Error) => {
      seen.problem(`${incoming.method} ${incoming.url?.slice(0, 200)}: ${err.message}`)
      outgoing.destroy()
    })
  })
  server.on('connect', (incoming, socket) => {
    seen.outside(`CONNECT ${incoming.url}`)
    socket.destroy()
  })
  server.on('clientError', (_, socket) => socket.destroy())

  async function answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const asked = await read(incoming)
    const base = [target, ...alsoAllowed].find(one => asked.path.startsWith(`${one}/`))
    if (base === undefined) {
      seen.outside(`${asked.method} ${asked.path.slice(0, 200)}`)
      outgoing.writeHead(502).end()
      return
    }
    asked.path = asked.path.slice(base.length)
    if (base !== target) return send(outgoing, await ask(base, agent, asked))
    if (asked.path === DESK) return send(outgoing, desk.page())
    const form = desk.open(asked)
    if (form === 'unknown') {
      outgoing.writeHead(404).end()
      return
    }
    // Whoever is judged gets the very texts; only what must be new is filled in.
    const { path, body, ...rest } = form ? { ...asked, ...form.asked } : asked
    const real = { ...rest, path: fresh(path), body: fresh(body) }
    const operation = form?.operation ?? seen.operationOf(real.method, real.path)
    const began = performance.now()
    const answered = await asActor(real, operation)
    seen.answer({ asked: real, operation, answered, ms: performance.now() - began })
    send(outgoing, answered)
  }

  /** A login that ended, or that waits because of what was tried with it, makes place for another. */
  async function asActor(asked: Asked, operation: Operation | undefined): Promise<Answered> {
    const isForwarded = Boolean(asked.headers['x-forwarded-for'])
    // Strangers are counted by their address, and so is some of what a login does.
    if (operation?.isPublic && !isForwarded) addresses += 1
    for (let tries = 1; ; tries++) {
      const from = { 'x-forwarded-for': `10.${(addresses >> 8) & 255}.${addresses & 255}.1` }
      const identity = actor?.current()
      const headers = { ...signed(asked.headers), ...(!isForwarded && from) }
      const answered = await ask(target, agent, { ...asked, headers })
      const isLost = answered.status === 401 || answered.status === 429
      if (!isLost || !actor || operation?.isPublic || !isUntouched(asked.headers)) return answered
      // What nobody may is not a lost login.
      if (tries === MOST_TRIES) return answered
      const said = `${answered.status} ${answered.body.toString().slice(0, 200)}`
      if (identity) await actor.renew(identity, said)
      addresses += 1
    }
  }

  function isUntouched(headers: Asked['headers']): boolean {
    return Object.entries(actor?.headers ?? {}).every(([name, value]) => headers[name] === value)
  }

  function signed(headers: Asked['headers']): Asked['headers'] {
    if (!actor) return headers
    const { secret, cookie } = actor.current()
    const entries = Object.entries(headers).map(([name, value]) => [
      name,
      fresh(value).replaceAll(placeholders.key, secret).replaceAll(placeholders.cookie, cookie)
    ])
    return Object.fromEntries(entries)
  }

  await new Promise<void>(resolve => void server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
    agent.destroy()
  })
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, seen }
}

async function read(incoming: IncomingMessage): Promise<Asked> {
  const parts: Buffer[] = []
  for await (const part of incoming) parts.push(part as Buffer)
  const headers = Object.entries(incoming.headers).flatMap(([name, value]) =>
    value === undefined || notPassedOn.has(name) ? [] : [[name, [value].flat().join('; ')]]
  )
  return {
    ...{ method: incoming.method ?? 'GET', path: incoming.url ?? '/' },
    headers: Object.fromEntries(headers),
    body: Buffer.concat(parts).toString('utf8')
  }
}

function ask(
  base: string,
  agent: Agent,
  { method, path, headers, body }: Asked
): Promise<Answered> {
  const { hostname, port } = new URL(base)
  return new Promise((resolve, reject) => {
    const asking = request(
      { agent, hostname, port, method, path, headers: withLength(headers, body) },
      response => {
        const parts: Buffer[] = []
        response.on('data', (part: Buffer) => parts.push(part))
        response.once('error', reject)
        response.once('end', () =>
          resolve({
            ...{ status: response.statusCode ?? 0, headers: response.headers },
            body: Buffer.concat(parts)
          })
        )
      }
    )
    asking.setTimeout(ANSWER_MS, () => asking.destroy(new Error('no answer')))
    asking.once('error', reject)
    asking.end(body)
  })
}

function withLength(headers: Record<string, string>, body: string): Record<string, string> {
  return body === '' ? headers : { ...headers, 'content-length': String(Buffer.byteLength(body)) }
}

function send(outgoing: ServerResponse, { status, headers, body }: Answered): void {
  const kept = Object.entries(headers).filter(([name]) => !notPassedOn.has(name))
  outgoing.writeHead(status, { ...Object.fromEntries(kept), 'content-length': body.length })
  outgoing.end(body)
}
