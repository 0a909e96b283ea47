import type { IncomingMessage } from 'node:http'
import { AGENT_SUBPROTOCOL, limits } from '@ctrl-alt-play/protocol'
import { WebSocket } from 'ws'

/** The panel was not reached, or would not have us now. */
export class DialFailed extends Error {
  readonly retryAfterMs: number | undefined
  readonly status: number | undefined

  constructor(
    message: string,
    details: { retryAfterMs?: number; status?: number; cause?: unknown }
  ) {
    super(message, { cause: details.cause })
    this.name = 'DialFailed'
    this.retryAfterMs = details.retryAfterMs
    this.status = details.status
  }
}

const MOST_RETRY_AFTER_MS = 600_000

/**
 * Starts a connection to the panel. The socket is given back at once, so that nothing it says is missed;
 * `opened` resolves when it is up and rejects with DialFailed.
 */
export function dial(
  url: URL,
  timeoutMs: number = limits.authenticationTimeoutMs
): { socket: WebSocket; opened: Promise<void> } {
  const socket = new WebSocket(url, AGENT_SUBPROTOCOL, {
    perMessageDeflate: false,
    maxPayload: limits.panelMessageBytes,
    handshakeTimeout: timeoutMs,
    followRedirects: false
  })
  const opened = new Promise<void>((resolve, reject) => {
    socket.once('open', () => resolve())
    socket.once('error', cause => reject(new DialFailed(wordsOf(cause), { cause })))
    socket.once('unexpected-response', (request, response) => {
      reject(refused(response))
      request.destroy()
    })
  })
  return { socket, opened }
}

function refused(response: IncomingMessage): DialFailed {
  const { statusCode: status = 0, headers } = response
  const seconds = Number(headers['retry-after'])
  const retryAfterMs = Math.min(MOST_RETRY_AFTER_MS, seconds * 1_000)
  const details = Number.isFinite(retryAfterMs) && retryAfterMs >= 0 ? { retryAfterMs } : {}
  return new DialFailed(`the panel answered ${status} instead of a connection`, {
    status,
    ...details
  })
}

/** Node gives several attempts, e.g. IPv6 and IPv4, as one error without words. */
function wordsOf(cause: Error): string {
  const inner = cause instanceof AggregateError ? cause.errors[0] : cause
  return inner instanceof Error && inner.message ? inner.message : String(cause)
}
