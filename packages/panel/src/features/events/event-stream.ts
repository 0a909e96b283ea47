import { closeCodes } from '@ctrl-alt-play/protocol'
import type { FastifyBaseLogger } from 'fastify'
import type { PanelEvent, PanelEvents } from '../../agents/contract.ts'
import type { ServerAccess } from '../../plugins/access.ts'
import { commandBody } from '../../plugins/command-answer.ts'
import { guardAccess } from '../live/live-access.ts'
import type { LiveSocket } from '../live/live-socket.ts'
import { can, type Requester, type ServerFacts } from '../permissions/can.ts'
import type { ServerFactsRepo } from '../permissions/server-access.ts'
import type { EventMessage } from './events.schema.ts'
import { createFiguresWatch, type FiguresWatchDeps } from './figures-watch.ts'

/** Events that wait for a look at who may see them; beyond that readers have to begin anew. */
const MAX_WAITING = 10_000
const MAX_KNOWN = 50_000
const FRESH_MS = 3_000
/** A reader further behind begins anew: it would miss changes. */
const BEHIND_BYTES = 1024 * 1024

/** Passes on what happens to those who may see it. */
export interface EventStream {
  serve(socket: LiveSocket, actor: Requester): Promise<void>
  close(): void
}

export interface EventStreamDeps extends Pick<FiguresWatchDeps, 'agents'> {
  events: PanelEvents
  access: ServerAccess
  facts: ServerFactsRepo
  log: Pick<FastifyBaseLogger, 'warn' | 'error'>
  now?: () => number
}

interface Reader {
  socket: LiveSocket
  actor: Requester
}

type Passed = Exclude<PanelEvent, { type: 'server.stats' }>

export function createEventStream(deps: EventStreamDeps): EventStream {
  const { events, access, agents, facts, log, now = () => performance.now() } = deps
  const readers = new Set<Reader>()
  const known = new Map<string, { facts: ServerFacts; until: number }>()
  const waiting: Passed[] = []
  let isPassingOn = false

  const unsubscribe = events.subscribe(event => {
    if (event.type === 'access.changed') forget(event.serverId)
    if (event.type === 'server.stats' || readers.size === 0) return
    if (waiting.length >= MAX_WAITING) return sendAway('too much happens at once')
    waiting.push(event)
    if (!isPassingOn) passOn().catch(err => log.error({ err }, 'events are not passed on'))
  })

  function forget(serverId: string | undefined): void {
    if (serverId === undefined) known.clear()
    else known.delete(serverId)
  }

  function sendAway(reason: string): void {
    waiting.length = 0
    for (const { socket } of readers) socket.close(closeCodes.tryAgainLater, reason)
  }

  async function passOn(): Promise<void> {
    isPassingOn = true
    for (let event = waiting.shift(); event; event = waiting.shift()) {
      try {
        await pass(event)
      } catch (err) {
        log.warn({ err, type: event.type }, 'could not pass an event on: its readers begin anew')
        sendAway('an event was lost')
      }
    }
    isPassingOn = false
  }

  async function pass(event: Passed): Promise<void> {
    const serverId = serverOf(event)
    const server = serverId ? await factsOf(serverId, event) : undefined
    const message = JSON.stringify(messageOf(event))
    for (const reader of readers) {
      if (!concerns(event, reader.actor, server)) continue
      if (reader.socket.bufferedBytes() > BEHIND_BYTES) {
        reader.socket.close(closeCodes.tryAgainLater, 'too slow')
      } else {
        reader.socket.sayJson(message)
      }
    }
  }

  /** Of a server that is gone what was known last, so that its owner hears of its end. */
  async function factsOf(serverId: string, event: Passed): Promise<ServerFacts | undefined> {
    const last = known.get(serverId)
    if (event.type === 'server.deleted') {
      known.delete(serverId)
      const { ownerId } = event
      return last?.facts ?? (ownerId ? { id: serverId, ownerId, suspendedAt: null } : undefined)
    }
    if (last && last.until > now()) return last.facts
    const found = (await facts.find(serverId)) ?? last?.facts
    if (!found) return undefined
    known.delete(serverId)
    known.set(serverId, { facts: found, until: now() + FRESH_MS })
    const oldest = known.keys().next().value
    if (known.size > MAX_KNOWN && oldest !== undefined) known.delete(oldest)
    return found
  }

  return {
    async serve(socket, actor) {
      const reader: Reader = { socket, actor }
      guardAccess({
        ...{ socket, actor, access, events, log },
        check: async current => {
          reader.actor = current
        }
      })
      readers.add(reader)
      const watch = createFiguresWatch(socket, { access, agents, actor: () => reader.actor, log })
      socket.onClose(() => readers.delete(reader))
      for await (const message of socket.messages()) {
        if (!watch.take(message)) socket.say(misunderstood)
      }
    },
    close: unsubscribe
  }
}

const misunderstood: EventMessage = {
  type: 'error',
  code: 'VALIDATION_FAILED',
  message: 'say {"type":"watch","servers":[…],"nodes":[…]}'
}

function serverOf(event: Passed): string | null {
  if (event.type === 'node.status') return null
  return event.type === 'command' ? event.command.serverId : (event.serverId ?? null)
}

/** What is about a server is for those who may see it, also a change for one of them; and for that one too. */
function concerns(event: Passed, actor: Requester, server: ServerFacts | undefined): boolean {
  if (event.type === 'node.status') return can(actor, 'admin-nodes')
  if (event.type === 'access.changed') {
    if (event.userId === actor.userId) return true
    // A login that has ended changes nothing for others.
    if (event.sessionId !== undefined || event.userId !== undefined) return maySee(actor, server)
    return event.serverId === undefined || maySee(actor, server)
  }
  // A command without a server is about its node.
  if (event.type === 'command' && event.command.serverId === null) return can(actor, 'admin-nodes')
  return maySee(actor, server)
}

function maySee(actor: Requester, server: ServerFacts | undefined): boolean {
  return server !== undefined && can(actor, 'server-view', server)
}

function messageOf(event: Passed): object {
  switch (event.type) {
    case 'command':
      return { type: event.type, command: commandBody(event.command) }
    case 'access.changed':
      return { type: event.type, serverId: event.serverId ?? null }
    case 'server.deleted':
      return { type: event.type, serverId: event.serverId }
    case 'server.status':
    case 'node.status':
      return event
  }
}
