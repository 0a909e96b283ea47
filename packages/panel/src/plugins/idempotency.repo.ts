import type { Database } from '../db/client.ts'

export interface KeptRequest {
  id: string
  route: string
  bodyHash: string
  /** Null: still being answered, or never was. */
  responseStatus: number | null
  sealedBody: string | null
  location: string | null
  createdAt: Date
}

export interface IdempotencyRepo {
  /** Undefined when this call is the first; else what is known of the first. */
  claim(
    request: { id: string; actorId: string; key: string; route: string; bodyHash: string },
    keepMs: number
  ): Promise<KeptRequest | undefined>
  keep(id: string, answer: { status: number; sealedBody: string; location?: string }): Promise<void>
  /**
   * Nothing happened: the key may be used again. Where a command was made all the same (the database went
   * after it had committed) the key stays used, as after a 500.
   */
  release(id: string): Promise<void>
  /** The command that a request with this key made. */
  commandOf(actorId: string, key: string): Promise<string | undefined>
}

const keptColumns = {
  id: true,
  route: true,
  bodyHash: true,
  responseStatus: true,
  responseBody: true,
  location: true,
  createdAt: true
} as const

const CLAIM = `
  INSERT INTO "IdempotencyKey" (id, "actorId", key, route, "bodyHash", "createdAt", "expiresAt")
  VALUES ($1, $2, $3, $4, $5, now(), now() + $6 * interval '1 millisecond')
  ON CONFLICT ("actorId", key) DO UPDATE SET
    id = excluded.id, route = excluded.route, "bodyHash" = excluded."bodyHash",
    "createdAt" = excluded."createdAt", "expiresAt" = excluded."expiresAt",
    "responseStatus" = NULL, "responseBody" = NULL, location = NULL
    WHERE "IdempotencyKey"."expiresAt" < now()
  RETURNING id`

const RELEASE = `
  WITH made AS (
    SELECT k.id FROM "IdempotencyKey" k
    JOIN "Command" c ON c."actorId" = k."actorId" AND c."idempotencyKey" = k.key
    WHERE k.id = $1 AND k."responseStatus" IS NULL),
  kept AS (
    UPDATE "IdempotencyKey" SET "responseStatus" = 500 WHERE id IN (SELECT id FROM made))
  DELETE FROM "IdempotencyKey"
  WHERE id = $1 AND "responseStatus" IS NULL AND id NOT IN (SELECT id FROM made)`

export function createIdempotencyRepo({ prisma, pool }: Database): IdempotencyRepo {
  return {
    async claim({ id, actorId, key, route, bodyHash }, keepMs) {
      const { rowCount } = await pool.query(CLAIM, [id, actorId, key, route, bodyHash, keepMs])
      if (rowCount) return undefined
      const row = await prisma.idempotencyKey.findUniqueOrThrow({
        where: { actorId_key: { actorId, key } },
        select: keptColumns
      })
      const { responseBody, ...rest } = row
      return { ...rest, sealedBody: typeof responseBody === 'string' ? responseBody : null }
    },
    async keep(id, { status, sealedBody, location }) {
      await prisma.idempotencyKey.updateMany({
        where: { id },
        data: { responseStatus: status, responseBody: sealedBody, location: location ?? null }
      })
    },
    async release(id) {
      await pool.query(RELEASE, [id])
    },
    async commandOf(actorId, key) {
      const row = await prisma.command.findUnique({
        where: { actorId_idempotencyKey: { actorId, idempotencyKey: key } },
        select: { id: true }
      })
      return row?.id
    }
  }
}
