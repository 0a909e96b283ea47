import {
  agentCodec,
  closeCodes,
  createFlight,
  encodeConsoleFrame,
  limits,
  type PanelMessage
} from '@ctrl-alt-play/protocol'
import type { Logger } from 'pino'
import type { Carrier } from '../console/carrier.ts'
import type { Channel, Frame } from './channel.ts'
import type { Uplink } from './uplink.ts'

/** One life of the link, from welcome to close. It is never repaired: a broken one is thrown away. */
export interface Session {
  epoch: number
  send: Uplink
  /** Consoles wait while more important things are still to be sent, and never stand in their way. */
  carrier: Carrier
  isBusy(): boolean
  close(code: number, reason: string): void
}

type PanelMessages = Exclude<PanelMessage, { type: 'challenge' | 'welcome' }>

/** One listener for each message. Leaving one out does not compile. They must not take long: the socket waits. */
export type PanelListeners = {
  [K in PanelMessages['type']]: (
    body: Extract<PanelMessages, { type: K }>['body'],
    id: string
  ) => void | Promise<void>
}

/** From so many unsent bytes on consoles and statistics wait. */
const BUSY_BYTES = 2 ** 20

export function createSession(channel: Channel, epoch: number, log: Logger): Session {
  const isBusy = (): boolean => channel.bufferedBytes() >= BUSY_BYTES
  const flight = createFlight(channel.arrival)
  return {
    epoch,
    isBusy,
    send(type, body) {
      const text = agentCodec.encode(type, body)
      if (Buffer.byteLength(text) > limits.agentMessageBytes) {
        log.error({ type, bytes: text.length }, 'message too large, not sent')
        return false
      }
      return channel.send(text)
    },
    carrier: {
      room: flight.room,
      send(frame) {
        const bytes = encodeConsoleFrame(frame)
        if (isBusy() || flight.room() === 0 || !channel.send(bytes)) return false
        flight.sent(bytes.length)
        return true
      }
    },
    close: (code, reason) => channel.close(code, reason)
  }
}

/** Reads the socket in order until it is gone. What makes no sense ends the session. */
export async function listen(
  session: Session,
  frames: AsyncIterable<Frame>,
  listeners: PanelListeners,
  log: Logger
): Promise<void> {
  for await (const frame of frames) {
    const problem = await hear(session, frame, listeners, log)
    if (problem === undefined) continue
    log.warn({ problem }, 'message refused')
    return session.close(closeCodes.badMessage, problem)
  }
}

async function hear(
  session: Session,
  { data, isBinary }: Frame,
  listeners: PanelListeners,
  log: Logger
): Promise<string | undefined> {
  if (isBinary) return 'binary frames are not for agents'
  const decoded = agentCodec.decode(data.toString('utf8'))
  if (decoded.kind === 'refused') return decoded.reason
  if (decoded.kind === 'ignored') return
  const { message } = decoded
  if (message.type === 'challenge' || message.type === 'welcome') return 'authenticated already'
  const { body, id } = message
  const isOld = 'epoch' in body && body.epoch !== undefined && body.epoch !== session.epoch
  if (isOld) {
    log.warn({ type: message.type, epoch: body.epoch }, 'message of another session ignored')
    return
  }
  const listener = listeners[message.type] as (body: unknown, id: string) => void | Promise<void>
  await listener(body, id)
}
