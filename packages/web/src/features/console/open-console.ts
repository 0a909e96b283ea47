import type { ConsoleMessage, Stats } from '../../api/client.ts'
import { openSocket } from '../../api/socket.ts'
import { type ConsoleFeed, createConsoleFeed, type ShownItem } from './console-feed.ts'

const REVOKED = 4403
/** How much more is shown when somebody asks for what was before. */
const EARLIER_BYTES = 512 * 1024

interface ConsoleHandlers {
  onItems(items: ShownItem[]): void
  onStats(stats: Stats): void
  /** Why something that was typed, or the reading, was refused. */
  onRefusal(code: string): void
  onConnected(isConnected: boolean): void
  /** The reader may no longer read. */
  onEnd(): void
}

export interface OpenConsole {
  /** False while there is no connection. */
  type(line: string): boolean
  /** Begins anew further back. False: nothing is before. */
  earlier(): boolean
  close(): void
}

/** A server's console, which goes on where it stopped after every break. */
export function openConsole(serverId: string, handlers: ConsoleHandlers): OpenConsole {
  let feed: ConsoleFeed = createConsoleFeed()
  let from: number | undefined
  const path = `/api/v1/servers/${encodeURIComponent(serverId)}/console`

  const subscription = () => {
    const after = feed.resumeAt() ?? from
    return { type: 'subscribe', ...(after !== undefined && { after }) }
  }

  const socket = openSocket(path, {
    onOpen(opened) {
      handlers.onConnected(true)
      opened.send(subscription())
    },
    onMessage(data) {
      const message = data as ConsoleMessage
      const items = feed.take(message)
      if (items.length > 0) handlers.onItems(items)
      if (message.type === 'stats') handlers.onStats(message.stats)
      if (message.type === 'error') handlers.onRefusal(message.code)
    },
    onClose(code) {
      handlers.onConnected(false)
      if (code === REVOKED) handlers.onEnd()
      return code !== REVOKED
    }
  })

  return {
    type: line => socket.send({ type: 'input', line }),
    earlier() {
      const begin = feed.beginsAt() ?? 0
      if (begin === 0) return false
      from = Math.max(0, begin - EARLIER_BYTES)
      feed = createConsoleFeed()
      socket.send(subscription())
      return true
    },
    close: socket.close
  }
}
