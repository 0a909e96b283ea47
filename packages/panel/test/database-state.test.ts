import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openDatabase } from '../src/db/client.ts'
import { connect } from '../src/db/create-database.ts'
import { startEmbeddedPostgres } from '../src/db/embedded.ts'
import { poolProblem, readServerRoom } from '../src/db/server-room.ts'
import { createSlowStatements } from '../src/db/slow-statements.ts'
import { createDatabaseRepo } from '../src/features/system/database.repo.ts'
import { buildPanel, login, until } from './helper.ts'
import { fastSettings, silentLog } from './postgres-settings.ts'
import { emptyDatabase, freshDatabase } from './test-database.ts'

const PATH = '/api/v1/system/database'
const CANARY = 'canary-of-a-value-4711'

async function opened(
  t: Test,
  url: string,
  options: Partial<Parameters<typeof openDatabase>[0]> = {}
) {
  const database = openDatabase({ url, poolSize: 3, ...options })
  t.teardown(() => database.close())
  return database
}

t.test('who may see the settings sees how the database is, and never a value', async t => {
  const panel = await buildPanel(t, { env: { DATABASE_SLOW_STATEMENT_MS: '50' } })
  const admin = await login(panel)
  const before = (await admin.request('GET', PATH)).body
  t.match(before, {
    version: /^1[5-9]\./,
    connections: { allowed: Number, open: Number },
    pool: { size: 5, waiting: 0 },
    statements: { failed: 0, slowAboveMs: 50 },
    slowest: [],
    costliest: null
  })
  t.ok(before.sizeMiB > 1 && before.connections.open >= 1)
  t.ok(before.statements.ended > 0 && before.statements.meanMs > 0)

  const sleep = 'SELECT pg_sleep(0.08), $1::text'
  await panel.db.pool.query(sleep, [CANARY])
  await panel.db.pool.query(sleep, [CANARY])
  await panel.db.prisma.$queryRaw`SELECT pg_sleep(0.09)::text, ${CANARY}::text AS "byPrisma"`
  await t.rejects(panel.db.pool.query('SELECT 1 / $1::int', [0]), { code: '22012' })
  await t.rejects(panel.db.prisma.$queryRaw`SELECT 1 / ${0}::int`)

  const { body } = await admin.request('GET', PATH)
  t.match(body.statements.failed, 2)
  t.match(
    body.slowest.find(({ statement }: { statement: string }) => statement === sleep),
    { times: 2, longestMs: Number, lastAt: String }
  )
  t.ok(body.slowest.some(({ statement }: { statement: string }) => statement.includes('byPrisma')))
  const lines = panel
    .logged()
    .split('\n')
    .filter(line => line.includes('a slow statement'))
  t.equal(
    lines.filter(line => line.includes('$1::text')).length,
    2,
    'each statement once in a while'
  )
  t.notMatch(panel.logged() + JSON.stringify(body), CANARY)

  const { body: figures } = await admin.request('GET', '/metrics')
  t.match(figures, /cap_database_failures_total\{class="22"\} 2/)
  t.match(figures, /cap_database_pool_size 5/)
  const [, told] = /cap_database_statement_seconds_count (\d+)/.exec(figures) ?? []
  t.ok(Number(told) >= body.statements.ended)
})

t.test(
  'a pool that is used up is seen, and a lock that is held is not waited for forever',
  async t => {
    const panel = await buildPanel(t)
    const admin = await login(panel)
    const { pool } = panel.db
    const held = await Promise.all(Array.from({ length: 4 }, () => pool.connect()))
    const busy = /cap_database_connections\{state="busy"\} (\d+)/
    const { body } = await admin.request('GET', '/metrics')
    t.ok(Number(busy.exec(body)?.[1]) >= 4)
    for (const client of held) client.release()

    const { url } = await freshDatabase(t)
    const [first, second] = [await opened(t, url), await opened(t, url, { lockTimeoutMs: 100 })]
    const client = await first.pool.connect()
    await client.query('BEGIN; LOCK TABLE "Node" IN ACCESS EXCLUSIVE MODE')
    await t.rejects(second.pool.query('SELECT FROM "Node"'), { code: '55P03' })
    await client.query('ROLLBACK')
    client.release()
    await second.pool.query('SELECT FROM "Node"')
  }
)

t.test('a pool that the server has no room for is refused in words', async t => {
  const { url } = await emptyDatabase(t)
  const owner = await connect(url)
  t.teardown(async () => {
    await owner.query('DROP ROLE cap_test_small')
    await owner.end()
  })
  await owner.query(`CREATE ROLE cap_test_small LOGIN PASSWORD 'small' CONNECTION LIMIT 7`)
  const asSmall = new URL(url)
  Object.assign(asSmall, { username: 'cap_test_small', password: 'small' })
  const database = await opened(t, asSmall.href)
  const room = await readServerRoom(database.pool)
  t.equal(room.allowedConnections, 7)
  t.equal(poolProblem(4, room), undefined)
  t.match(poolProblem(5, room), /7 connections .* DATABASE_POOL_SIZE must be 4 or less and not "5"/)
  t.match(
    poolProblem(2, { ...room, allowedConnections: 4 }),
    /give it more, the smallest pool has 2/
  )
  const all = await readServerRoom((await opened(t, url)).pool)
  t.equal(all.allowedConnections, all.serverConnections, 'a superuser may use what is reserved')
})

t.test('of changes that lock each other out one is done again from its beginning', async t => {
  const database = await opened(t, (await freshDatabase(t)).url)
  const { prisma, transaction } = database
  const [one, two] = await prisma.ctrl.createManyAndReturn({
    data: [{ name: 'first of the two' }, { name: 'second of the two' }]
  })
  if (!one || !two) throw new Error('not made')
  type Tx = Parameters<Parameters<typeof transaction>[0]>[0]
  type Change = (tx: Tx, id: string, description: string) => Promise<unknown>
  const byModel: Change = (tx, id, description) =>
    tx.ctrl.update({ where: { id }, data: { description } })
  const bySql: Change = (tx, id, description) =>
    tx.$executeRaw`UPDATE "Ctrl" SET description = ${description} WHERE id = ${id}::uuid`

  /** Both have done their first step before either does its second. */
  async function collide(first: (tx: Tx, name: string) => Promise<unknown>, second: typeof first) {
    const begun: string[] = []
    const change = (name: string) =>
      transaction(async tx => {
        begun.push(name)
        await first(tx, name)
        arrived.push(name)
        await until('both have begun', () => new Set(arrived).size === 2)
        await second(tx, name)
        return name
      })
    const arrived: string[] = []
    t.same(await Promise.all([change('a'), change('b')]), ['a', 'b'], 'both are told of success')
    return begun
  }

  const own = (name: string) => (name === 'a' ? one.id : two.id)
  const other = (name: string) => (name === 'a' ? two.id : one.id)
  for (const change of [byModel, bySql]) {
    const begun = await collide(
      (tx, name) => change(tx, own(name), name),
      (tx, name) => change(tx, other(name), name)
    )
    t.equal(begun.length, 3, `a deadlock, ${change.name}`)
    const rows = await prisma.ctrl.findMany({ where: { id: { in: [one.id, two.id] } } })
    t.same([...new Set(rows.map(row => row.description))], [begun[2]], 'the last one did it all')

    const torn = await collide(
      async tx => {
        await tx.$executeRaw`SET TRANSACTION ISOLATION LEVEL SERIALIZABLE`
        await tx.ctrl.findMany()
      },
      (tx, name) => change(tx, one.id, `${name} read before`)
    )
    t.equal(torn.length, 3, `two that read what the other changed, ${change.name}`)
  }

  let tries = 0
  const name = 'first of the two'
  const twice = transaction(tx => {
    tries++
    return tx.ctrl.create({ data: { name } })
  })
  await t.rejects(twice, { code: 'P2002' })
  t.equal(tries, 1, 'what would fail again is not done again')
  tries = 0
  const never = transaction(tx => {
    tries++
    return tx.$executeRaw`DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '40001'; END $$`
  })
  await t.rejects(never)
  t.equal(tries, 4, 'nor what always fails, without end')
})

t.test('the statistics of the server are shown where it has them', async t => {
  const { url } = await emptyDatabase(t)
  const unloaded = await opened(t, url)
  await unloaded.pool.query('CREATE EXTENSION pg_stat_statements')
  t.equal(await createDatabaseRepo(unloaded).costliest(5), undefined, 'made, but not loaded')

  const dir = await mkdtemp(join(tmpdir(), 'cap-test-statistics-'))
  t.teardown(() => rm(dir, { recursive: true, force: true }))
  const settings = { ...fastSettings, shared_preload_libraries: 'pg_stat_statements' }
  const server = await startEmbeddedPostgres({ dir, settings, log: silentLog })
  t.teardown(() => server.stop())
  const database = await opened(t, server.url)
  await database.pool.query('CREATE EXTENSION pg_stat_statements')
  await database.pool.query(`SELECT '${CANARY}' AS counted`)
  const seen = await until('it is counted', async () =>
    (await createDatabaseRepo(database).costliest(20))?.find(({ statement }) =>
      statement.includes('counted')
    )
  )
  t.match(seen, { statement: 'SELECT $1 AS counted', calls: 1, meanMs: Number, totalMs: Number })
})

t.test('what is slow is remembered within bounds and said once in a while', async t => {
  const said: unknown[] = []
  let now = 0
  const log = { warn: (line: unknown) => void said.push(line) }
  const slow = createSlowStatements({ thresholdMs: 10, log, now: () => now })
  for (const ms of [9, 10, 30, 20]) slow.hear({ text: 'SELECT\n  1', ms })
  t.match(said, [{ statement: 'SELECT 1', ms: 10, unsaid: 0 }])
  now += 10_000
  slow.hear({ text: 'SELECT 1', ms: 11 })
  t.match(said[1], { ms: 11, unsaid: 2 })
  t.match(slow.list(), [{ statement: 'SELECT 1', times: 4, longestMs: 30 }])
  for (let n = 0; n < 150; n++) slow.hear({ text: `SELECT ${n} FROM x`, ms: 40 + n })
  t.equal(slow.list().length, 100)
  t.match(slow.list()[0], { statement: 'SELECT 149 FROM x' })
  const off = createSlowStatements({ thresholdMs: 0, log })
  off.hear({ text: 'SELECT 2', ms: 1e9 })
  t.same(off.list(), [])
})
