import type { ServerFactsRepo } from './statuses.repo.ts'

/** Ids that no server has, from one session: more than that is no accident. */
const MAX_UNKNOWN = 5_000

export interface Ownership {
  /** Learns whose the servers are, and answers those of other nodes. Safe to repeat. */
  sort(ids: readonly string[]): Promise<string[]>
  /** These are the node's own: the database has just said so. */
  learn(ids: readonly string[]): void
  owns(serverId: string): boolean
  /** The node named so many unknown servers that nothing it says makes sense. */
  isNonsense(): boolean
}

/** Which servers a session may speak of: it asks the database once for each. */
export function createOwnership(nodeId: string, repo: Pick<ServerFactsRepo, 'nodesOf'>): Ownership {
  const own = new Set<string>()
  const nobodys = new Set<string>()
  return {
    async sort(ids) {
      const news = [...new Set(ids)].filter(id => !own.has(id) && !nobodys.has(id))
      if (news.length === 0) return []
      const nodes = await repo.nodesOf(news)
      for (const id of news) {
        if (nodes.get(id) === nodeId) own.add(id)
        else if (!nodes.has(id)) nobodys.add(id)
      }
      return news.filter(id => (nodes.get(id) ?? nodeId) !== nodeId)
    },
    learn(ids) {
      for (const id of ids) own.add(id)
    },
    owns: serverId => own.has(serverId),
    isNonsense: () => nobodys.size > MAX_UNKNOWN
  }
}
