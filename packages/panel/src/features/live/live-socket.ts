import { on } from 'node:events'
import { closeCodes, createFlight } from '@ctrl-alt-play/protocol'
import { WebSocket } from 'ws'

const TICK_MS = 1_000
const PING_MS = 20_000
/** Nothing went through for so long: nobody reads at the other end. */
const STUCK_MS = 10_000
/** What a socket may keep for a reader who is too slow. */
const MAX_BUFFERED_BYTES = 4 * 1024 * 1024
/** One message of a browser. */
const MAX_MESSAGE_BYTES = 32 * 1024
/** Messages from the browser that wait to be handled; then it is not read from. */
const MAX_WAITING = 16
const LINGER_MS = 2_000

/** A browser's WebSocket: pinged, bounded in both directions, read in order. */
export interface LiveSocket {
  /** Silently nothing once the socket is closing. */
  say(message: object): void
  /** The same of what is JSON already, for one message to many; in UTF-8 it is passed on as it is. */
  sayJson(json: string | Buffer): void
  bufferedBytes(): number
  /** So much may be said now that can wait; 0: what is under way has to arrive first, in buffers that nobody sees. */
  room(): number
  /** `then` is called, instead of the one before, whenever there may be room again. */
  onRoom(then: () => void): void
  close(code: number, reason: string): void
  /** Every message, parsed; undefined for what is not JSON. Ends with the socket. */
  messages(): AsyncIterable<unknown>
  /** Called every second while it is open. */
  onTick(tick: () => void): void
  onClose(stop: () => void): void
}

export function createLiveSocket(
  socket: WebSocket,
  now: () => number = () => performance.now()
): LiveSocket {
  const ticks: (() => void)[] = []
  const stops: (() => void)[] = []
  const flow = { sent: 0, passed: 0, passedAt: now() }
  const pulse = { pingAt: now() + PING_MS, awaited: false }
  const arrivals: { ping: number; resolve(): void }[] = []
  let pings = 0
  let onRoom = () => {}
  const flight = createFlight(arrival, { onArrival: () => onRoom() })

  const timer = setInterval(() => {
    checkPulse()
    checkFlow()
    for (const tick of ticks) tick()
  }, TICK_MS)
  timer.unref()

  socket.on('pong', data => {
    pulse.awaited = false
    const ping = Number(String(data))
    while (arrivals[0] && arrivals[0].ping <= ping) arrivals.shift()?.resolve()
  })
  // The close that follows says it all.
  socket.on('error', () => undefined)
  socket.once('close', () => {
    clearInterval(timer)
    for (const stop of stops) stop()
  })

  /** When the reader has all that was sent before. It may answer only the newest of several questions. */
  function arrival(): Promise<void> {
    pings += 1
    const ping = pings
    if (socket.readyState === WebSocket.OPEN) socket.ping(String(ping))
    return new Promise(resolve => arrivals.push({ ping, resolve }))
  }

  function checkPulse(): void {
    if (now() < pulse.pingAt) return
    if (pulse.awaited) {
      socket.terminate()
      return
    }
    pulse.awaited = true
    pulse.pingAt = now() + PING_MS
    socket.ping()
  }

  function checkFlow(): void {
    const passed = flow.sent - socket.bufferedAmount
    if (socket.bufferedAmount === 0 || passed > flow.passed) flow.passedAt = now()
    flow.passed = Math.max(flow.passed, passed)
    if (now() - flow.passedAt >= STUCK_MS) close(closeCodes.tryAgainLater, 'nobody reads')
  }

  function close(code: number, reason: string): void {
    if (socket.readyState !== WebSocket.OPEN) return
    socket.close(code, reason)
    setTimeout(() => socket.terminate(), LINGER_MS).unref()
  }

  function sayJson(json: string | Buffer): void {
    if (socket.readyState !== WebSocket.OPEN) return
    const data = typeof json === 'string' ? Buffer.from(json) : json
    flow.sent += data.byteLength + frameHeaderBytes(data.byteLength)
    socket.send(data, { binary: false })
    flight.sent(data.byteLength)
    if (socket.bufferedAmount > MAX_BUFFERED_BYTES) close(closeCodes.tryAgainLater, 'too slow')
  }

  return {
    say: message => sayJson(JSON.stringify(message)),
    sayJson,
    bufferedBytes: () => socket.bufferedAmount,
    room: flight.room,
    onRoom(then) {
      onRoom = then
    },
    close,
    async *messages() {
      // ws can be paused, which is what the high-water mark does.
      const options = { close: ['close'], highWaterMark: MAX_WAITING, lowWaterMark: 1 }
      try {
        for await (const [data] of on(socket, 'message', options)) {
          if (data.byteLength > MAX_MESSAGE_BYTES) return close(closeCodes.tooBig, 'too long')
          yield parse(data)
        }
      } catch {
        // What came was no WebSocket message at all: ws closes the socket itself.
      }
    },
    onTick: tick => void ticks.push(tick),
    onClose: stop => void stops.push(stop)
  }
}

function parse(data: unknown): unknown {
  try {
    return JSON.parse(String(data))
  } catch {
    return undefined
  }
}

function frameHeaderBytes(payloadBytes: number): number {
  if (payloadBytes < 126) return 2
  return payloadBytes < 65_536 ? 4 : 10
}
