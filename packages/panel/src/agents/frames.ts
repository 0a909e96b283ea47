import type { WebSocket } from 'ws'

interface Frame {
  data: Buffer
  isBinary: boolean
}

/** A socket's frames in order, read no faster than they are asked for. */
export interface Frames {
  /** Undefined: the socket has closed. One asks at a time. */
  next(): Promise<Frame | undefined>
  /** Nobody will ask again. */
  stop(): void
}

/** Does what `events.on` does without its 32 KiB of empty queues: there is one of these for each agent. */
export function readFrames(socket: WebSocket, mostWaiting: number): Frames {
  let waiting: Frame[] = []
  let isOver = false
  let wake: () => void = () => undefined

  const take = (data: Buffer, isBinary: boolean): void => {
    waiting.push({ data, isBinary })
    if (waiting.length === mostWaiting) socket.pause()
    wake()
  }
  const close = (): void => {
    isOver = true
    wake()
  }
  socket.on('message', take)
  socket.on('close', close)

  return {
    async next() {
      if (waiting.length === 0 && !isOver) {
        await new Promise<void>(resolve => {
          wake = resolve
        })
      }
      const frame = waiting.shift()
      if (socket.isPaused && waiting.length <= mostWaiting / 4) socket.resume()
      return frame
    },
    stop() {
      socket.off('message', take)
      waiting = []
      close()
      if (socket.isPaused) socket.resume()
    }
  }
}
