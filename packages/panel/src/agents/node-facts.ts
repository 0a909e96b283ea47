import type { EngineInfo, NodeResources, Orphan, ServerStats } from '@ctrl-alt-play/protocol'

/** Older samples say nothing about now. */
const STATS_MS = 90_000

interface Sample {
  nodeId: string
  stats: ServerStats
  at: number
}

/** The newest of what is not worth a row: samples, vitals, orphans. It is lost with the panel and told again. */
export interface NodeFacts {
  /** As the hello tells it; with resources comes a newer one. */
  setEngine(nodeId: string, docker: EngineInfo | null): void
  /** Answers what is kept of them. */
  setResources(nodeId: string, resources: NodeResources): NodeResources
  /** Of two that are one container, the first counts. */
  setOrphans(nodeId: string, orphans: Orphan[]): void
  setStats(nodeId: string, stats: readonly ServerStats[]): void
  /** Why its agent was turned away when it knocked last; null: it came in. */
  setRefusal(nodeId: string, reason: string | null): void
  /** Null: no engine answers there. Undefined: it is not told yet. */
  engine(nodeId: string): EngineInfo | null | undefined
  resources(nodeId: string): NodeResources | undefined
  orphans(nodeId: string): Orphan[]
  refusal(nodeId: string): string | undefined
  stats(serverId: string): ServerStats | undefined
  /** All samples that still say something, with those of the nodes in `nodeIds`. */
  samples(): { servers: ServerStats[]; nodes: Map<string, NodeResources> }
  /** Its vitals are no longer now. */
  endSession(nodeId: string): void
  forget(): void
}

export function createNodeFacts(now: () => number): NodeFacts {
  const resources = new Map<string, NodeResources>()
  const engines = new Map<string, EngineInfo | null>()
  const orphans = new Map<string, Orphan[]>()
  const samples = new Map<string, Sample>()
  const refusals = new Map<string, string>()
  const isFresh = (sample: Sample) => now() - sample.at < STATS_MS

  return {
    setEngine: (nodeId, docker) => void engines.set(nodeId, docker),
    setResources(nodeId, newest) {
      const kept = resources.get(nodeId)
      // In place: ten thousand nodes would otherwise leave a thousand old objects a second, let go late.
      if (kept) Object.assign(kept, newest)
      else resources.set(nodeId, newest)
      const current = kept ?? newest
      engines.set(nodeId, current.docker)
      return current
    },
    setOrphans(nodeId, newest) {
      const named = new Map(newest.toReversed().map(orphan => [orphan.name, orphan]))
      if (named.size > 0) orphans.set(nodeId, [...named.values()].toReversed())
      else orphans.delete(nodeId)
    },
    setStats(nodeId, newest) {
      for (const stats of newest) samples.set(stats.serverId, { nodeId, stats, at: now() })
    },
    setRefusal(nodeId, reason) {
      if (reason === null) refusals.delete(nodeId)
      else refusals.set(nodeId, reason)
    },
    engine: nodeId => engines.get(nodeId),
    resources: nodeId => resources.get(nodeId),
    orphans: nodeId => orphans.get(nodeId) ?? [],
    refusal: nodeId => refusals.get(nodeId),
    stats(serverId) {
      const sample = samples.get(serverId)
      return sample && isFresh(sample) ? sample.stats : undefined
    },
    samples: () => ({
      servers: [...samples.values()].filter(isFresh).map(sample => sample.stats),
      nodes: resources
    }),
    endSession(nodeId) {
      engines.delete(nodeId)
      resources.delete(nodeId)
    },
    forget() {
      for (const [serverId, sample] of samples) if (!isFresh(sample)) samples.delete(serverId)
    }
  }
}
