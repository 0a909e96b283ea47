import type { JWT } from '@fastify/jwt'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Uuid } from '../../plugins/conventions.ts'

const uuid = new RegExp(Uuid.pattern ?? '')
const NAME = 'ctrl_alt_play_session'
const TOKEN_SECONDS = 15 * 60
const RENEW_AFTER_SECONDS = 5 * 60
const MAX_VERIFIED = 5_000

interface Claims {
  sid: string
  iat: number
}

interface CookieClaim {
  sessionId: string
  /** Its 15 minutes are over: the database is asked before it counts for anything. */
  isStale: boolean
  /** It is time for a new one. */
  isOld: boolean
}

/** The login's cookie: a signed token that names the session row, renewed while it is used. */
export interface SessionCookie {
  /** Undefined when there is none, or none of ours. */
  read(request: FastifyRequest): CookieClaim | undefined
  write(
    request: FastifyRequest,
    reply: FastifyReply,
    login: { sessionId: string; expiresAt: Date }
  ): void
  clear(request: FastifyRequest, reply: FastifyReply): void
}

/** `isSecure`: whether the browser reached the panel over HTTPS. */
export function createSessionCookie(
  jwt: JWT,
  isSecure: (request: FastifyRequest) => boolean
): SessionCookie {
  // A `__Host-` cookie cannot be set by a sibling host, so over HTTPS no other one counts.
  const nameFor = (request: FastifyRequest) => (isSecure(request) ? `__Host-${NAME}` : NAME)
  const attributesFor = (request: FastifyRequest) => ({
    path: '/',
    httpOnly: true,
    sameSite: 'strict' as const,
    secure: isSecure(request)
  })

  /** A good signature stays good: what may end is the login, which is looked up each time. */
  const verified = new Map<string, Claims>()

  function claimsOf(token: string): Claims | undefined {
    const known = verified.get(token)
    if (known) return known
    const claims = verify(token)
    if (!claims) return undefined
    const oldest = verified.keys().next().value
    if (verified.size >= MAX_VERIFIED && oldest !== undefined) verified.delete(oldest)
    verified.set(token, claims)
    return claims
  }

  return {
    read(request) {
      const token = request.cookies[nameFor(request)]
      const claims = token ? claimsOf(token) : undefined
      if (!claims) return undefined
      const ageSeconds = Date.now() / 1_000 - claims.iat
      return {
        sessionId: claims.sid,
        isStale: ageSeconds >= TOKEN_SECONDS,
        isOld: ageSeconds >= RENEW_AFTER_SECONDS
      }
    },
    write(request, reply, { sessionId, expiresAt }) {
      const token = jwt.sign({ sid: sessionId }, { expiresIn: TOKEN_SECONDS })
      const maxAge = Math.max(0, Math.floor((expiresAt.getTime() - Date.now()) / 1_000))
      reply.setCookie(nameFor(request), token, { ...attributesFor(request), maxAge })
    },
    clear(request, reply) {
      reply.clearCookie(nameFor(request), attributesFor(request))
    }
  }

  function verify(token: string): Claims | undefined {
    try {
      const claims = jwt.verify<Record<string, unknown>>(token, {
        algorithms: ['HS256'],
        ignoreExpiration: true
      })
      const { sid, iat } = claims
      const isOurs = typeof sid === 'string' && uuid.test(sid) && typeof iat === 'number'
      return isOurs ? { sid, iat } : undefined
    } catch {
      return undefined
    }
  }
}
