import type { Writable } from 'node:stream'
import { closeCodes, gatherWrites, type PanelBody, panelCodec } from '@ctrl-alt-play/protocol'
import type { WebSocket } from 'ws'

/** More than this unsent means that the other end does not read. */
const MAX_UNSENT_BYTES = 8 * 1024 * 1024
const MAX_REASON_BYTES = 120

type Type = Parameters<typeof panelCodec.encode>[0]

/** The sending half of an agent's socket. */
export interface AgentWire {
  /** False when the socket takes no more. */
  send<K extends Type>(type: K, body: PanelBody<K>, id?: string): boolean
  /** Also waits until the bytes have left: for what comes in many parts. */
  sendPaced<K extends Type>(type: K, body: PanelBody<K>): Promise<boolean>
  /** Of what was sent paced: how many parts have left, and whether one has not. */
  paced(): { left: number; isHeldUp: boolean }
  sendText(text: string): boolean
  ping(): void
  isOpen(): boolean
  close(code: number, reason: string): void
  /** Without a word: nobody is there to hear it. */
  terminate(): void
}

/** `stream` is what carries the socket. */
export function createWire(socket: WebSocket, stream: Writable): AgentWire {
  const isOpen = () => socket.readyState === socket.OPEN
  const parts = { sent: 0, left: 0 }

  function close(code: number, reason: string): void {
    if (isOpen()) socket.close(code, Buffer.from(reason).subarray(0, MAX_REASON_BYTES))
  }

  function sendText(text: string, done?: () => void): boolean {
    if (isOpen() && socket.bufferedAmount > MAX_UNSENT_BYTES) {
      close(closeCodes.tryAgainLater, 'you do not read what you are sent')
    }
    if (!isOpen()) return false
    gatherWrites(stream)
    socket.send(text, done)
    return true
  }

  return {
    send: (type, body, id) => sendText(panelCodec.encode(type, body, id)),
    sendPaced: (type, body) =>
      new Promise(resolve => {
        const hasLeft = () => {
          parts.left += 1
          resolve(isOpen())
        }
        parts.sent += 1
        if (!sendText(panelCodec.encode(type, body), hasLeft)) hasLeft()
      }),
    paced: () => ({ left: parts.left, isHeldUp: parts.left < parts.sent }),
    sendText: text => sendText(text),
    ping() {
      if (isOpen()) socket.ping()
    },
    isOpen,
    close,
    terminate: () => socket.terminate()
  }
}
