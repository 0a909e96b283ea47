import { encodeLines } from '@ctrl-alt-play/protocol'
import type pg from 'pg'
import type { Test } from 'tap'
import { connect } from '../src/db/create-database.ts'
import { resources } from './fake-agent.ts'
import { freshDatabase } from './test-database.ts'

/** Ids are made of what the row is and its number. */
export function idOf(kind: keyof typeof kinds, number: number): string {
  return `${kinds[kind]}-0000-7000-8000-${number.toString(16).padStart(12, '0')}`
}

const kinds = {
  user: '00000001',
  node: '00000002',
  server: '00000003',
  ctrl: '00000004',
  alt: '00000005',
  role: '00000006',
  audit: '00000007',
  command: '00000009',
  allocation: '0000000a',
  session: '0000000b',
  key: '0000000c',
  grant: '0000000d',
  invitation: '0000000e',
  agent: '0000000f',
  token: '00000010',
  mail: '00000011',
  kept: '00000012',
  code: '00000013'
} as const

const sqlId = (kind: keyof typeof kinds, number: string) =>
  `('${kinds[kind]}-0000-7000-8000-' || lpad(to_hex((${number})::int), 12, '0'))::uuid`

/** So many rows each has; what is not here has a few. */
export const rowsOf = { Node: 1_000, Server: 20_000, ServerLog: 1_000_000, AuditLog: 1_000_000 }

const USERS = 20_000
/** Rows that one node, server or user has of what all others have a handful of: more than 1,000 pages. */
const MANY = 3_000
/** Of what the panel lets nobody have much of: members and invitations of a server, keys of a user. */
const SOME = 60

/** Of the server number 1; a chunk of one line each 10 positions. */
export const firstConsolePosition = (MANY + 2) * 10

const line = { atMs: 1_700_000_000_000, stream: 'stdout', continued: false } as const
const consoleData = encodeLines([{ ...line, text: Buffer.from('x') }])

/** A time so many seconds ago, for each row another. */
const ago = (seconds: string) => `now() - (${seconds}) * interval '1 second'`

const server = (n: string) => sqlId('server', `1 + (${n}) % ${rowsOf.Server}`)
const user = (n: string) => sqlId('user', `1 + (${n}) % ${USERS}`)
const node = (n: string) => sqlId('node', `1 + (${n}) % ${rowsOf.Node}`)
/** Of every many rows all belong to number 1, and the rest to all. */
const shared = (one: (n: string) => string, first: number) =>
  `CASE WHEN n <= ${first} THEN ${one('0')} ELSE ${one('n')} END`

const sample = {
  ...{ serverId: idOf('server', 1), at: '2026-01-01T00:00:00Z', cpuPercent: 1, memoryMiB: 1 },
  ...{ networkRxBytes: 1, networkTxBytes: 1, diskMiB: 1, uptimeSeconds: 1 }
}

/** What a version of an alt holds. */
const plan = {
  ...{ dockerImage: 'image', dockerImages: {}, startup: 'game', startupMode: 'ARGV', config: {} },
  ...{ features: [], installContainer: null, installEntrypoint: null, variables: [] }
}

const fewRows = [
  `INSERT INTO "Role" (id, name) SELECT ${sqlId('role', 'n')}, 'role ' || n FROM generate_series(1, 1100) n`,
  `INSERT INTO "User" (id, username, email, "passwordHash", "roleId", "createdAt", "updatedAt")
    SELECT ${sqlId('user', 'n')}, 'player' || n, 'player' || n || '@example.invalid',
      (SELECT "passwordHash" FROM "User" WHERE username = 'admin'),
      (SELECT id FROM "Role" WHERE name = CASE n WHEN 1 THEN 'ADMIN' ELSE 'USER' END), ${ago('n')}, now()
    FROM generate_series(1, ${USERS}) n`,
  `INSERT INTO "Ctrl" (id, name, "createdAt", "updatedAt")
    SELECT ${sqlId('ctrl', 'n')}, 'ctrl ' || n, ${ago('n')}, now() FROM generate_series(1, 1100) n`,
  `INSERT INTO "Alt" (id, "ctrlId", name, "dockerImage", startup, version, tags, "createdAt", "updatedAt")
    SELECT ${sqlId('alt', 'n')}, ${sqlId('ctrl', '1')}, 'alt ' || n, 'image', 'game', ${SOME + 1},
      CASE WHEN n % 100 = 0 THEN ARRAY['sandbox'] ELSE ARRAY['shooter'] END, ${ago('n')}, now()
    FROM generate_series(1, 1100) n`,
  `INSERT INTO "AltVersion" ("altId", version, content)
    SELECT ${sqlId('alt', '1 + n % 1100')}, 1 + n / 1100, '${JSON.stringify(plan)}'
    FROM generate_series(0, ${1100 * (SOME + 1) - 1}) n`,
  `INSERT INTO "Node" (id, name, status, resources, "lastSeen", "createdAt", "updatedAt")
    SELECT ${sqlId('node', 'n')}, 'node ' || n, CASE n % 100 WHEN 7 THEN 'QUARANTINED' ELSE 'UNREACHABLE' END::"NodeStatus",
      '${JSON.stringify(resources())}', now(), ${ago('n')}, now()
    FROM generate_series(1, ${rowsOf.Node}) n`,
  `INSERT INTO "Agent" (id, "nodeId", kid, "publicKey", status, hostname, version, "revokedAt")
    SELECT ${sqlId('agent', 'n')}, ${node('n')}, 'kid ' || n, 'key ' || n,
      CASE WHEN n <= 1000 THEN 'ACTIVE' ELSE 'RETIRED' END::"AgentStatus", 'host', '0.1.0',
      CASE WHEN n > 2900 THEN now() - interval '1 day' END
    FROM generate_series(1, 3000) n`,
  // Every second one has stayed on one of three versions.
  `INSERT INTO "Server" (id, name, status, "desiredState", "nodeId", "altId", "altVersion", "ownerId", "dockerImage", startup,
      "memoryMiB", "cpuPercent", "diskMiB", "installState", resources, "createdAt", "updatedAt")
    SELECT ${sqlId('server', 'n')}, 'world ' || n,
      CASE WHEN n % 4000 = 0 THEN 'CRASHED' WHEN n % 3 = 0 THEN 'STOPPED' ELSE 'RUNNING' END::"ServerStatus",
      'RUNNING', ${node('n')}, ${sqlId('alt', '1 + n % 20')},
      CASE WHEN n / 20 % 2 = 0 THEN 1 + n % 3 END, ${user('n / 4')}, 'image', 'game --port 1',
      1024, 100, 1024, 'DONE', '${JSON.stringify(sample)}', ${ago('n')}, now()
    FROM generate_series(1, ${rowsOf.Server}) n`,
  `INSERT INTO "ServerVariable" SELECT ${server('n')}, 'NAME_' || n / ${rowsOf.Server}, 'value'
    FROM generate_series(1, 40000) n`,
  `INSERT INTO "Allocation" (id, "nodeId", ip, port, "serverId")
    SELECT ${sqlId('allocation', 'n')}, ${shared(node, MANY)}, '0.0.0.0', 1024 + n,
      CASE WHEN n > 1500 THEN ${server('n')} END
    FROM generate_series(1, 40000) n`,
  `INSERT INTO "Session" (id, "userId", ip, "lastUsedAt", "createdAt", "expiresAt")
    SELECT ${sqlId('session', 'n')}, ${shared(user, MANY)}, '10.0.' || n % 3 || '.1', now(), ${ago('n')},
      now() + interval '30 days' - n * interval '1 second'
    FROM generate_series(1, 100000) n`,
  `INSERT INTO "ApiKey" (id, "userId", name, "secretHash", "createdAt")
    SELECT ${sqlId('key', 'n')}, ${shared(user, SOME)}, 'key', 'hash ' || n, ${ago('n')}
    FROM generate_series(1, 30000) n`,
  `INSERT INTO "UserPermission" (id, "userId", "permissionId", "serverId")
    SELECT ${sqlId('grant', 'n')}, ${user('n')}, (SELECT id FROM "Permission" WHERE name = 'server-view'),
      ${shared(server, SOME)}
    FROM generate_series(1, 20000) n`,
  // The user 3 has 10 rights of their own, the user 4 has 60.
  `INSERT INTO "UserPermission" (id, "userId", "permissionId", "serverId")
    SELECT ${sqlId('grant', '1000000 + n')}, CASE WHEN n <= 10 THEN ${user('3')} ELSE ${user('4')} END, p.id,
      ${server('10000 + n')}
    FROM generate_series(1, 70) n, "Permission" p WHERE p.name = 'console-read'`,
  `INSERT INTO "Invitation" (id, "serverId", invitee, "invitedById", "createdAt", "expiresAt")
    SELECT ${sqlId('invitation', 'n')}, ${shared(server, SOME)},
      CASE WHEN n > ${MANY} AND n <= ${2 * MANY} THEN 'player1' ELSE 'somebody' || n END, ${user('n')}, ${ago('n')},
      now() + interval '3 days' + n * interval '1 second'
    FROM generate_series(1, 20000) n`,
  `INSERT INTO "EnrollmentToken" (id, "nodeId", "secretHash", "expiresAt", "createdById")
    SELECT ${sqlId('token', 'n')}, ${node('n')}, 'hash', ${ago('n')}, ${user('n')} FROM generate_series(1, 20000) n`,
  `INSERT INTO "MailToken" (id, "userId", purpose, "secretHash", email, "expiresAt")
    SELECT ${sqlId('mail', 'n')}, ${user('n')}, 'PASSWORD_RESET', 'hash ' || n, 'a@b', ${ago('n')}
    FROM generate_series(1, 20000) n`,
  `INSERT INTO "RecoveryCode" (id, "userId", "codeHash")
    SELECT ${sqlId('code', 'n')}, ${user('n')}, 'hash ' || n FROM generate_series(1, 20000) n`,
  `INSERT INTO "IdempotencyKey" (id, "actorId", key, route, "bodyHash", "expiresAt")
    SELECT ${sqlId('kept', 'n')}, ${user('n')}, 'key ' || n, 'POST /', 'hash', now() + n * interval '1 second'
    FROM generate_series(1, 50000) n`,
  `INSERT INTO "Command" (id, "nodeId", "serverId", lane, kind, payload, "payloadHash", "actorId", "idempotencyKey",
      status, "createdAt", "expiresAt", "ttlMs", "finishedAt")
    SELECT ${sqlId('command', 'n')}, ${node('n')}, ${shared(server, MANY)}, 'power', 'start', '{}', 'hash',
      ${user('n')}, 'key ' || n, CASE WHEN n > 199500 THEN 'QUEUED' ELSE 'SUCCEEDED' END::"CommandStatus",
      ${ago('(200000 - n) * 30')}, now() + interval '1 day', 1000, now()
    FROM generate_series(1, 200000) n`,
  `INSERT INTO "MetricSample" ("subjectType", "subjectId", at, "cpuPercent", "memoryMiB")
    SELECT 'SERVER', ${server('n')}, now() - n * interval '1 millisecond', 1, 1 FROM generate_series(1, 40000) n`
]

/** Of twelve whole days, whatever the hour is now: what a scan costs depends on how many rows a day has. */
const loggedAt = `(date_trunc('day', now(), 'UTC') - (${rowsOf.ServerLog} + 1 - n) * interval '1 second' * ${(12 * 86_400) / rowsOf.ServerLog})`

/** As they were made, one after the other, in the days before. */
const daysOfLogs = `DO $$ DECLARE day DATE; BEGIN
  FOR day IN SELECT generate_series(now() - interval '13 days', now() - interval '1 day', '1 day') AT TIME ZONE 'UTC' LOOP
    EXECUTE format('CREATE UNLOGGED TABLE %I PARTITION OF "ServerLog" FOR VALUES FROM (%L) TO (%L)',
      'ServerLog_' || to_char(day, 'YYYYMMDD'), cap_first_id_of(day), cap_first_id_of(day + 1));
  END LOOP;
END $$`

const logs = `
  INSERT INTO "ServerLog" (id, "serverId", kind, start, "end", at, data, text, "createdAt")
  SELECT (lpad(to_hex((extract(epoch FROM ${loggedAt}) * 1000)::bigint), 12, '0') || '70008' || lpad(to_hex(n), 15, '0'))::uuid,
    CASE WHEN n <= ${2 * MANY} THEN ${server('0')} ELSE ${server('n')} END,
    CASE WHEN n <= ${MANY} OR n % 50 = 0 THEN 'EVENT' WHEN n % 1000 = 1 THEN 'INSTALL' ELSE 'CONSOLE'
      END::"ServerLogKind",
    n::bigint * 10, n::bigint * 10 + 2, ${loggedAt}, $1, 'STARTED: it runs', ${loggedAt}
  FROM generate_series(1, ${rowsOf.ServerLog}) n`

const audit = `
  INSERT INTO "AuditLog" (id, "actorType", "actorId", "actorName", "apiKeyId", action, "targetType", "targetId",
    ip, "createdAt")
  SELECT ${sqlId('audit', 'n')},
    CASE WHEN n % 100000 = 0 THEN 'SYSTEM' WHEN n % 100 = 1 THEN 'AGENT' WHEN n % 10 = 2 THEN 'API_KEY'
      ELSE 'USER' END::"ActorType",
    CASE WHEN n % 5 = 0 THEN ${user('0')} ELSE ${user('n')} END, 'somebody',
    CASE WHEN n % 10 = 2 THEN ${sqlId('key', '1 + n % 30000')} END,
    CASE WHEN n % 50000 = 0 THEN 'plugin.installed' WHEN n % 7 = 0 THEN 'auth.login'
      ELSE 'server.' || (ARRAY['start', 'stop', 'restart', 'updated', 'console.input'])[1 + n % 5] END,
    CASE WHEN n % 50000 = 0 THEN 'plugin' WHEN n % 7 = 0 THEN 'session' ELSE 'server' END,
    CASE WHEN n % 4 = 0 THEN ${server('0')} ELSE ${server('n')} END,
    '10.0.0.1', ${ago('(1000000 - n)')}
  FROM generate_series(1, ${rowsOf.AuditLog}) n`

/** A panel's database after a year, for a panel of some size: gone when the test is over. */
export async function fullDatabase(t: Test): Promise<{ url: string }> {
  const { url } = await freshDatabase(t)
  // Two at once: a server of its own has a processor for each. Nothing is kept for after a crash; plans
  // know no difference.
  await Promise.all([
    filled(url, async client => {
      await client.query('ALTER TABLE "AuditLog" SET UNLOGGED')
      await unindexed(client, 'AuditLog', () => client.query(audit))
      for (const sql of fewRows) await client.query(sql)
    }),
    filled(url, async client => {
      await client.query(daysOfLogs)
      await unindexed(client, 'ServerLog', () => client.query(logs, [consoleData]))
    })
  ])
  // As PostgreSQL does by itself in time: what was just put into a trigram index waits beside it until then.
  await filled(url, client => client.query('VACUUM ANALYZE'))
  return { url }
}

async function filled(url: string, fill: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = await connect(url)
  try {
    // What is put in here refers to what is there: looking each of them up would take minutes.
    await client.query('SET session_replication_role = replica')
    await client.query(`SET maintenance_work_mem = '256MB'`)
    await fill(client)
  } finally {
    await client.end()
  }
}

/** Indexes that are built when all rows are there are quicker, and are what they were: by their own definitions. */
async function unindexed(
  client: pg.Client,
  table: string,
  fill: () => Promise<unknown>
): Promise<void> {
  const { rows } = await client.query<{ name: string; definition: string }>(
    `SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition
     FROM pg_index WHERE indrelid = $1::regclass AND NOT indisprimary`,
    [`"${table}"`]
  )
  for (const { name } of rows) await client.query(`DROP INDEX ${name}`)
  await fill()
  // Of what is in parts an index says that it is ONLY of the whole, and means all.
  for (const { definition } of rows) await client.query(definition.replace(' ON ONLY ', ' ON '))
}
