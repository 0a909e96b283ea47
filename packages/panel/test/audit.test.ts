import t from 'tap'
import { openDatabase } from '../src/db/client.ts'
import { CONSOLE_INPUT, createAudit } from '../src/features/audit/audit.ts'
import { withKey } from './access-world.ts'
import { auditWalk } from './audit-walk.ts'
import { addUser, buildPanel, type Json, login, type TestPanel, until } from './helper.ts'
import { freshDatabase, testAdmin } from './test-database.ts'

// The machine may be busy with other files.
t.setTimeout(180_000)

t.test('whatever people type, the audit log takes it, and what comes after it', async t => {
  const { url } = await freshDatabase(t)
  const db = openDatabase({ url })
  t.teardown(() => db.close())
  const errors: unknown[] = []
  const audit = createAudit(db, { error: (...args: unknown[]) => errors.push(args) })
  const lines = ['plain', 'half \ud83d', '\udc00 half', 'nul \0', '\\ud800 as text', '🎮', "';--"]
  for (const line of lines) {
    audit.note({
      actorType: 'SYSTEM',
      actorId: null,
      actorName: line,
      action: 'server.console.input',
      targetType: 'server',
      targetId: line,
      ip: null,
      ...(line !== 'plain' && { after: { line } }),
      before: null
    })
  }
  await audit.close()
  const { rows } = await db.pool.query(
    'SELECT "actorName", before, after, "createdAt" FROM "AuditLog" ORDER BY "createdAt", id'
  )
  t.same(errors, [])
  t.same(
    rows.map(row => row.actorName),
    ['plain', 'half \ufffd', '\ufffd half', 'nul \u2400', '\\ud800 as text', '🎮', "';--"]
  )
  t.same(rows[0].after, null)
  t.same(rows[5].after, { line: '🎮' })
  t.ok(Math.abs(Date.now() - rows[0].createdAt) < 60_000)
})

t.test(
  'a flood of events is bounded, blocks nobody, and says how much of it is missing',
  async t => {
    const { url } = await freshDatabase(t)
    const db = openDatabase({ url })
    t.teardown(() => db.close())
    const errors: unknown[] = []
    const audit = createAudit(db, { error: (...args: unknown[]) => errors.push(args) })
    const entry = {
      ...({ actorType: 'SYSTEM', actorId: null, actorName: null, ip: null } as const),
      ...{ action: 'flood', targetType: 'audit', targetId: null }
    }
    const flood = 100_000
    let isOver = false
    let answered = 0
    const others = (async () => {
      while (!isOver) {
        await db.prisma.ctrl.findFirst()
        answered += 1
      }
    })()
    for (let number = 0; number < flood; number++) {
      audit.note({ ...entry, after: { number, half: '\ud800' } })
      if (number % 1_000 === 0) await new Promise(setImmediate)
    }
    await audit.close()
    isOver = true
    await others
    t.ok(answered > 20, `${answered} others were answered meanwhile`)
    audit.note(entry)
    for (let line = 0; line < 3_000; line++) audit.note({ ...entry, action: CONSOLE_INPUT })
    for (let guess = 0; guess < 300; guess++) audit.note({ ...entry, action: 'auth.login.failed' })
    await audit.close()
    t.same(errors, [])
    const count = async (action: string) =>
      (await db.pool.query('SELECT after FROM "AuditLog" WHERE action = $1', [action])).rows
    const dropped = (await count('audit.dropped')).reduce((sum, row) => sum + row.after.count, 0)
    t.equal((await count('auth.login.failed')).length, 300, 'typing takes no room from them')
    const kept = (await count('flood')).length
    t.ok(kept > 2_000)
    t.equal(kept + dropped + (await count(CONSOLE_INPUT)).length, flood + 1 + 3_000)
  }
)

t.test('the whole log can be taken away as lines of JSON, by who may read it', async t => {
  const panel = await buildPanel(t)
  await addUser(panel, { username: 'bob', roleName: 'USER' })
  const [admin, bob] = [await login(panel), await login(panel, 'bob')]
  await panel.db.pool.query(
    `INSERT INTO "AuditLog" (id, "actorType", action, "targetType", "targetId", after, "createdAt")
     SELECT gen_random_uuid(), 'SYSTEM', CASE n % 2 WHEN 0 THEN 'test.even' ELSE 'test.odd' END, 'test', n::text,
       jsonb_build_object('n', n), now() - (n / 3) * interval '1 second'
     FROM generate_series(1, 4500) n`
  )
  const path = '/api/v1/audit-logs/export'
  const take = async (query: string) => {
    const response = await fetch(`${panel.url}${path}${query}`, {
      headers: { cookie: admin.cookie }
    })
    t.match(response.headers.get('content-type'), 'application/x-ndjson')
    const text = await response.text()
    return text
      .split('\n')
      .slice(0, -1)
      .map(line => JSON.parse(line))
  }
  const all = await take('?action=test.')
  t.equal(all.length, 4_500)
  t.same(
    new Set(all.map(row => row.after.n)).size,
    4_500,
    'each once, though many have the same time'
  )
  t.ok(
    all.every((row, index) => index === 0 || row.at <= all[index - 1].at),
    'newest first'
  )
  t.equal((await take('?action=test.even')).length, 2_250)
  t.equal((await take('?action=test.never')).length, 0)
  t.match(await bob.request('GET', path), { status: 403, body: { code: 'FORBIDDEN' } })
  t.match(await admin.request('GET', `${path}?limit=5`), { status: 400 })
  const noted = await until('it is noted', async () => {
    const rows = await panel.db.prisma.auditLog.findMany({ where: { action: 'audit.exported' } })
    return rows.length === 3 && rows
  })
  t.match(noted[0], { actorName: 'admin', after: { action: /^test\./ } })
})

/** What requests touch whether they succeed or not. */
const restless = ['lastUsedAt', 'lastSeen', 'resources', 'updatedAt', 'totpLastStep', 'startedAt']
const uninteresting = ['AuditLog', 'IdempotencyKey', 'MetricRollup']

/** All that the database holds, table by table. */
async function allRows({ db }: TestPanel): Promise<Record<string, Json>> {
  const { rows: tables } = await db.pool.query(
    `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'
      AND tablename NOT SIMILAR TO '(MetricSample|ServerLog)%' AND tablename NOT LIKE '\\_%' AND tablename <> ALL($1)`,
    [uninteresting]
  )
  const parts = tables.map(
    ({ name }) =>
      `SELECT '${name}' AS name, (SELECT jsonb_agg(row ORDER BY row::text)
        FROM (SELECT to_jsonb(r) - $1::text[] AS row FROM "${name}" r) AS all_rows) AS rows`
  )
  const { rows } = await db.pool.query(parts.join(' UNION ALL '), [restless])
  return Object.fromEntries(rows.map(({ name, rows: held }) => [name, held]))
}

/** While it is on, nothing can be written into the audit log. */
async function auditSwitch({ db }: TestPanel) {
  await db.pool.query(`CREATE TABLE "_Refused" (on_ boolean);
    CREATE FUNCTION refuse_audit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      IF EXISTS (SELECT FROM "_Refused") THEN RAISE EXCEPTION 'the audit log is full'; END IF;
      RETURN NEW; END $$;
    CREATE TRIGGER refuse_audit BEFORE INSERT ON "AuditLog"
      FOR EACH ROW EXECUTE FUNCTION refuse_audit()`)
  return {
    on: () => db.pool.query('INSERT INTO "_Refused" VALUES (true)'),
    off: () => db.pool.query('DELETE FROM "_Refused"')
  }
}

t.test('every route that changes something says so in the audit log, with the change', async t => {
  const { panel, routes, acts, secrets } = await auditWalk(t)
  t.strictSame(Object.keys(acts).toSorted(), routes.toSorted(), 'all of them are walked')
  const full = await auditSwitch(panel)
  const { prisma } = panel.db
  const failures = () => panel.logged().split('background work failed').length
  const users = new Map((await prisma.user.findMany()).map(({ username, id }) => [username, id]))

  for (const [route, wanted] of Object.entries(acts)) {
    const { action, target, told, prepare, act, learn, inBackground, isNoted } = wanted
    const { actor = 'admin', actorType = 'USER' } = wanted
    await prepare?.()
    if (!isNoted) {
      const before = await allRows(panel)
      const failed = failures()
      await full.on()
      const refused = await act()
      if (inBackground) await until(`${route} has failed`, () => failures() > failed)
      await full.off()
      t.equal(refused.status, inBackground ? 202 : 500, `${route} without its row`)
      t.strictSame(await allRows(panel), before, `${route} is undone as a whole`)
    }
    const since = await prisma.auditLog.count({ where: { action } })
    if (isNoted) await full.on()
    const answer = await act()
    await full.off()
    t.match(answer.status, /^20[0-4]$/, `${route}: ${JSON.stringify(answer.body)}`)
    const rows = await until(`${action} is written`, async () => {
      const found = await prisma.auditLog.findMany({ where: { action }, orderBy: { id: 'asc' } })
      return found.length > since && found.slice(since)
    })
    t.equal(rows.length, 1, `${route}: one row`)
    const [row] = rows
    t.match(row, {
      ...{ actorType, actorName: actor, targetType: target, targetId: /^[\da-f-]{36}$/ },
      ...{ ip: '127.0.0.1', requestId: actorType === 'USER' ? /^[\da-f-]{36}$/ : null }
    })
    if (actorType === 'USER') {
      t.equal(row?.actorId, users.get(String(actor)) ?? null, `${route}: who`)
    }
    const [hasBefore, hasAfter] = [row?.before != null, row?.after != null]
    t.strictSame(
      { hasBefore, hasAfter },
      {
        hasBefore: told === 'before' || told === 'both',
        hasAfter: told === 'after' || told === 'both'
      },
      `${route} tells ${told}`
    )
    await learn?.(answer.body)
  }

  const written = JSON.stringify(await prisma.auditLog.findMany())
  t.ok(secrets.size > 25)
  for (const secret of secrets) {
    t.ok(secret.length > 7)
    t.notOk(written.includes(secret), 'no secret stands in it')
  }
  t.notMatch(written, /\$2[aby]\$|cap_[\w-]{20}|passwordHash|"secret/)

  const rowsBefore = await prisma.auditLog.count()
  const admin = await login(panel)
  const someId = '0190b5ad-0000-7000-8000-0000000000ff'
  for (const route of routes.filter(one => !/auth.(logout|sessions)$/.test(one))) {
    const [method = '', path = ''] = route.split(' ')
    const answer = await admin.request(method, path.replace(/:\w+/g, someId), { odd: true })
    t.match(answer.status, /^4\d\d$/, route)
  }
  await until('the last is written', async () => {
    await login(panel)
    return true
  })
  const newer = await prisma.auditLog.findMany({ orderBy: { id: 'asc' }, skip: rowsBefore })
  t.same(
    newer.map(({ action }) => action),
    ['auth.login', 'auth.login'],
    'what was refused left nothing'
  )
})

t.test('what a key did names the key and its user, also when both are gone', async t => {
  const panel = await buildPanel(t)
  const { prisma } = panel.db
  const admin = await login(panel)
  const ann = await addUser(panel, { username: 'ann', roleName: 'ADMIN' })
  const person = await login(panel, 'ann')
  const make = async (name: string, more = {}) => {
    const body = { name, currentPassword: testAdmin.password, ...more }
    const { apiKey, secret } = (await person.request('POST', '/api/v1/api-keys', body)).body
    return { id: apiKey.id as string, program: withKey(panel, secret) }
  }
  const [deploy, other] = [await make('deploy'), await make('other')]
  const role = (name: string) => ({ name, permissions: {} })
  t.equal((await deploy.program.request('POST', '/api/v1/roles', role('One'))).status, 201)
  t.equal((await other.program.request('POST', '/api/v1/roles', role('Two'))).status, 201)
  t.equal((await person.request('POST', '/api/v1/roles', role('Three'))).status, 201)
  const away = await make('from elsewhere', { allowedIps: ['192.0.2.1'] })
  for (let asked = 0; asked < 3; asked++) {
    t.equal((await away.program.request('GET', '/api/v1/roles')).status, 401)
  }
  await person.request('DELETE', `/api/v1/api-keys/${deploy.id}`)
  t.equal((await admin.request('DELETE', `/api/v1/users/${ann.id}`)).status, 204)

  const wrong = { name: 'mine', currentPassword: 'not the password' }
  t.equal((await admin.request('POST', '/api/v1/api-keys', wrong)).status, 403)

  const list = async (query: string): Promise<Json[]> =>
    (await admin.request('GET', `/api/v1/audit-logs?${query}`)).body.data
  const annsOwn = { userId: ann.id, username: 'ann' }
  const [one, ...more] = await list(`actorId=${deploy.id}`)
  t.same(more, [])
  t.strictSame(one.actor, { type: 'API_KEY', id: deploy.id, name: 'deploy', ...annsOwn })
  t.match(one, { action: 'role.created', after: { name: 'One' } })
  const made = await list(`actorId=${ann.id}&action=role.created`)
  t.strictSame(
    made.map(({ actor }) => [actor.type, actor.name, actor.username]),
    [
      ['USER', 'ann', 'ann'],
      ['API_KEY', 'other', 'ann'],
      ['API_KEY', 'deploy', 'ann']
    ],
    'by the user: with and without a key'
  )
  t.equal((await list(`actorType=API_KEY&action=role.`)).length, 2)
  const refused = await until('it is noted', async () => {
    const rows = await list('action=auth.api-key.refused')
    return rows.length > 0 && rows
  })
  t.match(refused, [{ actor: { id: away.id, name: 'from elsewhere', ...annsOwn } }])
  t.equal(refused.length, 1, 'once a minute')
  const unproven = await until('it is noted', async () => {
    const rows = await list('action=auth.proof.failed')
    return rows.length > 0 && rows
  })
  t.match(unproven, [{ actor: { username: 'admin' }, after: { reason: 'the password' } }])
  const exported = await fetch(`${panel.url}/api/v1/audit-logs/export?actorId=${deploy.id}`, {
    headers: { cookie: admin.cookie }
  })
  t.same(JSON.parse(await exported.text()).actor, one.actor)
  t.equal(await prisma.apiKey.count(), 0)
})
