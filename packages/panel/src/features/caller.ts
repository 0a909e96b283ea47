import type { FastifyRequest } from 'fastify'
import type { AuditEntry } from '../agents/contract.ts'
import type { Actor, Requester } from './permissions/can.ts'

/** Who asks, and in which request: what a service needs to decide and to write the audit line. */
export interface Caller {
  actor: Actor
  requestId?: string
  /** A command that it makes carries it, so that a lost answer can be found again. */
  idempotencyKey?: string
}

/** One who sent a request: nobody of the panel itself. */
export interface RequestCaller extends Caller {
  actor: Requester
}

export function callerOf(request: FastifyRequest): RequestCaller {
  const idempotencyKey = request.headers['idempotency-key']
  return {
    actor: request.actor,
    requestId: request.id,
    ...(typeof idempotencyKey === 'string' && { idempotencyKey })
  }
}

/** The audit line of something that a caller did. Secrets have no place in `before` and `after`. */
export function auditEntry(
  { actor, requestId }: Caller,
  act: Pick<AuditEntry, 'action' | 'targetType' | 'targetId' | 'before' | 'after'>
): AuditEntry {
  return {
    actorType: actor.type,
    actorId: actor.userId,
    actorName: actor.username,
    ...(actor.apiKey && { apiKey: actor.apiKey }),
    ip: actor.ip,
    ...(requestId !== undefined && { requestId }),
    ...act
  }
}
