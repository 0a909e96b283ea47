import { createHash } from 'node:crypto'
import type { ServerEvent } from '@ctrl-alt-play/protocol'
import type pg from 'pg'
import type { Fence } from './commands.repo.ts'

export type ServerEventsRepo = ReturnType<typeof createServerEventsRepo>

/** What happened to servers, as rows of ServerLog. */
export function createServerEventsRepo(pool: pg.Pool) {
  return {
    /** Safe to repeat: an event's id is made from what it is. */
    async insert(
      { nodeId, epoch }: Fence,
      instanceId: string,
      events: readonly ServerEvent[]
    ): Promise<void> {
      const times = events.map(event => timeOf(event.at))
      await pool.query(
        `WITH fence AS (SELECT 1 FROM "Node" WHERE "id" = $1::uuid AND "sessionEpoch" = $2 FOR SHARE)
         INSERT INTO "ServerLog" ("id", "serverId", "kind", "at", "text")
         SELECT v."id", v."server", 'EVENT', v."at", v."text"
         FROM unnest($3::uuid[], $4::uuid[], $5::timestamptz[], $6::text[]) WITH ORDINALITY
           AS v("id", "server", "at", "text", "number")
         JOIN "Server" s ON s."id" = v."server" AND s."nodeId" = $1::uuid, fence
         ORDER BY v."number" ON CONFLICT ("id") DO NOTHING`,
        [
          nodeId,
          epoch,
          events.map((event, index) => idOf(instanceId, event.seq, times[index] ?? 0)),
          events.map(event => event.serverId),
          times.map(time => new Date(time).toISOString()),
          events.map(event => `${event.code}: ${event.message}`)
        ]
      )
    }
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
