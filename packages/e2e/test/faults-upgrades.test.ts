import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Client } from 'pg'
import t, { type Test } from 'tap'
import type { Json } from './world/api.ts'
import { repository, sessionFile } from './world/config.ts'
import { seenBy } from './world/console-record.ts'
import { freePort } from './world/free-port.ts'
import { recordSession, replayToAgent, replayToPanel } from './world/golden-session.ts'
import { asLaterMinor } from './world/later-minor.ts'
import { createLinkProxy } from './world/link-proxy.ts'
import { addRole } from './world/played-agent.ts'
import { playPanel } from './world/played-panel.ts'
import { launch } from './world/process.ts'
import { makeRelease } from './world/release.ts'
import { act, bootsOf, consoleOf, ledgerOf, untilCommand } from './world/servers.ts'
import { until } from './world/until.ts'
import { type AgentProcess, createWorld, type World } from './world/world.ts'

const TICKING = { environment: { TICK_MS: '100' } }
const AGENT = join(repository, 'packages/agent/dist/ctrl-alt-play-agent.mjs')
const WIDER = '29990101000000_wider'

t.jobs = 3

t.test('row 40: a database is migrated while agents knock', async t => {
  const world = await createWorld(t)
  const member = await addMember(world, 'alpha')
  const { agent } = member
  const away = await addMember(world, 'beta')
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
          ENCRYPTION_KEYS_FILE: join(world.dir, 'panel', 'encryption-keys.json'),
          DATABASE_URL: world.database.url
        }
      })
      t.teardown(() => second.end('SIGKILL'))
      await until('one has its turn and the other waits for it', () => isQueued(world))
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

t.test('row 39: releases side by side', async t => {
  const world = await createWorld(t)
  const road = { isLater: true }
  const proxy = await createLinkProxy(t, {
    targetPort: Number(new URL(world.url).port),
    rewrite: (direction, frame) => (road.isLater ? asLaterMinor(direction, frame) : [frame])
  })
  const running: Partial<Record<'agent' | 'panel', string | undefined>> = {}
  const agent = await world.addNode('alpha', {
    env: { CAP_RECONNECT_SECONDS: '1' },
    panelUrl: `http://127.0.0.1:${proxy.port}`,
    program: () => running.agent
  })
  const { nodeId } = agent
  const altId = await world.addProbeAlt(TICKING)
  const slowId = await world.addProbeAlt({
    environment: { TICK_MS: '0', READY_AFTER_MS: '1000' }
  })
  const kept = await world.addServer({ altId, nodeId, name: 'Kept' })
  const worker = await world.addServer({ altId: slowId, nodeId, name: 'Worker' })
  const isBackNow = () => isBack(world, { agent, server: kept })
  const keptRun = async () => {
    const { Id, State } = (await world.containerOf(kept.id)) ?? {}
    return { Id, pid: State?.Pid, startedAt: State?.StartedAt, running: State?.Running }
  }

  await t.test('fields and messages of a later minor release are passed over', async t => {
    const socket = await world.admin.socket(`/api/v1/servers/${kept.id}/console`)
    socket.say({ type: 'subscribe' })
    for (const action of ['start', 'restart', 'kill', 'start']) {
      t.match(await act(world.admin, kept.id, action), { status: 'SUCCEEDED' }, action)
    }
    await world.admin.post(`/api/v1/servers/${kept.id}/console`, { command: 'well' })
    await until('its echo is seen', () => JSON.stringify(socket.received).includes('echo: well'))
    socket.close()
    t.ok((await ledgerOf(agent, kept.id)).includes('input well'))
    t.match(await act(world.admin, worker.id, 'start'), { status: 'SUCCEEDED' })
    t.equal(proxy.connections(), 2, 'the enrolment and one session, which nothing has ended')
    t.ok(proxy.messages('toPanel').some(({ type }) => type === 'later.news'))
    t.ok(proxy.messages('toAgent').some(({ type }) => type === 'later.news'))

    const before = await keptRun()
    road.isLater = false
    proxy.cut('reset')
    await until('it dials again', () => proxy.connections() > 2)
    await isBackNow()
    t.strictSame(await keptRun(), before, 'and what was passed over made no difference to a game')
  })

  const later = await makeRelease(t, { versions: { min: 1, max: 2 } })
  const far = await makeRelease(t, { versions: { min: 3, max: 4 } })
  const before = await keptRun()
  const open: Json[] = []
  let boots = await bootsOf(agent, worker.id)

  /** It is under way when the release changes. */
  async function beginRestart(): Promise<void> {
    if (open.length > 0) return
    const path = `/api/v1/servers/${worker.id}/power`
    const { command } = await world.admin.post(path, { action: 'restart' })
    open.push(command)
    await until('it is under way', async () => {
      const { status } = await world.admin.get(`/api/v1/commands/${command.id}`)
      return /ACKED|RUNNING/.test(status)
    })
  }

  const pairs: { what: string; panel?: string; agent?: string; refused?: RegExp }[] = [
    { what: 'a later panel', panel: later.panel },
    { what: 'and its agent', panel: later.panel, agent: later.agent },
    { what: 'the panel of before, a later agent', agent: later.agent },
    {
      what: 'an agent that is too old for its panel',
      panel: far.panel,
      agent: later.agent,
      refused: /upgrade the agent: this panel speaks versions 3 to 4, the agent 1 to 2/
    },
    { what: 'which has been upgraded', panel: far.panel, agent: far.agent },
    {
      what: 'a panel that is too old for its agent',
      agent: far.agent,
      refused: /upgrade the panel: this panel speaks versions 1 to 1, the agent 3 to 4/
    },
    { what: 'both as they were' }
  ]
  for (const { what, panel, agent: program, refused } of pairs) {
    await t.test(`${what}${refused ? ' says so, and games run on' : ''}`, async t => {
      await beginRestart()
      if (panel !== running.panel) {
        running.panel = panel
        await world.stopPanel()
        await world.startPanel(panel)
      }
      if (program !== running.agent) {
        running.agent = program
        await agent.stop()
        await agent.start()
      }
      if (refused) await isTurnedAway(t, refused)
      else await works(t)
      t.strictSame(await keptRun(), before, 'no game has noticed')
    })
  }

  async function isTurnedAway(t: Test, words: RegExp): Promise<void> {
    const last = await until('the agent says why it is not connected', () =>
      agent
        .output()
        .split('\n')
        .findLast(line => line.includes('"code":4426'))
    )
    const { reason, waitMs, msg } = JSON.parse(last)
    t.match(reason, words)
    t.match(msg, /too far apart.*games run on/)
    t.ok(waitMs >= 300_000, 'it does not storm the panel')
    t.match(world.panelOutput(), /"msg":"an agent was turned away: no version in common"/)
    const node = await world.admin.get(`/api/v1/nodes/${nodeId}`)
    t.match(node.agentRefused, words)
    t.ok(Date.now() - Date.parse(node.lastSeen) < 10_000, 'it is known to be alive')
    const { length } = await ledgerOf(agent, kept.id)
    await until('the game goes on', async () => (await ledgerOf(agent, kept.id)).length > length)
  }

  async function works(t: Test): Promise<void> {
    await isBackNow()
    for (const { id } of open.splice(0)) {
      t.match(await untilCommand(world.admin, id), { status: 'SUCCEEDED' }, 'what was open ends')
      boots += 1
    }
    t.equal(await bootsOf(agent, worker.id), boots, 'and was done once')
    t.equal((await world.admin.get(`/api/v1/nodes/${nodeId}`)).agentRefused, null)
    t.match(await act(world.admin, worker.id, 'stop'), { status: 'SUCCEEDED' })
    t.match(await act(world.admin, worker.id, 'start'), { status: 'SUCCEEDED' })
    boots += 1
  }
})

t.test(
  'row 39: what was once said between the two is still understood',
  { buffered: true },
  async t => {
    const world = await createWorld(t)
    if (sessionFile) await recordSession(t, world, sessionFile)

    await t.test('a panel of today hears an agent of then', async t => {
      const role = await addRole(world, 'then')
      const altId = await world.addProbeAlt({ environment: { TICK_MS: '0' } })
      const size = { memoryMiB: 64, cpuPercent: 100, diskMiB: 256 }
      const ports = [{ port: await freePort(), protocol: 'tcp' }]
      const body = { name: 'Replayed', altId, nodeId: role.nodeId, ports, ...size }
      const install = () => world.admin.post('/api/v1/servers', body)
      const { serverId, seen, typed } = await replayToPanel(world, role, install)
      t.match(typed, [{ status: 204 }], 'what was typed has come')
      const { data } = await world.admin.get(`/api/v1/servers/${serverId}/commands`)
      t.strictSame(data.map(({ kind, status }: Json) => `${kind} ${status}`).sort(), [
        'install SUCCEEDED',
        'start SUCCEEDED',
        'stop SUCCEEDED'
      ])
      t.match(await world.admin.get(`/api/v1/servers/${serverId}`), {
        status: 'STOPPED',
        statusReason: null
      })
      const lines = ['ready', 'echo: well']
      const shown = seenBy(seen).lines.map(({ line }) => line)
      t.strictSame(
        shown.filter(line => lines.includes(line)),
        lines,
        'who watched has seen it'
      )
      const stored = await consoleOf(world.admin, serverId)
      t.strictSame(
        stored.filter(line => lines.includes(line)),
        lines,
        'and it is stored'
      )
      const node = await world.admin.get(`/api/v1/nodes/${role.nodeId}`)
      t.ok(node.resources.memoryTotalMiB > 0 && node.agentVersion)
    })

    await t.test('an agent of today obeys a panel of then', async t => {
      const dir = join(world.dir, 'played')
      const stateDir = join(dir, 'state')
      const panel = await playPanel(t, stateDir, dir)
      const agent = launch({ args: [AGENT, 'run', '--state-dir', stateDir, '--data-dir', dir] })
      t.teardown(() => agent.end('SIGTERM'))
      const { serverId, answers, printed, closed } = await replayToAgent(panel)
      const container = world.docker.getContainer(`cap-${serverId}`)
      t.teardown(() => container.remove({ force: true }).catch(() => undefined))
      for (const { type, before, now } of answers) {
        t.equal(now.outcome?.status, before.outcome?.status, `${type} ${before.id}`)
        t.equal(now.ok, before.ok)
      }
      t.ok(answers.length >= 7, 'each command was acknowledged and ended, and the call answered')
      t.match(printed, /ready\n(.*\n)*echo: well/)
      t.equal(closed, 1001, 'it takes the good-bye')
      const ledger = await readFile(join(dir, 'servers', serverId, 'ledger.txt'), 'utf8')
      t.match(ledger, /^boot .*\nready\ninput well\necho: well\ninput stop\nstopping\nexit 0\n$/)
      t.equal((await container.inspect()).State.ExitCode, 0)
    })
  }
)

interface Member {
  agent: AgentProcess
  server: Json
}

/** A node, and a game on it that runs. */
async function addMember(world: World, name: string): Promise<Member> {
  const agent = await world.addNode(name, { env: { CAP_RECONNECT_SECONDS: '1' } })
  const altId = await world.addProbeAlt(TICKING)
  const server = await world.addServer({ altId, nodeId: agent.nodeId, name })
  const started = await act(world.admin, server.id, 'start')
  if (started.status !== 'SUCCEEDED') throw new Error(JSON.stringify(started))
  return { agent, server }
}

/** A panel that has just begun shows its nodes as they were, before they have dialled it. */
async function isBack({ admin }: World, { agent, server }: Member): Promise<void> {
  await until('the node is back, and its game shown as it is', async () => {
    if (!agent.isConnected()) return false
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

/** Somebody waits for the lock of the one that migrates, of which the killed one has let go. */
async function isQueued({ database }: World): Promise<boolean> {
  const rows = await database.query(
    `SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = 4242017 AND NOT granted
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`
  )
  return rows.length > 0
}
