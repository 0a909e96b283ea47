import type { InfiniteData, Query, QueryClient } from '@tanstack/react-query'
import type { Command, Node, NodesPage, PanelEvent, Server, ServersPage } from './client.ts'
import { keepStats, keepVitals } from './kept-figures.ts'
import {
  type ListFilter,
  mustReread,
  type StatusChange,
  without,
  withStatus
} from './servers-lists.ts'
import { type LastingSocket, openSocket } from './socket.ts'
import { createWatched, type Watchable } from './watched.ts'

const SETTLE_MS = 1_000

type ServersList = InfiniteData<ServersPage>

export interface Live {
  isConnected(): boolean
  subscribe(listener: () => void): () => void
  /** Has the panel send figures until what it answers is called. */
  watch(kind: Watchable, id: string): () => void
  start(): void
  stop(): void
}

/** Keeps what the pages have read as the panel says it is: one WebSocket, no polling. */
export function createLive(queries: QueryClient): Live {
  const listeners = new Set<() => void>()
  let connected = true
  let socket: LastingSocket | undefined
  let settling: ReturnType<typeof setTimeout> | undefined

  const watched = createWatched(() => socket?.send(watched.message()))

  function say(isConnected: boolean): void {
    if (connected === isConnected) return
    connected = isConnected
    for (const listener of listeners) listener()
  }

  /** Many changes at once are one reading of the lists. */
  function readListsSoon(): void {
    if (settling !== undefined) return
    settling = setTimeout(() => {
      settling = undefined
      void queries.invalidateQueries({ queryKey: ['servers'] })
    }, SETTLE_MS)
  }

  function readLists(): Query[] {
    return queries.getQueryCache().findAll({ queryKey: ['servers'] })
  }

  function lacks(heard: { id: string; status: Server['status'] }): boolean {
    return readLists().some(({ state, queryKey: [, filter] }) => {
      const list = state.data as ServersList | undefined
      return list !== undefined && mustReread(list, (filter ?? {}) as ListFilter, heard)
    })
  }

  function changeLists(change: (list: ServersList) => ServersList): void {
    for (const query of readLists()) {
      // What is on its way may have been read before this happened.
      if (query.state.fetchStatus === 'fetching') readListsSoon()
      changeKept(queries, query, change)
    }
  }

  function changeServer(serverId: string, change: StatusChange): void {
    const query = queries.getQueryCache().find({ queryKey: ['server', serverId] })
    if (!query) return
    changeKept<Server>(queries, query, old => ({ ...old, ...change }))
    if (query.state.fetchStatus === 'fetching')
      void queries.invalidateQueries({ queryKey: query.queryKey })
  }

  function readServer(serverId: string): void {
    for (const key of ['server', 'members', 'invited']) {
      void queries.invalidateQueries({ queryKey: [key, serverId] })
    }
    readListsSoon()
  }

  function readAll(): void {
    void queries.invalidateQueries({ predicate: ({ queryKey: [kind] }) => kind !== 'alts' })
  }

  function take(event: PanelEvent): void {
    switch (event.type) {
      case 'server.status': {
        const { serverId, status, reason, startedAt } = event
        const change = { status, statusReason: reason, startedAt }
        changeServer(serverId, change)
        if (lacks({ id: serverId, status })) readListsSoon()
        changeLists(list => withStatus(list, serverId, change))
        break
      }
      case 'server.deleted':
        void queries.invalidateQueries({ queryKey: ['server', event.serverId] })
        changeLists(list => without(list, event.serverId))
        break
      case 'command': {
        const { command } = event
        if (command.serverId) queries.setQueryData<Command>(['command', command.serverId], command)
        if (command.serverId && command.finishedAt) {
          void queries.invalidateQueries({ queryKey: ['server', command.serverId] })
        }
        break
      }
      case 'node.status':
        patchNode(queries, event.nodeId, event.status)
        void queries.invalidateQueries({ queryKey: ['nodes'] })
        void queries.invalidateQueries({ queryKey: ['node', event.nodeId] })
        break
      case 'access.changed':
        void queries.invalidateQueries({ queryKey: ['me'] })
        if (event.serverId === null) readAll()
        else readServer(event.serverId)
        break
      case 'server.stats':
        keepStats(queries, event.serverId, event.stats)
        break
      case 'node.resources':
        keepVitals(queries, event.nodeId, event.resources)
        break
      case 'error':
        break
    }
  }

  return {
    isConnected: () => connected,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    watch: watched.add,
    start() {
      socket ??= openSocket('/api/v1/events', {
        onOpen(opened) {
          say(true)
          opened.send(watched.message())
          // What changed before, or meanwhile, was told to nobody.
          readAll()
        },
        onMessage: message => take(message as PanelEvent),
        onClose() {
          say(false)
          // It may be the login that ended.
          void queries.invalidateQueries({ queryKey: ['me'] })
          return true
        }
      })
    },
    stop() {
      socket?.close()
      socket = undefined
      say(true)
    }
  }
}

/** Changed is not the same as read: what was due to be read again still is. */
function changeKept<T>(queries: QueryClient, query: Query, change: (data: T) => T): void {
  const { data, isInvalidated, dataUpdatedAt } = query.state
  if (data === undefined) return
  const changed = change(data as T)
  if (changed === data) return
  queries.setQueryData(query.queryKey, changed, { updatedAt: dataUpdatedAt })
  if (isInvalidated) query.invalidate()
}

function patchNode(queries: QueryClient, nodeId: string, status: Node['status']): void {
  queries.setQueriesData<InfiniteData<NodesPage>>(
    { queryKey: ['nodes'] },
    old =>
      old && {
        ...old,
        pages: old.pages.map(page => ({
          ...page,
          data: page.data.map(node => (node.id === nodeId ? { ...node, status } : node))
        }))
      }
  )
}
