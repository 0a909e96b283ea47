import type { PanelEvents } from '../../agents/contract.ts'
import type { Config } from '../../config.ts'
import { SessionNotFound, Unauthenticated } from '../../errors.ts'
import { decodeCursor, pageOf } from '../../plugins/conventions.ts'
import { auditEntry, type RequestCaller } from '../caller.ts'
import type { ListRequest } from '../keyset.ts'
import type { Requester } from '../permissions/can.ts'
import type { UserAccess } from '../permissions/user-access.ts'
import type { SessionRow, SessionsRepo } from './sessions.repo.ts'
import type { SessionView } from './sessions.schema.ts'

interface SessionsList {
  data: SessionView[]
  nextCursor: string | null
}

/** The logins that are open, one's own and others'. */
export interface SessionsService {
  listOwn(actor: Requester, list: ListRequest): Promise<SessionsList>
  logout(caller: RequestCaller): Promise<void>
  endOwn(caller: RequestCaller, sessionId: string): Promise<void>
  /** All but the one that asks. */
  endOthers(caller: RequestCaller): Promise<void>
  listOf(actor: Requester, userId: string, list: ListRequest): Promise<SessionsList>
  endOf(caller: RequestCaller, userId: string, sessionId: string): Promise<void>
  endAllOf(caller: RequestCaller, userId: string): Promise<void>
}

export interface SessionsDeps {
  repo: SessionsRepo
  users: UserAccess
  events: PanelEvents
  session: Config['session']
}

export function createSessionsService(deps: SessionsDeps): SessionsService {
  const { repo, users, events, session } = deps

  async function list(actor: Requester, userId: string, request: ListRequest) {
    const after = decodeCursor(request.sort, request.cursor, 'date')
    const usedAfter = new Date(Date.now() - session.idleMs)
    return pageOf(
      await repo.list(userId, { limit: request.limit, after, usedAfter }),
      request,
      row => ({ key: row.createdAt.toISOString(), id: row.id }),
      row => sessionView(row, actor)
    )
  }

  async function end(caller: RequestCaller, userId: string, sessionId: string): Promise<void> {
    const target = { targetType: 'session', targetId: sessionId, after: { userId } }
    const entry = auditEntry(caller, { action: 'auth.session.ended', ...target })
    if (!(await repo.end(userId, sessionId, entry))) throw new SessionNotFound(sessionId)
    events.publish({ type: 'access.changed', userId, sessionId })
  }

  async function endAll(caller: RequestCaller, userId: string, keepId?: string): Promise<void> {
    const target = { targetType: 'user', targetId: userId }
    const entry = auditEntry(caller, { action: 'auth.sessions.ended', ...target })
    await repo.endAll(userId, keepId, entry)
    events.publish({ type: 'access.changed', userId })
  }

  return {
    async logout(caller) {
      const { userId, sessionId } = caller.actor
      if (!sessionId) throw new Unauthenticated()
      const target = { targetType: 'session', targetId: sessionId, after: { userId } }
      await repo.end(userId, sessionId, auditEntry(caller, { action: 'auth.logout', ...target }))
      events.publish({ type: 'access.changed', userId, sessionId })
    },
    listOwn: (actor, request) => list(actor, actor.userId, request),
    endOwn: (caller, sessionId) => end(caller, caller.actor.userId, sessionId),
    endOthers: caller => endAll(caller, caller.actor.userId, caller.actor.sessionId),
    async listOf(actor, userId, request) {
      await users.findUser(userId)
      return list(actor, userId, request)
    },
    async endOf(caller, userId, sessionId) {
      await users.requireUser(caller.actor, userId)
      await end(caller, userId, sessionId)
    },
    async endAllOf(caller, userId) {
      await users.requireUser(caller.actor, userId)
      await endAll(caller, userId)
    }
  }
}

function sessionView(row: SessionRow, actor: Requester): SessionView {
  const { id, ip, userAgent, createdAt, lastUsedAt, expiresAt } = row
  return {
    id,
    ip,
    userAgent,
    createdAt: createdAt.toISOString(),
    lastUsedAt: lastUsedAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
    isCurrent: id === actor.sessionId
  }
}
