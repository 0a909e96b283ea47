import type { CommandStatus } from './command-states.ts'
import type { CommandView, NewCommand } from './contract.ts'

export type StoredPayload = NewCommand['payload']

/** A Command as the link knows it. */
export interface CommandRow extends CommandView {
  laneSeq: number
  payload: StoredPayload
  attempts: number
  epoch: number | null
  cancelRequested: boolean
  /** What is left of its time to wait, by the database's clock. */
  remainingMs: number
}

/** As it comes from pg (numbers of 64 bits as text) and from Prisma (as bigint). */
export interface RawCommand {
  id: string
  nodeId: string
  serverId: string | null
  laneSeq: string | bigint
  kind: string
  payload: unknown
  status: string
  attempts: number
  epoch: string | bigint | null
  createdAt: Date
  startedAt: Date | null
  finishedAt: Date | null
  progress: unknown
  result: unknown
  errorCode: string | null
  errorMessage: string | null
  actorId: string | null
  cancelRequested: boolean
  remainingMs: number
}

/** What callers may see of a command, from an alias `c`. */
export const viewColumns = `c."id", c."nodeId", c."serverId", c."kind", c."status"::text AS "status",
  c."createdAt", c."startedAt", c."finishedAt", c."progress", c."result", c."errorCode", c."errorMessage",
  c."actorId"`

/** What statements that answer commands to the link select, from an alias `c`. */
export const commandColumns = `${viewColumns}, c."laneSeq", c."payload", c."attempts", c."epoch",
  c."cancelRequestedAt" IS NOT NULL AS "cancelRequested",
  greatest(0, least(c."ttlMs", coalesce(extract(epoch FROM c."expiresAt" - clock_timestamp()) * 1000, c."ttlMs")))::float8 AS "remainingMs"`

export function toCommandRow(raw: RawCommand): CommandRow {
  return {
    ...raw,
    laneSeq: Number(raw.laneSeq),
    payload: raw.payload as StoredPayload,
    status: raw.status as CommandStatus,
    epoch: raw.epoch === null ? null : Number(raw.epoch),
    remainingMs: Math.round(raw.remainingMs)
  }
}

/** What callers may see of it. */
export function toCommandView(row: CommandRow): CommandView {
  const { id, nodeId, serverId, kind, status, createdAt, startedAt, finishedAt } = row
  const { errorCode, errorMessage, progress, result, actorId } = row
  const what = { id, nodeId, serverId, kind, status, createdAt, startedAt, finishedAt }
  return { ...what, errorCode, errorMessage, progress, result, actorId }
}
