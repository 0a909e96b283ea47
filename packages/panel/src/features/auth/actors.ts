import { createHash } from 'node:crypto'
import type { FastifyBaseLogger } from 'fastify'
import type { Audit, PanelEvents } from '../../agents/contract.ts'
import type { Config } from '../../config.ts'
import { createFreshCache } from '../../fresh-cache.ts'
import type { Requester } from '../permissions/can.ts'
import type { ActorsRepo, KeyRow, LoginRow, PersonRow } from './actors.repo.ts'
import { isAmong, networkOf, plainAddress } from './address.ts'

/** Open sockets look every 2 s: access that ends without an event has ended everywhere within 5 s. */
const FRESH_MS = 2_500
const MAX_CACHED = 10_000
const TOUCH_MS = 60_000

/** Turns a login or a key into the person who acts; what it says is at most 2.5 s old, and new after `access.changed`. */
export interface Actors {
  /** `recheck`: ask the database also when the answer is at hand. */
  ofLogin(
    sessionId: string,
    ip: string,
    options?: { recheck?: boolean }
  ): Promise<{ actor: Requester; expiresAt: Date } | undefined>
  ofKey(secret: string, ip: string): Promise<Requester | undefined>
  /** Whether `ofKey` would need the database. */
  knowsKey(secret: string): boolean
  /** The same person as of now, for whoever holds on to one (WebSockets); undefined: the access has ended. */
  current(actor: Requester): Promise<Requester | undefined>
  close(): void
}

export interface ActorsDeps {
  repo: ActorsRepo
  events: PanelEvents
  audit: Audit
  log: Pick<FastifyBaseLogger, 'warn'>
  session: Config['session']
  now?: () => number
}

export function createActors(deps: ActorsDeps): Actors {
  const { repo, events, audit, log, session, now = Date.now } = deps
  // By a clock that never jumps: a revoked login is not to live for as long as the wall clock was put back.
  const common = { ttlMs: FRESH_MS, max: MAX_CACHED }
  const logins = createFreshCache({ ...common, load: id => repo.findLogin(id) })
  const keys = createFreshCache({ ...common, load: hash => repo.findKey(hash) })
  const secretHashes = new Map<string, string>()
  const strangers = new Map<string, number>()

  const unsubscribe = events.subscribe(event => {
    if (event.type !== 'access.changed') return
    const { userId, sessionId } = event
    if (sessionId) logins.drop(id => id === sessionId)
    if (userId) {
      // One that is still being loaded may be this user's.
      logins.drop((_, found) => !found || found.login.userId === userId)
      keys.drop((_, found) => !found || found.key.userId === userId)
    }
    if (!sessionId && !userId) {
      logins.drop()
      keys.drop()
    }
  })

  function fitsAddress(login: LoginRow, ip: string): boolean {
    if (session.ipPolicy === 'off') return true
    if (session.ipPolicy === 'strict') return plainAddress(login.ip) === plainAddress(ip)
    return networkOf(login.ip) === networkOf(ip)
  }

  /** A login that shows up elsewhere is refused; it is noted once a minute. */
  function noteStranger(login: LoginRow, person: PersonRow, ip: string): void {
    if (!isNewStranger(login.sessionId)) return
    log.warn(
      { userId: login.userId, sessionId: login.sessionId, ip },
      'a login came from elsewhere'
    )
    audit.note({
      actorType: 'USER',
      actorId: login.userId,
      actorName: person.username,
      action: 'auth.session.refused',
      targetType: 'session',
      targetId: login.sessionId,
      ip,
      after: { reason: 'used from another network' }
    })
  }

  /** The same of a key whose secret is right. */
  function noteRefusedKey({ apiKey, userId }: KeyRow, { username }: PersonRow, ip: string): void {
    if (!isNewStranger(apiKey.id)) return
    log.warn({ userId, apiKeyId: apiKey.id, ip }, 'a key came from where it is not allowed')
    audit.note({
      ...{ actorType: 'API_KEY', actorId: userId, actorName: username, apiKey, ip },
      ...{ action: 'auth.api-key.refused', targetType: 'api-key', targetId: apiKey.id },
      after: { reason: 'used from an address that it is not for' }
    })
  }

  function isNewStranger(id: string): boolean {
    const last = strangers.get(id)
    if (last !== undefined && now() - last < TOUCH_MS) return false
    if (strangers.size >= 1_000) strangers.clear()
    strangers.set(id, now())
    return true
  }

  /** Writes at most once a minute for each login or key. */
  function touch(row: { lastUsedAt: Date | null }, write: () => Promise<void>): void {
    if (row.lastUsedAt && now() - row.lastUsedAt.getTime() < TOUCH_MS) return
    row.lastUsedAt = new Date(now())
    write().catch((err: unknown) => log.warn({ err }, 'could not note the use of a login'))
  }

  async function ofLogin(sessionId: string, ip: string, options?: { recheck?: boolean }) {
    if (options?.recheck) logins.drop(id => id === sessionId)
    const found = await logins.get(sessionId)
    if (!found) return undefined
    const { login, person } = found
    const idleMs = now() - login.lastUsedAt.getTime()
    if (login.expiresAt.getTime() <= now() || idleMs > session.idleMs) return undefined
    if (!fitsAddress(login, ip)) {
      noteStranger(login, person, ip)
      return undefined
    }
    touch(login, () => repo.touchLogin(sessionId))
    const actor: Requester = { type: 'USER', userId: login.userId, sessionId, ip, ...person }
    return { actor, expiresAt: login.expiresAt }
  }

  async function ofKeyHash(secretHash: string, ip: string): Promise<Requester | undefined> {
    const found = await keys.get(secretHash)
    if (!found) return undefined
    const { key, person } = found
    const { apiKey, userId, expiresAt, allowedIps } = key
    if (expiresAt && expiresAt.getTime() <= now()) return undefined
    if (allowedIps.length > 0 && !isAmong(ip, allowedIps)) {
      noteRefusedKey(key, person, ip)
      return undefined
    }
    touch(key, () => repo.touchKey(apiKey.id))
    secretHashes.set(apiKey.id, secretHash)
    return { type: 'API_KEY', userId, apiKey, ip, ...person }
  }

  return {
    ofLogin,
    ofKey: (secret, ip) => ofKeyHash(hashOf(secret), ip),
    knowsKey: secret => keys.has(hashOf(secret)),
    async current(actor) {
      if (actor.sessionId) return (await ofLogin(actor.sessionId, actor.ip))?.actor
      const secretHash = actor.apiKey && secretHashes.get(actor.apiKey.id)
      return secretHash ? ofKeyHash(secretHash, actor.ip) : undefined
    },
    close: unsubscribe
  }
}

/** Keys have 256 random bits: one round of SHA-256 keeps them safe. */
function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}
