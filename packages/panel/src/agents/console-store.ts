import { type ConsoleLine, wireLengthOf } from '@ctrl-alt-play/protocol'
import type { FastifyBaseLogger } from 'fastify'
import type { Fence } from './commands.repo.ts'
import type { ConsoleRepo, Growth } from './console.repo.ts'
import { trimChunk } from './console-trim.ts'
import { createFlusher } from './flusher.ts'
import { writeApart } from './write-apart.ts'

const INTERVAL_MS = 200
const RETRY_MS = 1_000
const MAX_NODE_BYTES = 1024 * 1024
const MAX_BATCH_BYTES = 2 * 1024 * 1024

/** The session that the lines came from. */
interface ConsoleSource extends Fence {
  /** Told when they are stored up to there, or were known up to there before. */
  stored(serverId: string, position: number): void
}

interface Waiting {
  source: ConsoleSource
  serverId: string
  start: number
  lines: ConsoleLine[]
  bytes: number
}

/** Appends console chunks to the stored history, the chunks of many servers in one statement. */
export interface ConsoleStore {
  /** False when so much of this node's console waits that its session should wait for `flush` too. */
  offer(
    source: ConsoleSource,
    chunk: { serverId: string; start: number; lines: ConsoleLine[] }
  ): boolean
  /** The server is gone. */
  forget(serverId: string): void
  /** How many bytes each console has grown by since this was asked last. */
  takeGrowth(): Map<string, number>
  flush(): Promise<void>
  stop(): Promise<void>
}

export function createConsoleStore(options: {
  repo: Pick<ConsoleRepo, 'ends' | 'append'>
  log: FastifyBaseLogger
}): ConsoleStore {
  const { repo, log } = options
  const ends = new Map<string, number>()
  const nodeBytes = new Map<string, number>()
  let waiting: Waiting[] = []
  let grown = new Map<string, number>()
  const flusher = createFlusher({
    intervalMs: INTERVAL_MS,
    retryMs: RETRY_MS,
    work: writeWaiting,
    onError: err => log.warn({ err, chunks: waiting.length }, 'consoles wait for the database')
  })

  async function writeWaiting(): Promise<void> {
    while (waiting.length > 0) {
      const batch = takeBatch(waiting)
      await writeBatch(batch)
      waiting = waiting.slice(batch.length)
      for (const { source, bytes } of batch) {
        const left = (nodeBytes.get(source.nodeId) ?? 0) - bytes
        if (left > 0) nodeBytes.set(source.nodeId, left)
        else nodeBytes.delete(source.nodeId)
      }
    }
  }

  /** Twice at most: a console that someone else has moved is looked up again. */
  async function writeBatch(batch: Waiting[]): Promise<void> {
    const left = await append(batch)
    for (const { serverId } of left) ends.delete(serverId)
    for (const { serverId } of await append(left)) ends.delete(serverId)
  }

  /** Answers what could not be appended. */
  async function append(batch: Waiting[]): Promise<Waiting[]> {
    if (batch.length === 0) return []
    await loadEnds(batch)
    const growths = growthsOf(batch, ends)
    const growing = growths.filter(growth => growth.chunks.length > 0)
    const appended = new Set(growing.length > 0 ? await writeApart(growing, repo.append, log) : [])
    const sources = new Map(batch.map(entry => [entry.serverId, entry.source]))
    for (const { serverId, from, chunks } of growths) {
      const position = chunks.at(-1)?.end ?? from
      if (chunks.length > 0 && !appended.has(serverId)) continue
      ends.set(serverId, position)
      for (const chunk of chunks) count(serverId, chunk.lines)
      sources.get(serverId)?.stored(serverId, position)
    }
    const failed = new Set(growing.map(one => one.serverId).filter(id => !appended.has(id)))
    return batch.filter(entry => failed.has(entry.serverId))
  }

  async function loadEnds(batch: Waiting[]): Promise<void> {
    const unknown = [...new Set(batch.map(entry => entry.serverId))].filter(id => !ends.has(id))
    if (unknown.length === 0) return
    for (const [serverId, end] of await repo.ends(unknown)) ends.set(serverId, end)
  }

  function count(serverId: string, lines: ConsoleLine[]): void {
    grown.set(serverId, (grown.get(serverId) ?? 0) + bytesOf(lines))
  }

  return {
    offer(source, { serverId, start, lines }) {
      const bytes = bytesOf(lines)
      const total = (nodeBytes.get(source.nodeId) ?? 0) + bytes
      nodeBytes.set(source.nodeId, total)
      waiting.push({ source, serverId, start, lines, bytes })
      flusher.poke()
      return total <= MAX_NODE_BYTES
    },
    forget: serverId => void ends.delete(serverId),
    takeGrowth() {
      const taken = grown
      grown = new Map()
      return taken
    },
    flush: flusher.flush,
    async stop() {
      await flusher
        .flush()
        .catch(err => log.warn({ err }, 'the last of the consoles is not stored'))
      flusher.stop()
    }
  }
}

/** What each server's console grows by: without what it has, and from its newest session only. */
function growthsOf(batch: Waiting[], ends: ReadonlyMap<string, number>): Growth[] {
  const growths = new Map<string, Growth>()
  for (const { source, serverId, start, lines } of batch) {
    const from = ends.get(serverId)
    const known = growths.get(serverId)
    const { nodeId, epoch } = source
    if (from === undefined || (known && known.epoch > epoch)) continue
    const isSame = known?.epoch === epoch && known.nodeId === nodeId
    const growth = isSame ? known : { nodeId, epoch, serverId, from, chunks: [] }
    const chunk = trimChunk({ start, lines }, growth.chunks.at(-1)?.end ?? from)
    if (chunk) growth.chunks.push(chunk)
    growths.set(serverId, growth)
  }
  return [...growths.values()]
}

function takeBatch(waiting: Waiting[]): Waiting[] {
  let bytes = 0
  let count = 0
  for (const entry of waiting) {
    bytes += entry.bytes
    if (count > 0 && bytes > MAX_BATCH_BYTES) break
    count += 1
  }
  return waiting.slice(0, count)
}

function bytesOf(lines: ConsoleLine[]): number {
  return lines.reduce((sum, line) => sum + wireLengthOf(line), 0)
}
