import type { RouteOptions } from 'fastify'
import t from 'tap'
import { isPermissionName } from '../src/features/permissions/catalog.ts'
import { addUser, buildPanel, type Json, login, stranger } from './helper.ts'

// The machine may be busy with other files.
t.setTimeout(180_000)

interface Route {
  method: string
  url: string
  config: NonNullable<RouteOptions['config']>
  takesBody: boolean
  /** A page for people, which the description of the API leaves out. */
  isPage: boolean
  /** With ids that nothing has. */
  path: string
}

const someId = '0190b5ad-0000-7000-8000-0000000000ff'
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
          takesBody: route.schema?.body !== undefined,
          isPage: route.config?.isPage === true,
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
    const isHidden = config.serverParam !== undefined && !route.takesBody
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
    'GET /',
    'GET /account',
    'GET /account/*',
    'GET /agent/v1/agent.mjs',
    'GET /agent/v1/connect',
    'GET /agent/v1/install.sh',
    'GET /assets/*',
    'GET /confirm-email',
    'GET /healthz',
    'GET /invitations',
    'GET /login',
    'GET /metrics',
    'GET /new-password',
    'GET /nodes',
    'GET /nodes/*',
    'GET /people',
    'GET /people/*',
    'GET /readyz',
    'GET /reset-password',
    'GET /second-factor',
    'GET /servers/*',
    'GET /templates',
    'GET /templates/*',
    'POST /agent/v1/enroll',
    'POST /api/v1/auth/login',
    'POST /api/v1/auth/password-reset',
    'POST /api/v1/auth/password-reset/confirm'
  ])
})

t.test('every route is described', async t => {
  const { panel, routes } = await panelWithRoutes(t)
  const { paths } = (await stranger(panel.url).request('GET', '/api/docs/json')).body
  const described = Object.entries<Json>(paths).flatMap(([path, acts]) =>
    Object.keys(acts).map(method => `${method.toUpperCase()} ${path}`)
  )
  const there = routes
    .filter(({ isPage }) => !isPage)
    .map(({ method, url }) => {
      const path = url.replace(/:(\w+)/g, '{$1}').replace(/(?<=.)\/$/, '')
      return `${method} ${path}`
    })
  t.strictSame(described.sort(), there.sort())
})
