import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Client } from 'pg'
import { repository } from '../test/world/config.ts'
import type { Database } from '../test/world/database.ts'
import { createSmallDisk } from '../test/world/small-disk.ts'
import { until } from '../test/world/until.ts'
import type { Teardown } from '../test/world/world.ts'

/** A PostgreSQL of its own, to which everything may happen. */
export interface PrivatePostgres {
  database: Database
  /** Ends it with all that it was doing; resolves when it answers again. */
  kill9(): Promise<void>
  /** Its processes now, the first one first. */
  pids(): Promise<number[]>
  /** Holds a table so that nobody else can even read it, until the answer is called. */
  lock(table: string): Promise<() => Promise<void>>
  /** Ends all others' connections. */
  cutConnections(): Promise<void>
  setReadOnly(isReadOnly: boolean): Promise<void>
  /** Takes all room that its disk has left. */
  fillDisk(): Promise<void>
  /** Resolves when it answers again. */
  freeDisk(): Promise<void>
}

/** In memory; enough for many hours of a walk. */
const DISK_SIZE = '400m'

/** The product's own embedded one, with everything that keeps data safe: it starts itself again. */
export async function startPrivatePostgres(t: Teardown): Promise<PrivatePostgres> {
  const module = join(repository, 'packages/panel/dist/db/embedded.js')
  const { startEmbeddedPostgres } = await import(pathToFileURL(module).href)
  const root = await mkdtemp(join(tmpdir(), 'cap-postgres-'))
  t.teardown(() => rm(root, { recursive: true, force: true }))
  const disk = await createSmallDisk(t, join(root, 'disk'), DISK_SIZE)
  const dir = join(root, 'disk', 'postgres')
  const silent = () => undefined
  const server = await startEmbeddedPostgres({
    dir,
    log: { info: silent, warn: silent, error: silent }
  })
  t.teardown(() => server.stop())
  const url = new URL(server.url)
  const name = `cap_chaos_${randomBytes(6).toString('hex')}`
  await query(url.href, `CREATE DATABASE ${name}`)
  url.pathname = `/${name}`
  const ask = (sql: string, values: unknown[] = []) => query(url.href, sql, values)

  async function untilAnswers(): Promise<void> {
    await until('PostgreSQL answers again', async () => (await ask('SELECT 1')).length === 1, {
      deadlineMs: 60_000
    })
  }

  async function pidOfFirst(): Promise<number> {
    const [row] = await ask(`SELECT current_setting('data_directory') AS dir`)
    const pidFile = join(String(row?.dir), 'postmaster.pid')
    return Number((await readFile(pidFile, 'utf8')).split('\n')[0])
  }

  return {
    database: { url: url.href, query: ask, drop: async () => undefined },
    async pids() {
      const first = await pidOfFirst()
      return [first, ...(await childrenOf(first))]
    },
    async lock(table) {
      const client = await connect(url.href)
      await client.query('BEGIN')
      await client.query(`LOCK TABLE "${table}" IN ACCESS EXCLUSIVE MODE`)
      return () => client.end()
    },
    async cutConnections() {
      await ask(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid()`
      )
    },
    async setReadOnly(isReadOnly) {
      const value = isReadOnly ? 'on' : 'off'
      await ask(`ALTER SYSTEM SET default_transaction_read_only = ${value}`)
      await ask('SELECT pg_reload_conf()')
    },
    async kill9() {
      process.kill(await pidOfFirst(), 'SIGKILL')
      await untilAnswers()
    },
    fillDisk: disk.fill,
    async freeDisk() {
      await disk.free()
      await untilAnswers()
    }
  }
}

async function query(url: string, sql: string, values: unknown[] = []) {
  const client = await connect(url)
  try {
    return (await client.query(sql, values)).rows
  } finally {
    await client.end().catch(() => undefined)
  }
}

async function connect(url: string): Promise<Client> {
  const client = new Client({ connectionString: url })
  client.on('error', () => undefined)
  await client.connect()
  return client
}

/** By the second field behind the name in parentheses of /proc/PID/stat. */
async function childrenOf(parent: number): Promise<number[]> {
  const pids = (await readdir('/proc')).map(Number).filter(Boolean)
  const parents = await Promise.all(
    pids.map(async pid => {
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
      return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
    })
  )
  return pids.filter((_, at) => parents[at] === parent)
}
