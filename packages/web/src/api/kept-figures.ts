import type { QueryClient } from '@tanstack/react-query'
import type { NodeResources, Stats } from './client.ts'

/** Samples that were pushed since somebody looks, oldest first. */
const KEPT = 120

export interface Vitals extends NodeResources {
  at: string
}

export const figuresKey = (serverId: string) => ['figures', serverId] as const
export const vitalsKey = (nodeId: string) => ['vitals', nodeId] as const

export function keepStats(queries: QueryClient, serverId: string, stats: Stats): void {
  queries.setQueryData<Stats[]>(figuresKey(serverId), (old = []) =>
    old.at(-1)?.at === stats.at ? old : [...old.slice(1 - KEPT), stats]
  )
}

export function keepVitals(queries: QueryClient, nodeId: string, resources: NodeResources): void {
  const at = new Date().toISOString()
  queries.setQueryData<Vitals[]>(vitalsKey(nodeId), (old = []) => [
    ...old.slice(1 - KEPT),
    { ...resources, at }
  ])
}
