import { randomUUID } from 'node:crypto'
import t from 'tap'
import { readJournal } from '../../agent/src/state/journal.ts'
import type { JournalRecord } from '../../agent/src/state/journal-entries.ts'
import { scanRecords } from '../../agent/src/state/journal-format.ts'
import { createField } from '../chaos/field.ts'
import type { Json } from './world/api.ts'
import { createChecker } from './world/checker.ts'
import { effectsOn } from './world/effects.ts'
import { freePort } from './world/free-port.ts'
import { act, ledgerOf } from './world/servers.ts'
import { until } from './world/until.ts'

/** Restarts that are all carried out: a second each. */
const AT_ONCE = 10

t.test('one node, its processes and its requests', async t => {
  const field = await createField(t, { lanes: 1 })
  const { world, engine, altId } = field
  const { admin } = world
  const [lane] = field.lanes
  if (!lane) throw new Error('there is no lane')
  const { agent, bystander } = lane
  const checker = createChecker(field)

  await t.test('row 2: kill -9 of the agent ten times: its games run on', async t => {
    const before = await world.containerOf(bystander.serverId)
    const ticks = async () => (await ledgerOf(agent, bystander.serverId)).length
    for (let time = 1; time <= 10; time++) {
      const sessions = await field.epochs()
      const written = await ticks()
      await agent.kill9()
      await agent.start()
      await field.untilBack([lane], sessions)
      await until('the game has gone on', async () => (await ticks()) > written)
    }
    const after = await world.containerOf(bystander.serverId)
    t.equal(after?.State.Pid, before?.State.Pid, 'the same process')
    t.equal(after?.State.StartedAt, before?.State.StartedAt, 'never started again')
    t.equal(after?.RestartCount, before?.RestartCount)
    const boots = (await ledgerOf(agent, bystander.serverId)).filter(line => /^boot /.test(line))
    t.equal(boots.length, 1, 'its own ledger says so too')
    await checker.bystander(bystander)
  })

  await t.test('row 35: 200 power acts on one server at once', async t => {
    const { id: serverId } = await world.addServer({ altId, nodeId: agent.nodeId })
    const before = effectsOn({ agent, serverId }, engine)
    const acts = ['start', 'restart', 'stop', 'kill']
    const asked = await Promise.all(
      Array.from({ length: 200 }, async (_, at) => {
        const key = randomUUID()
        const body = { action: acts[at % acts.length] }
        const path = `/api/v1/servers/${serverId}/power`
        const answer = await admin.request('POST', path, body, { 'idempotency-key': key })
        return { key, answer }
      })
    )
    const others = asked.filter(({ answer }) => answer.status !== 202)
    t.same(
      others.map(({ answer }) => answer),
      [],
      'each is accepted'
    )
    await until('each has its one end', async () => (await openOf(serverId)) === 0, {
      deadlineMs: 120_000
    })
    const rows = (await Promise.all(asked.map(one => checker.ended(one, Date.now())))).filter(
      row => row !== undefined
    )
    t.equal(rows.length, asked.length, 'each has its row')

    const starts = effectsOn({ agent, serverId }, engine).starts - before.starts
    const told = rows.filter(({ result }) => result?.startedAt)
    const runs = new Set(told.map(({ result }) => result?.startedAt))
    const ofRuns = await world.database.query(
      `SELECT id, kind::text, status::text FROM "Command" WHERE "serverId" = $1
         AND kind IN ('start', 'restart')`,
      [serverId]
    )
    const records = await journalOf()
    const begun = new Set(records.flatMap(one => (one.type === 'started' ? [one.id] : [])))
    const cutShort = ofRuns.filter(
      ({ id, status }) => status !== 'SUCCEEDED' && begun.has(String(id))
    )
    const outcome = `${starts} runs, ${runs.size} told of, ${cutShort.length} cut short`
    t.ok(starts >= runs.size && starts <= runs.size + cutShort.length, outcome)
    const restarts = ofRuns.filter(one => one.kind === 'restart' && one.status === 'SUCCEEDED')
    const ofRestarts = told.filter(({ id }) => restarts.some(one => one.id === id))
    t.equal(
      new Set(ofRestarts.map(({ result }) => result?.startedAt)).size,
      restarts.length,
      'each restart that succeeded has a run of its own'
    )
    const order = await acceptedOrder(serverId)
    t.same(await doneOrder(order), order, 'one after the other, in the order of their acceptance')
    await checker.shown(
      { agent, serverId },
      { healedAtMs: Date.now(), isWhole: true, isGone: false }
    )
    t.match(await act(admin, serverId, 'start'), { status: 'SUCCEEDED' })
    const now = effectsOn({ agent, serverId }, engine)
    const again = await Promise.all(
      Array.from({ length: AT_ONCE }, () => act(admin, serverId, 'restart'))
    )
    t.same(
      again.map(({ status }) => status),
      Array(AT_ONCE).fill('SUCCEEDED')
    )
    const effects = () => effectsOn({ agent, serverId }, engine)
    await until('Docker has told of the last', () => effects().starts >= now.starts + AT_ONCE)
    t.same(
      effects(),
      {
        ...now,
        boots: now.boots + AT_ONCE,
        starts: now.starts + AT_ONCE,
        ends: now.ends + AT_ONCE,
        removals: now.removals + AT_ONCE
      },
      'of restarts that nothing cuts short each is done once, by Docker and by the ledger'
    )
  })

  await t.test('row 35: 200 times the same key, the same port', async t => {
    const port = await freePort()
    const key = randomUUID()
    const body = {
      ...{ name: 'Once', altId, nodeId: agent.nodeId, ports: [{ port, protocol: 'tcp' }] },
      ...{ memoryMiB: 64, cpuPercent: 100, diskMiB: 256 }
    }
    const create = (headers: Record<string, string>): Promise<Json> =>
      admin.request('POST', '/api/v1/servers', body, headers)
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, at) => create(at % 2 ? { 'idempotency-key': key } : {}))
    )
    const made = answers.filter(({ status }) => status < 300).map(one => one.body.server.id)
    t.equal(new Set(made).size, 1, 'one server')
    for (const { status, body } of answers.filter(answer => answer.status >= 300)) {
      t.match([status, body.code], [409, /ALLOCATION|REQUEST_IN_PROGRESS/])
    }
    const taken = await world.database.query(`SELECT id FROM "Allocation" WHERE port = $1`, [port])
    t.equal(taken.length, 1, 'one port')
    const [serverId] = made
    await until('it is installed', async () => (await openOf(serverId)) === 0)
    t.equal(effectsOn({ agent, serverId }, engine).installs, 1, 'installed once')
    t.match(await act(admin, serverId, 'start'), { status: 'SUCCEEDED' })
  })

  async function openOf(serverId: string): Promise<number> {
    const rows = await world.database.query(
      `SELECT count(*)::int AS count FROM "Command" WHERE "serverId" = $1 AND "finishedAt" IS NULL`,
      [serverId]
    )
    return Number(rows[0]?.count)
  }

  /** A server's commands as the panel accepted them, without the kills: those overtake. */
  async function acceptedOrder(serverId: string): Promise<string[]> {
    const rows = await world.database.query(
      `SELECT id FROM "Command" WHERE "serverId" = $1 AND kind <> 'kill' ORDER BY "laneSeq"`,
      [serverId]
    )
    return rows.map(row => String(row.id))
  }

  async function journalOf(): Promise<JournalRecord[]> {
    const { records } = scanRecords(await readJournal(agent.stateDir))
    return records as JournalRecord[]
  }

  /** As they follow each other in the agent's journal; one that began before another had ended is there twice. */
  async function doneOrder(ids: readonly string[]): Promise<string[]> {
    return (await journalOf())
      .flatMap(one => (one.type === 'started' || one.type === 'done' ? [one.id] : []))
      .filter(id => ids.includes(id))
      .filter((id, at, all) => id !== all[at - 1])
  }
})
