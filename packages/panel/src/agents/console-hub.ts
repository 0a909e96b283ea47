import { type ConsoleLine, limits, wireLengthOf } from '@ctrl-alt-play/protocol'
import type { FastifyBaseLogger } from 'fastify'
import type { ConsoleRepo } from './console.repo.ts'
import { entriesOf } from './console-entries.ts'
import { readEntries, readHistory } from './console-history.ts'
import { type ConsoleRing, createConsoleRing } from './console-ring.ts'
import { type ConsoleWatcher, createConsoleWatcher } from './console-watcher.ts'
import type { ConsoleHub } from './contract.ts'
import type { AgentRegistry, AgentSession } from './registry.ts'

const RING_BYTES = 256 * 1024
/** Credit goes back in lumps: a message for each frame would cost more than the frame. */
const CREDIT_LUMP = limits.consoleCreditBytes / 4

interface Stream {
  serverId: string
  nodeId: string | null
  watchers: Set<ConsoleWatcher>
  /** Kept when the session ends: its end is where the next one goes on. */
  ring: ConsoleRing | undefined
  open: { id: number; session: AgentSession; owedBytes: number; isWhole: boolean } | undefined
}

/** The hub and what sessions tell it. */
export interface LinkConsoleHub extends ConsoleHub {
  sessionReady(session: AgentSession): void
  sessionEnded(session: AgentSession): void
  frame(
    session: AgentSession,
    frame: { streamId: number; start: number; lines: ConsoleLine[] }
  ): void
  stop(): void
}

export function createConsoleHub(options: {
  repo: Pick<ConsoleRepo, 'chunks' | 'ends'>
  registry: Pick<AgentRegistry, 'ready'>
  log: FastifyBaseLogger
}): LinkConsoleHub {
  const { repo, registry, log } = options
  const streams = new Map<string, Stream>()
  const openStreams = new Map<number, Stream>()
  let lastStreamId = 0

  function open(stream: Stream): void {
    connect(stream).catch(err => log.warn({ err, serverId: stream.serverId }, 'console not opened'))
  }

  /** One stream a server, however many watch; it goes on where the last one ended. */
  async function connect(stream: Stream): Promise<void> {
    const { serverId, nodeId } = stream
    if (!nodeId || !registry.ready(nodeId)) return
    const stored = stream.ring?.end() ?? (await repo.ends([serverId])).get(serverId)
    const session = registry.ready(nodeId)
    const isWanted = streams.get(serverId) === stream && !stream.open
    if (stored === undefined || !session || !isWanted) return
    stream.ring ??= createConsoleRing(stored, RING_BYTES)
    lastStreamId = (lastStreamId % (2 ** 32 - 1)) + 1
    stream.open = { id: lastStreamId, session, owedBytes: 0, isWhole: false }
    openStreams.set(lastStreamId, stream)
    ask(stream)
    for (const watcher of stream.watchers) watcher.advance()
  }

  /**
   * For lines from the ring's end on; asked again, the stream goes on there. Who watches alone misses
   * nothing; many would hold each other up.
   */
  function ask({ serverId, open: opened, ring, watchers }: Stream): void {
    if (!opened || !ring) return
    opened.owedBytes = 0
    opened.isWhole = watchers.size <= 1
    opened.session.wire.send('console.watch', {
      ...{ streamId: opened.id, serverId, from: ring.end() },
      creditBytes: limits.consoleCreditBytes,
      ...(opened.isWhole && { whole: true })
    })
  }

  function close(stream: Stream): void {
    if (!stream.open) return
    const { id, session } = stream.open
    openStreams.delete(id)
    stream.open = undefined
    session.wire.send('console.unwatch', { streamId: id })
  }

  function streamOf(server: { id: string; nodeId: string | null }): Stream {
    const known = streams.get(server.id)
    if (known) return known
    const { id: serverId, nodeId } = server
    const ring = undefined
    const stream: Stream = { serverId, nodeId, watchers: new Set(), ring, open: undefined }
    streams.set(serverId, stream)
    return stream
  }

  return {
    watch(server, after, listener) {
      const stream = streamOf(server)
      const watcher = createConsoleWatcher({
        after,
        listener,
        isAlone: () => stream.watchers.size <= 1,
        readStored: (position, limit) => readEntries(repo, server.id, position, limit),
        ring: () => stream.ring,
        log
      })
      stream.watchers.add(watcher)
      watcher.advance()
      if (!stream.open) open(stream)
      else if (stream.open.isWhole) ask(stream)
      return () => {
        watcher.stop()
        stream.watchers.delete(watcher)
        if (stream.watchers.size > 0 || streams.get(server.id) !== stream) return
        streams.delete(server.id)
        close(stream)
      }
    },

    read: (serverId, after, limit) => readHistory(repo, serverId, after, limit),

    sessionReady(session) {
      for (const stream of streams.values()) {
        if (stream.nodeId === session.nodeId && !stream.open) open(stream)
      }
    },

    sessionEnded(session) {
      for (const stream of streams.values()) {
        if (stream.open?.session === session) close(stream)
      }
    },

    frame(session, { streamId, start, lines }) {
      const stream = openStreams.get(streamId)
      if (!stream?.open || stream.open.session !== session) return
      stream.ring?.push(entriesOf({ start, lines }))
      stream.open.owedBytes += lines.reduce((sum, line) => sum + wireLengthOf(line), 0)
      if (stream.open.owedBytes >= CREDIT_LUMP) {
        session.wire.send('console.credit', { streamId, bytes: stream.open.owedBytes })
        stream.open.owedBytes = 0
      }
      for (const watcher of stream.watchers) watcher.advance()
    },

    stop() {
      for (const stream of streams.values()) {
        for (const watcher of stream.watchers) watcher.stop()
      }
      streams.clear()
      openStreams.clear()
    }
  }
}
