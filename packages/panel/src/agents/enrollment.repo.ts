import { v7 as uuidv7 } from 'uuid'
import type { Database } from '../db/client.ts'
import { Prisma } from '../db/generated/client.ts'
import type { Queries } from './contract.ts'

const TTL = Prisma.raw(`interval '15 minutes'`)

export interface TokenState {
  nodeId: string
  nodeName: string
  usedByPublicKey: string | null
  expired: boolean
}

export interface NewKey {
  nodeId: string
  kid: string
  publicKey: string
  hostname: string
  version: string
}

export type EnrollmentRepo = ReturnType<typeof createEnrollmentRepo>

export function createEnrollmentRepo({ transaction }: Database) {
  return {
    transaction,

    async insertToken(
      tx: Queries,
      token: { id: string; nodeId: string; secretHash: string; createdById: string | null }
    ): Promise<Date> {
      const [row] = await tx.$queryRaw<{ expiresAt: Date }[]>`
        INSERT INTO "EnrollmentToken" ("id", "nodeId", "secretHash", "expiresAt", "createdById", "createdAt")
        VALUES (${token.id}::uuid, ${token.nodeId}::uuid, ${token.secretHash}, now() + ${TTL},
          ${token.createdById}::uuid, now())
        RETURNING "expiresAt"`
      if (!row) throw new Error('the enrolment token was not inserted')
      return row.expiresAt
    },

    /** Undefined: there is no such token. Whoever comes second waits for the first. */
    async lockToken(
      tx: Queries,
      token: { id: string; secretHash: string }
    ): Promise<TokenState | undefined> {
      const [row] = await tx.$queryRaw<TokenState[]>`
        SELECT t."nodeId", n."name" AS "nodeName", t."usedByPublicKey", t."expiresAt" <= now() AS "expired"
        FROM "EnrollmentToken" t JOIN "Node" n ON n."id" = t."nodeId"
        WHERE t."id" = ${token.id}::uuid AND t."secretHash" = ${token.secretHash} FOR UPDATE OF t`
      return row
    },

    async useToken(tx: Queries, id: string, publicKey: string): Promise<void> {
      await tx.$executeRaw`UPDATE "EnrollmentToken" SET "usedAt" = now(), "usedByPublicKey" = ${publicKey}
        WHERE "id" = ${id}::uuid`
    },

    /**
     * The key is the node's only one from now on, and the node may come back from quarantine or loss.
     * False: the key was revoked, or another node has it.
     */
    async activate(tx: Queries, key: NewKey): Promise<boolean> {
      await tx.$executeRaw`SELECT 1 FROM "Node" WHERE "id" = ${key.nodeId}::uuid FOR NO KEY UPDATE`
      await tx.$executeRaw`UPDATE "Agent" SET "status" = 'RETIRED'
        WHERE "nodeId" = ${key.nodeId}::uuid AND "status" <> 'RETIRED' AND "kid" <> ${key.kid}`
      const active = await tx.$executeRaw`
        INSERT INTO "Agent" AS a ("id", "nodeId", "kid", "publicKey", "status", "hostname", "version", "enrolledAt")
        VALUES (${uuidv7()}::uuid, ${key.nodeId}::uuid, ${key.kid}, ${key.publicKey}, 'ACTIVE',
          ${key.hostname}, ${key.version}, now())
        ON CONFLICT ("kid") DO UPDATE SET "status" = 'ACTIVE', "hostname" = excluded."hostname",
          "version" = excluded."version", "enrolledAt" = now()
        WHERE a."nodeId" = excluded."nodeId" AND a."revokedAt" IS NULL`
      if (active !== 1) return false
      await tx.$executeRaw`UPDATE "Node" SET "lostAt" = NULL, "updatedAt" = now(),
          "status" = CASE "status" WHEN 'QUARANTINED' THEN 'PENDING' ELSE "status" END
        WHERE "id" = ${key.nodeId}::uuid`
      return true
    },

    /** Whether the key that a token was used with still opens sessions. */
    async isActive(tx: Queries, key: Pick<NewKey, 'nodeId' | 'kid'>): Promise<boolean> {
      const rows = await tx.$queryRaw<unknown[]>`SELECT 1 FROM "Agent" WHERE "kid" = ${key.kid}
        AND "nodeId" = ${key.nodeId}::uuid AND "status" = 'ACTIVE' AND "revokedAt" IS NULL`
      return rows.length > 0
    }
  }
}
