import type { Requester, ServerFacts } from '../features/permissions/can.ts'
import type { PermissionName } from '../features/permissions/catalog.ts'

/**
 * How a route says who may call it; one that does not say it stops the panel from starting.
 * `permission` alone must be held everywhere, with `somewhere` at least on one server (lists, which
 * filter), with `serverParam` on the server that the named path parameter means.
 */
declare module 'fastify' {
  interface FastifyContextConfig {
    permission?: PermissionName
    somewhere?: true
    serverParam?: string
    /** Anyone who is logged in, or whose key it is. */
    authenticated?: true
    /** Only a login, no key. */
    login?: true
    /** Anyone. The agents' door is public here and checks its own credentials. */
    public?: true
    /** Open to a login that must choose a new password first. */
    beforePasswordChange?: true
    /** It answers itself about Idempotency-Key, or repeating it is harmless. */
    withoutIdempotency?: true
  }
  interface FastifyRequest {
    /** Who asks. Throws on a public route: use `visitor` there. */
    readonly actor: Requester
    visitor: Requester | null
    /** The server that `serverParam` named, once the permission on it was found. */
    targetServer: ServerFacts | null
  }
}

export interface ServerAccess {
  /** The same person as of now, for whoever holds on to one (WebSockets): ask before each message that acts. */
  current(actor: Requester): Promise<Requester | undefined>
  /**
   * The facts of a server on which the actor may do this: 404 when the actor may not view it (or it is not there),
   * 403 naming the permission when it may view but not do this, 409 when only its suspension forbids it.
   */
  requireServer(
    actor: Requester,
    serverId: string,
    permission: PermissionName
  ): Promise<ServerFacts>
}
