import { limits } from '@ctrl-alt-play/protocol'
import type { Carrier } from './carrier.ts'
import type { Resume, Ring } from './ring.ts'

/** Brings one server's console into the panel's stored history, in chunks, at its leisure. */
export interface Shipper {
  /** Sends what is due. Call it every `SHIP_EVERY_MS`. False: the road was full before all was sent. */
  ship(carrier: Carrier): boolean
  /** Goes on with what was due then. */
  goOn(carrier: Carrier): boolean
  /** A new session: what was not confirmed is sent again. */
  restart(): void
  /** The panel has stored all before this. Answers where reading may go on after a restart of the agent, if that is known. */
  stored(position: number): Resume | undefined
  /** The panel's end has been compared with our positions. Until then only one line is sent, to learn it. */
  isConfirmed(): boolean
  /** Compares, once. Ahead: the panel has lines that we did not know of. Undefined: nothing was asked yet. */
  confirm(position: number): 'same' | 'ahead' | undefined
  /** The panel has all before this, and the ring has nothing of it. */
  goOnFrom(position: number): void
}

export const SHIP_EVERY_MS = 2_000
/** 64 KiB a second; what a game prints beyond that is overwritten in the ring, and is still in Docker's log. */
const BYTES_PER_TURN = (SHIP_EVERY_MS / 1_000) * 65_536
const MOST_IN_FLIGHT = 16
const UNANSWERED_MS = 30_000
/** Chunks leave room for people who watch; less than this is not worth one. */
const SHARE_OF_ROOM = 0.5
const SCRAP_BYTES = 512
/** The frame's payload, less the server's id. */
const CHUNK_BYTES = limits.framePayloadBytes - 16

interface Chunk {
  resume: Resume
  sentMs: number
}

export function createShipper(options: {
  serverId: string
  ring: Ring
  from: number
  isConfirmed: boolean
  nowMs(): number
}): Shipper {
  const { serverId, ring, nowMs } = options
  let storedTo = options.from
  let shippedTo = options.from
  let inFlight: Chunk[] = []
  let { isConfirmed } = options
  let leftBytes = 0

  function restart(): void {
    shippedTo = storedTo
    inFlight = []
  }

  function goOn(carrier: Carrier): boolean {
    const most = isConfirmed ? MOST_IN_FLIGHT : 1
    while (leftBytes > 0 && inFlight.length < most) {
      const share = carrier.room() * SHARE_OF_ROOM
      const maxBytes = isConfirmed ? Math.min(CHUNK_BYTES, leftBytes, share) : 1
      const stretch = ring.read(shippedTo, maxBytes)
      if (!stretch) return true
      const { start, lines, resume } = stretch
      if (share < SCRAP_BYTES || !carrier.send({ type: 'chunk', serverId, start, lines })) {
        return false
      }
      leftBytes -= resume.position - start
      shippedTo = resume.position
      inFlight.push({ resume, sentMs: nowMs() })
    }
    return true
  }

  return {
    restart,
    ship(carrier) {
      const oldest = inFlight[0]
      if (oldest && nowMs() - oldest.sentMs > UNANSWERED_MS) restart()
      leftBytes = BYTES_PER_TURN
      return goOn(carrier)
    },
    goOn,
    stored(position) {
      if (position <= storedTo) return
      storedTo = position
      shippedTo = Math.max(shippedTo, position)
      const known = inFlight.filter(({ resume }) => resume.position <= position).at(-1)
      inFlight = inFlight.filter(({ resume }) => resume.position > position)
      const exact = ring.endingAt(position)?.resume
      return exact ?? known?.resume
    },
    isConfirmed: () => isConfirmed,
    confirm(position) {
      const asked = inFlight[0]
      if (!asked) return
      isConfirmed = true
      return position > asked.resume.position ? 'ahead' : 'same'
    },
    goOnFrom(position) {
      storedTo = position
      restart()
    }
  }
}
