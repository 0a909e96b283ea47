import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query'
import { useSyncExternalStore } from 'react'
import { api } from './client.ts'
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

const owing = new Set(['PASSWORD_CHANGE_REQUIRED', 'TOTP_SETUP_REQUIRED'])

function noticeOwing(error: unknown): void {
  if (error instanceof Problem && owing.has(error.code)) {
    void queries.invalidateQueries({ queryKey: ['me'] })
  }
}

export const queries = new QueryClient({
  queryCache: new QueryCache({
    onError(error, query) {
      noticeOwing(error)
      if (!(error instanceof Problem) || error.status !== 401) return
      if (query.queryKey[0] !== 'me' || query.state.data) void leaveIfOut()
    }
  }),
  mutationCache: new MutationCache({
    onError(error) {
      noticeOwing(error)
      if (error instanceof Problem && error.code === 'UNAUTHENTICATED') void leaveIfOut()
    }
  }),
  defaultOptions: {
    queries: { retry: mayRetry, staleTime: 10_000, refetchOnWindowFocus: true },
    // What was sent and answered may be a secret: it goes with the page that shows it.
    mutations: { retry: false, gcTime: 0 }
  }
})

/** Resolves once nothing that was asked for is being done any more. */
function whenDone(): Promise<void> {
  if (queries.isMutating() === 0) return Promise.resolve()
  return new Promise(resolve => {
    const stop = queries.getMutationCache().subscribe(() => {
      if (queries.isMutating() > 0) return
      stop()
      resolve()
    })
  })
}

/**
 * Who changes their own password is told that the old login has ended a moment before the answer brings
 * the new one: what was refused in between is asked for again.
 */
async function leaveIfOut(): Promise<void> {
  await whenDone()
  const status = await api.GET('/api/v1/auth/me').then(
    ({ response }) => response.status,
    () => 0
  )
  if (status === 401) for (const leave of leavers) leave()
  else if (status === 200) void queries.invalidateQueries()
}

export const live = createLive(queries)

export const useIsConnected = (): boolean => useSyncExternalStore(live.subscribe, live.isConnected)
