import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Client } from 'pg'
import { environment, repository } from './config.ts'

export interface Database {
  url: string
  query(sql: string, values?: unknown[]): Promise<Record<string, unknown>[]>
  drop(): Promise<void>
}

const TEMPLATE = 'cap_e2e_template'
const LOCK_KEY = 4_242_022

/**
 * A database without a single row on the server that the test runner started, or on another; its tables are
 * there. With a password it is reached by a user of its own.
 */
export async function temporaryDatabase({
  password,
  server = environment.TEST_DATABASE_URL
}: {
  password?: string
  server?: string | undefined
} = {}): Promise<Database> {
  if (!server) throw new Error('TEST_DATABASE_URL is not set: run the tests by "npm test"')
  await makeTemplate(server)
  const name = `cap_e2e_${randomBytes(6).toString('hex')}`
  await once(server, `CREATE DATABASE ${name} TEMPLATE ${TEMPLATE}`)
  const own = new URL(withName(server, name))
  if (password !== undefined) {
    await once(server, `CREATE ROLE ${name} SUPERUSER LOGIN PASSWORD '${password}'`)
    Object.assign(own, { username: name, password })
  }
  return {
    url: own.href,
    query: (sql, values) => once(own.href, sql, values),
    async drop() {
      await once(server, `DROP DATABASE ${name} WITH (FORCE)`)
      if (password !== undefined) await once(server, `DROP ROLE ${name}`)
    }
  }
}

/** Made once for all test files: to migrate costs each panel half a second of a processor. */
async function makeTemplate(server: string): Promise<void> {
  const client = new Client({ connectionString: server })
  await client.connect()
  try {
    await client.query('SELECT pg_advisory_lock($1)', [LOCK_KEY])
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [TEMPLATE])
    if (found.rowCount !== 0) return
    const draft = `${TEMPLATE}_draft`
    await client.query(`DROP DATABASE IF EXISTS ${draft} WITH (FORCE)`)
    const module = join(repository, 'packages/panel/dist/db/migrate.js')
    const { migrate } = await import(pathToFileURL(module).href)
    await migrate({ url: withName(server, draft) })
    await client.query(`ALTER DATABASE ${draft} RENAME TO ${TEMPLATE}`)
  } finally {
    await client.end()
  }
}

function withName(server: string, name: string): string {
  const url = new URL(server)
  url.pathname = `/${name}`
  return url.href
}

async function once(url: string, sql: string, values: unknown[] = []) {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(sql, values)).rows
  } finally {
    await client.end()
  }
}
