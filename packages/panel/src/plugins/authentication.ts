import type { CreateRateLimitOptions } from '@fastify/rate-limit'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import {
  forbidden,
  LoginNeeded,
  PasswordChangeRequired,
  TooManyRequests,
  TotpSetupRequired,
  Unauthenticated
} from '../errors.ts'
import type { Actors } from '../features/auth/actors.ts'
import { sourceOf } from '../features/auth/address.ts'
import type { SessionCookie } from '../features/auth/session-cookie.ts'
import { can, canSomewhere, type Requester } from '../features/permissions/can.ts'
import type { ServerAccess } from './access.ts'

export interface AuthenticationOptions {
  actors: Actors
  cookie: SessionCookie
  access: ServerAccess
  /** Of one address without a valid login or key; 0: no limit. */
  rateLimitPerMinute: number
}

/** Finds out who asks, before anything of the request is read, and holds it against what the route says. */
export const authentication = fp<AuthenticationOptions>(
  async (app: FastifyInstance, { actors, cookie, access, rateLimitPerMinute }) => {
    app.decorateRequest('visitor', null)
    app.decorateRequest('permittedServer', null)
    app.decorateRequest('actor', {
      getter(this: FastifyRequest) {
        if (!this.visitor) throw new Error(`${this.routeOptions.url} is public: it has no actor`)
        return this.visitor
      }
    })
    app.decorateRequest('targetServer', {
      getter(this: FastifyRequest) {
        if (!this.permittedServer) throw new Error(`${this.routeOptions.url} names no server`)
        return this.permittedServer
      }
    })
    const countStranger = createStrangerLimit(app, rateLimitPerMinute)

    app.addHook('onRequest', async (request, reply) => {
      const { config } = request.routeOptions
      // The agents' door has credentials and limits of its own.
      if (config.public && config.rateLimit === false) return
      const visitor = await identify(request, reply)
      if (!visitor) await countStranger(request)
      request.visitor = visitor ?? null
      if (config.public || request.is404 || !hasRules(request)) return
      if (!visitor) throw new Unauthenticated()
      checkRoute(request, visitor)
    })

    app.addHook('preHandler', async request => {
      const { permission, serverParam, recent = false } = request.routeOptions.config
      if (!permission || !serverParam) return
      const params = request.params as Record<string, string>
      const serverId = params[serverParam] ?? ''
      const { actor } = request
      request.permittedServer = await access.requireServer(actor, serverId, permission, { recent })
    })

    async function identify(
      request: FastifyRequest,
      reply: FastifyReply
    ): Promise<Requester | undefined> {
      const secret = bearerOf(request)
      if (secret !== undefined) {
        // An unknown key costs a query: it is counted as a stranger's until it is known.
        if (!actors.knowsKey(secret)) await countStranger(request)
        return actors.ofKey(secret, request.ip)
      }
      const claim = cookie.read(request)
      if (!claim) return undefined
      const found = await actors.ofLogin(claim.sessionId, request.ip, { recheck: claim.isStale })
      if (found && claim.isOld) cookie.write(request, reply, { ...claim, ...found })
      return found?.actor
    }
  }
)

/** Only what is not ours (the description of the API) says nothing about access. */
function hasRules(request: FastifyRequest): boolean {
  const { permission, authenticated, login } = request.routeOptions.config
  return permission !== undefined || authenticated === true || login === true
}

const debtErrors = { PASSWORD_CHANGE: PasswordChangeRequired, TOTP_SETUP: TotpSetupRequired }

function checkRoute(request: FastifyRequest, visitor: Requester): void {
  const { permission, serverParam, somewhere, login, whileOwing } = request.routeOptions.config
  if (login && visitor.type !== 'USER') throw new LoginNeeded()
  if (visitor.owes && !whileOwing) throw new debtErrors[visitor.owes]()
  // A server's route is decided when the server is known.
  if (!permission || serverParam) return
  const isAllowed = somewhere ? canSomewhere(visitor, permission) : can(visitor, permission)
  if (!isAllowed) throw forbidden(permission)
}

/** The secret of `Authorization: Bearer cap_…`; other schemes are not for us. */
function bearerOf(request: FastifyRequest): string | undefined {
  return /^Bearer (cap_[A-Za-z0-9_-]{20,200})$/i.exec(request.headers.authorization ?? '')?.[1]
}

function createStrangerLimit(
  app: FastifyInstance,
  max: number
): (request: FastifyRequest) => Promise<void> {
  if (max === 0) return async () => undefined
  const options: CreateRateLimitOptions = {
    max,
    timeWindow: 60_000,
    keyGenerator: request => sourceOf(request.ip)
  }
  const count = app.createRateLimit(options)
  return async request => {
    const result = await count(request)
    if (!result.isAllowed && result.isExceeded) throw new TooManyRequests(result.ttlInSeconds)
  }
}
