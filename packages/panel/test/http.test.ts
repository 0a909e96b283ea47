import { randomUUID } from 'node:crypto'
import { connect } from 'node:net'
import type {} from '@fastify/websocket'
import { Type } from '@sinclair/typebox'
import t from 'tap'
import { WebSocket } from 'ws'
import type { PanelEvent } from '../src/agents/contract.ts'
import { Unavailable } from '../src/errors.ts'
import { createPanelEvents } from '../src/events.ts'
import { waitMsOf } from '../src/plugins/command-answer.ts'
import { decodeCursor, encodeCursor, pageOf } from '../src/plugins/conventions.ts'
import {
  type App,
  addUser,
  buildPanel,
  type Json,
  login,
  type Person,
  stranger,
  until
} from './helper.ts'

// The machine may be busy with other files.
t.setTimeout(180_000)

const PROBE = '/api/v1/probe'

interface Probe {
  /** How often the act was done. */
  done: number
  /** What the act waits for before it answers. */
  gate: Promise<void>
  status: number
}

/** A route that counts how often it was really carried out. */
function addProbe(app: App, probe: Probe) {
  app.post(
    PROBE,
    {
      config: { authenticated: true },
      schema: {
        body: Type.Object({ text: Type.Optional(Type.String()) }),
        response: { 201: Type.Object({ count: Type.Integer(), secret: Type.String() }) }
      }
    },
    async (_, reply) => {
      probe.done += 1
      const count = probe.done
      await probe.gate
      if (probe.status === 409) throw new Unavailable()
      if (probe.status === 500) throw new Error('the innermost secret')
      return reply.code(201).header('location', '/there').send({ count, secret: 'only once' })
    }
  )
}

const newProbe = (): Probe => ({ done: 0, gate: Promise.resolve(), status: 201 })
const keyed = (person: Person, key: string, body: object = {}) =>
  person.request('POST', PROBE, body, { 'idempotency-key': key })

t.test('an act with a key is done once, also by two at once and after a restart', async t => {
  const probe = newProbe()
  const panel = await buildPanel(t, { routes: app => addProbe(app, probe) })
  const admin = await login(panel)
  const opened = { open: () => {} }
  probe.gate = new Promise(resolve => {
    opened.open = resolve
  })
  const [first, second] = [keyed(admin, 'k1', { text: 'a' }), keyed(admin, 'k1', { text: 'a' })]
  await until('the act is under way', () => probe.done === 1)
  opened.open()
  const answers = await Promise.all([first, second])
  for (const answer of answers) {
    t.match(answer, { status: 201, body: { count: 1, secret: 'only once' } })
    t.equal(answer.headers.get('location'), '/there')
    t.match(answer.headers.get('content-type'), /application\/json/)
  }
  const replayed = answers.map(answer => answer.headers.get('idempotent-replayed'))
  t.strictSame(replayed.sort(), [null, 'true'])
  t.equal(probe.done, 1)

  t.match(await keyed(admin, 'k1', { text: 'b' }), {
    status: 422,
    body: { code: 'IDEMPOTENCY_KEY_REUSED' }
  })
  t.equal((await keyed(admin, 'k2')).body.count, 2, 'another key is another act')
  await addUser(panel, { username: 'other' })
  t.equal((await keyed(await login(panel, 'other'), 'k1')).body.count, 3, "another's key as well")

  const later = newProbe()
  const again = await buildPanel(t, {
    databaseUrl: panel.databaseUrl,
    routes: app => addProbe(app, later)
  })
  const back = await login(again)
  t.match(await keyed(back, 'k1', { text: 'a' }), { status: 201, body: { count: 1 } })
  t.equal(later.done, 0)

  const kept = await panel.db.prisma.idempotencyKey.findMany()
  t.notMatch(JSON.stringify(kept), /only once/, 'the database alone does not tell the answer')
  await panel.db.prisma.idempotencyKey.updateMany({ data: { expiresAt: new Date(0) } })
  t.match(await keyed(back, 'k1', { text: 'c' }), { body: { count: 1 } }, 'a day later it is new')
  t.equal(later.done, 1)
})

t.test('what changed nothing may be tried again; what is not known is said', async t => {
  const probe = newProbe()
  const panel = await buildPanel(t, { routes: app => addProbe(app, probe) })
  const admin = await login(panel)
  probe.status = 409
  t.match(await keyed(admin, 'a'), { status: 503, body: { code: 'UNAVAILABLE' } })
  t.equal((await keyed(admin, 'a', { no: 1 })).status, 400)
  probe.status = 201
  t.equal((await keyed(admin, 'a')).status, 201)

  probe.status = 500
  t.equal((await keyed(admin, 'b')).status, 500)
  probe.status = 201
  const failed = await keyed(admin, 'b')
  t.match(
    failed,
    { status: 504, body: { code: 'OUTCOME_UNKNOWN' } },
    'it may have happened: not again'
  )
  t.equal(probe.done, 3)

  for (const key of ['', 'with space', 'ü', 'x'.repeat(129)]) {
    const answer = await admin.request('POST', PROBE, {}, { 'idempotency-key': encodeURI(key) })
    const plain = await keyed(admin, key === 'ü' ? 'x y' : key)
    t.equal(key === '' || plain.status === 400, true, JSON.stringify(key))
    t.ok(answer.status === 201 || answer.status === 400)
  }

  // As a panel leaves it that was killed in the middle.
  const { actorId, bodyHash } = await panel.db.prisma.idempotencyKey.findFirstOrThrow({
    where: { key: 'a' }
  })
  const lost = { actorId, route: `POST ${PROBE}`, expiresAt: new Date(Date.now() + 60_000) }
  await panel.db.prisma.idempotencyKey.create({
    data: { ...lost, key: 'lost', bodyHash, createdAt: new Date(Date.now() - 70_000) }
  })
  t.match(await keyed(admin, 'lost'), { status: 504, body: { code: 'OUTCOME_UNKNOWN' } })
  await panel.db.prisma.idempotencyKey.create({
    data: { ...lost, key: 'elsewhere', bodyHash, createdAt: new Date() }
  })
  t.match(await keyed(admin, 'elsewhere'), { status: 409, body: { code: 'REQUEST_IN_PROGRESS' } })

  // The act was committed, and then the database went before the answer was made.
  const made = panel.db.prisma.command.create({
    data: {
      ...{ actorId, idempotencyKey: 'made', kind: 'start', lane: 'power', payload: {} },
      ...{ nodeId: randomUUID(), payloadHash: '', ttlMs: 1_000 }
    }
  })
  probe.gate = made.then(() => undefined)
  probe.status = 409
  t.equal((await keyed(admin, 'made')).status, 503)
  probe.status = 201
  const { done } = probe
  t.match(
    await keyed(admin, 'made'),
    { status: 504, body: { code: 'OUTCOME_UNKNOWN', details: [{ id: (await made).id }] } },
    'what it made is named, and not made again'
  )
  t.equal(probe.done, done)
})

t.test('nothing of the inside leaves the panel', async t => {
  const probe = newProbe()
  const panel = await buildPanel(t, { routes: app => addProbe(app, probe) })
  const admin = await login(panel)
  probe.status = 500
  const answer = await admin.request('POST', PROBE, {})
  t.equal(answer.status, 500)
  t.strictSame(Object.keys(answer.body), ['code', 'message', 'requestId'])
  t.notMatch(JSON.stringify(answer.body), /innermost|test\.ts/)
  t.match(panel.logged(), /innermost/, 'the log has it')
  t.match(panel.logged(), answer.body.requestId, 'under the same id')
})

t.test('a request that is none gets an answer of the same shape', async t => {
  const panel = await buildPanel(t)
  const admin = await login(panel)
  const rows: [string, string, number, string][] = [
    ['GET', '/nothing', 404, 'ROUTE_NOT_FOUND'],
    ['PUT', '/api/v1/users', 404, 'ROUTE_NOT_FOUND'],
    ['GET', '/api/v1/users/%E0%A4%A', 400, 'VALIDATION_FAILED'],
    ['GET', `/api/v1/users/${'x'.repeat(5_000)}`, 400, 'VALIDATION_FAILED'],
    ['GET', '/api/v1/users/not-a-uuid', 400, 'VALIDATION_FAILED'],
    ['GET', '/api/v1/users/0190b5ad-0000-7000-8000-000000000000', 404, 'USER_NOT_FOUND'],
    ['GET', '/api/v1/users?limit=0', 400, 'VALIDATION_FAILED'],
    ['GET', '/api/v1/users?limit=201', 400, 'VALIDATION_FAILED'],
    ['GET', '/api/v1/users?limit=ten', 400, 'VALIDATION_FAILED'],
    ['GET', '/api/v1/users?limit=Infinity', 400, 'VALIDATION_FAILED'],
    ['GET', '/api/v1/users?limit=1e999', 400, 'VALIDATION_FAILED'],
    ['GET', '/api/v1/users?sort=passwordHash', 400, 'VALIDATION_FAILED'],
    ['GET', '/api/v1/users?unknown=1', 400, 'VALIDATION_FAILED'],
    ['GET', '/api/v1/users?search=%00', 400, 'VALIDATION_FAILED'],
    ['GET', '/api/v1/users?cursor=x', 400, 'VALIDATION_FAILED'],
    ['GET', '/api/v1/users?cursor=', 400, 'VALIDATION_FAILED'],
    ['GET', '/api/v1/audit-logs?from=yesterday', 400, 'VALIDATION_FAILED'],
    ['GET', '/api/v1/audit-logs?from=9999-99-99T00:00:00Z', 400, 'VALIDATION_FAILED'],
    ['GET', '/api/v1/audit-logs?to=2026-01-01T23:59:60Z', 400, 'VALIDATION_FAILED']
  ]
  for (const [method, path, status, code] of rows) {
    const answer = await admin.request(method, path)
    t.match(answer, { status, body: { code, requestId: /-/ } }, path.slice(0, 60))
  }
  const named = await admin.request('GET', '/api/v1/users?limit=0')
  t.match(named.body.details, [{ field: 'query.limit', message: /1/ }])
  const big = await admin.request('POST', '/api/v1/auth/password', {
    currentPassword: 'x'.repeat(300_000)
  })
  t.match(big, { status: 413, body: { code: 'BODY_TOO_LARGE' } })
  const length = 6_000_000
  const head = `POST /api/v1/auth/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n`
  const text = `${head}content-length: ${length}\r\n\r\n${'x'.repeat(length)}`
  t.match(await speak(panel.url, text), /^HTTP\/1\.1 413/, 'who still sends then hears of it too')
  const garbage = await speak(panel.url, 'NONSENSE\r\n\r\n')
  t.match(garbage, /^HTTP\/1\.1 400[\s\S]*"code":"MALFORMED_REQUEST"/)
})

t.test('a header without a body behind it is nothing to a route that takes none', async t => {
  const panel = await buildPanel(t)
  const admin = await login(panel)
  const header = { 'content-type': 'application/json' }
  t.match(await admin.request('POST', '/api/v1/nodes', undefined, header), {
    status: 400,
    body: { code: 'VALIDATION_FAILED', details: [{ field: 'body', message: 'must not be empty' }] }
  })
  const poison = '{"name": "x", "__proto__": {"isAdmin": true}}'
  t.match(await admin.request('POST', '/api/v1/nodes', poison), { status: 400 })
  t.match(await admin.request('POST', '/api/v1/nodes', '{"name": '), {
    status: 400,
    body: { code: 'MALFORMED_JSON' }
  })
  t.equal((await admin.request('POST', '/api/v1/auth/logout', undefined, header)).status, 204)
})

t.test('a body that could not be kept, or not be walked through, is refused', async t => {
  const panel = await buildPanel(t)
  const admin = await login(panel)
  for (const text of ['\\u0000', '\\ud800', 'a\\udfff']) {
    const inList = `{"ctrlId": "${randomUUID()}", "name": "x", "dockerImage": "x", "startup": "x", "features": ["${text}"]}`
    t.match(await admin.request('POST', '/api/v1/alts', inList), {
      status: 400,
      body: { code: 'VALIDATION_FAILED', details: [{ field: 'body.features.0' }] }
    })
    const asKey = `{"name": "x", "${text}": 1}`
    t.match(await admin.request('POST', '/api/v1/nodes', asKey), {
      status: 400,
      body: { details: [{ field: 'body' }] }
    })
  }
  t.not((await admin.request('POST', '/api/v1/ctrls', { name: '👾 games' })).status, 400)
  for (const [open, close] of [
    ['[', ']'],
    ['{"a":', '}']
  ] as const) {
    const deep = `${open.repeat(20_000)}1${close.repeat(20_000)}`
    t.match(await admin.request('POST', '/api/v1/nodes', deep), {
      status: 400,
      body: { code: 'VALIDATION_FAILED', details: [{ field: 'body', message: /64 levels/ }] }
    })
  }
})

t.test('lists are read page by page while rows come and go', async t => {
  const panel = await buildPanel(t)
  const admin = await login(panel)
  for (const username of ['bea', 'cem', 'dan', 'eva']) await addUser(panel, { username })
  const names = (answer: { body: { data: { username: string }[] } }) =>
    answer.body.data.map(user => user.username)
  const first = await admin.request('GET', '/api/v1/users?limit=2')
  t.strictSame(names(first), ['admin', 'bea'])
  await panel.db.prisma.user.delete({ where: { username: 'bea' } })
  await addUser(panel, { username: 'abe' })
  const second = await admin.request('GET', `/api/v1/users?limit=2&cursor=${first.body.nextCursor}`)
  t.strictSame(names(second), ['cem', 'dan'])
  const last = await admin.request('GET', `/api/v1/users?limit=2&cursor=${second.body.nextCursor}`)
  t.strictSame(names(last), ['eva'])
  t.equal(last.body.nextCursor, null)
  const newest = await admin.request('GET', '/api/v1/users?limit=1&sort=-createdAt')
  t.strictSame(names(newest), ['abe'])
  const mixed = `/api/v1/users?cursor=${newest.body.nextCursor}`
  t.equal((await admin.request('GET', mixed)).status, 400, 'a cursor of another order')
  const found = await admin.request('GET', '/api/v1/users?search=EV')
  t.strictSame(names(found), ['eva'])
  t.strictSame(names(await admin.request('GET', '/api/v1/users?search=_')), [], 'no pattern')
  const one = await admin.request('GET', `/api/v1/users/${found.body.data[0].id}`)
  t.match(one, { status: 200, body: { username: 'eva', role: 'USER' } })
  t.notOk('passwordHash' in one.body)
})

t.test('the audit log is read by those who may, filtered', async t => {
  const panel = await buildPanel(t)
  const admin = await login(panel)
  await stranger(panel.url).request('POST', '/api/v1/auth/login', {
    username: 'admin',
    password: 'wrong'
  })
  const list = (query: string) => admin.request('GET', `/api/v1/audit-logs?${query}`)
  await until('it is written', async () => (await list('')).body.data.length === 2)
  const rows: [string, number][] = [
    ['action=auth.login', 1],
    ['action=auth.', 2],
    ['action=auth', 0],
    ['targetType=user', 1],
    ['actorType=SYSTEM', 0],
    ['actorType=USER', 2],
    ['from=2100-01-01T00:00:00Z', 0],
    ['to=2100-01-01T00:00:00Z', 2],
    ['to=2000-01-01T00:00:00%2B02:00', 0]
  ]
  for (const [query, count] of rows) t.equal((await list(query)).body.data.length, count, query)
  const first = await list('limit=1')
  const second = await list(`limit=1&cursor=${first.body.nextCursor}`)
  t.not(second.body.data[0].id, first.body.data[0].id)
  await addUser(panel, { username: 'user' })
  t.match(await (await login(panel, 'user')).request('GET', '/api/v1/audit-logs'), {
    status: 403,
    body: { code: 'FORBIDDEN', details: [{ name: 'admin-audit' }] }
  })
})

t.test('a route with a limit of its own says when to come again', async t => {
  const panel = await buildPanel(t)
  const answers = []
  for (let count = 0; count < 31; count++) {
    answers.push(await stranger(panel.url).request('POST', '/agent/v1/enroll', {}))
  }
  t.match(answers[0], { status: 400, body: { code: 'VALIDATION_FAILED' } })
  t.match(answers[30], { status: 429, body: { code: 'TOO_MANY_REQUESTS' } })
  t.match(answers[30]?.headers.get('retry-after'), /^\d+$/)
})

t.test('health, metrics and the description of the API', async t => {
  const panel = await buildPanel(t)
  const anyone = stranger(panel.url)
  t.match(await anyone.request('GET', '/healthz?x=1'), { status: 200, body: { status: 'ok' } })
  t.match(await anyone.request('GET', '/readyz'), {
    status: 200,
    body: { status: 'ready', database: 'ok', migrations: 'ok' }
  })
  const metrics = await anyone.request('GET', '/metrics')
  t.match(metrics.body, /http_request_duration_seconds_bucket\{[^}]*route="\/healthz"/)
  t.match(metrics.body, /# TYPE cap_nodes gauge/)
  t.match(metrics.headers.get('content-type'), /text\/plain/)
  const proxied = { 'x-forwarded-for': '203.0.113.1' }
  t.equal((await anyone.request('GET', '/metrics', undefined, proxied)).status, 403)
  const hosts: [string, number][] = [
    ['localhost:8080', 200],
    ['127.0.0.2', 200],
    ['[::1]:8080', 200],
    ['panel.example.org', 403],
    ['127.example.org:8080', 403]
  ]
  for (const [host, status] of hosts) {
    const answer = await speak(
      panel.url,
      `GET /metrics HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`
    )
    t.match(answer, `HTTP/1.1 ${status} `, `under the name ${host}`)
  }

  const description = await anyone.request('GET', '/api/docs/json')
  t.match(description.body, { openapi: '3.1.0', paths: { '/api/v1/auth/login': { post: {} } } })
  const { parameters } = description.body.paths['/api/v1/nodes'].post
  t.match(parameters, [{ in: 'header', name: 'idempotency-key' }])
  for (const [path, acts] of Object.entries<Json>(description.body.paths)) {
    for (const act of Object.values<Json>(acts)) {
      t.ok(act.summary && act.tags && act.responses['4XX'], path)
      for (const { schema } of act.parameters ?? []) t.type(schema, 'object', path)
    }
  }
  const page = await anyone.request('GET', '/api/docs')
  t.equal(page.status, 200)
  const policy = page.headers.get('content-security-policy') ?? ''
  const parts = ["script-src 'self'", "style-src 'self'", "form-action 'self'", "base-uri 'none'"]
  for (const part of [...parts, "frame-ancestors 'none'"])
    t.ok(policy.split(';').includes(part), part)
  t.equal((await anyone.request('GET', '/api/docs/static/swagger-ui-bundle.js')).status, 200)

  await panel.db.prisma.$executeRaw`UPDATE "_prisma_migrations" SET finished_at = NULL`
  t.match(await anyone.request('GET', '/readyz'), {
    status: 503,
    body: { status: 'not ready', database: 'ok', migrations: 'failed' }
  })
})

t.test('the web pages come packed, are kept by their names, and have nothing inline', async t => {
  const panel = await buildPanel(t)
  const get = (path: string, headers = {}) => fetch(panel.url + path, { headers })
  const page = await get('/servers/any?thing=1')
  const html = await page.text()
  t.match(Object.fromEntries(page.headers), {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': /script-src 'self';style-src 'self';/,
    'cache-control': 'no-cache'
  })
  t.notMatch(html, /<style|style=|<script(?![^>]* src="\/assets\/)/)
  const again = await get('/', { 'if-none-match': String(page.headers.get('etag')) })
  t.same([again.status, await again.text()], [304, ''])
  const assets = [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(
    ([, path = '']) => path
  )
  t.ok(assets.length > 2, assets.join())
  for (const path of assets) {
    const plain = await get(path, { 'accept-encoding': 'identity' })
    const text = await plain.text()
    for (const [accepted, encoding] of [
      ['gzip', 'gzip'],
      ['gzip, deflate, br', 'br']
    ] as const) {
      const packed = await get(path, { 'accept-encoding': accepted })
      t.same(await packed.text(), text, path)
      t.match(Object.fromEntries(packed.headers), {
        ...{ 'content-encoding': encoding, vary: 'accept-encoding' },
        'cache-control': 'public, max-age=31536000, immutable'
      })
    }
    t.notOk(plain.headers.has('content-encoding'))
  }
  for (const path of ['/assets/nothing.js', '/assets/', '/assets/../index.html', '/index.html']) {
    t.equal((await get(path)).status, 404, path)
  }
})

t.test(
  'a published panel gives its metrics to those who hold the token or the permission',
  async t => {
    const panel = await buildPanel(t, {
      env: { PUBLIC_URL: 'http://panel.example.org', METRICS_TOKEN: 'sixteen letters or so' }
    })
    const anyone = stranger(panel.url)
    const read = (authorization?: string) =>
      anyone.request('GET', '/metrics', undefined, authorization ? { authorization } : {})
    t.equal((await read()).status, 403)
    t.equal((await read('Bearer something else')).status, 403)
    t.equal((await read('Bearer sixteen letters or so')).status, 403, 'a token has no spaces')
    const admin = await login(panel)
    t.equal((await admin.request('GET', '/metrics')).status, 200)
  }
)

t.test('a database that is away is said, and nothing else breaks', async t => {
  const panel = await buildPanel(t)
  const admin = await login(panel)
  await panel.db.pool.query(`
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()`)
  const statuses = await Promise.all(
    Array.from({ length: 10 }, () => admin.request('GET', '/api/v1/users'))
  )
  for (const answer of statuses) {
    t.ok(answer.status === 200 || answer.body.code === 'UNAVAILABLE', String(answer.status))
  }
  await until(
    'it is back',
    async () => (await admin.request('GET', '/api/v1/users')).status === 200
  )
})

t.test('a WebSocket is opened by our own pages and by programs, for who may', async t => {
  const panel = await buildPanel(t, {
    routes: app =>
      void app.register(async scope => {
        scope.get(
          '/api/v1/echo',
          { websocket: true, config: { permission: 'user-view' } },
          socket => {
            socket.on('message', data => socket.send(String(data)))
          }
        )
      })
  })
  const admin = await login(panel)
  await addUser(panel, { username: 'user' })
  const user = await login(panel, 'user')
  const open = (headers: Record<string, string>) => statusOfUpgrade(panel.url, headers)
  t.equal(await open({ origin: panel.url, cookie: admin.cookie }), 101)
  t.equal(await open({ cookie: admin.cookie }), 101, 'a program')
  t.equal(await open({ origin: 'https://evil.example', cookie: admin.cookie }), 403)
  t.equal(await open({ origin: 'null', cookie: admin.cookie }), 403)
  t.equal(await open({ origin: panel.url }), 401)
  t.equal(await open({ origin: panel.url, cookie: user.cookie }), 403)
  const plain = await admin.request('GET', '/api/v1/echo')
  t.match(plain, { status: 426, body: { code: 'UPGRADE_REQUIRED' } }, 'a request that is none')
  t.equal(plain.headers.get('upgrade'), 'websocket')
  t.equal((await user.request('GET', '/api/v1/echo')).status, 403)
})

t.test('routes that say too little stop the panel from starting', async t => {
  const answer = { response: { 200: Type.String() } }
  const wrong: [string, RegExp, (app: App) => void][] = [
    ['who', /must say who may call it/, app => app.get('/x', { schema: answer }, () => '')],
    [
      'twice',
      /must say who may call it/,
      app =>
        app.get('/x', { schema: answer, config: { public: true, authenticated: true } }, () => '')
    ],
    ['answer', /what it answers/, app => app.get('/api/x', { config: { public: true } }, () => '')],
    [
      'server',
      /serverParam/,
      app =>
        app.get(
          '/servers/:id/x',
          { schema: answer, config: { permission: 'server-view' } },
          () => ''
        )
    ]
  ]
  for (const [title, message, routes] of wrong) {
    await t.rejects(buildPanel(t, { routes: app => routes(app) }), { message }, title)
  }
})

t.test('cursors, waits, seals and events', async t => {
  const id = '0190b5ad-0000-7000-8000-000000000000'
  for (const key of ['', 'ä', '%', 7]) {
    const type = typeof key === 'number' ? 'number' : 'string'
    t.strictSame(decodeCursor('name', encodeCursor('name', { key, id }), type), { key, id })
  }
  const bad: [unknown, 'string' | 'number' | 'date'][] = [
    [['name', 'a'], 'string'],
    [['other', 'a', id], 'string'],
    [['name', 1, id], 'string'],
    [['name', 'a\0', id], 'string'],
    [['name', 'a', 'x'], 'string'],
    [['name', '1', id], 'number'],
    [['name', 1.5, id], 'number'],
    [['name', 'today', id], 'date'],
    [['name', '+200000-01-01T00:00:00.000Z', id], 'date'],
    [{ name: 1 }, 'string']
  ]
  for (const [value, type] of bad) {
    const cursor = Buffer.from(JSON.stringify(value)).toString('base64url')
    t.throws(() => decodeCursor('name', cursor, type), { code: 'VALIDATION_FAILED' })
  }
  const rows = [{ n: 1 }, { n: 2 }, { n: 3 }]
  const place = (row: { n: number }) => ({ key: row.n, id })
  const list = { limit: 3, sort: 'n' }
  t.equal(pageOf(rows, list, place, row => row.n).nextCursor, null)
  t.strictSame(pageOf(rows, { ...list, limit: 2 }, place, row => row.n).data, [1, 2])

  const waits: [string | undefined, number][] = [
    [undefined, 0],
    ['wait=5', 5_000],
    ['respond-async, wait=10', 10_000],
    ['respond-async; WAIT = 10', 10_000],
    ['wait=600', 60_000],
    ['wait=-1', 0],
    ['wait=soon', 0],
    ['await=5', 0]
  ]
  for (const [prefer, ms] of waits) t.equal(waitMsOf(prefer), ms, prefer ?? 'none')

  const heard: PanelEvent['type'][] = []
  const errors: unknown[] = []
  const events = createPanelEvents({ error: (entry: unknown) => void errors.push(entry) })
  events.subscribe(() => {
    throw new Error('one that fails')
  })
  const stop = events.subscribe(event => heard.push(event.type))
  events.publish({ type: 'server.deleted', serverId: id })
  stop()
  events.publish({ type: 'server.deleted', serverId: id })
  t.strictSame(heard, ['server.deleted'])
  t.equal(errors.length, 2)
})

async function statusOfUpgrade(url: string, headers: Record<string, string>): Promise<number> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/api/v1/echo`, { headers })
  try {
    return await new Promise<number>((resolve, reject) => {
      socket.once('open', () => resolve(101))
      socket.once('unexpected-response', (_, response) => resolve(response.statusCode ?? 0))
      socket.once('error', reject)
    })
  } finally {
    socket.once('error', () => undefined)
    socket.terminate()
  }
}

async function speak(url: string, text: string): Promise<string> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  await new Promise(resolve => socket.write(text, resolve))
  const chunks: Buffer[] = []
  for await (const chunk of socket) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}
