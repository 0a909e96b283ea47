import { createHmac } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { WebSocket } from 'ws'
import { type Json, login, stranger } from './world/api.ts'
import { until } from './world/until.ts'
import { upgrade } from './world/upgrade.ts'
import { createWorld, PASSWORD, type World } from './world/world.ts'

const COOKIE = 'ctrl_alt_play_session'
const LOGIN = '/api/v1/auth/login'
const ME = '/api/v1/auth/me'
const EVENTS = '/api/v1/events'

t.test('logins, true ones and others', async t => {
  const world = await createWorld(t, { env: { TRUSTED_PROXIES: '127.0.0.1' } })
  const { url, admin, database } = world
  const agent = await world.addNode('alpha')
  const altId = await world.addProbeAlt()
  const server = await world.addServer({ altId, nodeId: agent.nodeId })
  const power = `/api/v1/servers/${server.id}/power`
  await admin.post(power, { action: 'start' }, { prefer: 'wait=60' })
  const before = (await world.containerOf(server.id))?.State
  t.equal(before?.Running, true)
  const told = () => database.query('SELECT id FROM "Command" ORDER BY id')
  const toldBefore = await told()
  const statusWith = async (cookie: string) =>
    (await stranger(url).request('GET', ME, undefined, { cookie })).status
  const listen = (cookie: string) => upgrade(url + EVENTS, { headers: { origin: url, cookie } })

  await t.test('two logins at once are two, and one ends without the other', async t => {
    await addUser(world, 'ann')
    const [one, two] = await Promise.all(['ann', 'ann'].map(name => login(url, name, PASSWORD)))
    if (!one || !two) return
    t.not(one.cookie(), two.cookie())
    const { data: sessions } = await one.get('/api/v1/auth/sessions')
    t.equal(sessions.length, 2)
    const page = await one.get('/api/v1/auth/sessions?limit=1')
    const rest = await one.get(`/api/v1/auth/sessions?limit=1&cursor=${page.nextCursor}`)
    t.strictSame([...page.data, ...rest.data], sessions, 'page by page the same')
    t.equal(rest.nextCursor, null)

    const kept = one.cookie()
    const [first, second] = [await listen(kept), await listen(two.cookie())]
    t.equal((await one.request('POST', '/api/v1/auth/logout')).status, 204)
    t.equal(await first.closed, 4401, 'what it had open is closed')
    t.equal((await one.request('GET', ME)).status, 401, 'the cookie is gone')
    t.equal(await statusWith(kept), 401, 'a copy of it as well')
    t.equal((await listen(kept)).status, 401)
    t.equal((await two.request('GET', ME)).status, 200)
    t.equal(second.socket.readyState, WebSocket.OPEN)
    second.socket.close()
    const rows = await database.query(
      `SELECT s."revokedAt" IS NULL AS open FROM "Session" s JOIN "User" u ON u.id = s."userId"
       WHERE u.username = 'ann' ORDER BY 1`
    )
    t.same(rows, [{ open: false }, { open: true }])
    const noted = await admin.get('/api/v1/audit-logs?action=auth.')
    t.strictSame(
      noted.data.filter((row: Json) => row.actorName === 'ann').map((row: Json) => row.action),
      ['auth.logout', 'auth.login', 'auth.login']
    )
  })

  await t.test('a login is ended from another one, at once; not by another person', async t => {
    await addUser(world, 'bob')
    await addUser(world, 'mallory')
    const [one, two] = [await login(url, 'bob', PASSWORD), await login(url, 'bob', PASSWORD)]
    const mallory = await login(url, 'mallory', PASSWORD)
    const { data } = await one.get('/api/v1/auth/sessions')
    const path = `/api/v1/auth/sessions/${data.find((row: Json) => row.isCurrent).id}`
    const refused = await mallory.request('DELETE', path)
    t.match(refused, { status: 404, body: { code: 'SESSION_NOT_FOUND' } })
    const open = await listen(one.cookie())
    t.equal((await two.request('DELETE', path)).status, 204)
    t.equal(await open.closed, 4401)
    t.equal((await one.request('GET', ME)).status, 401)
    t.equal((await two.request('DELETE', path)).status, 404, 'it ended already')
  })

  await t.test(
    'sixty 29: a wrong password twenty times is slowed down, and nobody is locked out',
    async t => {
      await addUser(world, 'owner')
      await addUser(world, 'bystander')
      const from = (ip: string, username: string, password = PASSWORD) =>
        stranger(url).request('POST', LOGIN, { username, password }, { 'x-forwarded-for': ip })
      t.equal((await from('198.51.100.7', 'owner')).status, 200)
      const answers: number[] = []
      let retryAfter = ''
      for (let count = 0; count < 20; count++) {
        const answer = await from('203.0.113.5', 'owner', `wrong ${count}`)
        answers.push(answer.status)
        retryAfter = answer.headers.get('retry-after') ?? retryAfter
      }
      t.strictSame(answers.slice(0, 5), [401, 401, 401, 401, 401])
      t.ok(answers.slice(5).includes(429), 'then it has to wait')
      t.ok(Number(retryAfter) >= 1)
      t.equal((await from('203.0.113.5', 'bystander')).status, 200, 'another person, from there')
      t.equal(
        (await from('198.51.100.8', 'owner')).status,
        200,
        'the owner, from where it is known'
      )
      await until('each failure is noted', async () => {
        const rows = await database.query(
          `SELECT 1 FROM "AuditLog" WHERE action = 'auth.login.failed' AND ip = '203.0.113.5'`
        )
        return rows.length === answers.filter(status => status === 401).length
      })
    }
  )

  await t.test(
    'expired, idle, revoked, deleted, or its user disabled: it counts no more',
    async t => {
      const past = `now() - interval '90 days'`
      const ends: [string, string][] = [
        ['expired', `UPDATE "Session" SET "expiresAt" = ${past} WHERE "userId" = $1`],
        ['idle', `UPDATE "Session" SET "lastUsedAt" = ${past} WHERE "userId" = $1`],
        ['revoked', `UPDATE "Session" SET "revokedAt" = ${past} WHERE "userId" = $1`],
        ['deleted', `DELETE FROM "Session" WHERE "userId" = $1`],
        ['disabled', `UPDATE "User" SET "disabledAt" = ${past} WHERE id = $1`]
      ]
      const ended = ends.map(async ([title, sql]) => {
        const id = await addUser(world, title)
        const person = await login(url, title, PASSWORD)
        const cookie = person.cookie()
        const { status, closed } = await listen(cookie)
        t.same([status, await statusWith(cookie)], [101, 200], title)
        // Past the panel, as its own clock or another program would.
        await database.query(sql, [id])
        const began = Date.now()
        // Within 5 s; twice that on a machine that is busy with other tests.
        const times = { deadlineMs: 10_000, everyMs: 100 }
        await until(title, async () => (await statusWith(cookie)) === 401, times)
        t.equal(await closed, 4401, title)
        t.comment(`${title}: ${Date.now() - began} ms`)
      })
      await Promise.all(ended)
    }
  )

  await t.test('sixty 24: forged cookies open nothing', async t => {
    await addUser(world, 'other')
    const own = (await login(url, 'admin', PASSWORD)).cookie()
    const theirs = (await login(url, 'other', PASSWORD)).cookie()
    const secret = (await readFile(join(world.dir, 'panel', 'session-secret'), 'utf8')).trim()
    t.equal(await statusWith(own), 200)
    for (const [title, value] of forgeries(tokenOf(own), tokenOf(theirs), secret)) {
      const cookie = `${COOKIE}=${value}`
      const act = () => stranger(url).request('POST', power, { action: 'kill' }, { cookie })
      t.match(await act(), { status: 401, body: { code: 'UNAUTHENTICATED' } }, title)
      t.same([await statusWith(cookie), (await listen(cookie)).status], [401, 401], title)
    }
    const wrongName = await statusWith(`__Host-${COOKIE}=${tokenOf(own)}`)
    t.equal(wrongName, 401, 'the cookie of HTTPS over HTTP')
    t.equal(await statusWith(own), 200, 'the real one still works')
  })

  await t.test('sixty 32: acts from other sites are refused', async t => {
    const { host } = new URL(url)
    const cookie = admin.cookie()
    const kill = (headers: Record<string, string>) =>
      admin.request('POST', power, { action: 'kill' }, headers)
    const foreign: Record<string, string>[] = [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: `http://sub.${host}` },
      { origin: `https://${host}` },
      { origin: `http://${host}.evil.example` },
      { origin: '' },
      { origin: url, 'sec-fetch-site': 'cross-site' },
      { origin: url, 'sec-fetch-site': 'same-site' }
    ]
    for (const headers of foreign) {
      const what = JSON.stringify(headers)
      t.match(await kill(headers), { status: 403, body: { code: 'ORIGIN_REFUSED' } }, what)
      const page = await upgrade(url + EVENTS, { headers: { cookie, ...headers } })
      t.match(page, { status: 403, body: { code: 'ORIGIN_REFUSED' } }, `${what} at a WebSocket`)
    }
    const bare = (path: string, headers: Record<string, string>, body: string) =>
      fetch(url + path, { method: 'POST', headers, body })
    const text = JSON.stringify({ action: 'kill' })
    const elsewhere = { cookie, referer: 'https://evil.example/page' }
    const json = { 'content-type': 'application/json' }
    t.equal(
      (await bare(power, { ...elsewhere, ...json }, text)).status,
      403,
      'by the Referer alone'
    )
    const form = { cookie, 'content-type': 'application/x-www-form-urlencoded' }
    t.equal((await bare(power, form, 'action=kill')).status, 415, 'a form')
    const plain = { cookie, 'content-type': 'text/plain' }
    t.equal((await bare(power, plain, text)).status, 415, 'JSON that is called text')
    const right = JSON.stringify({ username: 'admin', password: PASSWORD })
    t.equal((await bare(LOGIN, json, right)).status, 200, 'a program sends no Origin')
    t.equal((await kill({ origin: 'null' })).status, 403)
    t.equal((await admin.request('GET', ME)).status, 200)
  })

  const after = (await world.containerOf(server.id))?.State
  t.same(after, before, 'none of it has touched the game')
  t.same(await told(), toldBefore)
})

/** A user with the administrator's password, so that nothing is hashed again. */
async function addUser({ database }: World, username: string): Promise<string> {
  const [row] = await database.query(
    `INSERT INTO "User" (id, username, email, "passwordHash", "mustChangePassword", "roleId")
     SELECT gen_random_uuid(), $1, $1 || '@example.invalid', u."passwordHash", false, r.id
     FROM "User" u, "Role" r WHERE u.username = 'admin' AND r.name = 'USER' RETURNING id`,
    [username]
  )
  return String(row?.id)
}

function tokenOf(cookie: string): string {
  return cookie.slice(cookie.indexOf('=') + 1)
}

/** What somebody without the secret could send, and some of what one who has stolen it could. */
function forgeries(own: string, theirs: string, secret: string): [string, string][] {
  const [header = '', payload = '', signature = ''] = own.split('.')
  const [, otherPayload = ''] = theirs.split('.')
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const signed = (head: object, body: string, key: string, hash = 'sha256') => {
    const text = `${encode(head)}.${body}`
    return `${text}.${createHmac(hash, key).update(text).digest('base64url')}`
  }
  const { sid } = JSON.parse(Buffer.from(payload, 'base64url').toString())
  const far = encode({ sid, iat: 1, exp: 9_999_999_999 })
  const unknown = encode({ sid: '0190b5ad-0000-7000-8000-000000000000', iat: 1 })
  const HS256 = { alg: 'HS256', typ: 'JWT' }
  return [
    ['no algorithm', `${encode({ alg: 'none', typ: 'JWT' })}.${payload}.`],
    ['no algorithm, signature kept', `${encode({ alg: 'None' })}.${payload}.${signature}`],
    ['another key', signed(HS256, payload, 'another key')],
    ['another algorithm', signed({ alg: 'HS512', typ: 'JWT' }, payload, secret, 'sha512')],
    ['another algorithm in name', signed({ alg: 'HS512', typ: 'JWT' }, payload, secret)],
    ['an empty key', signed(HS256, payload, '')],
    ["another one's session under this signature", `${header}.${otherPayload}.${signature}`],
    ['a later end under this signature', `${header}.${far}.${signature}`],
    ['no signature', `${header}.${payload}.`],
    ['a session that is none', signed(HS256, unknown, secret)],
    ['a session of the wrong kind', signed(HS256, encode({ sid: { $ne: 1 }, iat: 1 }), secret)],
    ['a session that is no id', signed(HS256, encode({ sid: "' or 1=1", iat: 1 }), secret)],
    ['no token at all', 'x'],
    ['nothing', '']
  ]
}
