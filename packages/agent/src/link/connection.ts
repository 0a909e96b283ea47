import { closeCodes } from '@ctrl-alt-play/protocol'
import { pause } from '../deadline.ts'
import { createBackoff } from './backoff.ts'
import { type LinkOptions, oneSession } from './one-session.ts'

/** Dials the panel again and again until the signal aborts. */
export async function keepConnected(options: LinkOptions): Promise<void> {
  const { signal, log, backoffFactor = 1 } = options
  const backoff = createBackoff(options.random, options.longestWaitMs)
  while (!signal.aborted) {
    const end = await oneSession(options)
    if (signal.aborted) return
    const waitMs = Math.round(backoff.after(end) * backoffFactor)
    const { code, reason } = end
    const since = new Date().toISOString()
    const epoch = options.lastEpoch.get()
    options.onState({ connected: false, since, epoch, clockSkewMs: null, reason })
    log.warn({ code, reason, waitMs }, sayEnd(code))
    await pause(waitMs, signal)
  }
}

function sayEnd(code: number | undefined): string {
  switch (code) {
    case closeCodes.revoked:
      return 'this node was revoked by the panel (4403): its games run on; enrol it again to bring it back'
    case closeCodes.upgradeNeeded:
      return 'panel and agent are of releases too far apart (4426): games run on; upgrade the older one'
    case closeCodes.notAuthenticated:
      return 'the panel does not know this agent (4401)'
    case closeCodes.superseded:
      return 'a newer session of this node exists: does another agent use the same credentials?'
    default:
      return 'not connected to the panel'
  }
}
