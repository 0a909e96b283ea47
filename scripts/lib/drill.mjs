import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { which } from './apt.mjs'
import { root } from './environment.mjs'
import { problem } from './problem.mjs'
import { until } from './processes.mjs'
import { run } from './run.mjs'

const waitMs = 60_000
const silent = { info() {}, warn() {}, error() {} }
const panel = path => import(join(root, 'packages/panel/dist', path))

/**
 * A disaster on a database of the drill's own, and the way back by the commands that a person would
 * type. Returns { wanted, found, foreign }: rows that must be back, that are, and that must not be.
 */
export async function drill({ withPgbackrest, keep, say }) {
  const folder = keep ?? (await mkdtemp(join(tmpdir(), 'cap-drill-')))
  await mkdir(folder, { recursive: true })
  // Whoever PostgreSQL runs as must come through.
  await chmod(folder, 0o755)
  const env = drillEnvironment(folder)
  const server = withPgbackrest ? await startCluster(folder, env) : embedded(env)
  let isKept = false
  try {
    const outcome = await disaster({ server, env, say, isToTheMoment: withPgbackrest })
    isKept = keep !== undefined
    if (isKept) {
      const lines = Object.entries(env).map(([name, value]) => `${name}=${value}\n`)
      await writeFile(join(folder, 'environment'), lines.join(''))
    }
    return outcome
  } finally {
    // What failed is told better by its own error than by this one's.
    if (!isKept) await server.stop().catch(() => {})
    if (keep === undefined) await rm(folder, { recursive: true, force: true })
  }
}

async function disaster({ server, env, say, isToTheMoment }) {
  const npm = async (name, ...args) => {
    say(`npm run db:${name} ${args.length > 0 ? `-- ${args.join(' ')}` : ''}`.trimEnd())
    const script = join(root, 'scripts', `db-${name}.mjs`)
    const output = await run(process.execPath, [script, ...args], { env, what: `db:${name}` })
    for (const line of output.trimEnd().split('\n')) say(`  ${line}`)
  }
  await npm('migrate')
  await server.query(`INSERT INTO "Role" (id, name) VALUES (gen_random_uuid(), 'of the drill')`)
  await server.query(users('before', 600))
  await server.prepare(() => npm('backup'))
  await npm('backup')
  await npm('verify')
  if (isToTheMoment) await server.query(users('later', 400))
  const wanted = await rowsOf(server)
  const moment = await server.moment()
  say(`${wanted.length} rows at ${moment}. Now they are destroyed, and others written.`)
  await server.query('DELETE FROM "User"')
  await server.query(users('after', 50))
  await server.stop()
  await npm('restore', '--to', moment, '--yes')
  await server.start()
  const found = await rowsOf(server)
  return {
    wanted: wanted.length,
    found: found.filter(row => wanted.includes(row)).length,
    foreign: found.filter(row => !wanted.includes(row)).length
  }
}

const users = (kind, count) => `
  INSERT INTO "User" (id, username, email, "passwordHash", "roleId", "updatedAt")
  SELECT gen_random_uuid(), '${kind}-' || n, '${kind}-' || n || '@drill.invalid', 'seeded-text-' || md5(n::text),
    (SELECT id FROM "Role" ORDER BY name LIMIT 1), now()
  FROM generate_series(1, ${count}) AS n`

async function rowsOf(server) {
  const rows = await server.query('SELECT "User"::text AS row FROM "User" ORDER BY id')
  return rows.map(({ row }) => row)
}

function drillEnvironment(folder) {
  return {
    NODE_ENV: '',
    PUBLIC_URL: '',
    DATABASE_URL: '',
    DATA_DIR: join(folder, 'panel'),
    BACKUP_DIR: join(folder, 'backups'),
    BACKUP_LONG_TERM_DIR: join(folder, 'long-term'),
    BACKUP_PASSPHRASE_FILE: '',
    BACKUP_CONFIG_FILE: join(folder, 'pgbackrest.conf'),
    BACKUP_DAYS: '',
    BACKUP_LONG_TERM_DAYS: ''
  }
}

async function ask(url, sql, values = []) {
  const { connect } = await panel('db/create-database.js')
  const client = await connect(url)
  return client
    .query(sql, values)
    .then(({ rows }) => rows)
    .finally(() => client.end())
}

/** The first full millisecond after all that was written, once it is over. */
async function momentOf(query) {
  const [{ moment }] = await query(
    `SELECT to_char((clock_timestamp() + interval '1 ms') AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS moment`
  )
  const isOver = async () => {
    const [{ over }] = await query(
      `SELECT clock_timestamp() > $1::timestamptz + interval '1 ms' AS over`,
      [moment]
    )
    return over
  }
  await until(isOver, { timeoutMs: waitMs, everyMs: 5 })
  return moment
}

/** The built-in database: each command starts it and ends it again. */
function embedded(env) {
  const query = async (sql, values) => {
    const { reachDatabase } = await panel('db/reach-database.js')
    const options = { databaseUrl: undefined, dataDir: env.DATA_DIR, create: false, log: silent }
    const database = await reachDatabase(options)
    return ask(database.url, sql, values).finally(() => database.stop())
  }
  return {
    query,
    prepare: async () => {},
    moment: () => momentOf(query),
    stop: async () => {},
    start: async () => {}
  }
}

/** A PostgreSQL of Debian's, as an operator has one, but on a port and in a folder of its own. */
async function startCluster(folder, env) {
  if (!which('pgbackrest')) throw problem('pgBackRest is missing: apt-get install pgbackrest')
  const bin = await programs()
  const { execute } = await panel('db/backup/pgbackrest.js')
  const { freePort } = await panel('db/postgres/free-port.js')
  const owner = await whoRunsIt()
  const [data, socket, log] = ['data', 'socket', 'log'].map(name => join(folder, 'cluster', name))
  const port = await freePort(0)
  const as = async (program, ...args) => {
    const { code, stdout, stderr } = await execute(join(bin, program), args, owner)
    if (code !== 0) throw problem(`${program} failed:\n${stdout}${stderr}`)
  }
  for (const one of [join(folder, 'cluster'), socket]) {
    await mkdir(one, { mode: 0o700 })
    await run('chown', [`${owner.uid}:${owner.gid}`, one])
  }
  const password = 'drill'
  const passwordFile = join(folder, 'password')
  await writeFile(passwordFile, password)
  await as(
    'initdb',
    ...['-D', data, '-U', owner.name, '--auth-local=peer', '--auth-host=scram-sha-256'],
    ...[`--pwfile=${passwordFile}`, '--no-sync', '--no-instructions', '--locale=C', '-E', 'UTF8']
  )
  const settings = `listen_addresses = '127.0.0.1'\nport = ${port}\nunix_socket_directories = '${socket}'\nfsync = off\n`
  await writeFile(join(data, 'postgresql.conf'), settings, { flag: 'a' })
  env.DATABASE_URL = `postgresql://${owner.name}:${password}@127.0.0.1:${port}/ctrl_alt_play`
  const query = (sql, values) => ask(env.DATABASE_URL, sql, values)
  const start = async () => {
    await as('pg_ctl', '-D', data, '-l', log, '-w', 'start')
    const isOpen = () =>
      query('SELECT 1 WHERE NOT pg_is_in_recovery()').then(rows => rows.length > 0)
    if (!(await until(isOpen, { timeoutMs: waitMs })))
      throw problem(`PostgreSQL recovers on and on: ${log}`)
  }
  const stop = () => as('pg_ctl', '-D', data, '-m', 'fast', '-w', 'stop')
  await as('pg_ctl', '-D', data, '-l', log, '-w', 'start')
  return {
    query,
    start,
    stop,
    moment: () => momentOf(query),
    /** The first backup tells PostgreSQL to archive, and asks for a restart. */
    async prepare(firstBackup) {
      const error = await firstBackup().then(
        () => undefined,
        err => err
      )
      if (!error?.message.includes('Restart PostgreSQL once')) throw error ?? problem('No restart?')
      await stop()
      await start()
    }
  }
}

async function programs() {
  const versions = await readdir('/usr/lib/postgresql').catch(() => [])
  const [newest] = versions.map(Number).sort((a, b) => b - a)
  if (!newest) throw problem('PostgreSQL is missing: apt-get install postgresql')
  return `/usr/lib/postgresql/${newest}/bin`
}

/** Root lets Debian's user for it do so. */
async function whoRunsIt() {
  if (process.getuid() !== 0) return { name: userInfo().username, ...userInfo() }
  const id = async flag => Number(await run('id', [flag, 'postgres']))
  return { name: 'postgres', uid: await id('-u'), gid: await id('-g') }
}
