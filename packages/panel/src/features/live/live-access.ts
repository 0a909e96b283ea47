import { closeCodes } from '@ctrl-alt-play/protocol'
import type { FastifyBaseLogger } from 'fastify'
import type { PanelEvent, PanelEvents } from '../../agents/contract.ts'
import type { ServerAccess } from '../../plugins/access.ts'
import type { Requester } from '../permissions/can.ts'
import type { LiveSocket } from './live-socket.ts'

/** Access that ended without an event (it ran out, or another process ended it) is found by looking. */
const RECHECK_TICKS = 2

export interface LiveAccess {
  /** As of now; throws when the login or key has ended. */
  current(): Promise<Requester>
}

export interface LiveAccessOptions {
  socket: LiveSocket
  actor: Requester
  access: Pick<ServerAccess, 'current'>
  events: PanelEvents
  /** Throws when the actor may no longer be here. */
  check(actor: Requester): Promise<void>
  log: Pick<FastifyBaseLogger, 'warn'>
}

/** Ends a socket as soon as whoever opened it may no longer have it. */
export function guardAccess(options: LiveAccessOptions): LiveAccess {
  const { socket, access, events, check, log } = options
  let ticks = 0
  let checking: Promise<void> | undefined
  let again = false

  async function current(): Promise<Requester> {
    const actor = await access.current(options.actor)
    if (actor) return actor
    socket.close(closeCodes.notAuthenticated, 'your login has ended')
    throw new AccessEnded()
  }

  async function look(): Promise<void> {
    try {
      const actor = await current()
      if (actor.owes) return socket.close(closeCodes.revoked, 'something is to be done first')
      await check(actor)
    } catch (err) {
      if (err instanceof AccessEnded) return
      if (isRefusal(err)) return socket.close(closeCodes.revoked, 'you may no longer see this')
      // A database that is away for a moment takes nobody's console away.
      log.warn({ err }, 'could not look whether a socket may stay open')
    }
  }

  function recheck(): void {
    again = checking !== undefined
    checking ??= look().finally(() => {
      checking = undefined
      if (again) recheck()
    })
  }

  socket.onTick(() => {
    ticks += 1
    if (ticks % RECHECK_TICKS === 0) recheck()
  })
  socket.onClose(
    events.subscribe(event => {
      if (event.type === 'access.changed' && concerns(event, options.actor)) recheck()
    })
  )
  return { current }
}

/** The login or key behind a socket is no longer good; the socket is being closed. */
export class AccessEnded extends Error {}

function concerns(
  event: Extract<PanelEvent, { type: 'access.changed' }>,
  { userId, sessionId }: Requester
): boolean {
  if (event.sessionId !== undefined) return event.sessionId === sessionId
  return event.userId === undefined || event.userId === userId
}

function isRefusal(err: unknown): boolean {
  const status = err instanceof Error && 'statusCode' in err ? err.statusCode : undefined
  return status === 401 || status === 403 || status === 404
}
