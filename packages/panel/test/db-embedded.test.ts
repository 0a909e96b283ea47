import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { connect } from '../src/db/create-database.ts'
import { startEmbeddedPostgres } from '../src/db/embedded.ts'
import { poll, postgresProcesses, readPostmaster } from '../src/db/postgres/process.ts'
import { fastSettings, silentLog } from './postgres-settings.ts'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../../../', import.meta.url))

/** A folder that only this user may enter, as a checkout under /root is. */
async function closedFolder(t: Test): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'cap-test-embedded-'))
  t.equal((await stat(dir)).mode & 0o777, 0o700)
  t.teardown(async () => {
    const pids = await postgresProcesses(join(dir, 'postgres', 'data'))
    for (const pid of pids) process.kill(pid, 'SIGKILL')
    await rm(dir, { recursive: true, force: true, maxRetries: 5 })
  })
  return join(dir, 'postgres')
}

function start(dir: string, settings: Record<string, string> = {}) {
  return startEmbeddedPostgres({ dir, settings: { ...fastSettings, ...settings }, log: silentLog })
}

async function ask(url: string, sql: string) {
  const client = await connect(url)
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

async function pidOf(dir: string): Promise<number> {
  const postmaster = await readPostmaster(join(dir, 'data'))
  if (!postmaster) throw new Error('PostgreSQL does not run.')
  return postmaster.pid
}

t.test(
  'it starts in a closed folder, keeps to itself, and keeps data and port over a restart',
  async t => {
    const dir = await closedFolder(t)
    const first = await start(dir)
    await ask(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer')
    t.match(await ask(first.url, 'SHOW listen_addresses'), [{ listen_addresses: '127.0.0.1' }])
    t.match(await ask(first.url, 'SHOW unix_socket_directories'), [{ unix_socket_directories: '' }])
    t.equal((await stat(dir)).mode & 0o777, 0o700)
    t.equal((await stat(join(dir, 'password'))).mode & 0o777, 0o600)
    t.equal((await stat(join(dir, 'data'))).mode & 0o777, 0o700)
    const wrong = first.url.replace(/:[0-9a-f]{48}@/, ':wrong@')
    await t.rejects(connect(wrong), /password authentication failed/)
    const pid = await pidOf(dir)
    const { stdout } = await run('ps', ['-o', 'pgid=', '-p', String(pid)])
    t.equal(Number(stdout), pid, 'Ctrl-C on the terminal does not reach it')
    await t.rejects(
      start(dir),
      /^Another panel \(process \d+\) is using the database in .*DATA_DIR\.$/
    )
    await first.stop()
    t.same(await postgresProcesses(join(dir, 'data')), [])

    const second = await start(dir)
    t.equal(second.url, first.url)
    t.same(await ask(second.url, 'SELECT answer FROM kept'), [{ answer: 42 }])
    await second.stop()

    const port = Number(new URL(first.url).port)
    const taker = createServer().listen(port, '127.0.0.1')
    const third = await start(dir)
    t.not(new URL(third.url).port, String(port), 'a taken port is passed by')
    t.same(await ask(third.url, 'SELECT answer FROM kept'), [{ answer: 42 }])
    await third.stop()
    taker.close()
  }
)

t.test('killed by force it comes back by itself, with what was committed', async t => {
  const dir = await closedFolder(t)
  const server = await start(dir, { fsync: 'on', synchronous_commit: 'on' })
  await ask(server.url, 'CREATE TABLE kept AS SELECT 42 AS answer')
  const pid = await pidOf(dir)
  process.kill(pid, 'SIGKILL')
  const isBack = () =>
    ask(server.url, 'SELECT answer FROM kept').then(
      rows => rows.length === 1,
      () => false
    )
  t.ok(await poll(isBack, 15_000))
  t.not(await pidOf(dir), pid)
  await server.stop()
})

t.test('what a killed panel left running is taken over', async t => {
  const dir = await closedFolder(t)
  const child = fileURLToPath(new URL('left-behind.ts', import.meta.url))
  const left = await run(process.execPath, ['--import', 'tsx', child, dir], {
    cwd: root,
    env: {}
  }).catch((err: { signal: string; stdout: string }) => err)
  t.match(left, { signal: 'SIGKILL', stdout: /^postgresql:/ })
  const pid = await pidOf(dir)
  const server = await start(dir)
  t.equal(server.url, left.stdout)
  t.equal(await pidOf(dir), pid)
  await server.stop()
  t.same(await postgresProcesses(join(dir, 'data')), [])
})

t.test('a lock that a dead server left does not matter, even when its number lives on', async t => {
  const dir = await closedFolder(t)
  const first = await start(dir)
  await ask(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer')
  const lock = await readFile(join(dir, 'data', 'postmaster.pid'), 'utf8')
  await first.stop()
  await writeFile(join(dir, 'data', 'postmaster.pid'), lock.replace(/^\d+/, String(process.pid)))
  await writeFile(join(dir, 'owner'), '1 0')
  await mkdir(join(dir, 'initdb-1', 'data'), { recursive: true })
  const second = await start(dir)
  t.same(await ask(second.url, 'SELECT answer FROM kept'), [{ answer: 42 }])
  t.notOk((await readdir(dir)).includes('initdb-1'), 'the rest of an interrupted start is gone')
  await second.stop()
})

const skip = process.getuid?.() !== 0 && 'only root can be in this place'
t.test("root may start it in another's folder, and take it home again", { skip }, async t => {
  const dir = await closedFolder(t)
  const home = join(dir, '..')
  await run('chown', ['nobody', home])
  const first = await start(dir)
  await ask(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer')
  await first.stop()
  const { uid: owner } = await stat(join(dir, 'data'))
  t.equal(owner, (await stat(home)).uid)
  await run('chown', ['root', home])
  const second = await start(dir)
  t.same(await ask(second.url, 'SELECT answer FROM kept'), [{ answer: 42 }])
  await second.stop()
})

t.test('what cannot be is said in a sentence', async t => {
  const dir = await closedFolder(t)
  await writeFile(dir, 'a file')
  await t.rejects(
    start(dir),
    /^The database folder .* cannot be used \(EEXIST.*choose another DATA_DIR\.$/
  )
  await rm(dir)
  await t.rejects(
    start(dir, { shared_buffers: 'much' }),
    /invalid value for parameter "shared_buffers"/
  )
  await writeFile(join(dir, 'data', 'PG_VERSION'), '12\n')
  await t.rejects(start(dir), /was made by PostgreSQL 12, and this release brings \d+: dump it/)
})
