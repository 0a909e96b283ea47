import { type Static, Type } from '@sinclair/typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { CommandView, Outbox } from '../agents/contract.ts'
import { Nullable, Timestamp } from './conventions.ts'

/** A command as callers see it. */
export const CommandBody = Type.Object({
  id: Type.String(),
  nodeId: Type.String(),
  serverId: Nullable(Type.String()),
  kind: Type.String(),
  status: Type.Union([
    Type.Literal('QUEUED'),
    Type.Literal('DISPATCHED'),
    Type.Literal('ACKED'),
    Type.Literal('RUNNING'),
    Type.Literal('SUCCEEDED'),
    Type.Literal('FAILED'),
    Type.Literal('UNKNOWN'),
    Type.Literal('EXPIRED'),
    Type.Literal('CANCELLED')
  ]),
  createdAt: Timestamp,
  startedAt: Nullable(Timestamp),
  finishedAt: Nullable(Timestamp),
  errorCode: Nullable(Type.String()),
  errorMessage: Nullable(Type.String()),
  progress: Type.Unknown(),
  result: Type.Unknown()
})
export type CommandBody = Static<typeof CommandBody>

export function commandBody(command: CommandView): CommandBody {
  const { actorId: _, createdAt, startedAt, finishedAt, ...rest } = command
  return {
    ...rest,
    createdAt: createdAt.toISOString(),
    startedAt: startedAt?.toISOString() ?? null,
    finishedAt: finishedAt?.toISOString() ?? null
  }
}

const finalStatuses: ReadonlySet<CommandView['status']> = new Set([
  'SUCCEEDED',
  'FAILED',
  'UNKNOWN',
  'EXPIRED',
  'CANCELLED'
])

export function isFinal(command: Pick<CommandView, 'status'>): boolean {
  return finalStatuses.has(command.status)
}

const MAX_WAIT_SECONDS = 60

/** `Prefer: wait=N` in milliseconds, at most a minute; 0 without one. */
export function waitMsOf(prefer: string | string[] | undefined): number {
  const text = Array.isArray(prefer) ? prefer.join(',') : (prefer ?? '')
  const seconds = Number(/(?:^|[,;])\s*wait\s*=\s*"?(\d{1,6})"?\s*(?:[,;]|$)/i.exec(text)?.[1] ?? 0)
  return Math.min(seconds, MAX_WAIT_SECONDS) * 1_000
}

/**
 * Waits as long as the caller asked for, sets Location and the status: 200 when the command is final,
 * else 202 (or `status`, for a route that made something besides).
 */
export async function awaitCommand(
  request: FastifyRequest,
  reply: FastifyReply,
  outbox: Pick<Outbox, 'settled'>,
  command: CommandView,
  status?: 201
): Promise<CommandBody> {
  const waitMs = waitMsOf(request.headers.prefer)
  const newest = waitMs > 0 ? ((await outbox.settled(command.id, waitMs)) ?? command) : command
  if (waitMs > 0) reply.header('preference-applied', `wait=${waitMs / 1_000}`)
  reply.header('location', `/api/v1/commands/${command.id}`)
  reply.code(status ?? (isFinal(newest) ? 200 : 202))
  return commandBody(newest)
}
