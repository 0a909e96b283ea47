import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import type { FastifyRequest } from 'fastify'
import { callerOf } from '../caller.ts'
import { serversWith } from '../permissions/can.ts'
import { type PermissionName, permissionCatalog } from '../permissions/catalog.ts'
import type { SessionsService } from '../sessions/sessions.service.ts'
import { AccountAnswer, LoginBody, MeAnswer, PasswordBody } from './auth.schema.ts'
import type { AuthService, Origin } from './auth.service.ts'
import type { SessionCookie } from './session-cookie.ts'

export interface AuthRoutesOptions {
  auth: AuthService
  sessions: Pick<SessionsService, 'logout'>
  cookie: SessionCookie
}

export const authRoutes: FastifyPluginAsyncTypebox<AuthRoutesOptions> = async (
  app,
  { auth, sessions, cookie }
) => {
  app.post(
    '/login',
    {
      config: { public: true, withoutIdempotency: true },
      schema: {
        summary: 'Log in; the answer sets the cookie',
        body: LoginBody,
        response: { 200: AccountAnswer }
      }
    },
    async (request, reply) => {
      const login = await auth.login(request.body, originOf(request))
      cookie.write(request, reply, login)
      return { user: login.user }
    }
  )

  app.post(
    '/logout',
    {
      config: { login: true, whileOwing: true, withoutIdempotency: true },
      schema: { summary: 'End this login', response: { 204: Type.Null() } }
    },
    async (request, reply) => {
      await sessions.logout(callerOf(request))
      cookie.clear(request, reply)
      return reply.code(204).send(null)
    }
  )

  app.get(
    '/me',
    {
      config: { authenticated: true, whileOwing: true },
      schema: { summary: 'Who I am and what I may do', response: { 200: MeAnswer } }
    },
    async request => {
      const held = permissionCatalog.flatMap(({ name }) => {
        const scope = scopeOf(request, name)
        return scope ? [[name, scope] as const] : []
      })
      return {
        user: await auth.account(request.actor),
        permissions: held.map(([name]) => name),
        scopes: Object.fromEntries(held)
      }
    }
  )

  app.post(
    '/password',
    {
      config: { login: true, whileOwing: true, withoutIdempotency: true },
      schema: {
        summary: 'Choose a new password; every other login ends',
        body: PasswordBody,
        response: { 200: AccountAnswer }
      }
    },
    async (request, reply) => {
      const login = await auth.changePassword(request.actor, request.body, originOf(request))
      cookie.write(request, reply, login)
      return { user: login.user }
    }
  )
}

function scopeOf(
  { actor }: FastifyRequest,
  permission: PermissionName
): 'ANY' | 'OWN' | 'SERVERS' | undefined {
  const { all, own, include } = serversWith(actor, permission)
  if (all) return 'ANY'
  if (own) return 'OWN'
  return include.length > 0 ? 'SERVERS' : undefined
}

/** For what is done without a login. */
export function originOf(request: FastifyRequest): Origin {
  return {
    ip: request.ip,
    userAgent: request.headers['user-agent'] ?? '',
    requestId: request.id
  }
}
