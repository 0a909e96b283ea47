import type { RouteOptions } from 'fastify'
import t from 'tap'
import { isPermissionName } from '../src/features/permissions/catalog.ts'
import {
  addUser,
  buildPanel,
  type Json,
  login,
  type Person,
  stranger,
  type TestPanel
} from './helper.ts'
import { type Schema, someId, wrongBodies, wrongValues } from './invalid-input.ts'

// The machine may be busy with other files.
t.setTimeout(180_000)

interface Route {
  method: string
  url: string
  config: NonNullable<RouteOptions['config']>
  schema: { body?: Schema; querystring?: Schema; params?: Schema; response?: Record<string, Json> }
  websocket: boolean
  /** With ids that nothing has. */
  path: string
}

const withoutRole = 'NOBODY'

/** Every route of the panel as it runs, by whatever it was registered. */
async function panelWithRoutes(t: Parameters<typeof buildPanel>[0]) {
  const routes: Route[] = []
  const panel = await buildPanel(t, {
    onRoute: route => {
      const methods = [route.method].flat().filter(method => method !== 'HEAD')
      if (route.url.startsWith('/api/docs')) return
      for (const method of methods) {
        routes.push({
          method,
          url: route.url,
          config: route.config ?? {},
          schema: (route.schema ?? {}) as Route['schema'],
          websocket: route.websocket === true,
          path: route.url.replace(/:\w+/g, someId)
        })
      }
    },
    env: { RATE_LIMIT_PER_MINUTE: '0' }
  })
  return { panel, routes }
}

t.test('every route says who may call it, and holds to it', async t => {
  const { panel, routes } = await panelWithRoutes(t)
  await panel.db.prisma.role.create({ data: { name: withoutRole } })
  await addUser(panel, { username: 'nobody', roleName: withoutRole })
  const [anyone, nobody] = [stranger(panel.url), await login(panel, 'nobody')]
  t.ok(routes.length > 40, `${routes.length} routes`)
  for (const route of routes) {
    const { method, url, path, config } = route
    const name = `${method} ${url}`
    if (config.public) continue
    t.ok(config.authenticated || config.login || isPermissionName(config.permission ?? ''), name)
    t.match(
      await anyone.request(method, path),
      { status: 401, body: { code: 'UNAUTHENTICATED' } },
      `${name} for a stranger`
    )
    if (!config.permission) continue
    const body = method === 'GET' || method === 'DELETE' ? undefined : {}
    const refused = await nobody.request(method, path, body)
    // A server that may not be seen is not there; its path is looked at before.
    const isHidden = config.serverParam !== undefined && !route.schema.body
    t.match(
      { status: refused.status, code: refused.body.code },
      isHidden
        ? { status: 404, code: 'SERVER_NOT_FOUND' }
        : { status: /403|400|404/, code: /FORBIDDEN|VALIDATION_FAILED|SERVER_NOT_FOUND/ },
      `${name} for one who may nothing`
    )
  }
})

t.test('only these are open to all', async t => {
  const { routes } = await panelWithRoutes(t)
  const open = routes
    .filter(route => route.config.public)
    .map(({ method, url }) => `${method} ${url}`)
  t.strictSame(open.sort(), [
    'GET /agent/v1/agent.mjs',
    'GET /agent/v1/connect',
    'GET /agent/v1/install.sh',
    'GET /healthz',
    'GET /metrics',
    'GET /readyz',
    'POST /agent/v1/enroll',
    'POST /api/v1/auth/login'
  ])
})

t.test('bad input gets the documented error and changes nothing', async t => {
  const { panel, routes } = await panelWithRoutes(t)
  const admin = await login(panel)
  const before = await contents(panel)
  let tries = 0
  for (const route of routes) {
    if (route.websocket || route.url === '/agent/v1/enroll') continue
    const name = `${route.method} ${route.url}`
    for (const attempt of attempts(route)) {
      tries += 1
      const { way, status, code, path, body } = attempt
      const answer = await send(admin, route, path, body)
      if (answer.status === status && answer.body.code === code && answer.body.requestId) continue
      t.same(
        { status: answer.status, body: answer.body },
        { status, code },
        `${name}: ${way} ${JSON.stringify(body)?.slice(0, 200)}`
      )
    }
  }
  t.ok(tries > 300, `${tries} bad inputs`)
  t.strictSame(await contents(panel), before, 'the database is as it was')
  t.equal((await admin.request('GET', '/api/v1/auth/me')).status, 200, 'the login as well')
})

t.test('what nothing has is not found', async t => {
  const { panel, routes } = await panelWithRoutes(t)
  const admin = await login(panel)
  const withId = routes.filter(
    ({ url, schema, websocket }) => url.includes('/:') && !schema.body && !websocket
  )
  for (const { method, url, path } of withId) {
    const answer = await admin.request(method, path)
    t.match(answer, { status: 404, body: { code: /^[A-Z]+_NOT_FOUND$/ } }, `${method} ${url}`)
  }
})

t.test('enrolment takes no nonsense either', async t => {
  const { panel, routes } = await panelWithRoutes(t)
  const enroll = routes.find(route => route.url === '/agent/v1/enroll')
  t.ok(enroll?.schema.body)
  // It has a limit of its own for each address.
  for (const [way, body] of wrongBodies(enroll?.schema.body ?? {}).slice(0, 20)) {
    const text = body === undefined ? undefined : JSON.stringify(body)
    const answer = await stranger(panel.url).request('POST', '/agent/v1/enroll', text)
    const code = isPoison(way) ? 'MALFORMED_JSON' : 'VALIDATION_FAILED'
    t.match(answer, { status: 400, body: { code } }, way)
  }
})

interface Attempt {
  way: string
  status: number
  code: string
  path: string
  body?: unknown
}

function attempts(route: Route): Attempt[] {
  const { url, path, schema } = route
  const invalid = { status: 400, code: 'VALIDATION_FAILED', path }
  const list: Attempt[] = []
  const names = [...url.matchAll(/:(\w+)/g)].map(([, name]) => name ?? '')
  for (const name of names) {
    for (const value of [
      'not-an-id',
      '1',
      `${someId}0`,
      someId.toUpperCase(),
      '%00',
      'x'.repeat(90)
    ]) {
      const wrong = url.replace(`:${name}`, value).replace(/:\w+/g, someId)
      list.push({ ...invalid, way: `path ${name}=${value}`, path: wrong })
    }
  }
  const query = schema.querystring
  if (query?.additionalProperties === false) {
    list.push({ ...invalid, way: 'an unknown query', path: `${path}?unknownProperty=1` })
  }
  for (const [key, part] of Object.entries(query?.properties ?? {})) {
    for (const [way, value] of wrongValues(part)) {
      const text = typeof value === 'object' ? '[object]' : String(value)
      // Every text is a text, and an empty one is no number.
      if (part.type === 'string' && !part.enum && way === 'of a wrong kind') {
        if (!part.format && !part.pattern) continue
      }
      const asked = `${path}?${key}=${encodeURIComponent(text)}`
      list.push({ ...invalid, way: `query ${key} ${way}`, path: asked })
    }
  }
  if (schema.body) {
    for (const [way, body] of wrongBodies(schema.body)) {
      list.push({ ...invalid, way, body, ...(isPoison(way) && { code: 'MALFORMED_JSON' }) })
    }
    list.push({ way: 'half a JSON', status: 400, code: 'MALFORMED_JSON', path, body: '{"name":' })
    list.push({
      way: 'a prototype',
      status: 400,
      code: 'MALFORMED_JSON',
      path,
      body: '{"__proto__":{"a":1}}'
    })
  } else if (route.method !== 'GET') {
    list.push({ ...invalid, way: 'a body where none belongs', body: { unknownProperty: 1 } })
  }
  return list
}

/** What would reach for a prototype is refused while the JSON is read. */
function isPoison(way: string): boolean {
  return way.endsWith("somebody else's property")
}

/** A text is sent as it is, so that it can be no JSON at all. */
function send(person: Person, route: Route, path: string, body: unknown) {
  const isRaw = typeof body === 'string' && body !== 'text'
  const payload = body === undefined || isRaw ? body : JSON.stringify(body)
  return person.request(route.method, path, payload)
}

/** What the database holds, table by table; the log of logins and their use is left out. */
async function contents({ db }: TestPanel): Promise<Record<string, string>> {
  const { rows } = await db.pool.query<{ name: string }>(
    `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'
     AND tablename NOT IN ('Session', 'AuditLog') ORDER BY 1`
  )
  const sums: Record<string, string> = {}
  for (const { name } of rows) {
    const sum = await db.pool.query(
      `SELECT count(*) || md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) AS sum FROM "${name}" t`
    )
    sums[name] = sum.rows[0].sum
  }
  return sums
}
