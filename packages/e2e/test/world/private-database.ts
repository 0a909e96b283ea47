import { mkdir, mkdtemp, open, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { startEmbeddedPostgres } from '../../../panel/dist/db/embedded.js'
import type { Database } from './database.ts'
import { run } from './process.ts'
import type { Teardown } from './world.ts'

/** A PostgreSQL of the test's own, which may be killed, filled up and set back. It is started again when it dies. */
export interface PrivateDatabase extends Database {
  kill9(): Promise<void>
  /** Ends it in order, keeps its files as they are now, and starts it again. */
  backUp(): Promise<void>
  /** The same, with the files of then instead of its own. */
  restore(): Promise<void>
  setReadOnly(isReadOnly: boolean): Promise<void>
  /** Takes all room that its disk has left. */
  fillDisk(): Promise<void>
  freeDisk(): Promise<void>
  /** Holds a table so that nobody else can even read it, until the answer is called. */
  lock(table: string): Promise<() => Promise<void>>
}

const log = { info: () => {}, warn: () => {}, error: () => {} }

export async function startPrivateDatabase(
  t: Teardown,
  options: { diskMiB?: number } = {}
): Promise<PrivateDatabase> {
  const root = await mkdtemp(join(tmpdir(), 'cap-postgres-'))
  const disk = join(root, 'disk')
  const backup = join(root, 'backup')
  const dir = join(disk, 'postgres')
  const fill = join(disk, 'fill')
  await mkdir(disk)
  t.teardown(() => rm(root, { recursive: true, force: true }))
  if (options.diskMiB) {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${options.diskMiB}m`, 'tmpfs', disk])
    t.teardown(() => run('umount', ['-l', disk]))
  }
  const start = () => startEmbeddedPostgres({ dir, log })
  let server = await start()
  const { url } = server
  t.teardown(() => server.stop())

  async function whileDown(work: () => Promise<unknown>): Promise<void> {
    await server.stop()
    await work()
    server = await start()
    if (server.url !== url) throw new Error('the database has moved')
  }

  async function connect(): Promise<Client> {
    const client = new Client({ connectionString: url })
    client.on('error', () => undefined)
    await client.connect()
    return client
  }

  return {
    url,
    async query(sql, values = []) {
      const client = await connect()
      try {
        return (await client.query(sql, values)).rows
      } finally {
        await client.end()
      }
    },
    // It goes with its folder.
    drop: async () => undefined,
    async kill9() {
      const [pid] = (await readFile(join(dir, 'data/postmaster.pid'), 'utf8')).split('\n')
      process.kill(Number(pid), 'SIGKILL')
    },
    backUp: () => whileDown(() => run('cp', ['-a', join(dir, 'data'), backup])),
    restore: () =>
      whileDown(async () => {
        await rm(join(dir, 'data'), { recursive: true })
        await run('cp', ['-a', backup, join(dir, 'data')])
      }),
    async fillDisk() {
      const file = await open(fill, 'w')
      const piece = Buffer.alloc(64 * 1024)
      for (;;) {
        const written = await file.write(piece).catch(() => undefined)
        if (!written) break
      }
      await file.close()
    },
    freeDisk: () => rm(fill, { force: true }),
    async setReadOnly(isReadOnly) {
      const client = await connect()
      const value = isReadOnly ? 'on' : 'off'
      await client.query(`ALTER SYSTEM SET default_transaction_read_only = ${value}`)
      await client.query('SELECT pg_reload_conf()')
      await client.end()
    },
    async lock(table) {
      const client = await connect()
      await client.query('BEGIN')
      await client.query(`LOCK TABLE "${table}" IN ACCESS EXCLUSIVE MODE`)
      return () => client.end()
    }
  }
}
