import { batchesOf, type ServerEvent } from '@ctrl-alt-play/protocol'
import type { Uplink } from './uplink.ts'

/** What happened to servers, kept until the panel has stored it. */
export interface EventLog {
  tell(serverId: string, code: string, message: string): void
  stored(seq: number): void
  /** The server is gone for good: nobody asks what happened to it. */
  forget(serverId: string): void
  /** A new session: what was not stored is sent again. */
  resend(): void
  close(): void
}

/** With the panel away for long the oldest are given up. */
const MOST_EVENTS = 2_000
const PART_BYTES = 48 * 1024
const MOST_IN_PART = 100
const MOST_CHARACTERS = 2_000

export function createEventLog(send: Uplink, now: () => Date = () => new Date()): EventLog {
  let kept: ServerEvent[] = []
  let lastSeq = 0
  let sentSeq = 0
  let flushing: NodeJS.Immediate | undefined

  function flush(): void {
    flushing = undefined
    const unsent = kept.filter(({ seq }) => seq > sentSeq)
    for (const batch of batchesOf(unsent, PART_BYTES)) {
      for (let from = 0; from < batch.length; from += MOST_IN_PART) {
        const events = batch.slice(from, from + MOST_IN_PART)
        if (!send('events', { events })) return
        sentSeq = events.at(-1)?.seq ?? sentSeq
      }
    }
  }

  return {
    tell(serverId, code, message) {
      lastSeq++
      const at = now().toISOString()
      kept.push({ seq: lastSeq, serverId, at, code, message: message.slice(0, MOST_CHARACTERS) })
      if (kept.length > MOST_EVENTS) kept = kept.slice(-MOST_EVENTS)
      flushing ??= setImmediate(flush)
    },
    stored(seq) {
      kept = kept.filter(event => event.seq > seq)
    },
    forget(serverId) {
      kept = kept.filter(event => event.serverId !== serverId)
    },
    resend() {
      sentSeq = 0
      flush()
    },
    close() {
      clearImmediate(flushing)
    }
  }
}
