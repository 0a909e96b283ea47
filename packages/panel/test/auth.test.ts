import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { request as rawRequest } from 'node:http'
import type {} from '@fastify/jwt'
import bcrypt from 'bcrypt'
import t from 'tap'
import { networkOf } from '../src/features/auth/address.ts'
import { createAuthRepo } from '../src/features/auth/auth.repo.ts'
import { createLoginThrottle } from '../src/features/auth/login-throttle.ts'
import { createPasswords } from '../src/features/auth/passwords.ts'
import { addUser, buildPanel, login, stranger, type TestPanel, until } from './helper.ts'
import { cheapPasswords, testAdmin } from './test-database.ts'

// The machine may be busy with other files.
t.setTimeout(180_000)

const LOGIN = '/api/v1/auth/login'
const ME = '/api/v1/auth/me'
const right = { username: testAdmin.username, password: testAdmin.password }

t.test('a login is a row, a cookie that scripts cannot read, and who one is', async t => {
  const panel = await buildPanel(t)
  const person = stranger(panel.url)
  for (const username of ['admin', 'ADMIN', 'Admin@Example.invalid']) {
    const answer = await person.request('POST', LOGIN, { ...right, username })
    t.match(answer, { status: 200, body: { user: { username: 'admin', role: 'ADMIN' } } }, username)
    t.notOk('passwordHash' in answer.body.user, 'no hash leaves the panel')
    const cookie = answer.headers.getSetCookie()[0] ?? ''
    t.match(cookie, /^ctrl_alt_play_session=[\w.-]+;.*HttpOnly.*SameSite=Strict/)
    t.match(cookie, /Path=\//)
    const claims = JSON.parse(Buffer.from(cookie.split('.')[1] ?? '', 'base64url').toString())
    t.equal(claims.exp - claims.iat, 15 * 60)
  }
  const repeat = { 'idempotency-key': 'a-login-again' }
  for (const again of [1, 2]) {
    const { headers } = await person.request('POST', LOGIN, right, repeat)
    t.equal(headers.getSetCookie().length, 1, `a repeated login is a new one: ${again}`)
  }
  const me = await person.request('GET', ME)
  t.equal(me.status, 200)
  t.equal(me.body.permissions.length, 36)
  t.match(me.body.scopes, { 'server-view': 'ANY' })

  t.equal(await panel.db.prisma.session.count(), 5, 'each login has a row of its own')
  t.notMatch(panel.logged(), testAdmin.password)
})

t.test('sixty 28: wrong user and wrong password read the same; both are noted', async t => {
  const panel = await buildPanel(t)
  const person = stranger(panel.url)
  await addUser(panel, { username: 'gone' })
  await panel.db.prisma.user.updateMany({
    where: { username: 'gone' },
    data: { disabledAt: new Date() }
  })
  const tries = [
    { username: 'admin', password: 'wrong password' },
    { username: 'nobody', password: testAdmin.password },
    { username: 'adm_n', password: testAdmin.password },
    { username: '%', password: testAdmin.password },
    { username: 'gone', password: testAdmin.password }
  ]
  for (const given of tries) {
    const { status, body } = await person.request('POST', LOGIN, given)
    t.match({ status, body }, { status: 401, body: { code: 'LOGIN_FAILED' } }, given.username)
    t.equal(body.message, 'The user or the password is wrong')
    t.equal(person.cookie, '', 'no cookie')
  }
  const noted = await until('the failures are noted', async () => {
    const rows = await panel.db.prisma.auditLog.findMany({
      where: { action: 'auth.login.failed' }
    })
    return rows.length === tries.length && rows
  })
  t.notMatch(JSON.stringify(noted), /nobody/, 'a name that nobody has may be a password')
})

t.test(
  'the throttle doubles the wait, forgets in time, and takes no more than it can check',
  async t => {
    const clock = { now: 0 }
    const throttle = createLoginThrottle(
      { free: 3, firstDelayMs: 1_000, maxDelayMs: 4_000 },
      () => clock.now
    )
    const refused = () => {
      try {
        throttle.begin('a').failed()
        return 0
      } catch (err) {
        return Number(/in (\d+) s/.exec(err instanceof Error ? err.message : '')?.[1])
      }
    }
    t.strictSame([refused(), refused(), refused()], [0, 0, 0])
    const waits = [1, 2, 4, 4]
    for (const seconds of waits) {
      t.equal(refused(), seconds, `${seconds} s to wait`)
      clock.now += seconds * 1_000
      t.equal(refused(), 0, 'then one more try')
    }
    t.doesNotThrow(() => throttle.begin('b').dropped(), 'others are not concerned')
    clock.now += 4_000 + 15 * 60_000
    const open = [throttle.begin('a'), throttle.begin('a'), throttle.begin('a')]
    t.throws(() => throttle.begin('a'), { code: 'TOO_MANY_REQUESTS' }, 'no flood at the same time')
    for (const attempt of open) attempt.succeeded()
    t.equal(refused(), 0)
  }
)

t.test('a wait that is longer than the memory is not forgotten in it', async t => {
  const clock = { now: 0 }
  const rule = { free: 1, firstDelayMs: 3_600_000, maxDelayMs: 3_600_000 }
  const throttle = createLoginThrottle(rule, () => clock.now)
  throttle.begin('a').failed()
  clock.now = 3_599_000
  t.throws(() => throttle.begin('a'), { code: 'TOO_MANY_REQUESTS' })
  clock.now = 3_600_000
  t.doesNotThrow(() => throttle.begin('a').dropped(), 'then it is over')
})

t.test('a new password does not undo a reset that came while it was made', async t => {
  const panel = await buildPanel(t)
  const { prisma } = panel.db
  const { id } = await addUser(panel, { username: 'ann' })
  const repo = createAuthRepo(panel.db, { write: async () => {}, note: () => {} })
  const entry = { actorType: 'SYSTEM', actorId: null, actorName: null, ip: null } as const
  const act = { ...entry, action: 'test', targetType: 'user', targetId: id }
  const session = { userId: id, ip: '::1', userAgent: '', expiresAt: new Date(Date.now() + 60_000) }
  const change = async (data: object) => {
    const checked = await repo.findAccountById(id)
    if (!checked) throw new Error('nobody')
    await prisma.user.update({ where: { id }, data })
    return repo.changePassword('the late one', session, checked, act)
  }
  t.equal(await change({ passwordHash: 'of the reset' }), undefined)
  t.equal(await change({ disabledAt: new Date() }), undefined, 'nor comes in who was shut out')
  t.match(await prisma.user.findUnique({ where: { id } }), { passwordHash: 'of the reset' })
  t.equal(await prisma.session.count({ where: { userId: id } }), 0)
  await prisma.user.update({ where: { id }, data: { disabledAt: null } })
  t.match(await change({}), { userId: id })
})

t.test('no more passwords wait to be looked at than are looked at within seconds', async t => {
  const { verify } = createPasswords(cheapPasswords)
  const looks = await Promise.allSettled(Array.from({ length: 50 }, () => verify('any', undefined)))
  const told = looks.map(look => (look.status === 'fulfilled' ? look.value : look.reason.code))
  t.strictSame(told, [...Array(34).fill(false), ...Array(16).fill('TOO_MANY_REQUESTS')])
  t.equal(await verify('any', undefined), false, 'then there is room again')
})

t.test('a password of more than 72 bytes is refused, never cut', async t => {
  const panel = await buildPanel(t)
  const long = 'x'.repeat(72)
  await panel.db.prisma.user.updateMany({
    where: { username: 'admin' },
    data: { passwordHash: await bcrypt.hash(long, 4) }
  })
  const person = stranger(panel.url)
  t.equal((await person.request('POST', LOGIN, { ...right, password: long })).status, 200)
  for (const password of [`${long}a`, `${long}b`, 'ä'.repeat(37)]) {
    const answer = await person.request('POST', LOGIN, { ...right, password })
    t.match(answer, { status: 400, body: { code: 'VALIDATION_FAILED' } })
    t.equal(answer.body.details[0].field, 'body.password')
  }
})

t.test('a one-time password opens nothing but the way to a new one', async t => {
  const panel = await buildPanel(t)
  await addUser(panel, { username: 'fresh', roleName: 'ADMIN', mustChangePassword: true })
  const other = await login(panel, 'fresh')
  const fresh = await login(panel, 'fresh')
  const me = await fresh.request('GET', ME)
  t.match(me, { status: 200, body: { user: { mustChangePassword: true }, permissions: [] } })
  const refusal = { status: 403, body: { code: 'PASSWORD_CHANGE_REQUIRED' } }
  t.match(await fresh.request('GET', '/api/v1/users'), refusal)
  t.match(await fresh.request('GET', '/api/v1/auth/sessions'), refusal)

  const change = (currentPassword: string, newPassword: string) =>
    fresh.request('POST', '/api/v1/auth/password', { currentPassword, newPassword })
  t.match(await change('not that one', 'a better password'), {
    status: 403,
    body: { code: 'WRONG_PASSWORD' }
  })
  t.match(await change(testAdmin.password, testAdmin.password), { status: 400 })
  t.match(await change(testAdmin.password, 'short'), { status: 400 })
  const names = ['Fresh@Example.Invalid', 'fresh@example.invalid']
  for (const guessed of ['Password123', 'qwertyuiop', ...names]) {
    const refused = { status: 400, body: { details: [{ field: 'body.newPassword' }] } }
    t.match(await change(testAdmin.password, guessed), refused, guessed)
  }
  const before = fresh.cookie
  t.match(await change(testAdmin.password, 'a better password'), {
    status: 200,
    body: { user: { mustChangePassword: false } }
  })
  t.not(fresh.cookie, before, 'a new login')
  t.equal((await fresh.request('GET', '/api/v1/users')).status, 200)
  t.equal((await stranger(panel.url, before).request('GET', ME)).status, 401)
  t.equal((await other.request('GET', ME)).status, 401, 'every other login ended')
  const relogin = stranger(panel.url)
  const old = { username: 'fresh', password: testAdmin.password }
  t.equal((await relogin.request('POST', LOGIN, old)).status, 401)
  const now = { username: 'fresh', password: 'a better password' }
  t.equal((await relogin.request('POST', LOGIN, now)).status, 200)
})

t.test(
  'sixty 24: an old cookie is renewed while its login lives, and then opens nothing',
  async t => {
    const panel = await buildPanel(t)
    const admin = await login(panel)
    const [row] = await panel.db.prisma.session.findMany()
    const cookieOf = (ageSeconds: number) => {
      const iat = Math.floor(Date.now() / 1_000) - ageSeconds
      return `ctrl_alt_play_session=${panel.app.jwt.sign({ sid: row?.id, iat, exp: iat + 900 })}`
    }
    const young = stranger(panel.url, cookieOf(60))
    t.strictSame((await young.request('GET', ME)).headers.getSetCookie(), [], 'not before its time')
    for (const age of [400, 4_000]) {
      const person = stranger(panel.url, cookieOf(age))
      const answer = await person.request('GET', ME)
      t.equal(answer.status, 200, `${age} s old`)
      t.match(answer.headers.getSetCookie()[0], /^ctrl_alt_play_session=.*HttpOnly/)
    }
    await admin.request('POST', '/api/v1/auth/logout')
    t.equal((await stranger(panel.url, cookieOf(4_000)).request('GET', ME)).status, 401)
  }
)

t.test('over HTTPS the cookie is bound to this very host', async t => {
  const panel = await buildPanel(t, {
    env: { TRUSTED_PROXIES: '127.0.0.1', PUBLIC_URL: 'https://panel.example.org' }
  })
  const proxied = { 'x-forwarded-proto': 'https', origin: 'https://panel.example.org' }
  const person = stranger(panel.url)
  const answer = await person.request('POST', LOGIN, right, proxied)
  t.equal(answer.status, 200)
  t.match(answer.headers.getSetCookie()[0], /^__Host-ctrl_alt_play_session=.*Secure/)
  t.match(answer.headers.get('strict-transport-security'), /max-age/)
  t.equal((await person.request('GET', ME, undefined, proxied)).status, 200)
})

t.test('an address cannot be forged, and a login does not travel', async t => {
  const panel = await buildPanel(t)
  const forged: Record<string, string>[] = [
    { 'x-forwarded-for': '203.0.113.9' },
    { 'x-forwarded-for': '203.0.113.9, 127.0.0.1' },
    { 'X-FORWARDED-FOR': '203.0.113.9' },
    { 'x-real-ip': '203.0.113.9' },
    { forwarded: 'for=203.0.113.9' },
    { 'x-client-ip': '203.0.113.9', 'cf-connecting-ip': '203.0.113.9' }
  ]
  for (const headers of forged) {
    const person = stranger(panel.url)
    t.equal((await person.request('POST', LOGIN, right, headers)).status, 200)
    t.equal((await person.request('GET', ME, undefined, headers)).status, 200)
  }
  const ips = await panel.db.prisma.session.findMany({ distinct: ['ip'], select: { ip: true } })
  t.strictSame(ips, [{ ip: '127.0.0.1' }], 'nobody is believed unless trusted')

  const proxied = await buildPanel(t, {
    env: { TRUSTED_PROXIES: '127.0.0.1' },
    databaseUrl: panel.databaseUrl
  })
  const from = (ip: string) => ({ 'x-forwarded-for': ip })
  const person = stranger(proxied.url)
  t.equal((await person.request('POST', LOGIN, right, from('198.51.100.7'))).status, 200)
  const seen = (ip: string) => person.request('GET', ME, undefined, from(ip))
  t.equal((await seen('198.51.100.200')).status, 200, 'the same network')
  t.equal((await seen('198.51.101.7')).status, 401, 'another network')
  t.equal((await seen('6.6.6.6, 198.51.100.7')).status, 200, 'the one that the proxy saw counts')
  t.equal((await seen('198.51.100.7, 6.6.6.6')).status, 401)
  await until('it is noted', () =>
    panel.db.prisma.auditLog.findFirst({ where: { action: 'auth.session.refused' } }).then(Boolean)
  )
})

t.test('networks', async t => {
  const rows: [string, string][] = [
    ['192.0.2.77', '192.0.2.0/24'],
    ['::ffff:192.0.2.77', '192.0.2.0/24'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:2::1', '2001:db8:1:2::/64'],
    ['::1', 'loopback'],
    ['127.8.8.8', 'loopback'],
    ['::ffff:127.0.0.1', 'loopback'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['unknown', 'unknown']
  ]
  for (const [ip, network] of rows) t.equal(networkOf(ip), network, ip)
})

t.test('which names are one account is not told by who has to wait', async t => {
  const panel = await buildPanel(t)
  await addUser(panel, { username: 'ann' })
  const statusOf = async (username: string) =>
    (await stranger(panel.url).request('POST', LOGIN, { username, password: 'wrong' })).status
  for (const [name, other] of [
    ['ann', 'ann@example.invalid'],
    ['nobody', 'nobody@example.invalid']
  ] as const) {
    const statuses: number[] = []
    for (let at = 0; at < 6; at++) statuses.push(await statusOf(at % 2 ? name.toUpperCase() : name))
    t.strictSame(statuses, [401, 401, 401, 401, 401, 429], name)
    t.equal(await statusOf(other), 401, other)
  }
})

t.test('a flood of logins is turned away and the rest goes on', async t => {
  const panel = await buildPanel(t)
  const admin = await login(panel)
  const flood = Array.from({ length: 60 }, (_, index) =>
    stranger(panel.url).request('POST', LOGIN, { username: `user${index}`, password: 'wrong one' })
  )
  const meanwhile = await Promise.all(
    Array.from({ length: 30 }, () => admin.request('GET', ME).then(answer => answer.status))
  )
  t.ok(meanwhile.every(status => status === 200))
  const outcomes = new Set((await Promise.all(flood)).map(answer => answer.status))
  t.strictSame([...outcomes].sort(), [401, 429])
})

t.test('an API key is its user, within its own limits', async t => {
  const panel = await buildPanel(t)
  const user = await panel.db.prisma.user.findFirstOrThrow({ where: { username: 'admin' } })
  let made = 0
  const key = async (data: object) => {
    made += 1
    const secret = `cap_${String(made).padStart(43, 'k')}`
    const secretHash = createHash('sha256').update(secret).digest('hex')
    await panel.db.prisma.apiKey.create({
      data: { userId: user.id, name: `key ${made}`, secretHash, ...data }
    })
    const ask = (path: string, method = 'GET') =>
      raw(panel, { method, path, headers: { authorization: `Bearer ${secret}` } })
    return { ask }
  }
  const past = new Date(0)
  const full = await key({})
  t.match(await full.ask(ME), { status: 200, body: { user: { username: 'admin' } } })
  t.equal((await full.ask('/api/v1/users')).status, 200)
  t.equal((await full.ask(ME)).setCookie, undefined, 'a key makes no login')
  t.match(await full.ask('/api/v1/auth/sessions'), { status: 403, body: { code: 'LOGIN_NEEDED' } })
  const narrow = await key({ allPermissions: false, permissions: ['server-view', 'no-such'] })
  t.match(await narrow.ask(ME), { body: { permissions: ['server-view'] } })
  t.match(await narrow.ask('/api/v1/users'), {
    status: 403,
    body: { code: 'FORBIDDEN', details: [{ type: 'permission', name: 'user-view' }] }
  })
  for (const data of [
    { revokedAt: past },
    { expiresAt: past },
    { allowedIps: ['203.0.113.0/24', 'nonsense', '127.0.0.0/99'] }
  ]) {
    t.equal((await (await key(data)).ask(ME)).status, 401, JSON.stringify(data))
  }
  const here = await key({ allowedIps: ['127.0.0.0/8'] })
  t.equal((await here.ask(ME)).status, 200)
  const unknown = await raw(panel, {
    method: 'GET',
    path: ME,
    headers: { authorization: `Bearer cap_${'u'.repeat(43)}` }
  })
  t.equal(unknown.status, 401)
})

t.test('sixty 29: strangers are counted by address, logins are not', async t => {
  const panel = await buildPanel(t, { env: { RATE_LIMIT_PER_MINUTE: '20' } })
  const admin = await login(panel)
  const statuses: number[] = []
  for (let count = 0; count < 25; count++) {
    statuses.push((await stranger(panel.url).request('GET', ME)).status)
  }
  t.equal(statuses[0], 401)
  t.equal(statuses.at(-1), 429)
  t.equal((await admin.request('GET', ME)).status, 200)
})

interface Raw {
  status: number
  // biome-ignore lint/suspicious/noExplicitAny: read as a stranger would
  body: any
  setCookie: string[] | undefined
}

/** Without the headers that fetch adds. */
async function raw(
  panel: TestPanel,
  options: { method: string; path: string; headers: Record<string, string>; body?: string }
): Promise<Raw> {
  const { method, path, headers, body } = options
  const request = rawRequest(panel.url + path, { method, headers, agent: false })
  request.end(body)
  const [response] = await once(request, 'response')
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk)
  const text = Buffer.concat(chunks).toString()
  return {
    status: response.statusCode,
    body: text === '' ? '' : JSON.parse(text),
    setCookie: response.headers['set-cookie']
  }
}
