import t, { type Test } from 'tap'
import { createAudit } from '../src/features/audit/audit.ts'
import { createAuthRepo } from '../src/features/auth/auth.repo.ts'
import { createTwoFactorRepo } from '../src/features/two-factor/two-factor.repo.ts'
import {
  closedAfter,
  codeAt,
  earlyInStep,
  forgetSteps,
  openSocket,
  setUpTotp,
  stepNow,
  withKey
} from './access-world.ts'
import {
  addUser,
  buildPanel,
  login,
  type Person,
  stranger,
  type TestPanel,
  until
} from './helper.ts'
import { testAdmin } from './test-database.ts'

// The machine may be busy with other files.
t.setTimeout(180_000)

const LOGIN = '/api/v1/auth/login'
const ME = '/api/v1/auth/me'
const TOTP = '/api/v1/auth/totp'
const KEYS = '/api/v1/api-keys'
const { password } = testAdmin
const proof = (code: string) => ({ currentPassword: password, code })

/** A panel with a user who is logged in. */
async function worldOf(t: Test, username = 'ann', roleName = 'USER') {
  const panel = await buildPanel(t)
  const { id } = await addUser(panel, { username, roleName })
  const ann = await login(panel, username)
  const enter = (totp?: string, as = username, withPassword = password) =>
    stranger(panel.url).request('POST', LOGIN, {
      ...{ username: as, password: withPassword },
      ...(totp !== undefined && { totp })
    })
  return { panel, id, ann, enter }
}

const auditOf = ({ db }: TestPanel, targetId: string) =>
  db.prisma.auditLog.findMany({ where: { targetId }, orderBy: { id: 'asc' } })

const statusOf = async (person: Person) => (await person.request('GET', ME)).status

t.test('codes are those of RFC 6238', async t => {
  const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'
  const rows: [number, string][] = [
    [59, '287082'],
    [1_111_111_109, '081804'],
    [20_000_000_000, '353130']
  ]
  for (const [second, code] of rows) t.equal(codeAt(secret, Math.floor(second / 30)), code)
})

t.test('a second factor is set up with the password and the first code of an app', async t => {
  const { panel, id, ann, enter } = await worldOf(t)
  const other = await login(panel, 'ann')
  const events = await openSocket(t, panel, '/api/v1/events', { cookie: other.cookie })
  const refused = await ann.request('POST', TOTP, { currentPassword: 'not that one' })
  t.match(refused, { status: 403, body: { code: 'WRONG_PASSWORD' } })
  t.match(await ann.request('POST', `${TOTP}/confirm`, { code: '000000' }), {
    status: 409,
    body: { code: 'TOTP_NOT_BEGUN' }
  })

  const begun = await ann.request('POST', TOTP, { currentPassword: password })
  t.match(begun, { status: 200, body: { secret: /^[A-Z2-7]{32}$/ } })
  const { secret, uri } = begun.body
  const read = new URL(uri)
  t.same([read.protocol, read.host], ['otpauth:', 'totp'])
  t.equal(decodeURIComponent(read.pathname), '/Ctrl-Alt-Play:ann')
  t.equal(read.searchParams.get('secret'), secret)
  t.equal((await enter()).status, 200, 'it is not asked for before it is confirmed')

  const far = codeAt(secret, stepNow() - 10)
  const wrong = await ann.request('POST', `${TOTP}/confirm`, { code: far })
  t.match(wrong, { status: 403, body: { code: 'WRONG_TOTP' } })
  const code = codeAt(secret, stepNow())
  const began = performance.now()
  const done = await ann.request('POST', `${TOTP}/confirm`, { code })
  t.equal(done.status, 200)
  const { recoveryCodes } = done.body
  t.equal(new Set(recoveryCodes).size, 10)
  for (const one of recoveryCodes) t.match(one, /^[0-9a-z]{4}(-[0-9a-z]{4}){3}$/)

  t.equal(await statusOf(ann), 200, 'this login goes on')
  t.equal(await statusOf(other), 401, 'every other one ended')
  const { code: closeCode, ms } = await closedAfter(events, began)
  t.equal(closeCode, 4401)
  t.ok(ms < 5_000, `its socket in ${Math.round(ms)} ms`)
  t.match(await ann.request('GET', ME), {
    body: { user: { hasTotp: true, mustSetUpTotp: false } }
  })
  t.match(await ann.request('POST', TOTP, { currentPassword: password }), {
    status: 409,
    body: { code: 'TOTP_ALREADY_SET' }
  })

  const row = await panel.db.prisma.user.findUniqueOrThrow({
    where: { id },
    include: { recoveryCodes: true }
  })
  t.equal(row.totpPendingSecret, null)
  t.equal(row.recoveryCodes.length, 10)
  for (const { codeHash } of row.recoveryCodes) t.match(codeHash, /^[0-9a-f]{64}$/)
  const lines = await until('all of it is written', async () => {
    const written = await auditOf(panel, id)
    return written.length > 2 && written
  })
  t.strictSame(
    lines.map(({ action, actorName }) => [action, actorName]),
    [
      ['auth.proof.failed', 'ann'],
      ['auth.totp.begun', 'ann'],
      ['auth.totp.enabled', 'ann']
    ]
  )
  const kept = JSON.stringify([row, lines, await panel.db.prisma.auditLog.findMany()], (_, part) =>
    typeof part === 'bigint' ? Number(part) : part
  )
  for (const text of [secret, code, password, ...recoveryCodes]) {
    t.notOk(kept.includes(text), 'the database does not tell it')
    t.notOk(panel.logged().includes(text), 'nor does the log')
  }
})

t.test('sixty 28: a second factor is not revealed before the password was right', async t => {
  const { panel, ann, enter } = await worldOf(t)
  const { secret } = await setUpTotp(panel, ann)
  const code = codeAt(secret, stepNow())
  const tries = [
    await enter(undefined, 'ann', 'a wrong password'),
    await enter(code, 'ann', 'a wrong password'),
    await enter(undefined, 'nobody'),
    await enter(code, 'nobody')
  ]
  for (const { status, body } of tries) {
    t.same([status, body.code], [401, 'LOGIN_FAILED'])
    t.equal(body.message, tries[0]?.body.message)
  }
  const asked = await enter()
  t.match(asked, { status: 401, body: { code: 'TOTP_REQUIRED' } })
  t.strictSame(asked.headers.getSetCookie(), [], 'no login is open yet')
  t.equal(await panel.db.prisma.session.count({ where: { revokedAt: null } }), 1)
  t.equal((await enter(code)).status, 200, 'the tries before have not used it up')
  await panel.db.prisma.user.updateMany({
    where: { username: 'ann' },
    data: { disabledAt: new Date() }
  })
  t.match(await enter(), { status: 401, body: { code: 'LOGIN_FAILED' } }, 'disabled: as unknown')
})

t.test('sixty 27, CVE-2025-69197: a code opens one login, also of many at once', async t => {
  const { panel, id, ann, enter } = await worldOf(t)
  const { secret } = await setUpTotp(panel, ann)
  const code = codeAt(secret, stepNow())
  const answers = await Promise.all(Array.from({ length: 8 }, () => enter(code)))
  t.equal(answers.filter(({ status }) => status === 200).length, 1)
  // The throttle lets no more than some be looked at together.
  for (const { status, body } of answers) {
    if (status !== 200) t.match(body.code, /^(WRONG_TOTP|TOO_MANY_REQUESTS)$/)
  }
  t.equal(await panel.db.prisma.session.count({ where: { revokedAt: null } }), 2)

  const { totpSecret } = await panel.db.prisma.user.findUniqueOrThrow({ where: { id } })
  const repo = createTwoFactorRepo(panel.db, { write: async () => {}, note: () => {} })
  const takes = Array.from({ length: 20 }, () => repo.takeStep(id, totpSecret ?? '', stepNow() + 9))
  t.equal((await Promise.all(takes)).filter(Boolean).length, 1, 'the database decides')
})

t.test('sixty 27: a used code is worth nothing, nor is one from outside its time', async t => {
  const { panel, ann, enter } = await worldOf(t)
  const { secret } = await setUpTotp(panel, ann)
  const step = await earlyInStep()
  const at = (offset: number) => codeAt(secret, step + offset)
  for (const offset of [-2, 2]) t.equal((await enter(at(offset))).status, 401, `${offset} steps`)
  for (const offset of [-1, 0, 1]) {
    await forgetSteps(panel)
    t.equal((await enter(at(offset))).status, 200, `${offset} steps off`)
    t.match(await enter(at(offset)), { status: 401, body: { code: 'WRONG_TOTP' } }, 'again')
  }
  t.equal((await enter(at(0))).status, 401, 'none that is older than one which was used')
  const restarted = await buildPanel(t, { databaseUrl: panel.databaseUrl })
  const replayed = { username: 'ann', password, totp: at(1) }
  const replay = await stranger(restarted.url).request('POST', LOGIN, replayed)
  t.match(replay, { status: 401, body: { code: 'WRONG_TOTP' } }, 'sixty 23: nor after a restart')
  await forgetSteps(panel)
  t.equal((await enter(`${at(0).slice(0, 3)} ${at(0).slice(3)}`)).status, 200, 'with a blank')
})

t.test('sixty 27, 29: whoever guesses codes has to wait, and nobody else', async t => {
  const panel = await buildPanel(t, { env: { TRUSTED_PROXIES: '127.0.0.1' } })
  await addUser(panel, { username: 'ann' })
  await addUser(panel, { username: 'bob' })
  const [home, elsewhere] = ['198.51.100.7', '203.0.113.5']
  const from = (ip: string) => ({ 'x-forwarded-for': ip })
  const enter = (ip: string, username: string, totp?: string) => {
    const given = { username, password, ...(totp && { totp }) }
    return stranger(panel.url).request('POST', LOGIN, given, from(ip))
  }
  const ann = stranger(panel.url)
  await ann.request('POST', LOGIN, { username: 'ann', password }, from(home))
  const atHome: Person = {
    cookie: ann.cookie,
    request: (method, path, body) => ann.request(method, path, body, from(home))
  }
  const { secret } = await setUpTotp(panel, atHome)
  const right = [-1, 0, 1, 2].map(offset => codeAt(secret, stepNow() + offset))
  const answers: number[] = []
  const waits: number[] = []
  await until('the waits grow', async () => {
    const guess = String(answers.length).padStart(6, '0')
    const { status, headers } = await enter(elsewhere, 'ann', right.includes(guess) ? '' : guess)
    answers.push(status)
    if (status === 429) waits.push(Number(headers.get('retry-after')))
    return waits.some(seconds => seconds >= 4)
  })
  t.strictSame(answers.slice(0, 5), [401, 401, 401, 401, 401], 'some are free')
  t.equal((await enter(elsewhere, 'bob')).status, 200, 'another person, from there')
  const failures = answers.filter(status => status === 401).length
  const noted = await until('they are noted', async () => {
    const rows = await panel.db.prisma.auditLog.findMany({ where: { action: 'auth.login.failed' } })
    return rows.length === failures && rows
  })
  t.match(noted[0], { actorName: 'ann', after: { reason: 'the second factor' } })
  const owner = await enter('198.51.100.99', 'ann', codeAt(secret, stepNow()))
  t.equal(owner.status, 200, 'the owner, from where it is known')

  // A stolen login guesses at what a login alone must not do: it is one count for all places.
  const guess = () => atHome.request('POST', `${TOTP}/recovery-codes`, proof('000000'))
  const hasToWait = async () => Number((await guess()).headers.get('retry-after') ?? 0) >= 4
  // Each guess costs a look at the password.
  await until('it has to wait as well', hasToWait, 30_000)
  t.equal((await enter(home, 'ann', codeAt(secret, stepNow() + 1))).status, 429)
})

t.test('sixty 27: a recovery code opens one login, however it is typed', async t => {
  const { panel, id, ann, enter } = await worldOf(t)
  const { recoveryCodes } = await setUpTotp(panel, ann)
  const [first = '', second = '', third = ''] = recoveryCodes
  const at = await Promise.all([1, 2, 3].map(() => enter(first)))
  t.strictSame(at.map(({ status }) => status).sort(), [200, 401, 401])
  t.equal((await enter(second.toUpperCase().replaceAll('-', ' '))).status, 200)
  t.equal((await enter(second)).status, 401)
  const { recoveryCodes: rows } = await panel.db.prisma.user.findUniqueOrThrow({
    where: { id },
    include: { recoveryCodes: true }
  })
  t.equal(rows.filter(({ usedAt }) => usedAt !== null).length, 2)
  const used = (await auditOf(panel, id)).filter(row => row.action === 'auth.recovery-code.used')
  t.equal(used.length, 2)

  const renewed = await ann.request('POST', `${TOTP}/recovery-codes`, proof(third))
  t.equal(renewed.status, 200)
  t.equal(new Set([...renewed.body.recoveryCodes, ...recoveryCodes]).size, 20)
  t.equal((await enter(recoveryCodes[3])).status, 401, 'those before are worth nothing')
  t.equal((await enter(renewed.body.recoveryCodes[0])).status, 200)
  const { id: bobId } = await addUser(panel, { username: 'bob' })
  const bob = await login(panel, 'bob')
  await setUpTotp(panel, bob)
  const theirs = await enter(renewed.body.recoveryCodes[1], 'bob')
  t.match(theirs, { status: 401, body: { code: 'WRONG_TOTP' } }, "another one's code")
  t.equal(await panel.db.prisma.recoveryCode.count({ where: { userId: bobId, usedAt: null } }), 10)
})

t.test('it goes with the password and a code, and the other logins go with it', async t => {
  const { panel, id, ann, enter } = await worldOf(t)
  t.match(await ann.request('DELETE', TOTP, proof('000000')), {
    status: 409,
    body: { code: 'TOTP_NOT_SET' }
  })
  const { secret, recoveryCodes } = await setUpTotp(panel, ann)
  const other = stranger(panel.url)
  const [recovery = ''] = recoveryCodes
  const both = { username: 'ann', password, totp: recovery }
  t.equal((await other.request('POST', LOGIN, both)).status, 200)
  t.match(await ann.request('DELETE', TOTP, proof(recovery)), { body: { code: 'WRONG_TOTP' } })
  const code = codeAt(secret, stepNow())
  const wrong = { currentPassword: 'not that one', code }
  t.match(await ann.request('DELETE', TOTP, wrong), { body: { code: 'WRONG_PASSWORD' } })
  t.equal((await ann.request('DELETE', TOTP, proof(code))).status, 204)
  t.equal(await statusOf(ann), 200)
  t.equal(await statusOf(other), 401, 'sixty 25: disabling it ends what was open elsewhere')
  t.equal((await enter()).status, 200, 'the password is enough again')
  t.equal(await panel.db.prisma.recoveryCode.count(), 0)
  t.match((await auditOf(panel, id)).at(-1), { action: 'auth.totp.disabled' })
})

t.test('a new password needs a code of who has a second factor', async t => {
  const { panel, ann } = await worldOf(t)
  const { secret } = await setUpTotp(panel, ann)
  const change = (code?: string) =>
    ann.request('POST', '/api/v1/auth/password', {
      ...{ currentPassword: password, newPassword: 'a better password' },
      ...(code && { code })
    })
  t.match(await change(), { status: 400, body: { details: [{ field: 'body.code' }] } })
  t.match(await change(codeAt(secret, stepNow() - 9)), { body: { code: 'WRONG_TOTP' } })
  t.equal((await change(codeAt(secret, stepNow()))).status, 200)
})

t.test('a role may demand one: without it nothing is open but the way to it', async t => {
  const { panel, id, ann, enter } = await worldOf(t, 'mod', 'MODERATOR')
  const made = await ann.request('POST', KEYS, { name: 'mine', currentPassword: password })
  const key = withKey(panel, made.body.secret)
  t.equal((await key.request('GET', '/api/v1/users')).status, 200)
  const events = await openSocket(t, panel, '/api/v1/events', { cookie: ann.cookie })
  await panel.db.prisma.role.update({
    where: { name: 'MODERATOR' },
    data: { requiresTotp: true }
  })
  const refusal = { status: 403, body: { code: 'TOTP_SETUP_REQUIRED' } }
  await until('it is in force', async () => {
    return (await ann.request('GET', '/api/v1/users')).status === 403
  })
  const open = ['/api/v1/users', '/api/v1/servers', KEYS, '/api/v1/permissions']
  for (const path of open) t.match(await ann.request('GET', path), refusal, path)
  await until('a key is no way round', async () => {
    return (await key.request('GET', '/api/v1/users')).body.code === 'TOTP_SETUP_REQUIRED'
  })
  await t.rejects(
    openSocket(t, panel, '/api/v1/events', { cookie: ann.cookie }),
    { message: '403' },
    'nor is a socket'
  )
  t.equal(await events.closed, 4403, 'one that was open ends')
  t.match(await ann.request('GET', ME), {
    status: 200,
    body: { user: { mustSetUpTotp: true }, permissions: [] }
  })
  const again = await enter()
  t.match(again, { status: 200, body: { user: { mustSetUpTotp: true } } })

  await panel.db.prisma.user.update({ where: { id }, data: { mustChangePassword: true } })
  await until('the password comes first', async () => {
    const { body } = await ann.request('GET', '/api/v1/users')
    return body.code === 'PASSWORD_CHANGE_REQUIRED'
  })
  await panel.db.prisma.user.update({ where: { id }, data: { mustChangePassword: false } })

  const { secret } = await setUpTotp(panel, ann)
  t.equal((await ann.request('GET', '/api/v1/users')).status, 200, 'in this very login')
  t.equal((await key.request('GET', '/api/v1/users')).status, 200)
  t.equal((await ann.request('DELETE', TOTP, proof(codeAt(secret, stepNow())))).status, 204)
  t.match(await ann.request('GET', '/api/v1/users'), refusal, 'without it as before')
  t.equal((await ann.request('POST', '/api/v1/auth/logout')).status, 204)
})

t.test('a lost one is taken away by who may, and may as much as its owner', async t => {
  const { panel, id, ann, enter } = await worldOf(t)
  const admin = await login(panel)
  await setUpTotp(panel, ann)
  await addUser(panel, { username: 'mod', roleName: 'MODERATOR' })
  const mod = await login(panel, 'mod')
  const path = `/api/v1/users/${id}/totp`
  t.match(await mod.request('DELETE', path), {
    status: 403,
    body: { details: [{ name: 'user-update' }] }
  })
  await panel.db.prisma.rolePermission.create({
    data: {
      role: { connect: { name: 'MODERATOR' } },
      permission: { connect: { name: 'user-update' } },
      scope: 'ANY'
    }
  })
  const theAdmin = await panel.db.prisma.user.findFirstOrThrow({ where: { username: 'admin' } })
  const upward = await until('the moderator may change users', async () => {
    const answer = await mod.request('DELETE', `/api/v1/users/${theAdmin.id}/totp`)
    const [detail] = answer.body.details ?? []
    return detail?.name !== 'user-update' && answer
  })
  t.match(upward, { status: 403, body: { code: 'FORBIDDEN' } }, 'not one who may more')
  const mine = await panel.db.prisma.user.findFirstOrThrow({ where: { username: 'mod' } })
  const own = await mod.request('DELETE', `/api/v1/users/${mine.id}/totp`)
  t.match(own, { status: 409, body: { code: 'OWN_TOTP' } }, 'a stolen login cannot')
  const nobody = '/api/v1/users/0190b5ad-0000-7000-8000-0000000000ff/totp'
  t.match(await mod.request('DELETE', nobody), { status: 404, body: { code: 'USER_NOT_FOUND' } })

  t.equal((await mod.request('DELETE', path)).status, 204)
  t.equal(await statusOf(ann), 401, 'all of their logins end')
  t.equal((await enter()).status, 200, 'the password is enough')
  t.match(await admin.request('DELETE', path), { status: 409, body: { code: 'TOTP_NOT_SET' } })
  t.match((await auditOf(panel, id)).at(-1), { action: 'user.totp.removed', actorName: 'mod' })
})

t.test('a secret is good for its own user and this panel alone', async t => {
  const { panel, id, ann, enter } = await worldOf(t)
  const { secret, recoveryCodes } = await setUpTotp(panel, ann)
  const { id: bobId } = await addUser(panel, { username: 'bob' })
  const { totpSecret } = await panel.db.prisma.user.findUniqueOrThrow({ where: { id } })
  await panel.db.prisma.user.update({ where: { id: bobId }, data: { totpSecret } })
  const code = codeAt(secret, stepNow())
  t.match(await enter(code, 'bob'), { status: 401, body: { code: 'WRONG_TOTP' } })
  t.equal((await enter(code)).status, 200)
  await panel.db.prisma.user.update({ where: { id }, data: { totpSecret: 'not ours' } })
  t.equal((await enter(code)).status, 401, 'sealed by nobody')
  t.equal((await enter(recoveryCodes[0])).status, 200, 'recovery codes are a way in')
})

t.test('a login that began before the second factor does not come in after it', async t => {
  const { panel, id, ann } = await worldOf(t)
  const log = { error: (what: unknown) => t.fail('the audit log', { what }) }
  const audit = createAudit(panel.db, log)
  const repo = createAuthRepo(panel.db, audit)
  const account = await repo.findAccount('ann')
  if (!account) throw new Error('no ann')
  const session = {
    userId: id,
    ip: '127.0.0.1',
    userAgent: '',
    expiresAt: new Date(Date.now() + 1e6)
  }
  const entry = { actorType: 'USER', actorId: id, actorName: 'ann', ip: null } as const
  const open = () =>
    repo.openSession(session, account, {
      ...entry,
      ...{ action: 'auth.login', targetType: 'session', targetId: null }
    })
  t.ok(await open())
  await setUpTotp(panel, ann)
  t.equal(await open(), undefined)
  await audit.close()
})
