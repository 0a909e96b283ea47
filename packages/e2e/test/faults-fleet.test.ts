import t from 'tap'
import { takeLongestDelayMs } from '../bench/rows/event-loop.ts'
import { startSimulatedFleet } from './world/fleet.ts'
import { until } from './world/until.ts'
import { createWorld } from './world/world.ts'

const AGENTS = 1_000
const CONNECT_MS = 120_000
const BACK_MS = 30_000
const LONGEST_DELAY_MS = 250

t.test(
  'row 5: a panel that is killed has its thousand agents back within 30 s, never held up for 250 ms, and calls none unreachable',
  async t => {
    const world = await createWorld(t)
    const { database } = world
    const fleet = await startSimulatedFleet(t, world, { agents: AGENTS, perSecond: 200 })
    await fleet.untilConnected(CONNECT_MS)
    const epochs = await epochsOf()
    await database.query(`
      CREATE TABLE seen (status "NodeStatus");
      CREATE FUNCTION note_status() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN INSERT INTO seen VALUES (NEW."status"); RETURN NEW; END $$;
      CREATE TRIGGER note_status AFTER UPDATE OF "status" ON "Node"
        FOR EACH ROW WHEN (NEW."status" IS DISTINCT FROM OLD."status") EXECUTE FUNCTION note_status()`)

    await world.killPanel()
    const killedAt = await nowOfDatabase()
    await world.startPanel()
    const began = performance.now()
    await takeLongestDelayMs(world)
    await until('every node has a new session', allHaveNewer, { deadlineMs: BACK_MS, everyMs: 250 })
    t.comment(`all are back after ${Math.round(performance.now() - began)} ms`)
    const longestMs = await takeLongestDelayMs(world)
    t.ok(longestMs > 0 && longestMs < LONGEST_DELAY_MS, `the panel was held up ${longestMs} ms`)

    const [row] = await database.query(
      `SELECT count(*) FILTER (WHERE "status" = 'ONLINE')::int AS online,
         count(*) FILTER (WHERE "lastSeen" > $1)::int AS seen FROM "Node"`,
      [killedAt]
    )
    t.same(row, { online: AGENTS, seen: AGENTS }, 'every node is ONLINE and has been seen since')
    const seen = await database.query('SELECT DISTINCT status FROM seen')
    t.same(seen, [], 'no node was anything but ONLINE at any time')
    const fleetCounts = fleet.counts()
    t.equal(fleetCounts.connected, AGENTS, 'and the agents say so too')

    async function epochsOf(): Promise<Map<string, number>> {
      const rows = await database.query('SELECT "id", "sessionEpoch"::int AS epoch FROM "Node"')
      return new Map(rows.map(({ id, epoch }) => [String(id), Number(epoch)]))
    }

    async function allHaveNewer(): Promise<boolean> {
      const newest = await epochsOf()
      return [...epochs].every(([id, epoch]) => (newest.get(id) ?? 0) > epoch)
    }

    async function nowOfDatabase(): Promise<unknown> {
      const [row] = await database.query('SELECT now() AS now')
      return row?.now
    }
  }
)
