import { limits } from '@ctrl-alt-play/protocol'
import type { LogLine } from './driver.ts'
import type { LogMessage } from './log-messages.ts'

export interface LineAssembler {
  push(messages: LogMessage[]): LogLine[]
  /** The unfinished lines of a game that has ended. */
  flush(): LogLine[]
  /** Lines whose time lay before that of an earlier one: mixed streams, or lines that came twice. */
  stepsBack(): number
}

interface Pending {
  atNs: bigint
  bytes: Buffer
}

const RETURN = 13
const MAX = limits.consoleLineBytes

/**
 * Puts Docker's pieces together to lines and cuts what is longer than a console line may be. Where it
 * cuts depends on the bytes alone, so that the same log gives the same lines each time it is read.
 */
export function createLineAssembler(): LineAssembler {
  const open: Record<LogLine['stream'], Pending | undefined> = {
    stdout: undefined,
    stderr: undefined
  }
  let latestNs = 0n
  let stepsBack = 0

  function line(stream: LogLine['stream'], pending: Pending, end: number): LogLine {
    // Two streams may be logged slightly out of order; by what is resumed must only grow.
    if (pending.atNs < latestNs) stepsBack++
    else latestNs = pending.atNs
    const continued = end < pending.bytes.length
    const atMs = Number(latestNs / 1_000_000n)
    // A copy: a line must not keep the whole chunk in memory that it came in.
    const text = Buffer.from(pending.bytes.subarray(0, end))
    pending.bytes = pending.bytes.subarray(end)
    return { atNs: latestNs, atMs, stream, continued, text }
  }

  function cut(stream: LogLine['stream'], pending: Pending): LogLine[] {
    const lines: LogLine[] = []
    while (isSurelyLonger(pending.bytes)) lines.push(line(stream, pending, MAX))
    return lines
  }

  function finish(stream: LogLine['stream']): LogLine[] {
    const pending = open[stream]
    if (!pending) return []
    open[stream] = undefined
    if (pending.bytes.at(-1) === RETURN) pending.bytes = pending.bytes.subarray(0, -1)
    const lines: LogLine[] = []
    while (pending.bytes.length > MAX) lines.push(line(stream, pending, MAX))
    return [...lines, line(stream, pending, pending.bytes.length)]
  }

  function take({ stream, atNs, bytes, ended }: LogMessage): LogLine[] {
    const pending = open[stream]
    // All pieces of a line carry its first time: another time means the line before had no end.
    const before = pending && pending.atNs !== atNs ? finish(stream) : []
    const joined = open[stream] ? Buffer.concat([open[stream].bytes, bytes]) : bytes
    const current = { atNs, bytes: joined }
    open[stream] = current
    const lines = ended ? finish(stream) : cut(stream, current)
    return before.length > 0 ? [...before, ...lines] : lines
  }

  return {
    push: messages => messages.flatMap(take),
    flush: () => [...finish('stdout'), ...finish('stderr')],
    stepsBack: () => stepsBack
  }
}

/** A last carriage return may yet turn out to belong to the line's end. */
function isSurelyLonger(bytes: Buffer): boolean {
  if (bytes.length <= MAX) return false
  return bytes.length > MAX + 1 || bytes[MAX] !== RETURN
}
