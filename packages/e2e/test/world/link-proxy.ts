import { connect, createServer, type Socket } from 'node:net'
import { createRandom, healthy, type LinkFaults } from './link-faults.ts'
import { createMemory, createMischief } from './link-mischief.ts'
import { createLinkPipe } from './link-pipe.ts'
import { createFrameSplitter, isText, payloadOf } from './websocket-frames.ts'
import type { Teardown } from './world.ts'

/** Where bytes go. */
export type Direction = 'toPanel' | 'toAgent'

interface Passed {
  bytes: number
  /** WebSocket messages that came in. */
  messages: number
}

/** A road between agent and panel that can be made bad while it is used. */
export interface LinkProxy {
  port: number
  /** Changes some of a direction's faults; they hold at once, on the connections that are open too. */
  make(direction: Direction | 'both', faults: Partial<LinkFaults>): void
  /** No faults any more. Connections that were swallowed stay so. */
  heal(): void
  /** New connections are broken off at once. */
  refuse(isRefusing: boolean): void
  /** Ends every open connection: as a crashed host would, or politely. */
  cut(how: 'reset' | 'finish'): void
  /** Puts bytes into every open connection. */
  inject(direction: Direction, bytes: Buffer): void
  /** The newest messages as they came: whole frames, which may be injected again. */
  captured(direction: Direction): readonly Buffer[]
  /** The same, as JSON where it is. */
  messages(direction: Direction): { type: string; frame: Buffer; body: unknown }[]
  passed(direction: Direction): Readonly<Passed>
  /** Ever made, refused ones left out. */
  connections(): number
  open(): number
}

export interface LinkProxyOptions {
  targetPort: number
  targetHost?: string
  /** Where it listens; another machine's agents need more than this one's loopback. */
  host?: string
  seed?: number
  /** What passes in a WebSocket message's place. */
  rewrite?(direction: Direction, frame: Buffer): Buffer[]
}

interface Connection {
  sockets: [Socket, Socket]
  pipes: Record<Direction, ReturnType<typeof createLinkPipe>>
}

export async function createLinkProxy(t: Teardown, options: LinkProxyOptions): Promise<LinkProxy> {
  const { targetPort, targetHost = '127.0.0.1', host = '127.0.0.1', seed = 1 } = options
  const { rewrite = (_, frame) => [frame] } = options
  const random = createRandom(seed)
  const faults = { toPanel: { ...healthy }, toAgent: { ...healthy } }
  const memories = { toPanel: createMemory(), toAgent: createMemory() }
  const passed = { toPanel: { bytes: 0, messages: 0 }, toAgent: { bytes: 0, messages: 0 } }
  const connections = new Set<Connection>()
  let made = 0
  let isRefusing = false

  function direct(direction: Direction, from: Socket, to: Socket) {
    const count = passed[direction]
    const pipe = createLinkPipe({
      ...{ from, to, random, faults: faults[direction] },
      passed: bytes => {
        count.bytes += bytes
      }
    })
    const split = createFrameSplitter()
    const mischief = createMischief({
      ...{ random, faults: faults[direction], memory: memories[direction] }
    })
    from.on('data', chunk => {
      for (const { kind, bytes } of split(chunk)) {
        if (kind === 'data') count.messages++
        const parts = kind === 'data' ? rewrite(direction, bytes).flatMap(mischief) : [bytes]
        for (const part of parts) pipe.send(part)
      }
    })
    from.on('end', () => pipe.finish())
    return pipe
  }

  function accept(agent: Socket): void {
    if (isRefusing) return void agent.resetAndDestroy()
    made++
    const panel = connect({ port: targetPort, host: targetHost, allowHalfOpen: true })
    const sockets: Connection['sockets'] = [agent, panel]
    for (const socket of sockets) socket.setNoDelay(true)
    const pipes = {
      toPanel: direct('toPanel', agent, panel),
      toAgent: direct('toAgent', panel, agent)
    }
    const connection = { sockets, pipes }
    connections.add(connection)
    const closed = (direction: Direction, other: Socket) => (hadError: boolean) => {
      if (hadError && !pipes[direction].isGone()) other.resetAndDestroy()
      if (sockets.every(socket => socket.destroyed)) end(connection)
    }
    for (const socket of sockets) socket.on('error', () => undefined)
    agent.on('close', closed('toPanel', panel))
    panel.on('close', closed('toAgent', agent))
  }

  function end(connection: Connection): void {
    connections.delete(connection)
    for (const pipe of Object.values(connection.pipes)) pipe.close()
  }

  function each(direction: Direction | 'both'): Direction[] {
    return direction === 'both' ? ['toPanel', 'toAgent'] : [direction]
  }

  function make(direction: Direction | 'both', change: Partial<LinkFaults>): void {
    for (const one of each(direction)) {
      Object.assign(faults[one], change)
      for (const { pipes } of connections) pipes[one].poke()
    }
  }

  function cut(how: 'reset' | 'finish'): void {
    for (const connection of connections) {
      for (const socket of connection.sockets) {
        if (how === 'reset') socket.resetAndDestroy()
        else socket.destroySoon()
      }
      end(connection)
    }
  }

  const server = createServer({ allowHalfOpen: true }, accept)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, host, resolve)
  })
  t.teardown(() => {
    cut('reset')
    server.close()
  })
  const address = server.address()
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    make,
    heal: () => make('both', healthy),
    refuse(next) {
      isRefusing = next
    },
    cut,
    inject(direction, bytes) {
      for (const { pipes } of connections) pipes[direction].send(bytes)
    },
    captured: direction => memories[direction].frames(),
    messages: direction =>
      memories[direction]
        .frames()
        .filter(isText)
        .flatMap(frame => readMessage(frame)),
    passed: direction => passed[direction],
    connections: () => made,
    open: () => connections.size
  }
}

function readMessage(frame: Buffer): { type: string; frame: Buffer; body: unknown }[] {
  try {
    const { type, body } = JSON.parse(payloadOf(frame).toString('utf8'))
    return [{ type: String(type), frame, body }]
  } catch {
    return []
  }
}
