/** How many bytes of consoles may be under way to one reader at once. */
export interface Flight {
  /** So many more may be sent now. */
  room(): number
  sent(bytes: number): void
}

interface FlightOptions {
  nowMs?(): number
  /** Something arrived: there may be room now. */
  onArrival?(): void
}

const LEAST_BYTES = 4 * 1024
const FIRST_BYTES = 8 * 1024
const MOST_BYTES = 2 ** 20
/** Less room than this is not worth a frame, and less under way not worth a question. */
const SCRAP_BYTES = 1_024
/** What we ourselves may add to the time that the road takes. */
const QUEUE_MS = 500
/** With more than this nothing is added: what is under way as a steady load must not overflow the road's own queue. */
const ENOUGH_QUEUE_MS = QUEUE_MS / 2
const PAUSE_MS = 5

/**
 * Everything else that is said waits behind what is under way, in buffers that nobody sees, so on a slow
 * road that must be little. Asks again and again when all that was sent has arrived: doubles the bytes while
 * that is quick, halves them when it is late, and from then on grows slowly while the queue is short.
 */
export function createFlight(
  /** Resolves when all that was sent before has arrived. */
  arrival: () => Promise<void>,
  { nowMs = () => performance.now(), onArrival = () => undefined }: FlightOptions = {}
): Flight {
  let mostBytes = FIRST_BYTES
  let sentBytes = 0
  let arrivedBytes = 0
  let roadMs = Number.POSITIVE_INFINITY
  let isAsking = false
  let wasFull = false
  let wasLate = false

  const room = (): number => {
    const left = mostBytes - (sentBytes - arrivedBytes)
    return left < SCRAP_BYTES ? 0 : left
  }

  function ask(): void {
    if (isAsking) return
    isAsking = true
    const upTo = sentBytes
    const askedMs = nowMs()
    void arrival().then(() => {
      arrivedBytes = upTo
      judge(nowMs() - askedMs)
      isAsking = false
      if (sentBytes - arrivedBytes >= SCRAP_BYTES) {
        if (wasFull) ask()
        else setTimeout(ask, PAUSE_MS).unref()
      }
      onArrival()
    })
  }

  function judge(tookMs: number): void {
    roadMs = Math.min(roadMs, tookMs)
    const queueMs = tookMs - roadMs
    if (queueMs > QUEUE_MS) {
      mostBytes = Math.max(LEAST_BYTES, mostBytes / 2)
      wasLate = true
    } else if (wasFull && queueMs < ENOUGH_QUEUE_MS) {
      mostBytes = Math.min(MOST_BYTES, wasLate ? mostBytes + LEAST_BYTES / 2 : mostBytes * 2)
    }
    wasFull = room() === 0
  }

  // Before anything is under way: how long the road is by itself.
  ask()
  return {
    room,
    sent(bytes) {
      sentBytes += bytes
      wasFull ||= room() === 0
      if (sentBytes - arrivedBytes >= SCRAP_BYTES) ask()
    }
  }
}
