import type { ConsoleRepo } from './console.repo.ts'
import { type ConsoleEntry, entriesOf, stretchesFrom } from './console-entries.ts'
import type { ConsoleHub } from './contract.ts'

const CHUNKS = 16

/** Up to `limit` stored lines from `after` on. */
export async function readEntries(
  repo: Pick<ConsoleRepo, 'chunks'>,
  serverId: string,
  after: number,
  limit: number
): Promise<ConsoleEntry[]> {
  const entries: ConsoleEntry[] = []
  let cursor = after
  while (entries.length < limit) {
    const chunks = await repo.chunks(serverId, cursor, CHUNKS)
    const news = chunks.flatMap(entriesOf).filter(entry => entry.end > cursor)
    const last = news.at(-1)
    if (!last) break
    entries.push(...news)
    cursor = last.end
  }
  return entries.slice(0, limit)
}

/** A page of the stored console as callers see it. */
export async function readHistory(
  repo: Pick<ConsoleRepo, 'chunks'>,
  serverId: string,
  after: number,
  limit: number
): ReturnType<ConsoleHub['read']> {
  // One more: the first may be a line that began before `after`.
  const entries = await readEntries(repo, serverId, after, limit + 1)
  const began = entries[0] && entries[0].shown.position < after ? 1 : 0
  const { stretches, cursor } = stretchesFrom(entries.slice(0, limit + began), after)
  return {
    data: stretches.flatMap(stretch => ('lines' in stretch ? stretch.lines : [])),
    nextPosition: cursor,
    gaps: stretches.flatMap(stretch => ('gap' in stretch ? [stretch.gap] : []))
  }
}
