import { setTimeout as pause } from 'node:timers/promises'
import { Client } from 'pg'
import type { Teardown } from './world.ts'

/** The rows as they were at one moment. */
export interface Moment {
  atMs: number
  nodes: Map<string, { status: string; epoch: number; lastSeenMs: number }>
  servers: Map<string, { status: string; lastKnown: string | null }>
}

/** What the database said all along. */
export interface Timeline {
  moments(): readonly Moment[]
  since(atMs: number): Moment[]
  now(): Moment | undefined
}

const EVERY_MS = 200

/** Looks at the rows again and again until the test ends. */
export async function watchRows(t: Teardown, url: string): Promise<Timeline> {
  const client = new Client({ connectionString: url })
  await client.connect()
  const moments: Moment[] = []
  const ending = new AbortController()
  const looking = look()
  t.teardown(async () => {
    ending.abort()
    await looking
    await client.end()
  })

  async function look(): Promise<void> {
    while (!ending.signal.aborted) {
      moments.push(await read())
      await pause(EVERY_MS, undefined, { signal: ending.signal }).catch(() => undefined)
    }
  }

  async function read(): Promise<Moment> {
    const nodes = await client.query(
      `SELECT "id", "status"::text, "sessionEpoch" AS "epoch",
         coalesce(extract(epoch FROM "lastSeen") * 1000, 0) AS "seen" FROM "Node"`
    )
    const servers = await client.query(
      `SELECT "id", "status"::text, "lastKnownStatus"::text AS "lastKnown" FROM "Server"`
    )
    return {
      atMs: Date.now(),
      nodes: new Map(
        nodes.rows.map(({ id, status, epoch, seen }) => [
          id,
          { status, epoch: Number(epoch), lastSeenMs: Number(seen) }
        ])
      ),
      servers: new Map(servers.rows.map(({ id, status, lastKnown }) => [id, { status, lastKnown }]))
    }
  }

  return {
    moments: () => moments,
    since: atMs => moments.filter(moment => moment.atMs >= atMs),
    now: () => moments.at(-1)
  }
}
