import { createHash } from 'node:crypto'
import type { ServerEvent } from '@ctrl-alt-play/protocol'
import type pg from 'pg'
import { createBatcher } from './batcher.ts'
import type { Fence } from './commands.repo.ts'

export type ServerEventsRepo = ReturnType<typeof createServerEventsRepo>

interface Told extends Fence {
  instanceId: string
  events: readonly ServerEvent[]
}

/** What happened to servers, as rows of ServerLog. */
export function createServerEventsRepo(pool: pg.Pool) {
  const insert = createBatcher<Told, void>({
    windowMs: 0,
    keyOf: ({ nodeId }) => nodeId,
    async run(told) {
      const rows = told.flatMap(({ nodeId, epoch, instanceId, events }) =>
        events.map(({ seq, at, serverId, code, message }) => {
          const time = timeOf(at)
          const id = idOf(instanceId, seq, time)
          return { nodeId, epoch, id, serverId, at: new Date(time).toISOString(), code, message }
        })
      )
      await pool.query(
        `WITH fences AS (SELECT n."id", n."sessionEpoch" AS "epoch" FROM "Node" n WHERE n."id" = ANY($1::uuid[])
           ORDER BY n."id" FOR SHARE)
         INSERT INTO "ServerLog" ("id", "serverId", "kind", "at", "text")
         SELECT v."id", v."server", 'EVENT', v."at", v."text"
         FROM unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::uuid[], $5::timestamptz[], $6::text[]) WITH ORDINALITY
           AS v("node", "epoch", "id", "server", "at", "text", "number")
         JOIN fences ON fences."id" = v."node" AND fences."epoch" = v."epoch"
         JOIN "Server" s ON s."id" = v."server" AND s."nodeId" = v."node"
         ORDER BY v."number" ON CONFLICT ("id") DO NOTHING`,
        [
          rows.map(row => row.nodeId),
          rows.map(row => row.epoch),
          rows.map(row => row.id),
          rows.map(row => row.serverId),
          rows.map(row => row.at),
          rows.map(row => `${row.code}: ${row.message}`)
        ]
      )
      return told.map(() => undefined)
    }
  })

  return {
    /** Safe to repeat: an event's id is made from what it is. */
    insert: ({ nodeId, epoch }: Fence, instanceId: string, events: readonly ServerEvent[]) =>
      insert({ nodeId, epoch, instanceId, events })
  }
}

function timeOf(timestamp: string): number {
  const time = Date.parse(timestamp)
  return Number.isNaN(time) || time < 0 ? Date.now() : time
}

/** A UUID v7 of the event's time whose random part is the event itself. */
function idOf(instanceId: string, seq: number, time: number): string {
  const hash = createHash('sha256').update(`${instanceId} ${seq}`).digest()
  hash.writeUIntBE(time, 0, 6)
  hash.writeUInt8((hash.readUInt8(6) & 0x0f) | 0x70, 6)
  hash.writeUInt8((hash.readUInt8(8) & 0x3f) | 0x80, 8)
  const hex = hash.toString('hex', 0, 16)
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
