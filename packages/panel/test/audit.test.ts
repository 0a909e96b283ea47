import t from 'tap'
import { openDatabase } from '../src/db/client.ts'
import { createAudit } from '../src/features/audit/audit.ts'
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
