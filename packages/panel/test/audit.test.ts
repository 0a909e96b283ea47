import t from 'tap'
import { openDatabase } from '../src/db/client.ts'
import { createAudit } from '../src/features/audit/audit.ts'
import { addUser, buildPanel, login, until } from './helper.ts'
import { freshDatabase } from './test-database.ts'

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
    for (let number = 0; number < flood; number++) {
      audit.note({ ...entry, after: { number, half: '\ud800' } })
      if (number % 1_000 === 0) await new Promise(setImmediate)
    }
    await audit.close()
    audit.note(entry)
    await audit.close()
    t.same(errors, [])
    const count = async (action: string) =>
      (await db.pool.query('SELECT after FROM "AuditLog" WHERE action = $1', [action])).rows
    const dropped = (await count('audit.dropped')).reduce((sum, row) => sum + row.after.count, 0)
    const kept = (await count('flood')).length
    t.ok(kept > 2_000)
    t.equal(kept + dropped, flood + 1)
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
