import { QueryCache, QueryClient } from '@tanstack/react-query'
import { useSyncExternalStore } from 'react'
import { createLive } from './live.ts'
import { Problem } from './problem.ts'

/** Who is told when the login has ended. */
const leavers = new Set<() => void>()

export function onLoginEnded(leave: () => void): () => void {
  leavers.add(leave)
  return () => leavers.delete(leave)
}

/** Only what can get better by itself is tried again. */
function mayRetry(failures: number, error: unknown): boolean {
  const { status = 0 } = error instanceof Problem ? error : {}
  return (status === 0 || status >= 500) && failures < 3
}

export const queries = new QueryClient({
  queryCache: new QueryCache({
    onError(error, query) {
      if (!(error instanceof Problem) || error.status !== 401) return
      if (query.queryKey[0] !== 'me' || query.state.data) for (const leave of leavers) leave()
    }
  }),
  defaultOptions: {
    queries: { retry: mayRetry, staleTime: 10_000, refetchOnWindowFocus: true },
    mutations: { retry: false }
  }
})

export const live = createLive(queries)

export const useIsConnected = (): boolean => useSyncExternalStore(live.subscribe, live.isConnected)
