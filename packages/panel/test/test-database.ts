import { createHash, randomUUID } from 'node:crypto'
import { readFileSync, rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import bcrypt from 'bcrypt'
import { t as root, type Test } from 'tap'
import { openDatabase } from '../src/db/client.ts'
import { connect } from '../src/db/create-database.ts'
import { defaultRoles } from '../src/db/default-roles.ts'
import { startEmbeddedPostgres } from '../src/db/embedded.ts'
import { migrate } from '../src/db/migrate.ts'
import { prismaFolder, readMigrations } from '../src/db/migrations-folder.ts'
import { sampleCtrls } from '../src/db/sample-alts.ts'
import { seed } from '../src/db/seed.ts'
import { permissionCatalog } from '../src/features/permissions/catalog.ts'
import { fastSettings, silentLog } from './postgres-settings.ts'

/** The administrator whom every fresh database has. */
export const testAdmin = {
  username: 'admin',
  email: 'admin@example.invalid',
  password: 'correct horse battery staple'
}

/** The least cost that bcrypt knows. */
export const cheapPasswords = 4

const LOCK_KEY = 4_242_019
const servers = new Map<'server', Promise<string>>()
const templates = new Map<string, Promise<string>>()

/** A database of this test's own, migrated and seeded, gone when the test is over. */
export async function freshDatabase(t: Test): Promise<{ url: string }> {
  const server = await testServer()
  const template = templates.get(server) ?? makeTemplate(server)
  templates.set(server, template)
  return createDatabase(t, server, `TEMPLATE "${await template}"`)
}

/** A database without a single table. */
export async function emptyDatabase(t: Test): Promise<{ url: string }> {
  return createDatabase(t, await testServer(), 'TEMPLATE template0')
}

async function createDatabase(t: Test, server: string, options: string) {
  const name = `cap_test_${randomUUID().replaceAll('-', '')}`
  await command(server, `CREATE DATABASE "${name}" ${options}`)
  t.teardown(() => command(server, `DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`))
  return { url: withDatabase(server, name) }
}

/** The one that the runner started for all files, or one for this file alone. */
function testServer(): Promise<string> {
  // biome-ignore lint/style/noProcessEnv: the runner tells it to each test file.
  const given = process.env.TEST_DATABASE_URL
  const server = servers.get('server') ?? (given ? Promise.resolve(given) : startServer())
  servers.set('server', server)
  return server
}

async function startServer(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'cap-test-postgres-'))
  const server = await startEmbeddedPostgres({ dir, settings: fastSettings, log: silentLog })
  const pid = Number(readFileSync(join(dir, 'data', 'postmaster.pid'), 'utf8').split('\n')[0])
  const remove = () => rmSync(dir, { recursive: true, force: true, maxRetries: 3 })
  // Should tap end this process before its turn: nothing of it may stay behind.
  const onExit = () => {
    process.kill(pid, 'SIGKILL')
    remove()
  }
  process.once('exit', onExit)
  root.teardown(async () => {
    process.off('exit', onExit)
    await server.stop()
    remove()
  })
  return server.url
}

/** Made once for a server and kept there under a name that changes with what is in it. */
async function makeTemplate(server: string): Promise<string> {
  const migrations = await readMigrations(join(prismaFolder, 'migrations'))
  const roles = defaultRoles.map(role => [...role.grants])
  const content = [
    migrations.map(({ checksum }) => checksum),
    roles,
    sampleCtrls,
    permissionCatalog
  ]
  const hash = createHash('sha256')
    .update(JSON.stringify([content, testAdmin]))
    .digest('hex')
  const name = `cap_template_${hash.slice(0, 24)}`
  const client = await connect(server)
  try {
    await client.query('SELECT pg_advisory_lock($1)', [LOCK_KEY])
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name])
    if (found.rowCount !== 0) return name
    const draft = `${name}_draft`
    await client.query(`DROP DATABASE IF EXISTS "${draft}" WITH (FORCE)`)
    await fill(withDatabase(server, draft))
    await client.query(`ALTER DATABASE "${draft}" RENAME TO "${name}"`)
    return name
  } finally {
    await client.end()
  }
}

async function fill(url: string): Promise<void> {
  await migrate({ url })
  const database = openDatabase({ url })
  const { username, email, password } = testAdmin
  const passwordHash = await bcrypt.hash(password, cheapPasswords)
  const admin = { username, email, passwordHash, mustChangePassword: false }
  await seed(database.prisma, { admin })
  await database.close()
}

async function command(url: string, sql: string): Promise<void> {
  const client = await connect(url)
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}

function withDatabase(server: string, name: string): string {
  const url = new URL(server)
  url.pathname = `/${name}`
  return url.href
}
