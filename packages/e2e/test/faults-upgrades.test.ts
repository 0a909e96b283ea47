import { join } from 'node:path'
import { Client } from 'pg'
import t, { type Test } from 'tap'
import type { Json } from './world/api.ts'
import { launch } from './world/process.ts'
import { makeRelease } from './world/release.ts'
import { act, bootsOf, consoleOf, ledgerOf, untilCommand } from './world/servers.ts'
import { until } from './world/until.ts'
import { type AgentProcess, createWorld, freePort, type World } from './world/world.ts'

const TICKING = { environment: { TICK_MS: '100' } }
const WIDER = '29990101000000_wider'

t.test('row 40: a database is migrated while agents knock', async t => {
  const world = await createWorld(t)
  const member = await joinWorld(world, 'alpha')
  const { agent } = member
  const away = await joinWorld(world, 'beta')
  const path = `/api/v1/servers/${away.server.id}/power`
  await away.agent.stop()
  const waiting = await world.admin.post(path, { action: 'restart', queue: true })
  t.equal(waiting.command.status, 'QUEUED')
  const before = await world.containerOf(member.server.id)

  await t.test('one that fails half-way leaves all as it was, for the release before', async t => {
    const columns = await columnsOf(world)
    const broken = await makeRelease(t, {
      migrations: {
        '29990101000000_broken': `ALTER TABLE "Server" ADD COLUMN "colour" text;
UPDATE "Server" SET "colour" = 'green';
SELECT 1 / 0;`
      }
    })
    await world.stopPanel()
    await t.rejects(
      world.startPanel(broken.panel),
      /29990101000000_broken failed and nothing of it was kept: division by zero/
    )
    t.strictSame(await columnsOf(world), columns)
    await world.startPanel()
    await isBack(world, member)
    t.match(await act(world.admin, member.server.id, 'start'), { status: 'SUCCEEDED' })
  })

  await t.test(
    'one whose panel is killed meanwhile is done once, with two that come then',
    async t => {
      const wider = await makeRelease(t, {
        migrations: { [WIDER]: 'ALTER TABLE "Server" ADD COLUMN "colour" text;' }
      })
      const free = await holdTable(t, world, 'Server')
      await world.stopPanel()
      const killed = t.rejects(world.startPanel(wider.panel), /the panel ended/)
      await until('the migration is under way', () => isMigrating(world))
      await until('the agent knocks in vain', () => refusalsOf(agent) >= 2)
      const printed = (await ledgerOf(agent, member.server.id)).length
      await world.killPanel()
      await killed

      const first = world.startPanel(wider.panel)
      const second = launch({
        args: [wider.panel],
        ipc: true,
        env: {
          PORT: String(await freePort()),
          DATA_DIR: join(world.dir, 'second'),
          DATABASE_URL: world.database.url
        }
      })
      t.teardown(() => second.end('SIGKILL'))
      await until('both of them wait', async () => (await waitingOf(world)) >= 3)
      await free()
      await first
      await until('the other one is ready', () =>
        second.messages.some(({ type }) => type === 'ready')
      )
      await second.end('SIGTERM')

      const rows = await world.database.query(
        `SELECT finished_at IS NOT NULL AS done FROM "_prisma_migrations" WHERE migration_name = $1 AND rolled_back_at IS NULL`,
        [WIDER]
      )
      t.strictSame(rows, [{ done: true }], 'done once')
      t.ok((await columnsOf(world)).includes('Server.colour'))
      await isBack(world, member)
      const ledger = await ledgerOf(agent, member.server.id)
      t.ok(ledger.length > printed, 'the game went on meanwhile')
      t.match(await act(world.admin, member.server.id, 'start'), { status: 'SUCCEEDED' })

      await t.test('an older release does not begin on it, and says which one does', async t => {
        await world.stopPanel()
        await t.rejects(
          world.startPanel(),
          new RegExp(`already has the migration ${WIDER}.*start the newer release`)
        )
        await world.startPanel(wider.panel)
      })
    }
  )

  await away.agent.start()
  const ended = await untilCommand(world.admin, waiting.command.id)
  t.equal(ended.status, 'SUCCEEDED', 'what waited all along is done')
  t.equal(await bootsOf(away.agent, away.server.id), 2, 'once')

  await isBack(world, member)
  const after = await world.containerOf(member.server.id)
  t.equal(after?.State.StartedAt, before?.State.StartedAt, 'no game has noticed')
  const ledger = await ledgerOf(agent, member.server.id)
  const shown = await until('the console has caught up', async () => {
    const lines = await consoleOf(world.admin, member.server.id)
    return lines.length >= ledger.length && lines
  })
  t.strictSame(shown.slice(0, ledger.length), ledger, 'each line once and in order')
})

interface Member {
  agent: AgentProcess
  server: Json
}

/** A node, and a game on it that runs. */
async function joinWorld(world: World, name: string): Promise<Member> {
  const agent = await world.addNode(name, { env: { CAP_RECONNECT_SECONDS: '1' } })
  const altId = await world.addProbeAlt(TICKING)
  const server = await world.addServer({ altId, nodeId: agent.nodeId, name })
  const started = await act(world.admin, server.id, 'start')
  if (started.status !== 'SUCCEEDED') throw new Error(JSON.stringify(started))
  return { agent, server }
}

async function isBack({ admin }: World, { agent, server }: Member): Promise<void> {
  await until('the node is back, and its game shown as it is', async () => {
    const node = await admin.get(`/api/v1/nodes/${agent.nodeId}`)
    const { status } = await admin.get(`/api/v1/servers/${server.id}`)
    return node.status === 'ONLINE' && status === 'RUNNING'
  })
}

function refusalsOf(agent: AgentProcess): number {
  return agent.output().split('ECONNREFUSED').length - 1
}

async function columnsOf({ database }: World): Promise<string[]> {
  const rows = await database.query(
    `SELECT table_name || '.' || column_name AS name FROM information_schema.columns
     WHERE table_schema = 'public' ORDER BY 1`
  )
  return rows.map(({ name }) => String(name))
}

/** Nobody can change what the table is made of, until the answer is called. */
async function holdTable(t: Test, world: World, table: string): Promise<() => Promise<void>> {
  const client = new Client({ connectionString: world.database.url })
  await client.connect()
  t.teardown(() => client.end().catch(() => undefined))
  await client.query(`BEGIN; LOCK TABLE "${table}" IN ACCESS SHARE MODE`)
  return async () => void (await client.query('COMMIT'))
}

const waiting = `FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`

async function isMigrating({ database }: World): Promise<boolean> {
  return (await database.query(`SELECT 1 ${waiting} AND query LIKE '%"colour"%'`)).length > 0
}

async function waitingOf({ database }: World): Promise<number> {
  return (await database.query(`SELECT 1 ${waiting}`)).length
}
