import { readFileSync } from 'node:fs'
import { setTimeout as lasts } from 'node:timers/promises'
import t, { type Test } from 'tap'
import type { Json } from './world/api.ts'
import { type PrivateDatabase, startPrivateDatabase } from './world/private-database.ts'
import { act, bootsOf, consoleOf, ledgerOf, untilServer } from './world/servers.ts'
import { until } from './world/until.ts'
import { type AgentProcess, createWorld, type World } from './world/world.ts'

// Each has a PostgreSQL of its own, and waits most of the time.
t.jobs = 4

const LOCK_MS = 60_000

t.test('row 8: PostgreSQL killed -9 during writes, again and again', async t => {
  const stage = await startStage(t)
  const { world, database, agent, server } = stage
  const before = await nodeOf(stage)
  const panel = world.panelPid()
  const rssBefore = rssMiB(panel)
  const traffic = startTraffic(world, server)
  for (let kill = 0; kill < 5; kill++) {
    await lasts(1_000 + kill * 150)
    await database.kill9()
    await untilAnswers(database)
  }
  const killedAt = Date.now()
  await lasts(1_000)
  const history = await traffic.end()
  t.ok(history.answers.includes(503), 'it said that it could not')
  checkAnswers(t, history)
  await nothingLost(t, stage, history)

  const after = await until('lastSeen goes on', async () => {
    const node = await nodeOf(stage)
    return node.lastSeenMs > killedAt && node
  })
  t.equal(after.epoch, before.epoch, 'the agent stayed connected')
  t.equal(after.status, 'ONLINE')
  t.equal(world.panelPid(), panel)
  t.ok(rssMiB(panel) < rssBefore + 150, `${rssBefore} MiB, then ${rssMiB(panel)} MiB`)
  await consoleIsWhole(t, world, agent, server)
})

t.test('row 9: PostgreSQL without room and read-only', async t => {
  const stage = await startStage(t, { diskMiB: 256 })
  const { world, database, agent, server } = stage
  const panel = world.panelPid()
  const { epoch } = await nodeOf(stage)

  await t.test('row 9: read-only', async t => {
    await database.setReadOnly(true)
    const traffic = startTraffic(world, server)
    await until('writes are refused', () => traffic.answers().includes(503))
    await lasts(2_000)
    const read = await world.admin.request('GET', `/api/v1/servers/${server.id}`)
    t.equal(read.status, 200, 'what needs no write goes on')
    await database.setReadOnly(false)
    await untilAccepted(world)
    const history = await traffic.end()
    checkAnswers(t, history)
    await nothingLost(t, stage, history)
  })

  await t.test('row 9: no room', async t => {
    const traffic = startTraffic(world, server)
    await database.fillDisk()
    const big = 'x'.repeat(4_000)
    await until(
      'writes are refused',
      async () => {
        await world.admin.request('POST', '/api/v1/ctrls', {
          name: `Big ${Math.random()}`,
          description: big
        })
        return traffic.answers().includes(503)
      },
      { deadlineMs: 40_000 }
    )
    await lasts(2_000)
    await database.freeDisk()
    await untilAccepted(world)
    const history = await traffic.end()
    checkAnswers(t, history)
    await nothingLost(t, stage, history)
  })

  t.equal(world.panelPid(), panel, 'the panel never ended')
  t.equal((await nodeOf(stage)).epoch, epoch, 'the agent stayed connected')
  await consoleIsWhole(t, world, agent, server)
})

t.test('row 9: Node locked for 60 s, longer than an agent bears silence', async t => {
  const stage = await startStage(t)
  const { world, database, agent, server } = stage
  const panel = world.panelPid()
  const { epoch } = await nodeOf(stage)
  const lockedAt = Date.now()
  const unlock = await database.lock('Node')
  const traffic = startTraffic(world, server)
  await lasts(LOCK_MS)
  const health = await fetch(`${world.url}/healthz`)
  t.equal(health.status, 200, 'the panel lives')
  t.ok(traffic.answers().includes(503), 'it says what it cannot do')
  await unlock()
  await untilAccepted(world)
  const history = await traffic.end()
  checkAnswers(t, history)
  await nothingLost(t, stage, history)
  const after = await until('lastSeen goes on', async () => {
    const node = await nodeOf(stage)
    return node.lastSeenMs > lockedAt + LOCK_MS && node
  })
  t.match(after, { epoch, status: 'ONLINE' }, 'the agent stayed connected')
  const judged = /node is (silent|unreachable)|agent session (begins|ends)/
  const said = world
    .panelOutput()
    .split('\n')
    .filter(line => judged.test(line))
  t.equal(said.length, 1, `nobody was called silent: ${said.join()}`)
  t.equal(world.panelPid(), panel, 'the panel never ended')
  await consoleIsWhole(t, world, agent, server)
})

t.test('row 10: a database restored from an older backup', async t => {
  const stage = await startStage(t)
  const { world, database, agent, server, altId } = stage
  const { nodeId } = agent
  await world.stopPanel()
  await database.backUp()
  await startPanelAnew(stage)
  // What comes now the backup does not know: sessions, acts, a whole server.
  for (let count = 0; count < 2; count++) {
    await world.killPanel()
    await startPanelAnew(stage)
  }
  for (let count = 0; count < 3; count++) {
    t.match(await act(world.admin, server.id, 'restart'), { status: 'SUCCEEDED' })
  }
  const forgotten = await world.addServer({ altId, nodeId, name: 'Forgotten' })
  t.match(await act(world.admin, forgotten.id, 'start'), { status: 'SUCCEEDED' })
  const { epoch } = await nodeOf(stage)
  const running = await Promise.all([server, forgotten].map(one => world.containerOf(one.id)))

  await world.stopPanel()
  await database.restore()
  t.ok((await nodeOf(stage)).epoch < epoch, 'the database is back in the past')
  await startPanelAnew(stage)
  await untilServer(world.admin, server.id, ({ status }) => status === 'RUNNING')
  const now = await nodeOf(stage)
  t.equal(now.epoch, epoch + 1, 'the next epoch after the newest that the node knows')

  const node = await until('the unknown container is reported', async () => {
    const seen = await world.admin.get(`/api/v1/nodes/${nodeId}`)
    const isThere = ({ name }: Json) => name === `cap-${forgotten.id}`
    return seen.orphans?.some(isThere) && seen
  })
  // Other tests' containers with labels like ours may stand on this machine too.
  const ours = [server, forgotten].map(({ id }) => `cap-${id}`)
  t.strictSame(
    node.orphans.flatMap(({ name, running: isUp }: Json) =>
      ours.includes(name) ? [[name, isUp]] : []
    ),
    [[`cap-${forgotten.id}`, true]]
  )
  const still = await Promise.all([server, forgotten].map(one => world.containerOf(one.id)))
  t.strictSame(
    still.map(one => [one?.Id, one?.State.StartedAt, one?.State.Running]),
    running.map(one => [one?.Id, one?.State.StartedAt, true]),
    'every game runs on, known or not'
  )

  const boots = await bootsOf(agent, server.id)
  t.match(await act(world.admin, server.id, 'restart'), { status: 'SUCCEEDED' })
  t.equal(await bootsOf(agent, server.id), boots + 1, 'an act after the restore has its effect')
  t.match(await act(world.admin, server.id, 'stop'), { status: 'SUCCEEDED' })
  t.equal((await world.containerOf(server.id))?.State.Running, false)
  t.equal((await world.containerOf(forgotten.id))?.State.Running, true)
})

interface Stage {
  world: World
  database: PrivateDatabase
  agent: AgentProcess
  altId: string
  server: Json
}

async function startStage(t: Test, options: { diskMiB?: number } = {}): Promise<Stage> {
  const database = await startPrivateDatabase(t, options)
  const world = await createWorld(t, { database })
  const agent = await world.addNode('alpha')
  const altId = await world.addProbeAlt({ environment: { TICK_MS: '200' } })
  const server = await world.addServer({ altId, nodeId: agent.nodeId })
  t.match(await act(world.admin, server.id, 'start'), { status: 'SUCCEEDED' })
  return { world, database, agent, altId, server }
}

async function nodeOf({ database, agent }: Stage) {
  const [row] = await database.query(
    `SELECT "status"::text, "sessionEpoch" AS "epoch", extract(epoch FROM "lastSeen") * 1000 AS "seen"
     FROM "Node" WHERE "id" = $1`,
    [agent.nodeId]
  )
  return {
    status: row?.status,
    epoch: Number(row?.epoch),
    lastSeenMs: Number(row?.seen)
  }
}

/** Until its node is in a session of it. */
async function startPanelAnew(stage: Stage): Promise<void> {
  const { epoch } = await nodeOf(stage)
  await stage.world.startPanel()
  await until('the node is back', async () => (await nodeOf(stage)).epoch > epoch)
}

function untilAnswers(database: PrivateDatabase): Promise<unknown> {
  return until('the database is back', () => database.query('SELECT 1'), { deadlineMs: 30_000 })
}

function untilAccepted({ admin }: World): Promise<unknown> {
  return until('writes are accepted again', async () => {
    const name = `Again ${Date.now()}${Math.random()}`
    return (await admin.request('POST', '/api/v1/ctrls', { name })).status < 300
  })
}

interface History {
  answers: number[]
  odd: { path: string; status: number; body: Json; logged?: string[] }[]
  /** Names of rows that were made, by what was answered. */
  made: string[]
  restarts: string[]
}

/** Acts, rows and looks without a pause, until it is ended. */
function startTraffic({ admin, panelOutput }: World, server: Json) {
  const history: History = { answers: [], odd: [], made: [], restarts: [] }
  const expected = new Set([200, 201, 202, 204, 409, 503])
  let isEnding = false
  const panelSaid = (requestId: string) =>
    panelOutput()
      .split('\n')
      .filter(line => requestId && line.includes(requestId))

  async function ask(method: string, path: string, body?: unknown) {
    const answer = await admin.request(method, path, body)
    history.answers.push(answer.status)
    if (!expected.has(answer.status)) {
      history.odd.push({ path, status: answer.status, body: answer.body })
    }
    return answer
  }

  async function repeat(everyMs: number, work: (count: number) => Promise<void>): Promise<void> {
    for (let count = 0; !isEnding; count++) {
      await work(count)
      await lasts(everyMs)
    }
  }

  const making = (worker: number) =>
    repeat(20, async count => {
      const name = `Made ${worker} ${count} ${Date.now()}`
      const { status } = await ask('POST', '/api/v1/ctrls', { name })
      if (status === 201) history.made.push(name)
    })
  const restarting = repeat(100, async () => {
    const path = `/api/v1/servers/${server.id}/power`
    const { status, body } = await ask('POST', path, { action: 'restart' })
    if (status !== 202) return
    const { id } = body.command
    history.restarts.push(id)
    await until(
      'the restart has its end',
      async () => {
        const seen = await admin.request('GET', `/api/v1/commands/${id}`)
        return isEnding || seen.body.finishedAt
      },
      { deadlineMs: 60_000, everyMs: 100 }
    )
  })
  const looking = repeat(50, async () => {
    await ask('GET', `/api/v1/servers/${server.id}`)
    await ask('GET', '/api/v1/servers?limit=50')
  })
  const running = Promise.all([making(1), making(2), restarting, looking])
  return {
    answers: () => history.answers,
    async end(): Promise<History> {
      isEnding = true
      await running
      for (const answer of history.odd) answer.logged = panelSaid(answer.body?.requestId)
      return history
    }
  }
}

function checkAnswers(t: Test, { answers, odd }: History): void {
  t.strictSame(odd.slice(0, 3), [], `${answers.length} answers: done, in the way, or not just now`)
  t.ok(answers.filter(status => status < 300).length > 5, 'much was done all the same')
}

/** Whatever was answered with success is in the rows; every act has its one end, and its effect. */
async function nothingLost(t: Test, stage: Stage, { made, restarts }: History): Promise<void> {
  const { database, agent, server } = stage
  const rows = await database.query(`SELECT "name" FROM "Ctrl" WHERE "name" = ANY($1)`, [made])
  t.equal(rows.length, made.length, `${made.length} rows that were made are there`)
  const ended = await until(
    'every act has its end',
    async () => {
      const found = await database.query(
        `SELECT "status"::text, "errorCode" FROM "Command" WHERE "serverId" = $1`,
        [server.id]
      )
      return (
        found.every(({ status }) => /SUCCEEDED|FAILED|UNKNOWN|EXPIRED/.test(String(status))) &&
        found
      )
    },
    { deadlineMs: 45_000 }
  )
  const known = await database.query(`SELECT 1 FROM "Command" WHERE "id" = ANY($1::uuid[])`, [
    restarts
  ])
  t.equal(known.length, restarts.length, `${restarts.length} restarts that were accepted are there`)
  const failed = ended.filter(({ status }) => status !== 'SUCCEEDED')
  t.strictSame(failed, [], 'and happened')
  const [starts] = await database.query(
    `SELECT count(*)::int AS "count" FROM "Command"
     WHERE "serverId" = $1 AND "kind" IN ('start', 'restart') AND "status" = 'SUCCEEDED'`,
    [server.id]
  )
  t.equal(await bootsOf(agent, server.id), starts?.count, 'each of them once')
}

async function consoleIsWhole(t: Test, world: World, agent: AgentProcess, server: Json) {
  const ledger = (await ledgerOf(agent, server.id)).filter(line => !/^(input|exit)/.test(line))
  const shown = await until('the console has caught up', async () => {
    const lines = await consoleOf(world.admin, server.id)
    return lines.length >= ledger.length && lines
  })
  t.strictSame(shown.slice(0, ledger.length), ledger, 'each line of the game once and in order')
}

function rssMiB(pid: number): number {
  const [, kib] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Math.round(Number(kib) / 1024)
}
