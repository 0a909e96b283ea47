import type { CommandProgress } from '@ctrl-alt-play/protocol'
import type pg from 'pg'
import { createBatcher } from './batcher.ts'
import { type CommandRow, commandColumns, type RawCommand, toCommandRow } from './command-row.ts'
import { type FinalStep, transitions } from './command-states.ts'
import type { Ending, Fence } from './commands.repo.ts'

/** A step that changes nothing but the command itself. */
type PlainEnd = Extract<FinalStep, 'succeeded' | 'failed' | 'unknown'>

const plainEnds: readonly FinalStep[] = ['succeeded', 'failed', 'unknown']

/** Kinds whose end has a sequel for their server: they end in a transaction with it. */
export const kindsWithSequel: readonly string[] = ['install', 'reinstall', 'delete']

interface Write extends Fence {
  id: string
}

/** The commands and sessions that are written for; a session's node is held until the statement ends. */
const written = `
  WITH v AS (SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::bigint[]) WITH ORDINALITY
      AS v("id", "node", "epoch", "at")),
    fences AS (SELECT n."id", n."sessionEpoch" AS "epoch" FROM "Node" n WHERE n."id" = ANY($2::uuid[])
      ORDER BY n."id" FOR SHARE),
    held AS (SELECT c."id", v."epoch", v."at" FROM "Command" c JOIN v ON v."id" = c."id" AND v."node" = c."nodeId"
      JOIN fences ON fences."id" = v."node" AND fences."epoch" = v."epoch" ORDER BY c."id" FOR UPDATE OF c)`

/**
 * What agents say of their commands, written for all that speak in the same moment with one statement.
 * Each is a compare-and-set; undefined: the command was not in a state for it, or the session is over.
 */
export function createCommandWrites(pool: pg.Pool) {
  function together<In extends Write>(
    statement: string,
    more: (items: In[]) => unknown[]
  ): (item: In) => Promise<CommandRow | undefined> {
    return createBatcher<In, CommandRow | undefined>({
      windowMs: 0,
      keyOf: ({ id }) => id,
      async run(items) {
        const found = await pool.query<RawCommand>(`${written} ${statement}`, [
          items.map(item => item.id),
          items.map(item => item.nodeId),
          items.map(item => item.epoch),
          ...more(items)
        ])
        const byId = new Map(found.rows.map(row => [row.id, row]))
        return items.map(({ id }) => {
          const row = byId.get(id)
          return row && toCommandRow(row)
        })
      }
    })
  }

  const acknowledge = together(
    `UPDATE "Command" c SET "status" = 'ACKED', "ackedAt" = now(), "epoch" = held."epoch"
     FROM held WHERE c."id" = held."id" AND c."status" = ANY($4::"CommandStatus"[])
     RETURNING ${commandColumns}`,
    () => [transitions.acknowledge.from]
  )

  const progress = together<Write & { progress: CommandProgress | null }>(
    `UPDATE "Command" c SET "status" = 'RUNNING', "epoch" = held."epoch",
       "ackedAt" = coalesce(c."ackedAt", now()), "startedAt" = coalesce(c."startedAt", now()),
       "progress" = coalesce(($5::jsonb[])[held."at"], c."progress")
     FROM held WHERE c."id" = held."id" AND c."status" = ANY($4::"CommandStatus"[])
     RETURNING ${commandColumns}`,
    items => [
      transitions.progress.from,
      items.map(item => item.progress && JSON.stringify(item.progress))
    ]
  )

  const end = together<Write & { step: PlainEnd; ending: Ending }>(
    `UPDATE "Command" c SET "status" = ($5::"CommandStatus"[])[held."at"], "finishedAt" = clock_timestamp(),
       "errorCode" = ($6::text[])[held."at"], "errorMessage" = ($7::text[])[held."at"],
       "result" = ($8::jsonb[])[held."at"]
     FROM held WHERE c."id" = held."id" AND c."status" = ANY($4::"CommandStatus"[]) AND c."kind" <> ALL($9::text[])
     RETURNING ${commandColumns}`,
    items => [
      transitions.succeeded.from,
      items.map(item => transitions[item.step].to),
      items.map(item => item.ending.errorCode ?? null),
      items.map(item => item.ending.errorMessage ?? null),
      items.map(({ ending: { result } }) => (result ? JSON.stringify(result) : null)),
      kindsWithSequel
    ]
  )

  return {
    acknowledge: (fence: Fence, id: string) => acknowledge({ ...plain(fence), id }),
    progress: (fence: Fence, id: string, told: CommandProgress | null) =>
      progress({ ...plain(fence), id, progress: told }),
    /** Undefined also for a kind whose end has a sequel. */
    end: (fence: Fence, id: string, how: { step: PlainEnd; ending: Ending }) =>
      end({ ...plain(fence), id, ...how })
  }
}

export function isPlainEnd(step: FinalStep): step is PlainEnd {
  return plainEnds.includes(step)
}

function plain({ nodeId, epoch }: Fence): Fence {
  return { nodeId, epoch }
}
