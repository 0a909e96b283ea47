/** After a break the first try comes soon, later ones rarely; never all browsers at once. */
const FIRST_MS = 500
const MAX_MS = 10_000
const PULSE_MS = 5_000
/** The clock jumped: the machine slept, and the socket may be dead without knowing. */
const SLEPT_MS = 20_000

export interface LastingSocket {
  /** False while there is no connection. */
  send(message: object): boolean
  close(): void
}

interface SocketHandlers {
  onOpen(socket: LastingSocket): void
  onMessage(message: unknown): void
  /** False: it is not tried again. */
  onClose(code: number): boolean
}

/** A WebSocket of the panel that comes back by itself: after a cut, a sleep, a restart of the panel. */
export function openSocket(path: string, handlers: SocketHandlers): LastingSocket {
  let socket: WebSocket | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  let waitMs = FIRST_MS
  let isOver = false
  let seenAt = Date.now()

  const lasting: LastingSocket = {
    send(message) {
      if (socket?.readyState !== WebSocket.OPEN) return false
      socket.send(JSON.stringify(message))
      return true
    },
    close() {
      isOver = true
      clearTimeout(timer)
      clearInterval(pulse)
      window.removeEventListener('online', again)
      const last = socket
      socket = undefined
      last?.close()
    }
  }

  function connect(): void {
    const opened = new WebSocket(path)
    socket = opened
    opened.addEventListener('open', () => {
      if (socket !== opened) return opened.close()
      waitMs = FIRST_MS
      handlers.onOpen(lasting)
    })
    opened.addEventListener('message', event => {
      if (socket === opened) handlers.onMessage(JSON.parse(String(event.data)))
    })
    opened.addEventListener('close', event => {
      if (socket === opened) lost(event.code)
    })
  }

  function lost(code: number): void {
    socket = undefined
    if (isOver) return
    if (!handlers.onClose(code)) {
      lasting.close()
      return
    }
    clearTimeout(timer)
    timer = setTimeout(connect, waitMs * (0.5 + Math.random() / 2))
    waitMs = Math.min(waitMs * 2, MAX_MS)
  }

  /** At once, without waiting for the old one to notice. */
  function again(): void {
    if (isOver) return
    const last = socket
    waitMs = FIRST_MS
    lost(0)
    last?.close()
  }

  const pulse = setInterval(() => {
    const sleptMs = Date.now() - seenAt - PULSE_MS
    seenAt = Date.now()
    if (sleptMs > SLEPT_MS && document.visibilityState === 'visible') again()
  }, PULSE_MS)
  window.addEventListener('online', again)
  connect()
  return lasting
}
