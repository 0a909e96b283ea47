import { useQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import type { Stats } from './client.ts'
import { live } from './context.ts'
import { figuresKey, type Vitals, vitalsKey } from './kept-figures.ts'

/** What a server uses, as its machine tells it while this is looked at. */
export function useFigures(serverId: string, isWanted = true): readonly Stats[] {
  useEffect(() => (isWanted ? live.watch('servers', serverId) : undefined), [serverId, isWanted])
  return useQuery<Stats[]>({ queryKey: figuresKey(serverId), enabled: false }).data ?? nothing
}

export function useVitals(nodeId: string): readonly Vitals[] {
  useEffect(() => live.watch('nodes', nodeId), [nodeId])
  return useQuery<Vitals[]>({ queryKey: vitalsKey(nodeId), enabled: false }).data ?? nothing
}

const nothing: readonly never[] = []
