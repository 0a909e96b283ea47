import type { InfiniteData, QueryClient } from '@tanstack/react-query'
import type { Command, Node, NodesPage, PanelEvent, Server, ServersPage } from './client.ts'
import { type ListFilter, mustReread, without, withStatus } from './servers-lists.ts'
import { openSocket } from './socket.ts'

const SETTLE_MS = 1_000

type ServersList = InfiniteData<ServersPage>

export interface Live {
  isConnected(): boolean
  subscribe(listener: () => void): () => void
  start(): void
  stop(): void
}

/** Keeps what the pages have read as the panel says it is: one WebSocket, no polling. */
export function createLive(queries: QueryClient): Live {
  const listeners = new Set<() => void>()
  let connected = true
  let isSecond = false
  let socket: { close(): void } | undefined
  let settling: ReturnType<typeof setTimeout> | undefined

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

  function lists(): [ServersList, ListFilter][] {
    return queries
      .getQueriesData<ServersList>({ queryKey: ['servers'], type: 'active' })
      .flatMap(([[, filter], list]) => (list ? [[list, (filter ?? {}) as ListFilter]] : []))
  }

  function changeLists(change: (list: ServersList) => ServersList): void {
    queries.setQueriesData<ServersList>({ queryKey: ['servers'] }, list => list && change(list))
  }

  function take(event: PanelEvent): void {
    switch (event.type) {
      case 'server.status': {
        const { serverId, status, reason, startedAt } = event
        const change = { status, statusReason: reason, startedAt }
        queries.setQueryData<Server>(['server', serverId], old => old && { ...old, ...change })
        if (lists().some(([list, filter]) => mustReread(list, filter, { id: serverId, status }))) {
          readListsSoon()
        }
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
    start() {
      socket ??= openSocket('/api/v1/events', {
        onOpen() {
          say(true)
          // What changed meanwhile was told to nobody.
          if (isSecond) void queries.invalidateQueries()
          isSecond = true
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
      isSecond = false
      say(true)
    }
  }
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
