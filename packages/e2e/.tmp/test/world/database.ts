import { randomBytes } from 'node:crypto'
import { Client } from 'pg'
import { environment } from './config.ts'

export interface Database {
  url: string
  query(sql: string, values?: unknown[]): Promise<Record<string, unknown>[]>
  drop(): Promise<void>
}

/** An empty database on the server that the test runner started. */
export async function temporaryDatabase(): Promise<Database> {
  const server = environment.TEST_DATABASE_URL
  if (!server) throw new Error('TEST_DATABASE_URL is not set: run the tests by "npm test"')
  const name = `cap_e2e_${randomBytes(6).toString('hex')}`
  await once(server, `CREATE DATABASE ${name}`)
  const url = new URL(server)
  url.pathname = `/${name}`
  return {
    url: url.href,
    query: (sql, values) => once(url.href, sql, values),
    drop: async () => void (await once(server, `DROP DATABASE ${name} WITH (FORCE)`))
  }
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
