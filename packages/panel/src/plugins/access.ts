import type { Requester, ServerFacts } from '../features/permissions/can.ts'
import type { PermissionName } from '../features/permissions/catalog.ts'
import type { ServerStatus } from '../features/servers/servers.schema.ts'

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
    /** The server may be as it was up to 2.5 s ago, if nothing was heard of it since: for what comes with each key stroke. */
    recent?: true
    /** Anyone who is logged in, or whose key it is. */
    authenticated?: true
    /** Only a login, no key. */
    login?: true
    /** Anyone. The agents' door is public here and checks its own credentials. */
    public?: true
    /** For people's eyes, and so no part of the API's description. */
    isPage?: true
    /** Open also to who must first choose a new password or set up a second factor. */
    whileOwing?: true
    /** It answers itself about Idempotency-Key, or repeating it is harmless. */
    withoutIdempotency?: true
  }
  interface FastifyRequest {
    /** Who asks. Throws on a public route: use `visitor` there. */
    readonly actor: Requester
    visitor: Requester | null
    /** The server that `serverParam` named. Throws on a route without one. */
    readonly targetServer: TargetServer
    permittedServer: TargetServer | null
  }
}

/** A server that somebody may do something with, as it was when that was decided. */
export interface TargetServer extends ServerFacts {
  name: string
  nodeId: string | null
  status: ServerStatus
  statusReason: string | null
  startedAt: Date | null
  consoleEnd: number
}

export interface ServerAccess {
  /** The same person as of now, for whoever holds on to one (WebSockets): ask before each message that acts. */
  current(actor: Requester): Promise<Requester | undefined>
  /**
   * The server, if the actor may do this with it: 404 when the actor may not view it (or it is not there),
   * 403 naming the permission when it may view but not do this, 409 when only its suspension forbids it.
   * `recent`: by what is at hand of the server, at most 2.5 s old and new after anything that was published of it.
   */
  requireServer(
    actor: Requester,
    serverId: string,
    permission: PermissionName,
    options?: { recent?: boolean }
  ): Promise<TargetServer>
}
