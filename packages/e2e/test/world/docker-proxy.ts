import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Teardown } from './world.ts'

/** What goes wrong with a call, and when in its course. */
interface Fault {
  /** Absent: any. */
  method?: string
  path: RegExp
  /** Of the calls that fit from now on, the first to be hit (1) and how many. */
  nth?: number
  times?: number
  do: /** It takes until then. */
    | { kind: 'slow'; until: Promise<unknown> }
    /** It takes so much longer than it would. */
    | { kind: 'late'; ms: number }
    | { kind: 'answer'; status: number; message: string }
    /** The engine never hears of it. */
    | { kind: 'cut-before' }
    /** The engine has done it, and nobody hears of that. */
    | { kind: 'cut-after' }
  /** Called where the fault happens, e.g. to end the agent there. */
  meanwhile?(): unknown
}

/** Stands between the agent and the Docker engine. Without faults it is not to be noticed. */
export interface DockerProxy {
  dockerHost: string
  /** Every call so far, e.g. `POST /containers/create?name=cap-…`. */
  calls: string[]
  /** Answers how often it has happened. */
  add(fault: Fault): () => number
  clear(): void
}

interface Armed extends Fault {
  seen: number
  hit: number
}

export async function createDockerProxy(
  t: Teardown,
  enginePath = '/var/run/docker.sock'
): Promise<DockerProxy> {
  const dir = await mkdtemp(join(tmpdir(), 'cap-proxy-'))
  const socketPath = join(dir, 'docker.sock')
  const calls: string[] = []
  const sockets = new Set<Socket>()
  let faults: Armed[] = []

  /** The fault that this call meets, if any. */
  function faultOf(method: string, path: string): Armed | undefined {
    for (const fault of faults) {
      if ((fault.method ?? method) !== method || !fault.path.test(path)) continue
      fault.seen++
      const first = fault.nth ?? 1
      if (fault.seen < first || fault.seen >= first + (fault.times ?? 1)) continue
      fault.hit++
      return fault
    }
    return undefined
  }

  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { method = '', url = '' } = incoming
    const path = url.replace(/^\/v[\d.]+/, '')
    calls.push(`${method} ${path}`)
    const fault = faultOf(method, path)
    const what = fault?.do
    if (what?.kind !== 'cut-after') fault?.meanwhile?.()
    if (what?.kind === 'slow') await what.until
    if (what?.kind === 'late') await pause(what.ms)
    // Who asked has given up: half a request would stay open for ever.
    if (incoming.socket.destroyed) return
    if (what?.kind === 'cut-before') return void incoming.socket.destroy()
    if (what?.kind === 'answer') {
      outgoing.writeHead(what.status, { 'content-type': 'application/json' })
      return void outgoing.end(JSON.stringify({ message: what.message }))
    }
    const { headers } = incoming
    const asked = request({ socketPath: enginePath, method, path: url, headers }, answer => {
      if (what?.kind === 'cut-after') {
        // The engine answers when it has done it.
        answer.resume().once('end', () => {
          fault?.meanwhile?.()
          incoming.socket.destroy()
        })
        return
      }
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      outgoing.flushHeaders()
      answer.pipe(outgoing)
      answer.once('error', () => outgoing.destroy())
    })
    asked.once('error', () => incoming.socket.destroy())
    outgoing.once('close', () => asked.destroy())
    incoming.pipe(asked)
  }

  const server = createServer((incoming, outgoing) => {
    serve(incoming, outgoing).catch(() => incoming.socket.destroy())
  })
  // A connection that becomes a stream both ways, as for typing into a game.
  server.on('upgrade', (incoming, socket, head) => {
    const { method = '', url = '', httpVersion, rawHeaders } = incoming
    calls.push(`${method} ${url.replace(/^\/v[\d.]+/, '')}`)
    const engine = connect(enginePath)
    const fields = rawHeaders.flatMap((name, at) =>
      at % 2 === 0 ? [`${name}: ${rawHeaders[at + 1]}`] : []
    )
    engine.write(`${method} ${url} HTTP/${httpVersion}\r\n${fields.join('\r\n')}\r\n\r\n`)
    engine.write(head)
    socket.pipe(engine).pipe(socket)
    socket.once('error', () => engine.destroy())
    engine.once('error', () => socket.destroy())
  })
  server.on('connection', socket => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  // Streams of events and logs are silent for as long as nothing happens.
  server.requestTimeout = 0
  server.timeout = 0
  await new Promise<void>(resolve => server.listen(socketPath, resolve))
  t.teardown(async () => {
    server.close()
    for (const socket of sockets) socket.destroy()
    await rm(dir, { recursive: true, force: true })
  })

  return {
    dockerHost: `unix://${socketPath}`,
    calls,
    add(fault) {
      const armed = { ...fault, seen: 0, hit: 0 }
      faults.push(armed)
      return () => armed.hit
    },
    clear() {
      faults = []
    }
  }
}
