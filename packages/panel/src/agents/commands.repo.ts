import { createHash } from 'node:crypto'
import { type CommandOutcome, laneOf } from '@ctrl-alt-play/protocol'
import type pg from 'pg'
import { v7 as uuidv7 } from 'uuid'
import { askTogether } from '../db/asked-together.ts'
import { Prisma } from '../db/generated/client.ts'
import { createBatcher } from './batcher.ts'
import {
  type CommandRow,
  commandColumns,
  type RawCommand,
  type StoredPayload,
  toCommandRow,
  viewColumns
} from './command-row.ts'
import { type FinalStep, openStatuses, transitions } from './command-states.ts'
import { createCommandWrites } from './command-writes.repo.ts'
import type { CommandView, NewCommand, Queries } from './contract.ts'

/** Which session writes: its writes change nothing once a newer one has claimed the node. */
export interface Fence {
  nodeId: string
  epoch: number
}

export interface Ending {
  errorCode?: string | null
  errorMessage?: string | null
  result?: CommandOutcome['result'] | null
}

export type CommandsRepo = ReturnType<typeof createCommandsRepo>

/** The row locks, in the order of their ids, keep newer sessions from claiming the nodes while these write. */
const manyFences = `fences AS (SELECT n."id", n."sessionEpoch" AS "epoch" FROM "Node" n
  JOIN unnest($1::uuid[], $2::bigint[]) AS v("id", "epoch") ON v."id" = n."id" AND v."epoch" = n."sessionEpoch"
  ORDER BY n."id" FOR SHARE OF n)`
const columns = Prisma.raw(commandColumns)

/** All queries on Command, with those of command-writes.repo.ts. Each change is a compare-and-set by its transition. */
export function createCommandsRepo(pool: pg.Pool) {
  async function rows(sql: string, values: unknown[]): Promise<CommandRow[]> {
    const found = await pool.query<RawCommand>(sql, values)
    return found.rows.map(toCommandRow).sort((a, b) => a.laneSeq - b.laneSeq)
  }

  const claim = createBatcher<Fence & { limit: number }, CommandRow[]>({
    windowMs: 0,
    keyOf: ({ nodeId }) => nodeId,
    async run(asked) {
      const claimed = await rows(
        `WITH ${manyFences}, next AS (
           SELECT q."id", fences."epoch" FROM fences JOIN unnest($1::uuid[], $3::int[]) AS v("id", "limit")
             ON v."id" = fences."id"
           CROSS JOIN LATERAL (SELECT o."id" FROM "Command" o WHERE o."nodeId" = fences."id" AND o."status" = 'QUEUED'
               AND (o."expiresAt" IS NULL OR o."expiresAt" > clock_timestamp())
             ORDER BY o."laneSeq" LIMIT v."limit" FOR UPDATE) q)
         UPDATE "Command" c SET "status" = 'DISPATCHED', "epoch" = next."epoch", "attempts" = c."attempts" + 1,
           "dispatchedAt" = now() FROM next WHERE c."id" = next."id" AND c."status" = 'QUEUED'
         RETURNING ${commandColumns}`,
        [...columnsOf(asked), asked.map(one => one.limit)]
      )
      return asked.map(({ nodeId }) => claimed.filter(row => row.nodeId === nodeId))
    }
  })

  async function findMany(ids: string[]): Promise<CommandRow[]> {
    if (ids.length === 0) return []
    return rows(`SELECT ${commandColumns} FROM "Command" c WHERE c."id" = ANY($1::uuid[])`, [ids])
  }

  return {
    ...createCommandWrites(pool),

    /** Undefined where the actor has a command with that key. */
    async insert(tx: Queries, commands: NewCommand[]): Promise<(CommandRow | undefined)[]> {
      const news = commands.map(toInsert)
      const found = await tx.$queryRaw<RawCommand[]>(Prisma.sql`
        INSERT INTO "Command" AS c ("id", "nodeId", "serverId", "lane", "kind", "payload", "payloadHash",
          "idempotencyKey", "actorId", "traceId", "ttlMs", "createdAt", "expiresAt")
        SELECT v."id", v."nodeId", v."serverId", v."lane", v."kind", v."payload", v."payloadHash",
          v."idempotencyKey", v."actorId", v."traceId", v."ttlMs",
          clock_timestamp(), clock_timestamp() + v."ttlMs" * interval '1 millisecond'
        FROM jsonb_to_recordset(${JSON.stringify(news)}::jsonb) AS v("id" uuid, "nodeId" uuid, "serverId" uuid,
          "lane" text, "kind" text, "payload" jsonb, "payloadHash" text, "idempotencyKey" text, "actorId" uuid,
          "traceId" text, "ttlMs" int)
        ON CONFLICT ("actorId", "idempotencyKey") DO NOTHING
        RETURNING ${columns}`)
      const byId = new Map(found.map(row => [row.id, toCommandRow(row)]))
      return news.map(({ id }) => byId.get(id))
    },

    find: askTogether(findMany),
    findMany,

    /** Newest first; `before` is the last command of the page before. */
    async listOfServer(
      serverId: string,
      page: { limit: number; before?: string }
    ): Promise<CommandView[]> {
      const found = await pool.query<CommandView>(
        `SELECT ${viewColumns} FROM "Command" c WHERE c."serverId" = $1 AND ($2::uuid IS NULL
           OR c."laneSeq" < (SELECT b."laneSeq" FROM "Command" b WHERE b."id" = $2))
         ORDER BY c."laneSeq" DESC LIMIT $3`,
        [serverId, page.before ?? null, page.limit]
      )
      return found.rows
    },

    /** What was sent to these nodes and has no outcome now belongs to these sessions. */
    adopt(fences: Fence[]): Promise<CommandRow[]> {
      return rows(
        `WITH ${manyFences} UPDATE "Command" c SET "epoch" = fences."epoch" FROM fences
         WHERE c."nodeId" = fences."id" AND c."status" = ANY($3::"CommandStatus"[])
         RETURNING ${commandColumns}`,
        [...columnsOf(fences), transitions.giveUp.from]
      )
    },

    /** QUEUED → DISPATCHED, for many nodes, all whose time is not over. */
    claimAll(fences: Fence[]): Promise<CommandRow[]> {
      return rows(
        `WITH ${manyFences}, next AS (
           SELECT q."id", fences."epoch" FROM "Command" q JOIN fences ON q."nodeId" = fences."id"
           WHERE q."status" = 'QUEUED' AND (q."expiresAt" IS NULL OR q."expiresAt" > clock_timestamp())
           ORDER BY q."laneSeq" FOR UPDATE OF q)
         UPDATE "Command" c SET "status" = 'DISPATCHED', "epoch" = next."epoch", "attempts" = c."attempts" + 1,
           "dispatchedAt" = now() FROM next WHERE c."id" = next."id" AND c."status" = 'QUEUED'
         RETURNING ${commandColumns}`,
        columnsOf(fences)
      )
    },

    /** QUEUED → DISPATCHED, the oldest of the node, for all nodes that are asked about in the same moment. */
    claim: ({ nodeId, epoch }: Fence, limit: number): Promise<CommandRow[]> =>
      claim({ nodeId, epoch, limit }),

    /** Undefined: it was final already, is not there, or the fence has closed. */
    async finish(
      tx: Queries,
      command: { id: string; step: FinalStep; fence?: Fence },
      ending: Ending
    ): Promise<CommandRow | undefined> {
      const { id, step } = command
      const { from, to } = transitions[step]
      if (command.fence && !(await holds(tx, command.fence))) return undefined
      const result = ending.result ? JSON.stringify(ending.result) : null
      const [row] = await tx.$queryRaw<RawCommand[]>(Prisma.sql`
        UPDATE "Command" c SET "status" = ${to}::"CommandStatus", "finishedAt" = clock_timestamp(),
          "errorCode" = ${ending.errorCode ?? null}, "errorMessage" = ${ending.errorMessage ?? null},
          "result" = ${result}::jsonb
        WHERE c."id" = ${id}::uuid AND c."status" = ANY(${from}::"CommandStatus"[])
          AND (${command.fence?.nodeId ?? null}::uuid IS NULL OR c."nodeId" = ${command.fence?.nodeId ?? null}::uuid)
        RETURNING ${columns}`)
      return row && toCommandRow(row)
    },

    /** The first act on the server after this one that was not undone itself. */
    async laterThan(tx: Queries, command: CommandRow): Promise<CommandRow | undefined> {
      const [row] = await tx.$queryRaw<RawCommand[]>(Prisma.sql`
        SELECT ${columns} FROM "Command" c WHERE c."serverId" = ${command.serverId}::uuid
          AND c."laneSeq" > ${command.laneSeq} AND c."status" NOT IN ('EXPIRED', 'CANCELLED')
          AND NOT (c."status" = 'FAILED' AND coalesce(c."result" @> '{"neverBegan": true}', false))
        ORDER BY c."laneSeq" LIMIT 1`)
      return row && toCommandRow(row)
    },

    async replacePayload(tx: Queries, id: string, payload: StoredPayload): Promise<void> {
      const json = JSON.stringify(payload)
      await tx.$executeRaw`UPDATE "Command" SET "payload" = ${json}::jsonb
        WHERE "id" = ${id}::uuid AND "status" = ANY(${openStatuses}::"CommandStatus"[])`
    },

    async leaveStopped(tx: Queries, serverId: string): Promise<void> {
      await tx.$executeRaw`UPDATE "Command"
        SET "payload" = jsonb_set("payload", '{previousDesired}', '"STOPPED"')
        WHERE "serverId" = ${serverId}::uuid AND "payload"->>'previousDesired' = 'RUNNING'
          AND "status" = ANY(${openStatuses}::"CommandStatus"[])`
    },

    async requestCancel(tx: Queries, id: string): Promise<CommandRow | undefined> {
      const [row] = await tx.$queryRaw<RawCommand[]>(Prisma.sql`
        UPDATE "Command" c SET "cancelRequestedAt" = coalesce(c."cancelRequestedAt", now())
        WHERE c."id" = ${id}::uuid
          AND c."status" = ANY(${[...transitions.giveUp.from]}::"CommandStatus"[])
        RETURNING ${columns}`)
      return row && toCommandRow(row)
    },

    openOf(nodeId: string): Promise<CommandRow[]> {
      return rows(
        `SELECT ${commandColumns} FROM "Command" c
         WHERE c."nodeId" = $1 AND c."status" = ANY($2::"CommandStatus"[])`,
        [nodeId, openStatuses]
      )
    },

    /** QUEUED for longer than they may wait; of some nodes, or of all. */
    async overdue(nodeIds: string[] | null): Promise<{ id: string; nodeId: string }[]> {
      const found = await pool.query<{ id: string; nodeId: string }>(
        `SELECT "id", "nodeId" FROM "Command" WHERE "status" = 'QUEUED' AND "expiresAt" <= clock_timestamp()
           AND ($1::uuid[] IS NULL OR "nodeId" = ANY($1)) ORDER BY "laneSeq" LIMIT 5000`,
        [nodeIds]
      )
      return found.rows
    },

    async nodesWithQueued(): Promise<string[]> {
      const found = await pool.query<{ nodeId: string }>(
        `SELECT DISTINCT "nodeId" FROM "Command" WHERE "status" = 'QUEUED'`
      )
      return found.rows.map(row => row.nodeId)
    },

    /** Claimed for a session so long ago, and not acknowledged: those whose claim was committed and not answered were never sent. So many at most, behind that place. */
    unacknowledged(olderThanMs: number, most: number, afterLaneSeq: number): Promise<CommandRow[]> {
      return rows(
        `SELECT ${commandColumns} FROM "Command" c WHERE c."status" = 'DISPATCHED'
           AND c."laneSeq" > $3 AND c."dispatchedAt" < now() - $1 * interval '1 millisecond'
         ORDER BY c."laneSeq" LIMIT $2`,
        [olderThanMs, most, afterLaneSeq]
      )
    },

    /** Sent to a node that is no longer in the records. */
    async orphaned(): Promise<{ id: string; nodeId: string }[]> {
      const found = await pool.query<{ id: string; nodeId: string }>(
        `SELECT c."id", c."nodeId" FROM "Command" c WHERE c."status" = ANY($1::"CommandStatus"[])
           AND NOT EXISTS (SELECT 1 FROM "Node" n WHERE n."id" = c."nodeId") LIMIT 500`,
        [transitions.giveUp.from]
      )
      return found.rows
    }
  }
}

function toInsert({ kind, payload, ...rest }: NewCommand) {
  const payloadHash = createHash('sha256').update(JSON.stringify(payload)).digest('hex')
  return { id: uuidv7(), lane: laneOf[kind], kind, payload, payloadHash, ...rest }
}

function columnsOf(fences: Fence[]): [string[], number[]] {
  return [fences.map(one => one.nodeId), fences.map(one => one.epoch)]
}

async function holds(tx: Queries, { nodeId, epoch }: Fence): Promise<boolean> {
  const found = await tx.$queryRaw<unknown[]>`SELECT 1 FROM "Node"
    WHERE "id" = ${nodeId}::uuid AND "sessionEpoch" = ${epoch} FOR SHARE`
  return found.length > 0
}
