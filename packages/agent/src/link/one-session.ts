import { closeCodes, limits } from '@ctrl-alt-play/protocol'
import type { Logger } from 'pino'
import { withDeadline } from '../deadline.ts'
import type { Credentials, OwnKey } from '../state/credentials.ts'
import type { LastEpoch } from '../state/last-epoch.ts'
import type { SessionEnd } from './backoff.ts'
import { type Channel, openChannel } from './channel.ts'
import { DialFailed, dial } from './dial.ts'
import { authenticate, PanelRefused, type Welcome } from './handshake.ts'
import type { KeyRing } from './key-rotation.ts'
import { createSession, listen, type PanelListeners, type Session } from './session.ts'

/** How the link is, for people who ask on the machine. */
export interface LinkState {
  connected: boolean
  /** ISO time of the last change. */
  since: string
  epoch: number
  clockSkewMs: number | null
  /** Why there is no connection. */
  reason: string | null
}

export interface LinkOptions {
  url: URL
  credentials: Credentials
  keyRing: KeyRing
  lastEpoch: LastEpoch
  instanceId: string
  bootId: string
  log: Logger
  signal: AbortSignal
  /** A session is open: says what is to be said first, and answers who listens. */
  open(session: Session, welcome: Welcome): Promise<Omit<PanelListeners, 'goaway'>>
  /** It is over. */
  closed(): void
  onState(state: LinkState): void
  handshakeMs?: number
  silenceMs?: number
  /** Waits between sessions are multiplied by this: tests do not wait so long. */
  backoffFactor?: number
  random?: () => number
  /** The longest wait before the panel is dialled again, unless it asks for more. */
  longestWaitMs?: number
}

/** From dialling to the end of the socket. Never rejects. */
export async function oneSession(options: LinkOptions): Promise<SessionEnd> {
  const { keyRing, log, signal } = options
  const { socket, opened } = dial(options.url, options.handshakeMs)
  const channel = openChannel(socket, options.silenceMs)
  const stop = (): void => channel.close(closeCodes.normal, 'the agent stops')
  signal.addEventListener('abort', stop, { once: true })
  const key = keyRing.choose()
  const ended: SessionEnd = { code: undefined, reason: '', healthyMs: 0, spreadMs: 0 }
  let refusal: Error | undefined
  try {
    await opened
    await meet(options, { channel, key, ended })
  } catch (err) {
    refusal = err instanceof Error ? err : new Error(String(err))
    const isExpected = err instanceof DialFailed || err instanceof PanelRefused
    if (!isExpected && !signal.aborted) log.error({ err }, 'session ended by an error')
    channel.close(closeCodes.notAuthenticated, refusal.message)
  }
  const { code, reason } = await channel.closed
  signal.removeEventListener('abort', stop)
  const isKeyRefused = code === closeCodes.notAuthenticated || code === closeCodes.revoked
  if (!refusal && isKeyRefused) keyRing.failed(key)
  if (!refusal) return { ...ended, code, reason: reason || 'the connection broke' }
  const { retryAfterMs } = refusal instanceof DialFailed ? refusal : {}
  const wait = retryAfterMs === undefined ? {} : { retryAfterMs }
  return { ...ended, ...wait, reason: refusal.message }
}

/** The handshake, and what follows until the socket is gone. Notes in `ended` what counts for the next dial. */
async function meet(
  options: LinkOptions,
  { channel, key, ended }: { channel: Channel; key: OwnKey; ended: SessionEnd }
): Promise<void> {
  const { credentials, instanceId, bootId, lastEpoch, keyRing, log } = options
  const frames = channel.frames()
  const identity = { credentials, key, instanceId, bootId, lastEpoch: lastEpoch.get() }
  const late = (): Error => new PanelRefused('the handshake took too long')
  const timeoutMs = options.handshakeMs ?? limits.authenticationTimeoutMs
  const welcome = await withDeadline(authenticate(channel, frames, identity), timeoutMs, late)
  if (!welcome) return

  const welcomedAt = performance.now()
  const { epoch, clockSkewMs } = welcome
  ended.spreadMs = welcome.spreadSeconds * 1_000
  await lastEpoch.set(epoch)
  await keyRing.worked(key).catch(err => log.error({ err }, 'key not written'))
  const session = createSession(channel, epoch, log)
  const goaway: PanelListeners['goaway'] = ({ spreadSeconds, reason }) => {
    Object.assign(ended, { spreadMs: spreadSeconds * 1_000, goodbye: true })
    session.close(closeCodes.goingAway, reason)
  }
  try {
    const listeners = { ...(await options.open(session, welcome)), goaway }
    const since = new Date().toISOString()
    options.onState({ connected: true, since, epoch, clockSkewMs, reason: null })
    log.info({ epoch, clockSkewMs }, 'connected to the panel')
    await listen(session, frames, listeners, log)
  } finally {
    options.closed()
    ended.healthyMs = performance.now() - welcomedAt
  }
}
