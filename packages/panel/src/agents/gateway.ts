import { on } from 'node:events'
import { AGENT_SUBPROTOCOL, closeCodes } from '@ctrl-alt-play/protocol'
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import type { WebSocket } from 'ws'
import { Unavailable, validationFailed } from '../errors.ts'
import type { Handshake, ProvenAgent, Refusal } from './handshake.ts'
import type { RunningSession } from './session.ts'
import { createWire } from './wire.ts'

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

type Incoming = AsyncIterableIterator<[data: Buffer, isBinary: boolean]>

/** The door for agents. It proves who knocks before it listens to anything else. */
export function createGateway(options: GatewayOptions): FastifyPluginAsync {
  let strangers = 0

  return async app => {
    app.get(
      '/agent/v1/connect',
      {
        websocket: true,
        config: { public: true, rateLimit: false },
        schema: { summary: 'WebSocket: what agents and the panel say is in docs/protocol.md' },
        preValidation: async (request, reply) => {
          if (!offersProtocol(request)) {
            const message = `must offer ${AGENT_SUBPROTOCOL}, on a WebSocket`
            throw validationFailed([{ field: 'headers.sec-websocket-protocol', message }])
          }
          if (strangers < MAX_STRANGERS && !options.isStopping()) return
          reply.header('retry-after', RETRY_AFTER_SECONDS)
          throw new Unavailable()
        }
      },
      async (socket, request) => {
        try {
          await serve(socket, request)
        } catch (err) {
          request.log.warn({ err }, 'agent connection ended by an error')
          socket.close(closeCodes.tryAgainLater)
        }
      }
    )
  }

  async function serve(socket: WebSocket, request: FastifyRequest): Promise<void> {
    const limits = { highWaterMark: MAX_WAITING_FRAMES, lowWaterMark: MAX_WAITING_FRAMES / 4 }
    const incoming = on(socket, 'message', { close: ['close'], ...limits }) as Incoming
    const session = await meet(socket, incoming, request.ip)
    if (!session) {
      await incoming.return?.()
      return
    }
    for (const sign of ['message', 'ping', 'pong']) socket.on(sign, session.hear)
    try {
      for await (const [data, isBinary] of incoming) await session.handle({ data, isBinary })
    } finally {
      session.end(closeCodes.tryAgainLater, 'the connection broke')
    }
  }

  /** The handshake; undefined when it came to nothing. */
  async function meet(socket: WebSocket, incoming: Incoming, ip: string) {
    strangers += 1
    const wire = createWire(socket)
    const timer = setTimeout(() => {
      wire.close(closeCodes.authenticationTimeout, 'the handshake took too long')
    }, options.handshakeMs)
    try {
      const nonce = options.handshake.begin(wire)
      const first = await incoming.next()
      if (first.done) return undefined
      const [data, isBinary] = first.value
      const answer = await options.handshake.answer({ data, isBinary }, nonce, ip)
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
