import type { Writable } from 'node:stream'
import { AGENT_SUBPROTOCOL, closeCodes } from '@ctrl-alt-play/protocol'
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import type { WebSocket } from 'ws'
import { Unavailable, validationFailed } from '../errors.ts'
import { type Frames, readFrames } from './frames.ts'
import type { Handshake, ProvenAgent, Refusal } from './handshake.ts'
import type { RunningSession } from './session.ts'
import { lineUp } from './waiting-line.ts'
import { createWire } from './wire.ts'

const PATH = '/agent/v1/connect'
/** Sockets that have not yet said who they are. */
const MAX_STRANGERS = 400
const RETRY_AFTER_SECONDS = 5
/** Frames that wait to be handled; then the socket itself waits. */
const MAX_WAITING_FRAMES = 64

export interface GatewayOptions {
  handshake: Handshake
  handshakeMs: number
  /** Undefined: the session is over before it began. */
  admit(
    agent: ProvenAgent,
    wire: ReturnType<typeof createWire>
  ): Promise<RunningSession | undefined>
  isStopping(): boolean
}

/** What is left of a request once it has become a socket. */
interface Caller {
  ip: string
  /** What carries the socket. */
  stream: Writable
}

/** The door for agents. It proves who knocks before it listens to anything else. */
export function createGateway(options: GatewayOptions): FastifyPluginAsync {
  let strangers = 0
  const { code, message } = new Unavailable()

  return async app => {
    let leaveLine: () => void = () => undefined
    app.addHook('onReady', async () => {
      leaveLine = lineUp(app.server, PATH)
    })
    app.addHook('preClose', async () => leaveLine())
    app.get(
      PATH,
      {
        websocket: true,
        config: { public: true, rateLimit: false },
        schema: { summary: 'WebSocket: what agents and the panel say is in docs/protocol.md' },
        preValidation: async (request, reply) => {
          if (!offersProtocol(request)) {
            const field = 'headers.sec-websocket-protocol'
            const problem = `must offer ${AGENT_SUBPROTOCOL}, on a WebSocket`
            throw validationFailed([{ field, message: problem }])
          }
          if (strangers < MAX_STRANGERS && !options.isStopping()) return undefined
          // Answered here, without an error and its line in the log: a fleet may come back at once.
          reply.code(503).header('retry-after', RETRY_AFTER_SECONDS)
          return reply.send({ code, message, requestId: request.id })
        },
        // There will be no answer: a socket that goes on holding it holds the whole request.
        preHandler: async (request, reply) => {
          reply.raw.detachSocket(request.socket)
        }
      },
      (socket, request) => {
        const { ip, socket: stream } = request
        // The listener that is there holds the request for as long as the socket lives.
        socket.removeAllListeners('error')
        socket.on('error', () => socket.close(closeCodes.tryAgainLater))
        serve(socket, { ip, stream }).catch((err: unknown) => {
          app.log.warn({ err }, 'agent connection ended by an error')
          socket.close(closeCodes.tryAgainLater)
        })
      }
    )
  }

  async function serve(socket: WebSocket, caller: Caller): Promise<void> {
    const frames = readFrames(socket, MAX_WAITING_FRAMES)
    const session = await meet(socket, frames, caller)
    if (!session) return frames.stop()
    for (const sign of ['message', 'ping', 'pong']) socket.on(sign, session.hear)
    try {
      for (let frame = await frames.next(); frame; frame = await frames.next()) {
        await session.handle(frame)
      }
    } finally {
      frames.stop()
      session.end(closeCodes.tryAgainLater, 'the connection broke')
    }
  }

  /** The handshake; undefined when it came to nothing. */
  async function meet(socket: WebSocket, frames: Frames, { ip, stream }: Caller) {
    strangers += 1
    const wire = createWire(socket, stream)
    const timer = setTimeout(() => {
      wire.close(closeCodes.authenticationTimeout, 'the handshake took too long')
    }, options.handshakeMs)
    try {
      const nonce = options.handshake.begin(wire)
      const first = await frames.next()
      if (!first) return undefined
      const answer = await options.handshake.answer(first, nonce, ip)
      if (isRefusal(answer)) {
        wire.close(answer.code, answer.reason)
        return undefined
      }
      if (options.isStopping()) wire.close(closeCodes.goingAway, 'the panel is stopping')
      return wire.isOpen() ? await options.admit(answer, wire) : undefined
    } finally {
      clearTimeout(timer)
      strangers -= 1
    }
  }
}

function isRefusal(answer: ProvenAgent | Refusal): answer is Refusal {
  return 'code' in answer
}

function offersProtocol(request: FastifyRequest): boolean {
  const offered = request.headers['sec-websocket-protocol']?.split(',') ?? []
  return request.ws && offered.some(name => name.trim() === AGENT_SUBPROTOCOL)
}
