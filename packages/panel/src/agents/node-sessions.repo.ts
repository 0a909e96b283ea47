import type { MachineFacts, NodeResources } from '@ctrl-alt-play/protocol'
import type pg from 'pg'
import type { Fence } from './commands.repo.ts'

export interface Claim {
  nodeId: string
  kid: string
  lastEpoch: number
}

export interface ClaimedEpoch {
  epoch: number
  quarantined: boolean
}

export interface Description extends Fence {
  kid: string
  machine: MachineFacts
  journalLost: boolean
}

export interface Beat extends Fence {
  resources: NodeResources | null
}

/** A node as liveness knows it. */
export interface LiveNode extends Fence {
  status: 'ONLINE' | 'SUSPECT' | 'UNREACHABLE'
}

export interface LostServer {
  id: string
  nodeId: string
  reason: string | null
  startedAt: Date | null
}

export type NodeSessionsRepo = ReturnType<typeof createNodeSessionsRepo>

/** For a statement that has `lost`: the nodes that nobody hears or believes. */
const loseServers = `held AS (SELECT s."id", s."nodeId" FROM "Server" s JOIN lost ON s."nodeId" = lost."id"
    ORDER BY s."id" FOR NO KEY UPDATE OF s),
  unknown AS (UPDATE "Server" s SET "lastKnownStatus" = s."status", "status" = 'UNKNOWN', "updatedAt" = now()
    FROM held WHERE s."id" = held."id" AND s."status" <> 'UNKNOWN'
    RETURNING s."id", s."nodeId", s."statusReason" AS "reason", s."startedAt")`

/** What sessions write into Node: always many rows at once, always locked in the order of their ids. */
export function createNodeSessionsRepo(pool: pg.Pool) {
  return {
    /** The next epoch for each, or undefined where the key opens nothing any more. */
    async claim(claims: Claim[], replicaId: string): Promise<(ClaimedEpoch | undefined)[]> {
      const { rows } = await pool.query<{ id: string; epoch: string; quarantined: boolean }>(
        `WITH v AS (SELECT * FROM unnest($1::uuid[], $2::text[], $3::bigint[]) AS v("id", "kid", "last")),
           locked AS (SELECT n."id" FROM "Node" n WHERE n."id" = ANY($1::uuid[]) ORDER BY n."id" FOR NO KEY UPDATE)
         UPDATE "Node" n SET "sessionEpoch" = greatest(n."sessionEpoch", v."last") + 1, "ownerReplica" = $4,
           "status" = CASE n."status" WHEN 'QUARANTINED' THEN n."status" ELSE 'ONLINE' END,
           "lastSeen" = now(), "lostAt" = NULL, "updatedAt" = now()
         FROM v JOIN locked ON locked."id" = v."id" JOIN "Agent" a ON a."kid" = v."kid" AND a."nodeId" = v."id"
         WHERE n."id" = v."id" AND a."status" = 'ACTIVE' AND a."revokedAt" IS NULL
         RETURNING n."id", n."sessionEpoch" AS "epoch", n."status" = 'QUARANTINED' AS "quarantined"`,
        [
          claims.map(claim => claim.nodeId),
          claims.map(claim => claim.kid),
          claims.map(claim => claim.lastEpoch),
          replicaId
        ]
      )
      const byNode = new Map(rows.map(row => [row.id, row]))
      return claims.map(({ nodeId }) => {
        const row = byNode.get(nodeId)
        return row && { epoch: Number(row.epoch), quarantined: row.quarantined }
      })
    },

    /** Answers the nodes whose session still counts. */
    async beat(beats: Beat[]): Promise<string[]> {
      const { rows } = await pool.query<{ id: string }>(
        `WITH v AS (SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::jsonb[]) AS v("id", "epoch", "resources")),
           locked AS (SELECT n."id" FROM "Node" n WHERE n."id" = ANY($1::uuid[]) ORDER BY n."id" FOR NO KEY UPDATE)
         UPDATE "Node" n SET "lastSeen" = now(), "resources" = coalesce(v."resources", n."resources"),
           "status" = CASE n."status" WHEN 'QUARANTINED' THEN n."status" ELSE 'ONLINE' END
         FROM v JOIN locked ON locked."id" = v."id" WHERE n."id" = v."id" AND n."sessionEpoch" = v."epoch"
         RETURNING n."id"`,
        [
          beats.map(beat => beat.nodeId),
          beats.map(beat => beat.epoch),
          beats.map(beat => beat.resources && JSON.stringify(beat.resources))
        ]
      )
      return rows.map(row => row.id)
    },

    /** What agents say of themselves when they come. Answers the nodes whose session still counts. */
    async describe(descriptions: Description[]): Promise<{ nodeId: string }[]> {
      const { rows } = await pool.query<{ nodeId: string }>(
        `WITH v AS (SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::boolean[])
             AS v("id", "epoch", "kid", "hostname", "version", "lost")),
           locked AS (SELECT n."id" FROM "Node" n WHERE n."id" = ANY($1::uuid[]) ORDER BY n."id" FOR NO KEY UPDATE),
           node AS (UPDATE "Node" n SET "agentVersion" = v."version", "updatedAt" = now(),
               "journalLost" = CASE WHEN v."lost" THEN now() ELSE n."journalLost" END
             FROM v JOIN locked ON locked."id" = v."id"
             WHERE n."id" = v."id" AND n."sessionEpoch" = v."epoch" RETURNING n."id")
         UPDATE "Agent" a SET "hostname" = v."hostname", "version" = v."version", "lastSeen" = now()
         FROM v JOIN node ON node."id" = v."id" WHERE a."kid" = v."kid" RETURNING a."nodeId"`,
        [
          descriptions.map(one => one.nodeId),
          descriptions.map(one => one.epoch),
          descriptions.map(one => one.kid),
          descriptions.map(one => one.machine.hostname),
          descriptions.map(one => one.machine.agentVersion),
          descriptions.map(one => one.journalLost)
        ]
      )
      return rows
    },

    /** An agent that proved who it is and may not come in all the same was seen. */
    async touch(nodeId: string): Promise<void> {
      await pool.query(`UPDATE "Node" SET "lastSeen" = now() WHERE "id" = $1`, [nodeId])
    },

    /**
     * Nothing of it is believed any more: its servers' status is unknown, what it was is kept beside it.
     * Whoever has claimed it meanwhile, unless the node was enrolled anew.
     */
    async quarantine({ nodeId, kid }: { nodeId: string; kid: string }): Promise<LostServer[]> {
      const { rows } = await pool.query<LostServer>(
        `WITH lost AS (UPDATE "Node" SET "status" = 'QUARANTINED', "updatedAt" = now()
             WHERE "id" = $1 AND EXISTS (SELECT 1 FROM "Agent" a WHERE a."kid" = $2 AND a."nodeId" = $1
               AND a."status" <> 'RETIRED' AND a."revokedAt" IS NULL) RETURNING "id"),
           ${loseServers}
         SELECT "id", "nodeId", "reason", "startedAt" FROM unknown`,
        [nodeId, kid]
      )
      return rows
    },

    /** Those that were heard before this panel started. */
    async listHeard(): Promise<LiveNode[]> {
      const { rows } = await pool.query<{ id: string; epoch: string; status: LiveNode['status'] }>(
        `SELECT "id", "sessionEpoch" AS "epoch", "status"::text FROM "Node" WHERE "status" IN ('ONLINE', 'SUSPECT')`
      )
      return rows.map(row => ({ nodeId: row.id, epoch: Number(row.epoch), status: row.status }))
    },

    /** Only where no newer session has begun. Answers the nodes that changed. */
    async markSuspect(nodes: Fence[]): Promise<string[]> {
      const { rows } = await pool.query<{ id: string }>(
        `WITH v AS (SELECT * FROM unnest($1::uuid[], $2::bigint[]) AS v("id", "epoch")),
           locked AS (SELECT n."id" FROM "Node" n WHERE n."id" = ANY($1::uuid[]) ORDER BY n."id" FOR NO KEY UPDATE)
         UPDATE "Node" n SET "status" = 'SUSPECT', "updatedAt" = now() FROM v JOIN locked ON locked."id" = v."id"
         WHERE n."id" = v."id" AND n."sessionEpoch" = v."epoch" AND n."status" = 'ONLINE' RETURNING n."id"`,
        [nodes.map(node => node.nodeId), nodes.map(node => node.epoch)]
      )
      return rows.map(row => row.id)
    },

    /** Their servers' status is then unknown; what it was is kept beside it. */
    async markUnreachable(nodes: Fence[]): Promise<{ nodes: string[]; servers: LostServer[] }> {
      const { rows } = await pool.query<Partial<LostServer> & { nodeId: string; isNode: boolean }>(
        `WITH v AS (SELECT * FROM unnest($1::uuid[], $2::bigint[]) AS v("id", "epoch")),
           locked AS (SELECT n."id" FROM "Node" n WHERE n."id" = ANY($1::uuid[]) ORDER BY n."id" FOR NO KEY UPDATE),
           lost AS (UPDATE "Node" n SET "status" = 'UNREACHABLE', "updatedAt" = now()
             FROM v JOIN locked ON locked."id" = v."id"
             WHERE n."id" = v."id" AND n."sessionEpoch" = v."epoch" AND n."status" IN ('ONLINE', 'SUSPECT')
             RETURNING n."id"),
           ${loseServers}
         SELECT "id", "nodeId", "reason", "startedAt", false AS "isNode" FROM unknown
         UNION ALL SELECT NULL, "id", NULL, NULL, true FROM lost`,
        [nodes.map(node => node.nodeId), nodes.map(node => node.epoch)]
      )
      return {
        nodes: rows.filter(row => row.isNode).map(row => row.nodeId),
        servers: rows.flatMap(({ id, nodeId, reason = null, startedAt = null }) =>
          id ? [{ id, nodeId, reason, startedAt }] : []
        )
      }
    }
  }
}
