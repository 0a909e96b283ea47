import { execFile } from 'node:child_process'
import { chmod, cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { connect } from '../src/db/create-database.ts'
import {
  databaseStatus,
  type MigrationRow,
  migrationLines,
  statusText
} from '../src/db/database-status.ts'
import { startEmbeddedPostgres } from '../src/db/embedded.ts'
import { migrate } from '../src/db/migrate.ts'
import { findingText, lintMigration, releasedBefore } from '../src/db/migration-lint.ts'
import { prismaFolder, readMigrations } from '../src/db/migrations-folder.ts'
import { poll } from '../src/db/postgres/process.ts'
import { reachDatabase } from '../src/db/reach-database.ts'
import { planReset, resetDatabase, resetRefusal, resetText } from '../src/db/reset-database.ts'
import { restorePointName } from '../src/db/restore-point.ts'
import { seedDatabase } from '../src/db/seed-database.ts'
import { splitSql } from '../src/db/sql-statements.ts'
import { fastSettings, silentLog } from './postgres-settings.ts'
import { emptyDatabase, freshDatabase } from './test-database.ts'

const root = dirname(join(prismaFolder, '.'))
// biome-ignore lint/style/noProcessEnv: what a program is started with.
const environment = process.env
const migrationsDir = join(prismaFolder, 'migrations')
const migrations = await readMigrations(migrationsDir)
const names = migrations.map(({ name }) => name)

async function query(url: string, sql: string) {
  const client = await connect(url)
  return client.query(sql).finally(() => client.end())
}

/** The migrations of this release, to which a test adds its own. */
async function folder(t: Test) {
  const dir = await mkdtemp(join(tmpdir(), 'cap-test-migrations-'))
  t.teardown(() => rm(dir, { recursive: true }))
  await cp(migrationsDir, dir, { recursive: true })
  return {
    dir,
    async add(name: string, sql: string) {
      await mkdir(join(dir, name), { recursive: true })
      await writeFile(join(dir, name, 'migration.sql'), sql)
    }
  }
}

/** A log that remembers what was said. */
function heard() {
  const lines: { fields: Record<string, unknown>; text: string }[] = []
  const say = (fields: object, text?: string) =>
    void lines.push({ fields: { ...fields }, text: String(text) })
  return { lines, log: { info: say, warn: say } as typeof silentLog }
}

t.test('a migration says what it locks and what the release before cannot live with', async t => {
  const kinds: Record<string, string[]> = {
    'ALTER TABLE "A" ADD COLUMN "x" TEXT': [],
    'ALTER TABLE "A" ADD COLUMN "x" BOOLEAN NOT NULL DEFAULT false': [],
    'ALTER TABLE "A" ADD COLUMN "x" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP': [],
    'ALTER TABLE "A" ADD COLUMN x timestamptz DEFAULT now(), ADD COLUMN y numeric(3,1) DEFAULT 1':
      [],
    'ALTER TABLE "A" ADD COLUMN "x" UUID DEFAULT gen_random_uuid()': ['locks'],
    'ALTER TABLE "A" ADD "x" double precision DEFAULT random() * 2': ['locks'],
    'ALTER TABLE "A" ADD COLUMN "x" BIGSERIAL': ['locks'],
    'ALTER TABLE "A" ADD COLUMN x int GENERATED ALWAYS AS (y * 2) STORED': ['locks'],
    'ALTER TABLE "A" ADD COLUMN "x" TEXT NOT NULL': ['breaks'],
    'ALTER TABLE "A" ADD COLUMN "x" TEXT UNIQUE': ['locks'],
    'ALTER TABLE "A" ADD COLUMN "x" UUID REFERENCES "B"("id")': ['locks'],
    'ALTER TABLE "A" ALTER COLUMN "x" SET DATA TYPE BIGINT': ['locks'],
    'ALTER TABLE a ALTER x TYPE text USING x::text': ['locks'],
    'ALTER TABLE "A" ALTER COLUMN type SET DEFAULT 1': [],
    'ALTER TABLE "A" ALTER COLUMN "x" SET NOT NULL': ['locks'],
    'ALTER TABLE "A" ALTER COLUMN "x" DROP NOT NULL': [],
    'ALTER TABLE "A" ALTER COLUMN "x" DROP DEFAULT': ['breaks'],
    'ALTER TABLE "A" ADD CONSTRAINT "c" CHECK ("x" > 0)': ['locks'],
    'ALTER TABLE "A" ADD CONSTRAINT "c" CHECK ("x" > 0) NOT VALID': [],
    'ALTER TABLE "A" ADD CONSTRAINT "c" FOREIGN KEY ("b") REFERENCES "B"("id") ON DELETE CASCADE': [
      'locks'
    ],
    'ALTER TABLE "A" ADD CONSTRAINT "c" FOREIGN KEY ("b") REFERENCES "B"("id") NOT VALID': [],
    'ALTER TABLE "A" VALIDATE CONSTRAINT "c"': [],
    'ALTER TABLE "A" ADD CONSTRAINT c CHECK (x > 0) NOT VALID; ALTER TABLE "A" VALIDATE CONSTRAINT c':
      ['locks'],
    'ALTER TABLE "A" ADD CONSTRAINT "c" UNIQUE ("x")': ['locks'],
    'ALTER TABLE "A" ADD PRIMARY KEY ("x", "y")': ['locks'],
    'ALTER TABLE "A" ADD CONSTRAINT "c" UNIQUE USING INDEX "i"': [],
    'ALTER TABLE "A" DROP CONSTRAINT "c"': [],
    'ALTER TABLE "A" DROP COLUMN "x", DROP "y"': ['breaks', 'breaks'],
    'ALTER TABLE "A" RENAME COLUMN "x" TO "y"': ['breaks'],
    'ALTER TABLE "A" RENAME TO "B"': ['breaks'],
    'ALTER TABLE "A" RENAME CONSTRAINT "x" TO "y"': [],
    'ALTER TABLE "A" SET (fillfactor = 50)': [],
    'ALTER TABLE "A" SET UNLOGGED': ['locks'],
    'ALTER TABLE public."A" ATTACH PARTITION "B" DEFAULT': ['locks'],
    'CREATE INDEX "i" ON "A"("x")': ['locks'],
    'CREATE UNIQUE INDEX IF NOT EXISTS i ON a (lower(x)) WHERE y IS NULL': ['locks'],
    'CREATE INDEX CONCURRENTLY "i" ON "A"("x")': ['impossible'],
    'DROP INDEX "i"': [],
    'CREATE TABLE "A" ("x" INT); CREATE INDEX "i" ON "A"("x"); ALTER TABLE public."A" ADD UNIQUE (x)':
      [],
    'CREATE TABLE a (x int); CREATE INDEX i ON A (x); CREATE INDEX j ON "A" (x)': ['locks'],
    'UPDATE "A" SET "x" = 1': ['locks'],
    'WITH b AS (SELECT 1) DELETE FROM "A"': ['locks'],
    'TRUNCATE "A"': ['locks'],
    'INSERT INTO "A" VALUES (1)': [],
    'DROP TABLE "A"': ['breaks'],
    'DROP TYPE "T"': ['breaks'],
    'ALTER TYPE "T" ADD VALUE \'X\'': ['breaks'],
    'CREATE TYPE "T" AS ENUM ()': [],
    'DO $$ BEGIN EXECUTE 1; END $$': ['locks'],
    'CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $x$ UPDATE "A" SET x = 1; SELECT 1 $x$': [],
    'BEGIN; SELECT 1; COMMIT': ['impossible', 'impossible'],
    'VACUUM "A"': ['impossible'],
    'COMMENT ON TABLE "A" IS \'DROP TABLE "A"; it\'\'s -- no\'': [],
    '-- DROP TABLE "A";\n/* UPDATE "A" */ SELECT 1': [],
    '-- locks: it holds ten rows\nCREATE INDEX "i" ON "A"("x")': [],
    '-- locks:\nCREATE INDEX "i" ON "A"("x")': ['locks'],
    '-- breaks: of another kind\nCREATE INDEX "i" ON "A"("x")': ['locks'],
    '-- locks: small\nCREATE INDEX "i" ON "A"("x");\nCREATE INDEX "j" ON "A"("y")': ['locks'],
    '-- locks: no excuse\nCREATE INDEX CONCURRENTLY "i" ON "A"("x")': ['impossible']
  }
  for (const [sql, hazards] of Object.entries(kinds)) {
    t.same(
      lintMigration(sql).map(({ hazard }) => hazard),
      hazards,
      sql
    )
  }
  const [finding] = lintMigration('\n-- AlterTable\nALTER TABLE "A"\n  DROP COLUMN "x";\n')
  t.equal(
    finding && findingText(finding),
    'line 3 breaks: the release before may still use the column: drop it one release later, or say why it may: a line "-- breaks: REASON" before it.'
  )
  t.same(splitSql(`SELECT ';' /* ; */, $a$;$a$ -- ;\n; SELECT "a;b"`), [
    { text: `SELECT '' , $$`, comments: [';', ';'], line: 1 },
    { text: 'SELECT "a;b"', comments: [], line: 2 }
  ])
})

t.test('no migration is dangerous without saying so', async t => {
  t.same(names.slice(0, releasedBefore.length), releasedBefore, 'those of before are all there')
  const later = migrations.slice(releasedBefore.length)
  t.same(
    later.flatMap(({ name, sql }) =>
      lintMigration(sql).map(found => `${name}: ${findingText(found)}`)
    ),
    []
  )
  const early = migrations.flatMap(({ sql }) => lintMigration(sql))
  t.ok(early.length > 10, 'and in those it would have found something')
})

t.test('the status tells each story that folder and database can have', async t => {
  const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 0, minute))
  const row = (name: string, fields: Partial<MigrationRow> = {}): MigrationRow => ({
    migration_name: name,
    checksum: name,
    started_at: at(0),
    finished_at: null,
    rolled_back_at: null,
    logs: null,
    ...fields
  })
  const known = ['a', 'b', 'c', 'd', 'e'].map(name => ({ name, checksum: name }))
  const lines = migrationLines(known, [
    row('a', { rolled_back_at: at(1), logs: 'it failed once' }),
    row('a', { finished_at: at(2) }),
    row('b', { finished_at: at(3), checksum: 'other' }),
    row('c', { rolled_back_at: at(1), logs: 'no such table' }),
    row('d'),
    row('x', { finished_at: at(4) })
  ])
  t.same(lines, [
    { name: 'a', state: 'applied', at: at(2) },
    { name: 'b', state: 'edited', at: at(3) },
    { name: 'c', state: 'failed', at: at(0), reason: 'no such table' },
    { name: 'd', state: 'unfinished', at: at(0) },
    { name: 'e', state: 'pending' },
    { name: 'x', state: 'unknown', at: at(0) }
  ])
  const text = statusText('here', { migrations: lines, drift: undefined, upToDate: false })
  for (const words of [
    /^here\n/,
    /failed {6}c {2}2026-01-01T00:00:00Z\n {12}no such table/,
    /db:migrate applies what waits/,
    /A newer release has been here/,
    /write the change as a further migration/
  ]) {
    t.match(text, words)
  }
})

t.test('the status of a real database, from empty to changed by hand', async t => {
  const { url } = await emptyDatabase(t)
  const { dir, add } = await folder(t)
  const status = () => databaseStatus({ url, migrationsDir: dir })
  const states = async () => (await status()).migrations.map(({ state }) => state)
  t.same(
    await states(),
    names.map(() => 'pending')
  )
  await migrate({ url, migrationsDir: dir })
  t.match(await status(), { upToDate: true, drift: '' })

  await add('20990101000000_broken', 'SELECT 1 / 0;')
  await t.rejects(migrate({ url, migrationsDir: dir }), /division by zero/)
  t.match((await status()).migrations.at(-1), { state: 'failed', reason: /division by zero/ })
  t.equal((await status()).upToDate, false)
  await rm(join(dir, '20990101000000_broken'), { recursive: true })

  await query(url, 'ALTER TABLE "Server" ADD COLUMN "byHand" text; DROP INDEX "Server_ownerId_idx"')
  await query(url, 'ALTER TABLE "AuditLog" DISABLE TRIGGER "AuditLog_append_only"')
  const drifted = await status()
  t.equal(drifted.upToDate, false)
  t.match(drifted.drift, /DROP COLUMN "byHand"[\s\S]*CREATE INDEX "Server_ownerId_idx"/)
  t.match(drifted.drift, /missing, or turned off: trigger AuditLog_append_only$/)
  t.match(statusText('', drifted), /Somebody changed the database by hand/)
})

t.test('a migration that waits for a table lets others through, and has an end', async t => {
  const { url } = await freshDatabase(t)
  const { dir, add } = await folder(t)
  await add('20990101000000_wider', 'ALTER TABLE "Ctrl" ADD COLUMN "colour" text;')
  const holder = await connect(url)
  t.teardown(() => holder.end())
  await holder.query('BEGIN; LOCK TABLE "Ctrl" IN ACCESS SHARE MODE')

  const options = { url, migrationsDir: dir, tableLockMs: 100 }
  await t.rejects(migrate({ ...options, tableWaitMs: 0 }), {
    message:
      /_wider failed and nothing of it was kept: .*lock timeout.*end what holds the table.*start again/
  })

  const { lines, log } = heard()
  const migrating = migrate({ ...options, log })
  const isWaiting = async () => {
    const sql = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database()
      AND wait_event_type = 'Lock' AND query LIKE '%"colour"%'`
    return (await query(url, sql)).rowCount === 1
  }
  t.ok(await poll(isWaiting, 20_000), 'it waits')
  const reader = await query(url, 'SELECT count(*)::int AS count FROM "Ctrl"')
  const [{ count }] = reader.rows
  t.ok(count > 0, 'who comes after it is answered while the table is still held')
  const hasSteppedBack = async () => lines.some(({ text }) => text.includes('trying again'))
  t.ok(await poll(hasSteppedBack, 20_000), 'and steps back')
  await holder.query('COMMIT')
  t.same(await migrating, { applied: ['20990101000000_wider'] })
  t.match(await databaseStatus({ url, migrationsDir: dir }), { drift: /DROP COLUMN "colour"/ })
})

t.test('a restore point is made before a migration, where the server allows it', async t => {
  const name = restorePointName('20990101000000_anything', new Date('2026-01-02T03:04:05.678Z'))
  t.equal(name, 'before_20990101000000_20260102T030405Z')

  const { url } = await freshDatabase(t)
  const { dir, add } = await folder(t)
  await add('20990101000000_one', 'CREATE TABLE "One" (id int);')
  const { lines, log } = heard()
  await migrate({ url, migrationsDir: dir, log })
  t.match(lines[0], { text: /made a restore point/, fields: { restorePoint: /^before_2099/ } })

  const role = `cap_test_${new URL(url).pathname.slice(-12)}`
  await query(
    url,
    `CREATE ROLE "${role}" LOGIN PASSWORD 'x'; GRANT CREATE ON SCHEMA public TO "${role}";
     GRANT ALL ON ALL TABLES IN SCHEMA public TO "${role}"`
  )
  t.teardown(async () => {
    const server = new URL(url)
    server.pathname = '/postgres'
    await query(url, `DROP OWNED BY "${role}"`)
    await query(server.href, `DROP ROLE "${role}"`)
  })
  const theirs = new URL(url)
  Object.assign(theirs, { username: role, password: 'x' })
  await add('20990101000001_two', 'CREATE TABLE "Two" (id int);')
  const other = heard()
  t.same(await migrate({ url: theirs.href, migrationsDir: dir, log: other.log }), {
    applied: ['20990101000001_two']
  })
  t.match(other.lines[0], {
    text: /no restore point before migrating/,
    fields: { reason: /permission denied for function pg_create_restore_point/ }
  })
  const empty = heard()
  await migrate({ url: (await emptyDatabase(t)).url, log: empty.log })
  t.notMatch(JSON.stringify(empty.lines), /restore point/, 'an empty database needs none')
})

t.test('a restore point leads back to the database of before a migration', async t => {
  const home = await mkdtemp(join(tmpdir(), 'cap-test-way-back-'))
  t.teardown(() => rm(home, { recursive: true }))
  const archive = join(home, 'archive')
  await mkdir(archive)
  await chmod(archive, 0o777)
  const [dir, second] = [join(home, 'first'), join(home, 'second')]
  const archiving = { archive_mode: 'on', archive_command: `cp %p ${archive}/%f` }
  const settings = { ...fastSettings, ...archiving }
  const server = await startEmbeddedPostgres({ dir, settings, log: silentLog })
  let isUp = true
  t.teardown(() => (isUp ? server.stop() : undefined))
  const { dir: migrationsDir, add } = await folder(t)
  await migrate({ url: server.url, migrationsDir })

  const backup = await connect(server.url)
  await backup.query(`SELECT pg_backup_start('test', true)`)
  await mkdir(second, { mode: 0o700 })
  await promisify(execFile)('cp', ['-a', join(dir, 'data'), join(dir, 'password'), second])
  const { rows } = await backup.query('SELECT * FROM pg_backup_stop()')
  await backup.end()
  const data = join(second, 'data')
  await rm(join(data, 'postmaster.pid'))
  // What is needed comes from the archive alone.
  const wal = join(data, 'pg_wal')
  const segments = (await readdir(wal)).filter(name => /^[0-9A-F]{24}/.test(name))
  for (const name of segments) await rm(join(wal, name))
  await writeFile(join(data, 'backup_label'), rows[0].labelfile)
  await writeFile(join(data, 'recovery.signal'), '')

  const role = (name: string) =>
    query(server.url, `INSERT INTO "Role" (id, name) VALUES (gen_random_uuid(), '${name}')`)
  await role('of before')
  await add('20990101000000_regretted', 'DROP TABLE "Invitation"; DELETE FROM "Role";')
  const { lines, log } = heard()
  await migrate({ url: server.url, migrationsDir, log })
  await role('of after')
  const { rows: switched } = await query(
    server.url,
    'SELECT pg_walfile_name(pg_current_wal_lsn()) AS name, pg_switch_wal()'
  )
  const isArchived = async () => (await readdir(archive)).includes(switched[0].name)
  t.ok(await poll(isArchived, 30_000), 'all of it is archived')
  await server.stop()
  isUp = false

  const back = await startEmbeddedPostgres({
    dir: second,
    settings: {
      ...fastSettings,
      restore_command: `cp ${archive}/%f %p`,
      recovery_target_name: String(lines[0]?.fields.restorePoint),
      recovery_target_action: 'promote'
    },
    log: silentLog
  })
  t.teardown(() => back.stop())
  const roles = await query(back.url, 'SELECT name FROM "Role"')
  t.same(roles.rows, [{ name: 'of before' }], 'what was there before, and nothing of after')
  t.match(await databaseStatus({ url: back.url }), { upToDate: true, drift: '' })
})

t.test('a reset takes everything but what belongs to others, and only when told', async t => {
  t.equal(resetRefusal({ nodeEnv: undefined, publicUrl: undefined }), undefined)
  t.match(resetRefusal({ nodeEnv: 'production', publicUrl: undefined }), /NODE_ENV is production/)
  t.match(resetRefusal({ nodeEnv: '', publicUrl: 'https://x' }), /PUBLIC_URL says/)

  const { url } = await freshDatabase(t)
  await query(url, 'CREATE TABLE "Mine" (id int); CREATE EXTENSION citext')
  const plan = await planReset(url)
  t.match(resetText('It', plan), /^It would lose these rows for good:\n +77 {2}RolePermission\n/)
  t.match(
    resetText('It', { rows: [{ table: 'Server', count: 3 }] }),
    /containers of these 3 servers are not stopped/
  )
  const panel = await connect(url)
  await t.rejects(resetDatabase(url), /^Nothing was deleted: this database is in use \(1 other/)
  t.same(await planReset(url), plan)
  await panel.end()

  t.same(await resetDatabase(url), { applied: names })
  t.match(await databaseStatus({ url }), { upToDate: true, drift: '' })
  t.same((await planReset(url)).rows, [])
  t.match(resetText('It', await planReset(url)), /holds no rows/)
  t.equal((await query(url, `SELECT 1 FROM pg_extension WHERE extname = 'citext'`)).rowCount, 1)
})

t.test('the embedded database is reached alone and beside the panel that runs it', async t => {
  const dataDir = await mkdtemp(join(tmpdir(), 'cap-test-reach-'))
  t.teardown(() => rm(dataDir, { recursive: true }))
  const options = { databaseUrl: undefined, dataDir, create: false, log: silentLog }
  await t.rejects(
    reachDatabase(options),
    /There is no database in .* yet: npm run db:migrate makes/
  )
  const dir = join(dataDir, 'postgres')
  const server = await startEmbeddedPostgres({ dir, settings: fastSettings, log: silentLog })
  const beside = await reachDatabase(options)
  t.equal(beside.url, server.url)
  t.notMatch(beside.where, new URL(server.url).password)
  await beside.stop()
  t.equal((await query(server.url, 'SELECT 1')).rowCount, 1, 'the panel keeps it')
  await server.stop()
  const alone = await reachDatabase(options)
  t.equal((await query(alone.url, 'SELECT 1')).rowCount, 1)
  await alone.stop()
  await t.rejects(query(alone.url, 'SELECT 1'), { code: 'ECONNREFUSED' })
})

t.test('the commands, as they are typed', async t => {
  const { url } = await emptyDatabase(t)
  const npm = async (name: string, args: string[] = [], env: Record<string, string> = {}) => {
    const script = join(root, 'scripts', `db-${name}.mjs`)
    const { PATH = '', HOME = '' } = environment
    const given = { PATH, HOME, DATABASE_URL: url, ADMIN_PASSWORD: 'a long enough one', ...env }
    // tap puts a hook into every Node that its tests start; these are to be as people start them.
    const plain = ['-u', 'NODE_OPTIONS', process.execPath, script, ...args]
    return promisify(execFile)('env', plain, { env: given }).then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      (err: { code: number; stdout: string; stderr: string }) => err
    )
  }
  const helped = await Promise.all(
    ['status', 'migrate', 'migration', 'seed', 'reset'].map(name => npm(name, ['--help']))
  )
  for (const { code, stdout } of helped)
    t.match({ code, stdout }, { code: 0, stdout: /^npm run db:/ })
  t.match(await npm('reset', ['--now']), { code: 1, stderr: /'--now'.*--help/ })

  t.match(await npm('status'), { code: 1, stdout: /pending .*_access\n[\s\S]*db:migrate applies/ })
  const none = { username: 'x', email: 'x@example.invalid', password: undefined }
  await t.rejects(
    seedDatabase(url, { admin: none, sampleData: false }),
    /^\d+ migrations wait.*db:migrate first/
  )
  t.match(await npm('migrate'), {
    code: 0,
    stdout: /applying a migration \(20261123210915_access\)[\s\S]*Applied (\d+) of \1/
  })
  t.match(await npm('seed'), { code: 0, stdout: /^Seeded\.\n$/ })
  t.match(await npm('reset'), {
    code: 1,
    stdout: /1 {2}User/,
    stderr: /^Nothing was deleted.*--yes\n$/
  })
  const production = { NODE_ENV: 'production' }
  t.match(await npm('reset', ['--yes'], production), { code: 1, stderr: /refused here/ })
  t.equal((await query(url, 'SELECT 1 FROM "User"')).rowCount, 1)
  t.match(await npm('reset', ['--yes']), { code: 0, stdout: /made anew by \d+ migrations/ })
  t.match(await npm('status'), { code: 0, stdout: /Up to date: \d+ migrations.*no drift/ })
  const nowhere = { DATABASE_URL: 'postgresql://x:secret@127.0.0.1:1/x' }
  const lost = await npm('migrate', [], nowhere)
  t.match(lost, {
    code: 1,
    stderr: /PostgreSQL at 127\.0\.0\.1:1 does not let .*check DATABASE_URL/
  })
  t.notMatch(lost.stdout + lost.stderr, 'secret')
})
