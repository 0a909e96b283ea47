import { on } from 'node:events'
import type { Writable } from 'node:stream'
import { gatherWrites, limits } from '@ctrl-alt-play/protocol'
import type { WebSocket } from 'ws'

export interface Frame {
  data: Buffer
  isBinary: boolean
}

/** One socket: its frames in order, read no faster than they are dealt with, and the way back. */
export interface Channel {
  frames(): AsyncIterableIterator<Frame>
  /** False when the socket takes no more; nothing was sent. */
  send(data: string | Buffer): boolean
  bufferedBytes(): number
  /** Resolves when all that was sent has arrived at the other end; never, when the socket goes first. */
  arrival(): Promise<void>
  close(code: number, reason: string): void
  /** Resolves when the socket is gone, whatever the reason. */
  closed: Promise<{ code: number; reason: string }>
}

/** More than this unsent means that the panel does not read. */
const MOST_UNSENT_BYTES = 8 * 2 ** 20
const CLOSE_TIMEOUT_MS = 2_000
const MOST_WAITING_FRAMES = 256
const MOST_REASON_BYTES = 120

export function openChannel(
  socket: WebSocket,
  silenceTimeoutMs: number = limits.silenceTimeoutMs
): Channel {
  let stream: Writable | undefined
  socket.once('upgrade', response => {
    stream = response.socket
  })
  const closed = new Promise<{ code: number; reason: string }>(resolve => {
    socket.once('close', (code, reason) => resolve({ code, reason: String(reason) }))
  })
  // What goes wrong ends in 'close'; without a listener it would end the process.
  socket.on('error', () => undefined)
  const incoming = on(socket, 'message', {
    close: ['close'],
    highWaterMark: MOST_WAITING_FRAMES,
    lowWaterMark: MOST_WAITING_FRAMES / 4
  })

  const silence = setTimeout(() => socket.terminate(), silenceTimeoutMs)
  const heard = (): void => void silence.refresh()
  for (const sign of ['message', 'ping', 'pong'] as const) socket.on(sign, heard)
  void closed.then(() => clearTimeout(silence))

  const awaited: (() => void)[] = []
  socket.on('pong', () => awaited.shift()?.())

  async function* frames(): AsyncGenerator<Frame> {
    try {
      for await (const [data, isBinary] of incoming) yield { data, isBinary }
    } catch {
      // An error of the socket: `closed` tells about it.
    }
  }

  return {
    frames,
    closed,
    send(data) {
      if (socket.readyState !== socket.OPEN) return false
      if (socket.bufferedAmount > MOST_UNSENT_BYTES) {
        socket.terminate()
        return false
      }
      if (stream) gatherWrites(stream)
      socket.send(data)
      return true
    },
    bufferedBytes: () => socket.bufferedAmount,
    arrival: () =>
      new Promise(resolve => {
        awaited.push(resolve)
        if (socket.readyState === socket.OPEN) socket.ping()
      }),
    close(code, reason) {
      socket.close(code, Buffer.from(reason).subarray(0, MOST_REASON_BYTES))
      setTimeout(() => socket.terminate(), CLOSE_TIMEOUT_MS).unref()
    }
  }
}
