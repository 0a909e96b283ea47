import { TypeCompiler } from '@sinclair/typebox/compiler'
import type { FastifyBaseLogger } from 'fastify'
import type { Agents, ConsoleHub, ConsoleListener, PanelEvents } from '../../agents/contract.ts'
import type { ServerAccess } from '../../plugins/access.ts'
import type { Caller } from '../caller.ts'
import { AccessEnded, guardAccess } from '../live/live-access.ts'
import type { LiveSocket } from '../live/live-socket.ts'
import { can, type Requester } from '../permissions/can.ts'
import {
  ConsoleClientMessage,
  type ConsoleServerMessage,
  type ShownLine
} from './console.schema.ts'
import type { ConsoleService } from './console.service.ts'
import { filterTerminal } from './terminal-filter.ts'

export interface ConsoleVisitDeps {
  console: ConsoleService
  hub: Pick<ConsoleHub, 'watch'>
  agents: Pick<Agents, 'newestStats'>
  access: ServerAccess
  events: PanelEvents
  log: Pick<FastifyBaseLogger, 'warn' | 'error'>
}

/** What one who does not say from where gets first. */
const SCREENFUL_BYTES = 64 * 1024
/** A reader this far behind gets the newest status and no samples until it has caught up. */
const BEHIND_BYTES = 1024 * 1024

const clientMessage = TypeCompiler.Compile(ConsoleClientMessage)

/** One browser at one server's console, until its socket closes. */
export async function serveConsole(
  socket: LiveSocket,
  visitor: { actor: Requester; serverId: string; requestId: string },
  deps: ConsoleVisitDeps
): Promise<void> {
  const { hub, agents, access, events, log } = deps
  const { serverId, requestId } = visitor
  let stopWatching = () => {}
  let isSubscribed = false
  let seesFigures = false
  const guard = guardAccess({
    ...{ socket, actor: visitor.actor, access, events, log },
    async check(actor) {
      const server = await access.requireServer(actor, serverId, 'console-read')
      seesFigures = can(actor, 'monitoring-view', server)
    }
  })
  let dueStatus: ConsoleServerMessage | undefined
  const say = (message: ConsoleServerMessage) => socket.say(message)

  const listener: ConsoleListener = {
    lines: lines => socket.sayJson(messageOf(lines)),
    gap: ({ from, to }) => say({ type: 'gap', from, to }),
    bufferedBytes: socket.bufferedBytes,
    room: socket.room,
    onRoom: socket.onRoom
  }

  function passStatus(): void {
    if (!dueStatus || socket.bufferedBytes() > BEHIND_BYTES) return
    say(dueStatus)
    dueStatus = undefined
  }

  async function subscribe(actor: Requester, after: number | undefined): Promise<void> {
    const server = await access.requireServer(actor, serverId, 'console-read')
    stopWatching()
    isSubscribed = true
    seesFigures = can(actor, 'monitoring-view', server)
    const { status, statusReason: reason, startedAt } = server
    say({ type: 'status', status, reason, startedAt: startedAt?.toISOString() ?? null })
    const newest = seesFigures ? agents.newestStats(serverId) : undefined
    if (newest) say({ type: 'stats', stats: statsOf(newest) })
    const from = after ?? Math.max(0, server.consoleEnd - SCREENFUL_BYTES)
    stopWatching = hub.watch({ id: serverId, nodeId: server.nodeId }, from, listener)
  }

  async function handle(message: unknown): Promise<void> {
    if (!clientMessage.Check(message)) {
      const text = 'say {"type":"subscribe"} or {"type":"input","line":"…"}'
      return say({ type: 'error', code: 'VALIDATION_FAILED', message: text })
    }
    const actor = await guard.current()
    switch (message.type) {
      case 'subscribe':
        return subscribe(actor, message.after)
      case 'input': {
        const recent = { recent: true }
        const server = await access.requireServer(actor, serverId, 'console-send', recent)
        const caller: Caller = { actor, requestId }
        return deps.console.input(caller, server, message.line)
      }
    }
  }

  socket.onTick(passStatus)
  socket.onClose(
    events.subscribe(event => {
      if (!isSubscribed || !('serverId' in event) || event.serverId !== serverId) return
      if (event.type === 'server.status') {
        const { status, reason, startedAt } = event
        dueStatus = { type: 'status', status, reason, startedAt } as ConsoleServerMessage
        passStatus()
      }
      if (event.type === 'server.stats' && seesFigures && socket.bufferedBytes() < BEHIND_BYTES) {
        say({ type: 'stats', stats: statsOf(event.stats) })
      }
    })
  )

  try {
    for await (const message of socket.messages()) {
      try {
        await handle(message)
      } catch (err) {
        if (err instanceof AccessEnded) return
        say({ type: 'error', ...problemOf(err, log) })
      }
    }
  } finally {
    // Not when it closes: it may have just been looked up what it is to watch.
    stopWatching()
  }
}

interface LinesMessage {
  last: ShownLine | undefined
  data: Buffer
}

/** Those who keep up get the same stretches: each is joined and encoded once, however many watch. */
const messages = new WeakMap<ShownLine, LinesMessage>()

function messageOf(lines: ShownLine[]): Buffer {
  const [first, last] = [lines[0], lines.at(-1)]
  const known = first && messages.get(first)
  if (known && known.last === last) return known.data
  const data = Buffer.from(`{"type":"lines","lines":[${lines.map(textOf).join()}]}`)
  if (first) messages.set(first, { last, data })
  return data
}

/** A line looks the same to all who watch: it is filtered and written once. */
const texts = new WeakMap<ShownLine, string>()

function textOf(line: ShownLine): string {
  const known = texts.get(line)
  if (known !== undefined) return known
  const { position, at, stream } = line
  const words = JSON.stringify(filterTerminal(line.line))
  // Only the words can hold what JSON writes otherwise; a burst has no time for more.
  const text = `{"position":${position},"at":"${at}","stream":"${stream}","line":${words}}`
  texts.set(line, text)
  return text
}

function statsOf({ serverId: _, ...stats }: NonNullable<ReturnType<Agents['newestStats']>>) {
  return stats
}

/** What callers can meet has a code; anything else is our own fault and stays in the log. */
function problemOf(err: unknown, log: ConsoleVisitDeps['log']): { code: string; message: string } {
  if (err instanceof Error && 'code' in err && 'statusCode' in err) {
    return { code: String(err.code), message: err.message }
  }
  log.error({ err }, 'a console message failed')
  return { code: 'INTERNAL', message: 'Something went wrong' }
}
