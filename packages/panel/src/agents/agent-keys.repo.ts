import type pg from 'pg'
import { v7 as uuidv7 } from 'uuid'
import type { Fence } from './commands.repo.ts'

export interface AgentKey {
  kid: string
  nodeId: string
  publicKey: string
  status: 'ACTIVE' | 'PENDING' | 'RETIRED'
  revoked: boolean
}

export type AgentKeysRepo = ReturnType<typeof createAgentKeysRepo>

/** The keys with which agents open sessions. */
export function createAgentKeysRepo(pool: pg.Pool) {
  return {
    async findMany(kids: string[]): Promise<AgentKey[]> {
      const { rows } = await pool.query<AgentKey>(
        `SELECT "kid", "nodeId", "publicKey", "status"::text, "revokedAt" IS NOT NULL AS "revoked"
         FROM "Agent" WHERE "kid" = ANY($1::text[])`,
        [kids]
      )
      return rows
    },

    /** The first session with a new key makes it the node's only one. Safe to repeat. */
    async promote({ kid, nodeId }: { kid: string; nodeId: string }): Promise<void> {
      const client = await pool.connect()
      try {
        await client.query('BEGIN')
        await client.query(
          `UPDATE "Agent" SET "status" = 'RETIRED' WHERE "nodeId" = $1 AND "status" <> 'RETIRED' AND "kid" <> $2`,
          [nodeId, kid]
        )
        await client.query(
          `UPDATE "Agent" SET "status" = 'ACTIVE' WHERE "kid" = $1 AND "status" = 'PENDING' AND "revokedAt" IS NULL`,
          [kid]
        )
        await client.query('COMMIT')
      } catch (err) {
        await client.query('ROLLBACK').catch(() => undefined)
        throw err
      } finally {
        client.release()
      }
    },

    /** A key to come; it replaces one that never came. False: the key belongs to somebody, or the session is over. */
    async addPending(
      { nodeId, epoch }: Fence,
      key: { oldKid: string; kid: string; publicKey: string }
    ): Promise<boolean> {
      const { rowCount } = await pool.query(
        `WITH fence AS (SELECT 1 FROM "Node" WHERE "id" = $1::uuid AND "sessionEpoch" = $2 FOR SHARE),
           old AS (UPDATE "Agent" SET "status" = 'RETIRED'
             WHERE "nodeId" = $1::uuid AND "status" = 'PENDING' AND "kid" <> $4)
         INSERT INTO "Agent" AS a ("id", "nodeId", "kid", "publicKey", "status", "hostname", "version")
         SELECT $3::uuid, $1::uuid, $4, $5, 'PENDING', o."hostname", o."version" FROM "Agent" o, fence WHERE o."kid" = $6
         ON CONFLICT ("kid") DO UPDATE SET "status" = a."status"
           WHERE a."nodeId" = $1::uuid AND a."status" = 'PENDING' AND a."revokedAt" IS NULL`,
        [nodeId, epoch, uuidv7(), key.kid, key.publicKey, key.oldKid]
      )
      return rowCount === 1
    },

    /** Nodes whose key was revoked lately, whoever did it. */
    async revokedLately(): Promise<string[]> {
      const { rows } = await pool.query<{ kid: string }>(
        `SELECT "kid" FROM "Agent" WHERE "revokedAt" > now() - interval '1 minute'`
      )
      return rows.map(row => row.kid)
    }
  }
}
