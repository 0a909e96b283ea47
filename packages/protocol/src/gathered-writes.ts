import type { Writable } from 'node:stream'

/**
 * What is written to the stream in this turn of the event loop leaves in one piece: each piece costs a
 * system call and wakes the other end. Call it before writing.
 */
export function gatherWrites(stream: Writable): void {
  if (stream.writableCorked > 0) return
  stream.cork()
  setImmediate(() => stream.uncork())
}
