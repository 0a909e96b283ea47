import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inspect, promisify } from 'node:util'
import type pg from 'pg'
import t, { type Test } from 'tap'
import { v7 as uuidv7 } from 'uuid'
import { askTogether } from '../src/db/asked-together.ts'
import { beyondPrisma, foundBeyondPrisma } from '../src/db/beyond-prisma.ts'
import { openDatabase } from '../src/db/client.ts'
import { connect } from '../src/db/create-database.ts'
import { defaultRoles } from '../src/db/default-roles.ts'
import { openSchemaEngine } from '../src/db/engine/engine.ts'
import type { Prisma } from '../src/db/generated/client.ts'
import { migrate, migrationStatus } from '../src/db/migrate.ts'
import { prismaFolder, readMigrations } from '../src/db/migrations-folder.ts'
import { modelsPage } from '../src/db/models-page.ts'
import { runRetention } from '../src/db/retention.ts'
import { sampleCtrls } from '../src/db/sample-alts.ts'
import { seed } from '../src/db/seed.ts'
import { permissionCatalog } from '../src/features/permissions/catalog.ts'
import { cleanUp } from './clean-up.ts'
import { emptyDatabase, freshDatabase } from './test-database.ts'

const migrationsDir = join(prismaFolder, 'migrations')
const migrationNames = (await readMigrations(migrationsDir)).map(({ name }) => name)
const admin = {
  username: 'root',
  email: 'root@example.invalid',
  passwordHash: 'not a hash',
  mustChangePassword: true
}

/** A client and the database's own, both closed when the test is over. */
async function opened(t: Test, url: string) {
  const database = openDatabase({ url, poolSize: 4 })
  t.teardown(() => database.close())
  return database
}

async function folderWith(t: Test, count: number): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'cap-test-migrations-'))
  t.teardown(() => rm(dir, { recursive: true }))
  for (const { name } of (await readMigrations(migrationsDir)).slice(0, count)) {
    await cp(join(migrationsDir, name), join(dir, name), { recursive: true })
  }
  return dir
}

/** Every table, column, index and constraint there is, as one text. */
async function shapeOf(url: string): Promise<string> {
  const client = await connect(url)
  try {
    const { rows } = await client.query(`
      SELECT table_name || '.' || column_name || ' ' || udt_name AS line FROM information_schema.columns
      WHERE table_schema = 'public' AND table_name <> '_prisma_migrations'
      UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> '_prisma_migrations'
      UNION ALL SELECT conname || pg_get_constraintdef(oid) FROM pg_constraint
      WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text <> '_prisma_migrations'
      ORDER BY 1`)
    return rows.map(row => row.line).join('\n')
  } finally {
    await client.end()
  }
}

t.test(
  'nests, eggs and servers of the first release are all found under their new names',
  async t => {
    const { url } = await emptyDatabase(t)
    const { applied } = await migrate({ url, migrationsDir: await folderWith(t, 1) })
    t.same(applied, ['20250723211845_initial_schema'])

    const id = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`
    const old = await connect(url)
    await old.query(`
    INSERT INTO "User" (id, username, email, "passwordHash", role, "createdAt", "updatedAt") VALUES
      ('${id(1)}', 'ann', 'ann@example.invalid', 'h1', 'ADMIN', '2025-01-01 12:00', now()),
      ('${id(2)}', 'bob', 'bob@example.invalid', 'h2', 'USER', now(), now());
    INSERT INTO "Permission" (id, name, category, description) VALUES ('${id(3)}', 'server-view', 'server', 'old words');
    INSERT INTO "UserPermission" ("userId", "permissionId") VALUES ('${id(2)}', '${id(3)}');
    INSERT INTO "Nest" (id, name, "updatedAt") VALUES ('${id(10)}', 'Minecraft', now()), ('${id(11)}', 'Source', now());
    INSERT INTO "Egg" (id, "nestId", name, "dockerImage", startup, variables, "updatedAt") VALUES
      ('${id(20)}', '${id(10)}', 'Paper', 'image:1', 'java -jar {{JAR}}',
        '[{"name": "Jar", "envVariable": "JAR", "defaultValue": "s.jar", "rules": "required|max:20"}]', now()),
      ('${id(21)}', '${id(11)}', 'CS2', 'image:2', './run', '[]', now());
    INSERT INTO "Node" (id, name, "ipAddress", status, "updatedAt") VALUES ('${id(30)}', 'n1', '192.0.2.1', 'MAINTENANCE', now());
    INSERT INTO "Server" (id, name, status, port, memory, cpu, disk, "nodeId", "eggId", "ownerId", "updatedAt") VALUES
      ('${id(40)}', 's1', 'RUNNING', 25565, 2048, 150, 9000, '${id(30)}', '${id(20)}', '${id(1)}', now()),
      ('${id(41)}', 's2', 'SUSPENDED', NULL, 512, 50, 100, NULL, '${id(21)}', '${id(2)}', now());
    INSERT INTO "ServerLog" (id, "serverId", level, message, "createdAt") VALUES
      ('${id(51)}', '${id(40)}', 'warn', 'second', '2025-02-02 10:00'),
      ('${id(50)}', '${id(40)}', 'info', 'first', '2025-02-01 10:00')`)
    await old.end()

    t.same((await migrate({ url })).applied, migrationNames.slice(1))
    const { prisma } = await opened(t, url)
    const ctrls = await prisma.ctrl.findMany({ include: { alts: true }, orderBy: { name: 'asc' } })
    t.same(
      ctrls.map(ctrl => [
        ctrl.id,
        ctrl.name,
        ctrl.alts.map(alt => [alt.id, alt.name, alt.startupMode])
      ]),
      [
        [id(10), 'Minecraft', [[id(20), 'Paper', 'SHELL_ENV']]],
        [id(11), 'Source', [[id(21), 'CS2', 'SHELL_ENV']]]
      ]
    )
    t.match(await prisma.altVariable.findMany(), [
      {
        altId: id(20),
        name: 'Jar',
        envVariable: 'JAR',
        defaultValue: 's.jar',
        rules: ['required', 'max:20']
      }
    ])
    const servers = await prisma.server.findMany({
      include: { allocations: true, logs: { orderBy: { start: 'asc' } } },
      orderBy: { name: 'asc' }
    })
    t.match(servers, [
      {
        id: id(40),
        status: 'RUNNING',
        desiredState: 'RUNNING',
        altId: id(20),
        memoryMiB: 2048,
        cpuPercent: 150,
        diskMiB: 9000,
        dockerImage: 'image:1',
        startup: 'java -jar {{JAR}}',
        installState: 'DONE',
        suspendedAt: null,
        allocations: [{ port: 25565, isPrimary: true, nodeId: id(30) }],
        logs: [
          {
            id: id(50),
            kind: 'EVENT',
            start: 1n,
            text: 'first',
            at: new Date('2025-02-01T10:00:00Z')
          },
          { id: id(51), kind: 'EVENT', start: 2n, text: 'warn: second' }
        ]
      },
      { id: id(41), status: 'STOPPED', desiredState: 'STOPPED', altId: id(21), suspendedAt: Date }
    ])
    const users = await prisma.user.findMany({
      include: { role: true },
      orderBy: { username: 'asc' }
    })
    t.same(
      users.map(user => [user.username, user.role.name]),
      [
        ['ann', 'ADMIN'],
        ['bob', 'USER']
      ]
    )
    t.same(users[0]?.createdAt, new Date('2025-01-01T12:00:00Z'), 'times were in UTC')
    t.match(await prisma.node.findMany(), [{ name: 'n1', status: 'PENDING', maintenance: true }])
    t.match(await prisma.userPermission.findMany(), [
      { userId: id(2), effect: 'ALLOW', serverId: null }
    ])

    t.same(await seed(prisma, { admin }), { adminCreated: false }, 'there is a user already')
    const roles = await prisma.role.findMany({
      include: { _count: { select: { permissions: true } } }
    })
    t.same(Object.fromEntries(roles.map(role => [role.name, role._count.permissions])), {
      ADMIN: 36,
      MODERATOR: 21,
      USER: 20
    })
    await prisma.serverLog.create({
      data: { serverId: id(40), kind: 'EVENT', at: new Date(), text: 'third' }
    })
    t.equal((await prisma.serverLog.findFirst({ where: { text: 'third' } }))?.start, 3n)
  }
)

t.test('schema.prisma and the migrations say the same', async t => {
  const { url } = await emptyDatabase(t)
  const schema = await readFile(join(prismaFolder, 'schema.prisma'), 'utf8')
  const engine = await openSchemaEngine(url, schema)
  t.teardown(() => engine.close())
  t.equal(await engine.diff(await readMigrations(migrationsDir)), '')
  const drifted = await openSchemaEngine(url, schema.replace('crashCount ', 'crashes    '))
  t.teardown(() => drifted.close())
  t.match(await drifted.diff(await readMigrations(migrationsDir)), /ADD COLUMN +"crashes"/)
  const made = await openSchemaEngine((await freshDatabase(t)).url, schema)
  t.teardown(() => made.close())
  t.equal(await made.drift(), '', 'and so does a database that has lived')
  const page = await readFile(join(prismaFolder, '../docs/models.md'), 'utf8')
  t.equal(page, modelsPage(schema), 'npm run db:models writes docs/models.md anew')
})

async function partitionsOf(pool: pg.Pool, table: string): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>(
    `SELECT relname AS name FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
      WHERE inhparent = quote_ident($1)::regclass ORDER BY 1`,
    [table]
  )
  return rows.map(row => row.name)
}

t.test('what Prisma cannot say is there', async t => {
  const { pool } = await opened(t, (await freshDatabase(t)).url)
  t.same(await foundBeyondPrisma(pool), beyondPrisma, 'what is new is listed as well')
  const options = await pool.query(`SELECT reloptions FROM pg_class WHERE relname = 'Node'`)
  t.same(options.rows[0].reloptions, ['fillfactor=50', 'autovacuum_vacuum_scale_factor=0.02'])
  const indexes = await pool.query(
    `SELECT indexdef FROM pg_indexes WHERE tablename = 'Node' AND indexdef LIKE '%lastSeen%'`
  )
  t.equal(indexes.rowCount, 0)
  for (const table of ['MetricSample', 'ServerLog']) {
    const partitions = await partitionsOf(pool, table)
    t.equal(partitions.length, 4, `${table}: the default one, today and two days more`)
  }
  // A foreign key without an index makes each delete of its target a scan.
  const bare = await pool.query(`
    SELECT conrelid::regclass || ' ' || conname AS name FROM pg_constraint c WHERE contype = 'f'
      AND connamespace = 'public'::regnamespace AND NOT EXISTS (
        SELECT 1 FROM pg_index i WHERE i.indrelid = c.conrelid AND i.indkey[0] = c.conkey[1] AND i.indpred IS NULL)`)
  t.same(bare.rows, [])
})

t.test('a migration that fails leaves the database as it was, and its repair goes on', async t => {
  const { url } = await emptyDatabase(t)
  const dir = await folderWith(t, migrationNames.length)
  await migrate({ url, migrationsDir: dir })
  const before = await shapeOf(url)
  const file = join(dir, '20990101000000_broken', 'migration.sql')
  await cp(join(dir, '20250723211845_initial_schema'), join(file, '..'), { recursive: true })
  await writeFile(file, 'CREATE TABLE "Half" (id int);\nALTER TABLE "Nothing" ADD COLUMN x int;')
  await t.rejects(migrate({ url, migrationsDir: dir }), {
    message:
      /^The migration 20990101000000_broken failed and nothing of it was kept: .*relation "Nothing" does not exist$/
  })
  t.equal(await shapeOf(url), before)
  await t.rejects(migrate({ url, migrationsDir: dir }), /20990101000000_broken failed/)

  await writeFile(file, 'CREATE TABLE "Whole" (id int); -- a semicolon; in a comment')
  t.same(await migrate({ url, migrationsDir: dir }), { applied: ['20990101000000_broken'] })
  t.match(await shapeOf(url), /Whole\.id/)
  t.same(await migrate({ url, migrationsDir: dir }), { applied: [] })

  const { pool } = await opened(t, url)
  t.same(await migrationStatus(pool, dir), { upToDate: true, pending: [] })
  await t.rejects(
    migrationStatus(pool),
    /has the migration 20990101000000_broken, which this release/
  )
  await writeFile(file, 'CREATE TABLE "Other" (id int);')
  await t.rejects(migrate({ url, migrationsDir: dir }), /20990101000000_broken was edited after/)
})

t.test('a panel that died in a migration leaves a row that does not stop the next', async t => {
  const { url } = await emptyDatabase(t)
  const dir = await folderWith(t, 1)
  await migrate({ url, migrationsDir: dir })
  const { pool } = await opened(t, url)
  await pool.query(`INSERT INTO "_prisma_migrations" (id, checksum, migration_name, started_at, applied_steps_count)
    SELECT gen_random_uuid(), 'x', '20250723234130_rename_nests_to_ctrls_and_eggs_to_alts', now(), 0`)
  t.same(await migrationStatus(pool), {
    upToDate: false,
    pending: migrationNames.slice(1)
  })
  t.same((await migrate({ url })).applied, migrationNames.slice(1))
  t.equal((await migrationStatus(pool)).upToDate, true)
})

t.test("Prisma's own command line goes on from our history, and we from its", async t => {
  const { url } = await emptyDatabase(t)
  t.same((await migrate({ url })).applied, migrationNames)
  const { add, migrationsDir, prisma } = await commandLine(t)
  t.match(await prisma(url, 'migrate', 'status'), `${migrationNames.length} migrations found`)
  t.match(await prisma(url, 'migrate', 'deploy'), 'No pending migrations to apply')

  await add('20990101000000_theirs', 'CREATE TABLE "Theirs" (id int); -- a semicolon; in a comment')
  t.match(await prisma(url, 'migrate', 'status'), /not yet been applied:\s+20990101000000_theirs/)
  t.match(await prisma(url, 'migrate', 'deploy'), /_theirs\/\s[\s\S]*successfully applied/)
  t.match(await shapeOf(url), 'Theirs.id')
  t.same(await migrate({ url, migrationsDir }), { applied: [] })

  await add('20990101000001_ours', 'CREATE TABLE "Ours" (id int)')
  t.same(await migrate({ url, migrationsDir }), { applied: ['20990101000001_ours'] })
  t.match(await prisma(url, 'migrate', 'status'), 'Database schema is up to date')

  const { url: empty } = await emptyDatabase(t)
  t.match(await prisma(empty, 'migrate', 'deploy'), 'successfully applied')
  t.same(await migrate({ url: empty, migrationsDir }), { applied: [] })
  t.equal(await shapeOf(empty), await shapeOf(url))
})

/** The schema, its migrations and Prisma's settings in a folder of their own, and `prisma` to run there. */
async function commandLine(t: Test) {
  const root = dirname(prismaFolder)
  const dir = await mkdtemp(join(tmpdir(), 'cap-test-prisma-'))
  t.teardown(() => rm(dir, { recursive: true }))
  const migrations = join(dir, 'prisma', 'migrations')
  await cp(join(prismaFolder, 'schema.prisma'), join(dir, 'prisma', 'schema.prisma'))
  await cp(migrationsDir, migrations, { recursive: true })
  await cp(join(root, 'prisma.config.ts'), join(dir, 'prisma.config.ts'))
  await symlink(join(root, 'node_modules'), join(dir, 'node_modules'))
  // The engine that it would download, replaced by the same one as WebAssembly.
  const engine = join(dir, 'engine')
  const module = fileURLToPath(new URL('prisma-engine.ts', import.meta.url))
  const command = [process.execPath, '--import', import.meta.resolve('tsx'), module]
  await writeFile(engine, `#!/bin/sh\nexec '${command.join("' '")}' "$@"\n`, { mode: 0o755 })
  const env = { HOME: dir, PRISMA_SCHEMA_ENGINE_BINARY: engine, CHECKPOINT_DISABLE: '1' }
  return {
    migrationsDir: migrations,
    async add(name: string, sql: string) {
      await mkdir(join(migrations, name))
      await writeFile(join(migrations, name, 'migration.sql'), sql)
    },
    async prisma(url: string, ...args: string[]): Promise<string> {
      const program = join(dir, 'node_modules', 'prisma', 'build', 'index.js')
      const options = { cwd: dir, env: { ...env, DATABASE_URL: url }, timeout: 60_000 }
      // Where something is left to do it says so and fails.
      const run = promisify(execFile)(process.execPath, [program, ...args], options)
      return (await run.catch((err: { stdout: string }) => err)).stdout
    }
  }
}

t.test('two panels that start at once migrate once, and one waits no longer than told', async t => {
  const { url } = await emptyDatabase(t)
  const both = await Promise.all([migrate({ url }), migrate({ url })])
  t.same(both.map(({ applied }) => applied.length).sort(), [0, migrationNames.length])

  const { url: other } = await emptyDatabase(t)
  const holder = await connect(other)
  await holder.query('SELECT pg_advisory_lock(4242017)')
  await t.rejects(migrate({ url: other, lockWaitMs: 50 }), /Another panel has been migrating/)
  await holder.end()
})

t.test(
  'a database that is missing is made; one that is not there is told in a sentence',
  async t => {
    const { url } = await emptyDatabase(t)
    const missing = `${url}_more`
    const client = await connect(url)
    t.teardown(async () => {
      await client.query(`DROP DATABASE "${new URL(missing).pathname.slice(1)}" WITH (FORCE)`)
      await client.end()
    })
    t.same((await migrate({ url: missing })).applied, migrationNames)
    const nobody = 'postgresql://postgres:x@127.0.0.1:1/x'
    await t.rejects(migrate({ url: nobody }), /^PostgreSQL at 127\.0\.0\.1:1 does not let/)
  }
)

t.test(
  'the seed holds 36 permissions and the stated grants, and repeating it changes nothing',
  async t => {
    const { prisma, pool } = await opened(t, (await freshDatabase(t)).url)
    const everything = async () => ({
      permissions: await prisma.permission.findMany({ orderBy: { name: 'asc' } }),
      roles: await prisma.role.findMany({
        include: { permissions: true },
        orderBy: { name: 'asc' }
      }),
      users: await prisma.user.findMany(),
      ctrls: await prisma.ctrl.findMany({ include: { alts: { include: { variables: true } } } })
    })
    const before = await everything()
    t.equal(before.permissions.length, 36)
    t.equal(new Set(before.permissions.map(row => row.category)).size, 10)
    t.equal(before.ctrls.length, sampleCtrls.length)
    t.same(await seed(prisma, { admin }), { adminCreated: false })
    t.same(await everything(), before)
    t.ok(pool.totalCount > 0, 'Prisma and the pool share connections')

    const names = new Map(before.permissions.map(row => [row.id, row.name]))
    for (const role of defaultRoles) {
      const row = before.roles.find(({ name }) => name === role.name)
      const held = row?.permissions.map(grant => [names.get(grant.permissionId), grant.scope])
      t.same(held?.sort(), [...role.grants].sort(), `${role.name} holds what it should`)
    }
    t.same([...(defaultRoles[1]?.grants ?? [])].filter(([, scope]) => scope === 'ANY').length, 7)

    // What operators do stays: a deleted template, a cut grant. What is not of this release goes.
    await prisma.ctrl.deleteMany({ where: { name: 'BZFlag' } })
    await prisma.rolePermission.deleteMany({
      where: { role: { name: 'USER' }, scope: 'OWN', permission: { name: 'server-reinstall' } }
    })
    await prisma.permission.create({ data: { name: 'made-up', category: 'FILE', description: '' } })
    await prisma.permission.delete({ where: { name: 'plugin-view' } })
    await seed(prisma, { admin, development: true })
    t.equal(await prisma.ctrl.count(), sampleCtrls.length - 1)
    t.equal(await prisma.permission.count(), 36)
    t.equal(await prisma.rolePermission.count({ where: { role: { name: 'USER' } } }), 19)
    t.equal(await prisma.user.count(), 3)
    t.equal(await prisma.allocation.count(), 16)
    t.same(permissionCatalog.length, 36)
  }
)

/** One of each, with everything that hangs on a server. */
async function household(t: Test) {
  return householdIn(await opened(t, (await freshDatabase(t)).url))
}

async function householdIn(database: Awaited<ReturnType<typeof opened>>) {
  const { prisma } = database
  const role = await prisma.role.findUniqueOrThrow({ where: { name: 'USER' } })
  const owner = await prisma.user.create({
    data: { username: 'Owner', email: 'Owner@example.invalid', passwordHash: 'x', roleId: role.id }
  })
  const ctrl = await prisma.ctrl.create({ data: { name: 'Games' } })
  const alt = await prisma.alt.create({
    data: { ctrlId: ctrl.id, name: 'Game', dockerImage: 'i', startup: 's' }
  })
  const node = await prisma.node.create({ data: { name: 'n' } })
  const server = await prisma.server.create({
    data: {
      name: 's',
      nodeId: node.id,
      altId: alt.id,
      ownerId: owner.id,
      dockerImage: 'i',
      startup: 's',
      memoryMiB: 1,
      cpuPercent: 1,
      diskMiB: 1,
      variables: { create: { name: 'A', value: '1' } },
      allocations: { create: { nodeId: node.id, ip: '0.0.0.0', port: 1000, isPrimary: true } },
      logs: { create: { kind: 'EVENT', at: new Date(), text: 'made' } }
    }
  })
  const permission = await prisma.permission.findFirstOrThrow()
  await prisma.userPermission.create({
    data: { userId: owner.id, permissionId: permission.id, serverId: server.id }
  })
  await prisma.command.create({
    data: {
      nodeId: node.id,
      serverId: server.id,
      lane: 'power',
      kind: 'start',
      payload: {},
      payloadHash: 'h',
      ttlMs: 1000
    }
  })
  return { ...database, owner, ctrl, alt, node, server, permission, role }
}

/** What hangs on people, machines and templates beside that. */
async function furnished(t: Test) {
  const home = await household(t)
  const { prisma, owner, alt, node, server, permission } = home
  const [userId, serverId] = [owner.id, server.id]
  const expiresAt = new Date(Date.now() + 3_600_000)
  await prisma.session.create({ data: { userId, ip: '192.0.2.1', expiresAt } })
  await prisma.apiKey.create({ data: { userId, name: 'k', secretHash: 'h' } })
  await prisma.recoveryCode.create({ data: { userId, codeHash: 'h' } })
  const purpose = 'EMAIL_CHANGE'
  await prisma.mailToken.create({
    data: { userId, purpose, secretHash: 'h', email: 'x@example.invalid', expiresAt }
  })
  await prisma.invitation.create({
    data: { serverId, invitee: 'x', invitedById: userId, expiresAt }
  })
  const token = { nodeId: node.id, secretHash: 'h', expiresAt, createdById: userId }
  await prisma.enrollmentToken.create({ data: token })
  await prisma.agent.create({
    data: { nodeId: node.id, kid: 'a', publicKey: 'k', hostname: 'h', version: '1' }
  })
  await prisma.altVariable.create({ data: { altId: alt.id, name: 'A', envVariable: 'A' } })
  const kept = { altId: alt.id, version: 1 }
  await prisma.altVersion.create({ data: { ...kept, content: '{}' } })
  await prisma.server.updateMany({ where: { altId: alt.id }, data: { altVersion: 1 } })
  const spare = await prisma.role.create({
    data: {
      name: 'Spare',
      permissions: { create: { permissionId: permission.id, scope: 'OWN' } }
    }
  })
  return { ...home, spare }
}

const tables = [
  ...['User', 'Role', 'Permission', 'RolePermission', 'UserPermission', 'Invitation', 'Session'],
  ...['ApiKey', 'RecoveryCode', 'MailToken', 'IdempotencyKey', 'Node', 'Agent', 'EnrollmentToken'],
  ...[
    'Allocation',
    'Ctrl',
    'Alt',
    'AltVariable',
    'AltVersion',
    'Server',
    'ServerVariable',
    'ServerLog'
  ],
  ...['Command', 'AuditLog', 'MetricSample', 'MetricRollup']
]

async function countsOf(prisma: Pick<Prisma.TransactionClient, '$queryRawUnsafe'>) {
  const parts = tables.map(
    name => `SELECT '${name}' AS name, count(*)::int AS count FROM "${name}"`
  )
  const rows = await prisma.$queryRawUnsafe<{ name: string; count: number }[]>(
    parts.join(' UNION ALL ')
  )
  return new Map(rows.map(({ name, count }) => [name, count]))
}

t.test('each foreign key has the stated rule', async t => {
  const { pool } = await opened(t, (await freshDatabase(t)).url)
  const { rows } = await pool.query(`
    SELECT t.relname || '.' || a.attname || ' ' || f.relname || ' ' || CASE confdeltype
      WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' WHEN 'r' THEN 'RESTRICT'
      WHEN 'a' THEN 'NO ACTION' END AS rule
    FROM pg_constraint JOIN pg_class t ON t.oid = conrelid JOIN pg_class f ON f.oid = confrelid
      JOIN pg_attribute a ON a.attrelid = conrelid AND a.attnum = ANY(conkey)
    WHERE contype = 'f' AND connamespace = 'public'::regnamespace AND NOT t.relispartition`)
  t.same(rows.map(({ rule }) => rule).sort(), [
    'Agent.nodeId Node CASCADE',
    'Allocation.nodeId Node CASCADE',
    'Allocation.serverId Server SET NULL',
    // From the database documentation.
    'Alt.ctrlId Ctrl CASCADE',
    'AltVariable.altId Alt CASCADE',
    'AltVersion.altId Alt CASCADE',
    'ApiKey.userId User CASCADE',
    'EnrollmentToken.createdById User SET NULL',
    'EnrollmentToken.nodeId Node CASCADE',
    'Invitation.invitedById User CASCADE',
    'Invitation.serverId Server CASCADE',
    'MailToken.userId User CASCADE',
    'RecoveryCode.userId User CASCADE',
    'RolePermission.permissionId Permission CASCADE',
    'RolePermission.roleId Role CASCADE',
    // From the database documentation, these three.
    'Server.altId Alt CASCADE',
    // A version that a server stays on is kept.
    'Server.altId AltVersion NO ACTION',
    'Server.altVersion AltVersion NO ACTION',
    'Server.nodeId Node SET NULL',
    'Server.ownerId User CASCADE',
    'ServerLog.serverId Server CASCADE',
    'ServerVariable.serverId Server CASCADE',
    'Session.userId User CASCADE',
    // Nobody loses their role by accident: it is replaced first.
    'User.roleId Role RESTRICT',
    // And these two.
    'UserPermission.permissionId Permission CASCADE',
    'UserPermission.serverId Server CASCADE',
    'UserPermission.userId User CASCADE'
  ])
})

t.test('deleting takes along what the rules say, and nothing else', async t => {
  const home = await furnished(t)
  const { prisma, owner, alt, ctrl, node, server, permission, role, spare } = home
  const all = await countsOf(prisma)
  const grants = await prisma.rolePermission.count({ where: { permissionId: permission.id } })
  const ofServer = { Server: 1, ServerVariable: 1, ServerLog: 1, UserPermission: 1, Invitation: 1 }
  const ofUser = { User: 1, Session: 1, ApiKey: 1, RecoveryCode: 1, MailToken: 1 }
  const isFreed = { port: 1000, serverId: null, isPrimary: false }
  type Tx = Prisma.TransactionClient
  const situations: {
    what: string
    act: (tx: Tx) => Promise<unknown>
    gone: Record<string, number>
    left?: (tx: Tx) => Promise<unknown>
  }[] = [
    {
      what: 'a server',
      act: tx => tx.server.delete({ where: { id: server.id } }),
      gone: ofServer,
      async left(tx) {
        t.match(await tx.allocation.findMany(), [isFreed], 'its address is free again')
        t.match(await tx.command.findMany(), [{ serverId: server.id }], 'its history stays')
      }
    },
    {
      what: 'a user',
      act: tx => tx.user.delete({ where: { id: owner.id } }),
      gone: { ...ofUser, ...ofServer },
      async left(tx) {
        t.match(await tx.enrollmentToken.findMany(), [{ nodeId: node.id, createdById: null }])
        t.match(await tx.allocation.findMany(), [isFreed])
        t.match(await tx.command.findMany(), [{ serverId: server.id }])
      }
    },
    {
      what: 'an alt',
      act: tx => tx.alt.delete({ where: { id: alt.id } }),
      gone: { Alt: 1, AltVariable: 1, AltVersion: 1, ...ofServer },
      async left(tx) {
        t.match(await tx.allocation.findMany(), [isFreed])
      }
    },
    {
      what: 'a ctrl',
      act: tx => tx.ctrl.delete({ where: { id: ctrl.id } }),
      gone: { Ctrl: 1, Alt: 1, AltVariable: 1, AltVersion: 1, ...ofServer },
      async left(tx) {
        t.match(await tx.allocation.findMany(), [isFreed])
      }
    },
    {
      what: 'a node',
      act: tx => tx.node.delete({ where: { id: node.id } }),
      gone: { Node: 1, Agent: 1, EnrollmentToken: 1, Allocation: 1 },
      async left(tx) {
        t.match(await tx.server.findMany(), [{ id: server.id, nodeId: null }], 'servers stay')
      }
    },
    {
      what: 'a permission',
      act: tx => tx.permission.delete({ where: { id: permission.id } }),
      gone: { Permission: 1, UserPermission: 1, RolePermission: grants }
    },
    {
      what: 'a role that nobody has',
      act: tx => tx.role.delete({ where: { id: spare.id } }),
      gone: { Role: 1, RolePermission: 1 }
    }
  ]
  for (const { what, act, gone, left } of situations) {
    const undone = new Error('undone')
    const trial = prisma.$transaction(async tx => {
      await act(tx)
      const now = await countsOf(tx)
      const lost = tables.map(name => [name, (all.get(name) ?? 0) - (now.get(name) ?? 0)] as const)
      t.same(Object.fromEntries(lost.filter(([, count]) => count !== 0)), gone, what)
      await left?.(tx)
      throw undone
    })
    await t.rejects(trial, undone)
  }
  await t.rejects(prisma.role.delete({ where: { id: role.id } }), { code: 'P2003' })
  t.same(await countsOf(prisma), all, 'a role that somebody has stays')
})

t.test('the order of the database documentation empties a used test database', async t => {
  const home = await furnished(t)
  const { prisma, pool, owner, server } = home
  await prisma.auditLog.create({ data: { actorType: 'SYSTEM', action: 'test' } })
  const sample = { subjectType: 'SERVER', subjectId: server.id } as const
  await prisma.metricSample.create({
    data: { ...sample, at: new Date(), cpuPercent: 1, memoryMiB: 1 }
  })
  const hour = { cpuPercentAvg: 1, cpuPercentMax: 1, memoryMiBAvg: 1, memoryMiBMax: 1 }
  await prisma.metricRollup.create({ data: { ...sample, hour: new Date(), samples: 1, ...hour } })
  const key = { actorId: owner.id, key: 'k', route: 'r', bodyHash: 'h', expiresAt: new Date() }
  await prisma.idempotencyKey.create({ data: key })
  const before = await countsOf(prisma)
  t.same(
    tables.filter(name => before.get(name) === 0),
    [],
    'there is something in each table'
  )
  const { rows } = await pool.query(`
    SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace
      AND relkind IN ('r', 'p') AND NOT relispartition AND relname <> '_prisma_migrations'`)
  t.same(rows.map(({ name }) => name).sort(), [...tables].sort(), 'and no other table')

  await cleanUp(home)
  const after = await countsOf(prisma)
  t.same(
    tables.filter(name => after.get(name) !== 0),
    []
  )
  t.same(await seed(prisma, { admin }), { adminCreated: true }, 'and it can be filled again')

  const other = new URL(pool.options.connectionString ?? '')
  other.pathname = '/postgres'
  await t.rejects(cleanUp(await opened(t, other.href)), /^"postgres" is no test database/)
})

t.test('the database refuses what must not be', async t => {
  const { prisma, pool, owner, node, server, permission, role } = await household(t)
  const agent = { nodeId: node.id, publicKey: 'k', hostname: 'h', version: '1' }
  await prisma.agent.create({ data: { ...agent, kid: 'a' } })
  const refused: Record<string, () => Promise<unknown>> = {
    'a name in another case': () =>
      prisma.user.create({
        data: { username: 'oWNER', email: 'x@example.invalid', passwordHash: 'x', roleId: role.id }
      }),
    'an e-mail in another case': () =>
      prisma.user.create({
        data: { username: 'x', email: 'oWNER@example.invalid', passwordHash: 'x', roleId: role.id }
      }),
    'a second active key of a node': () => prisma.agent.create({ data: { ...agent, kid: 'b' } }),
    'a second primary address': () =>
      prisma.allocation.create({
        data: { nodeId: node.id, ip: '::', port: 1, serverId: server.id, isPrimary: true }
      }),
    'an address twice': () =>
      prisma.allocation.create({ data: { nodeId: node.id, ip: '0.0.0.0', port: 1000 } }),
    'a port that is none': () =>
      prisma.allocation.create({ data: { nodeId: node.id, ip: '::', port: 70_000 } }),
    'a negative limit': () =>
      prisma.server.update({ where: { id: server.id }, data: { memoryMiB: -1 } }),
    'a chunk without data': () =>
      prisma.serverLog.create({ data: { serverId: server.id, kind: 'CONSOLE', at: new Date() } })
  }
  for (const [name, act] of Object.entries(refused)) await t.rejects(act(), name)
  const hash = 'a hash that nobody may see'
  const client = await pool.connect()
  t.teardown(() => client.release())
  for (const asked of [pool, client]) {
    const told: Error = await asked
      .query('UPDATE "User" SET "passwordHash" = $1, "serverLimit" = -1', [hash])
      .then(
        () => t.fail('it was let through'),
        err => err
      )
    t.match(told, { constraint: 'User_serverLimit_check', detail: 'The row is not shown' })
    t.notMatch(inspect(told, { depth: 9, showHidden: true }), hash, 'a log may have it')
  }
  await prisma.agent.create({ data: { ...agent, kid: 'b', status: 'PENDING' } })

  const grant = { userId: owner.id, permissionId: permission.id, serverId: null }
  await prisma.userPermission.create({ data: grant })
  await t.rejects(prisma.userPermission.create({ data: grant }), { code: 'P2002' }, 'twice for all')

  const plan = await pool.query(
    `EXPLAIN SELECT * FROM "Command" WHERE "nodeId" = '${node.id}' AND "status" IN ('QUEUED', 'DISPATCHED', 'ACKED', 'RUNNING') ORDER BY "laneSeq"`
  )
  t.match(JSON.stringify(plan.rows), /Command_nodeId_laneSeq_open_idx/)
})

t.test('the audit log only grows, except for the retention job', async t => {
  const { url } = await freshDatabase(t)
  const { prisma, pool } = await opened(t, url)
  const entry = { actorType: 'SYSTEM', action: 'test' } as const
  await prisma.auditLog.createMany({
    data: [entry, { ...entry, createdAt: new Date('2020-01-01') }]
  })
  const refusal = /The audit log is append-only: (UPDATE|DELETE|TRUNCATE) is refused/
  await t.rejects(pool.query(`UPDATE "AuditLog" SET action = 'forged'`), refusal)
  await t.rejects(pool.query('DELETE FROM "AuditLog"'), refusal)
  await t.rejects(pool.query('TRUNCATE "AuditLog"'), refusal)
  await t.rejects(prisma.auditLog.deleteMany(), refusal)
  t.equal(await prisma.auditLog.count(), 2)

  t.equal(await runRetention(url), true)
  t.match(await prisma.auditLog.findMany(), [{ action: 'test' }])
  await t.rejects(pool.query('DELETE FROM "AuditLog"'), refusal)

  const asRetention = (sql: string) => pool.query(`BEGIN; SET LOCAL cap.retention = 'on'; ${sql}`)
  for (const sql of [`UPDATE "AuditLog" SET action = 'forged'`, 'TRUNCATE "AuditLog"']) {
    await t.rejects(asRetention(sql), refusal, 'nor does whoever calls itself retention')
    await pool.query('ROLLBACK')
  }
  t.match(await prisma.auditLog.findMany(), [{ action: 'test' }])
})

t.test('retention keeps the newest of a log, open commands and the coming days', async t => {
  const { prisma, pool, server, node } = await household(t)
  const long = new Date('2020-01-01')
  for (let n = 0; n < 4; n++) {
    await prisma.serverLog.create({
      data: {
        serverId: server.id,
        kind: 'INSTALL',
        start: n * 100,
        end: n * 100 + 100,
        at: new Date(),
        data: Buffer.alloc(100)
      }
    })
  }
  await prisma.serverLog.create({
    data: { ...logged(long), serverId: server.id, kind: 'EVENT', text: 'old' }
  })
  const oldConsole = { ...logged(long), start: 0, end: 300, data: Buffer.alloc(300) }
  await prisma.serverLog.create({
    data: { serverId: server.id, kind: 'CONSOLE', ...oldConsole }
  })
  await prisma.command.updateMany({ data: { createdAt: long } })
  await prisma.command.create({
    data: {
      nodeId: node.id,
      lane: 'power',
      kind: 'stop',
      payload: {},
      payloadHash: 'h',
      ttlMs: 1,
      status: 'SUCCEEDED',
      createdAt: long
    }
  })
  const inTenDays = new Date(Date.now() + 10 * 86_400_000)
  await prisma.metricSample.createMany({
    data: [new Date(), inTenDays].map(at => ({
      subjectType: 'SERVER' as const,
      subjectId: server.id,
      at,
      cpuPercent: 1.5,
      memoryMiB: 10
    }))
  })
  const url = pool.options.connectionString ?? ''
  const limits = {
    auditDays: 1,
    metricDays: 1,
    commandDays: 1,
    logs: { days: 1, bytesPerServer: 250 }
  }
  t.equal(await runRetention(url, limits), true)
  const chunks = await prisma.serverLog.findMany({ where: { kind: 'INSTALL' } })
  t.same(chunks.map(chunk => chunk.start).sort(), [200n, 300n])
  t.equal(await prisma.serverLog.count({ where: { kind: 'CONSOLE' } }), 0)
  t.equal(await prisma.serverLog.count({ where: { text: 'old' } }), 0)
  t.match(await prisma.command.findMany(), [{ kind: 'start', status: 'QUEUED' }])
  t.equal(await prisma.metricSample.count(), 2)

  // A day whose rows waited in the default partition gets one of its own, with them.
  await pool.query('SELECT cap_ensure_metric_partitions(12)')
  const waiting = await pool.query('SELECT count(*)::int AS count FROM "MetricSample_default"')
  t.equal(waiting.rows[0].count, 0)
  t.equal(await prisma.metricSample.count(), 2)
})

/** When a row of ServerLog came; its id says it too. */
const logged = (when: Date) => ({
  ...{ id: uuidv7({ msecs: when.getTime() }), at: when, createdAt: when }
})

t.test(
  'logs are kept by day: what was there before is one part, and a day goes as a whole',
  async t => {
    const { url } = await emptyDatabase(t)
    const name = '20261126093000_logs_by_day'
    const before = await folderWith(t, migrationNames.indexOf(name))
    await migrate({ url, migrationsDir: before })
    const { prisma, pool } = await opened(t, url)
    const server = { id: uuidv7() }
    const someId = uuidv7()
    // In the words of that time: the client of today knows columns that came later.
    await pool.query(`
      INSERT INTO "Role" (id, name) VALUES ('${someId}', 'OLD');
      INSERT INTO "User" (id, username, email, "passwordHash", "roleId", "updatedAt")
        VALUES ('${someId}', 'old', 'old@example.invalid', 'x', '${someId}', now());
      INSERT INTO "Ctrl" (id, name, "updatedAt") VALUES ('${someId}', 'old', now());
      INSERT INTO "Alt" (id, "ctrlId", name, "dockerImage", startup, "updatedAt")
        VALUES ('${someId}', '${someId}', 'old', 'x', 'x', now());
      INSERT INTO "Server" (id, name, "altId", "ownerId", "dockerImage", startup, "memoryMiB", "cpuPercent", "diskMiB", "updatedAt")
        VALUES ('${server.id}', 'old', '${someId}', '${someId}', 'x', 'x', 64, 100, 64, now())`)
    const day = 86_400_000
    const event = (text: string, when: Date) =>
      prisma.serverLog.create({
        data: { ...logged(when), serverId: server.id, kind: 'EVENT', text }
      })
    const wordsOf = async (table: string) => {
      const { rows } = await pool.query(`SELECT text FROM "${table}" ORDER BY start`)
      return rows.map(row => row.text)
    }
    await event('made', new Date(Date.now() - 2 * day))
    await event('of an earlier release', new Date(Date.now() - day))
    await event('by a clock that is wrong', new Date(Date.now() + 30 * day))
    await migrate({ url })
    const [made, earlier, wrong] = ['made', 'of an earlier release', 'by a clock that is wrong']
    t.same(await wordsOf('ServerLog'), [made, earlier, wrong])
    t.same(await wordsOf('ServerLog_default'), [wrong])
    const [first, second, , kept] = await partitionsOf(pool, 'ServerLog')
    t.match(
      [first, second, kept],
      [/^ServerLog_\d{8}$/, /^ServerLog_\d{8}$/, /^ServerLog_until_\d{8}$/]
    )
    t.same(await wordsOf(String(kept)), [made, earlier])

    await event('of today', new Date())
    await event('of tomorrow', new Date(Date.now() + day))
    t.same(await wordsOf(String(first)), ['of tomorrow'], 'until then the old part goes on')
    t.same(await wordsOf(String(kept)), [made, earlier, 'of today'])
    await pool.query('SELECT cap_drop_log_partitions(0)')
    t.equal((await wordsOf('ServerLog')).length, 5, 'a part is kept while anything in it is')
    await pool.query('SELECT cap_ensure_log_partitions(31)')
    t.same(await wordsOf('ServerLog_default'), [], 'it has a day of its own by now')
    await pool.query('SELECT cap_drop_log_partitions(-1)')
    t.same(await wordsOf('ServerLog'), [wrong, 'of tomorrow'])
    await pool.query('SELECT cap_drop_log_partitions(-2)')
    t.same(await wordsOf('ServerLog'), [wrong])
  }
)

t.test('who asks in the same turn is answered from one statement', async t => {
  const statements: string[][] = []
  const find = askTogether(async ids => {
    statements.push(ids)
    if (ids.includes('broken')) throw new Error('no connection')
    return ids.filter(id => id !== 'nobody').map(id => ({ id, at: statements.length }))
  })
  const [a, again, b, nobody] = await Promise.all(['a', 'a', 'b', 'nobody'].map(find))
  t.same([a, again, b, nobody], [{ id: 'a', at: 1 }, a, { id: 'b', at: 1 }, undefined])
  t.same(statements, [['a', 'b', 'nobody']])
  t.same(await find('a'), { id: 'a', at: 2 }, 'later it is asked anew')
  await t.rejects(Promise.all([find('broken'), find('a')]), /no connection/)
  t.same(await find('a'), { id: 'a', at: 4 }, 'a failure is not kept')
})
