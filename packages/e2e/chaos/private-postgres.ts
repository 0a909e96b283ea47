import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Client } from 'pg'
import { repository } from '../test/world/config.ts'
import type { Database } from '../test/world/database.ts'
import { until } from '../test/world/until.ts'
import type { Teardown } from '../test/world/world.ts'

/** A PostgreSQL of its own, which may be killed. */
export interface PrivatePostgres {
  database: Database
  /** Ends it with all that it was doing; resolves when it answers again. */
  kill9(): Promise<void>
}

/** The product's own embedded one, with everything that keeps data safe: it starts itself again. */
export async function startPrivatePostgres(t: Teardown): Promise<PrivatePostgres> {
  const module = join(repository, 'packages/panel/dist/db/embedded.js')
  const { startEmbeddedPostgres } = await import(pathToFileURL(module).href)
  const dir = await mkdtemp(join(tmpdir(), 'cap-postgres-'))
  const silent = () => undefined
  const server = await startEmbeddedPostgres({
    dir,
    log: { info: silent, warn: silent, error: silent }
  })
  t.teardown(async () => {
    await server.stop()
    await rm(dir, { recursive: true, force: true })
  })
  const url = new URL(server.url)
  const name = `cap_chaos_${randomBytes(6).toString('hex')}`
  await query(url.href, `CREATE DATABASE ${name}`)
  url.pathname = `/${name}`
  const ask = (sql: string, values: unknown[] = []) => query(url.href, sql, values)
  return {
    database: { url: url.href, query: ask, drop: async () => undefined },
    async kill9() {
      const [row] = await ask(`SELECT current_setting('data_directory') AS dir`)
      const pidFile = join(String(row?.dir), 'postmaster.pid')
      const pid = Number((await readFile(pidFile, 'utf8')).split('\n')[0])
      process.kill(pid, 'SIGKILL')
      await until('PostgreSQL answers again', async () => (await ask('SELECT 1')).length === 1, {
        deadlineMs: 60_000
      })
    }
  }
}

async function query(url: string, sql: string, values: unknown[] = []) {
  const client = new Client({ connectionString: url })
  client.on('error', () => undefined)
  await client.connect()
  try {
    return (await client.query(sql, values)).rows
  } finally {
    await client.end().catch(() => undefined)
  }
}
