import type { RouteOptions } from 'fastify'
import t from 'tap'
import { connect } from '../src/db/create-database.ts'
import { firstConsolePosition, fullDatabase, idOf, rowsOf } from './full-database.ts'
import { buildPanel, type Json, login, type Person } from './helper.ts'
import { hotStatements } from './hot-statements.ts'
import { hearStatements, type Plan, planOf, type Statement } from './statements.ts'

t.setTimeout(600_000)

/** They never have more than some hundred rows: reading all of them is the quickest. So is it with PostgreSQL's own. */
const smallTables = [
  ...['Role', 'Permission', 'RolePermission', 'Ctrl', 'Alt', 'AltVariable'],
  '_prisma_migrations'
]

/** For a page of a list, with everything that hangs on its rows: a tenth of the logs. */
const MOST_PAGES = 2_500
/** The panel lets nobody have 1,000 pages of these. */
const short = [
  ...['/api/v1/servers/:id/members', '/api/v1/servers/:id/invitations', '/api/v1/api-keys'],
  '/api/v1/alts/:id/versions'
]
const HEADER = 'x-statements'
const PAGE = 1_000

const server = idOf('server', 1)
const someTime = new Date(Date.now() - 400_000_000).toISOString()

/** Of each filter something that many rows have, something that few have, and something that none has. */
const filters: Record<string, Record<string, string[]>> = {
  '/api/v1/servers': {
    status: ['RUNNING', 'CRASHED', 'INSTALL_FAILED'],
    nodeId: [idOf('node', 5), idOf('node', 99_999)],
    ownerId: [idOf('user', 1), idOf('user', 99_999)],
    altId: [idOf('alt', 2), idOf('alt', 1_000)],
    tag: ['shooter', 'sandbox', 'nothing'],
    search: ['world', 'world 12345', 'w', 'no such world']
  },
  '/api/v1/nodes': {
    status: ['UNREACHABLE', 'QUARANTINED', 'PENDING'],
    search: ['node', 'node 777', 'no such node']
  },
  '/api/v1/nodes/:id/allocations': { free: ['true', 'false'] },
  '/api/v1/users': { search: ['player', 'player12345', '777@', 'nobody at all'] },
  '/api/v1/ctrls': { search: ['ctrl 77'] },
  '/api/v1/alts': { ctrlId: [idOf('ctrl', 1)], search: ['alt 77'], tag: ['sandbox'] },
  '/api/v1/audit-logs': {
    actorId: [idOf('user', 1), idOf('user', 777), idOf('key', 5), idOf('key', 99_999)],
    actorType: ['USER', 'API_KEY', 'SYSTEM'],
    action: ['server.start', 'plugin.installed', 'server.', 'plugin.', 'nothing.'],
    targetType: ['server', 'plugin', 'nothing'],
    targetId: [server, idOf('server', 777), idOf('server', 99_999)],
    from: [someTime],
    to: [someTime]
  }
}

/** What else a route has to be told. */
const queries: Record<string, string> = {
  '/api/v1/audit-logs/export': `?targetType=plugin&actorId=${idOf('user', 1)}`
}

const ids: Record<string, string> = {
  nodes: idOf('node', 1),
  servers: server,
  users: idOf('user', 1),
  roles: idOf('role', 1),
  ctrls: idOf('ctrl', 1),
  alts: idOf('alt', 1),
  commands: idOf('command', 1)
}

interface List {
  url: string
  sorts: string[]
  filters: string[]
}

/** Theirs came from no egg, and have no picture. */
const isAboutOneAlt = (path: string) => /\/alts\/[^/]+\/(update|icon\/\w+)$/.test(path)

interface Answer {
  body: Json
  statements: Statement[]
}

t.test('a panel after a year', async t => {
  const began = performance.now()
  const { url: databaseUrl } = await fullDatabase(t)
  t.comment(`filled in ${((performance.now() - began) / 1_000).toFixed(1)} s`)
  const client = await connect(databaseUrl)
  t.teardown(() => client.end())
  for (const [table, count] of Object.entries(rowsOf)) {
    const { rows } = await client.query(`SELECT count(*)::int AS count FROM "${table}"`)
    t.equal(rows[0].count, count, table)
  }
  const { rows: empty } = await client.query<{ name: string }>(
    'SELECT relname AS name FROM pg_class WHERE relispartition AND relpages = 0'
  )
  const small = new Set([...smallTables, ...empty.map(({ name }) => name)])
  const ear = hearStatements(t)
  const hearing = new Map<string, Statement[]>()
  const routes = new Map<string, Json>()
  const panel = await buildPanel(t, {
    databaseUrl,
    env: { RATE_LIMIT_PER_MINUTE: '0' },
    onRoute(route: RouteOptions) {
      const isOfApi = route.url.startsWith('/api/v1/') && !route.websocket
      if (route.method !== 'GET' || !isOfApi) return
      routes.set(route.url.replace(/\/$/, ''), route.schema?.querystring)
      route.onRequest = [
        (request, _, done) =>
          ear.during(hearing.get(String(request.headers[HEADER])) ?? [], () => done()),
        ...[route.onRequest ?? []].flat()
      ]
    }
  })
  // They own or are in everything that there is much of.
  const person = await login(panel, 'player1')
  const used = new Set<string>()

  async function ask(path: string, who: Person = person): Promise<Answer> {
    const statements: Statement[] = []
    hearing.set('now', statements)
    const { status, body } = await who.request('GET', path, undefined, { [HEADER]: 'now' })
    const isRefused = [404, 409].includes(status) && isAboutOneAlt(path)
    if (status !== 200 && !isRefused) throw new Error(`${path}: ${status} ${JSON.stringify(body)}`)
    return { body, statements }
  }

  async function planned(
    statement: Statement,
    how: Parameters<typeof planOf>[2]
  ): Promise<Plan & { large: string[] }> {
    const plan = await planOf(client, statement, how)
    for (const index of plan.indexes) used.add(index)
    const large = plan.scanned.filter(table => !small.has(table) && !table.startsWith('pg_'))
    return { ...plan, large: large.map(table => `${table} by ${statement.text}`) }
  }

  /** Whole tables that the statements read, and the pages that they look at. */
  async function costOf(statements: Statement[], how: 'run' | 'plan' = 'run') {
    const plans = []
    for (const statement of statements) {
      plans.push(await planned(statement, how))
      if (statement.name) plans.push(await planned(statement, 'plan for any values'))
    }
    return {
      large: plans.flatMap(plan => plan.large),
      pages: plans.reduce((sum, plan) => sum + plan.pages, 0)
    }
  }

  /** Each of its chunks holds a line. */
  async function logPage(chunksBefore: number) {
    const after = firstConsolePosition + chunksBefore * 10
    const { body, statements } = await ask(`/api/v1/servers/${server}/logs?limit=1&after=${after}`)
    if (body.data.length !== 1) throw new Error(`no line after ${after}`)
    return costOf(statements)
  }

  const lists = [...routes].flatMap(([url, query]): List[] => {
    const { cursor, limit, sort, ...others } = query?.properties ?? {}
    return cursor ? [{ url, sorts: sort.enum, filters: Object.keys(others) }] : []
  })
  const pathOf = (url: string) =>
    url
      .replace(':version', '1')
      .replace(':hash', '0'.repeat(32))
      .replace(/:(\w+)/g, () => ids[url.split('/')[3] ?? ''] ?? 'nothing')

  await t.test('no list, by no filter and in no order, reads a whole table', async t => {
    t.ok(lists.length >= 15, `${lists.length} lists`)
    for (const { url, sorts, filters: names } of lists) {
      t.same(Object.keys(filters[url] ?? {}).sort(), names.sort(), `each filter of ${url} is tried`)
      const asked = [
        '',
        ...names.flatMap(name =>
          (filters[url]?.[name] ?? []).map(value => `&${name}=${encodeURIComponent(value)}`)
        )
      ]
      for (const sort of sorts) {
        for (const filter of asked) {
          const path = `${pathOf(url)}?sort=${sort}${filter}`
          const { statements } = await ask(path)
          const { large, pages } = await costOf(statements)
          t.same(large, [], path)
          t.ok(pages <= MOST_PAGES && statements.length > 0, `${path}: ${pages} pages`)
        }
      }
    }
  })

  await t.test('what no index can find reads a table once at most', async t => {
    for (const list of ['servers', 'nodes', 'users', 'alts', 'ctrls']) {
      const { body, statements } = await ask(`/api/v1/${list}?search=zq`)
      t.same(body.data, [], list)
      const { pages } = await costOf(statements)
      t.ok(pages <= MOST_PAGES, `${list}: ${pages} pages`)
    }
  })

  await t.test('no other question reads a whole table either', async t => {
    for (const [url] of routes) {
      if (lists.some(list => list.url === url)) continue
      const path = pathOf(url) + (queries[url] ?? '')
      const { large, pages } = await costOf((await ask(path)).statements)
      t.same(large, [], path)
      t.ok(pages <= MOST_PAGES, `${path}: ${pages} pages`)
    }
    const one = await login(panel, 'player5')
    for (const sort of ['name', '-createdAt']) {
      const { statements } = await ask(`/api/v1/servers?sort=${sort}`, one)
      t.same((await costOf(statements)).large, [], 'nor for one who sees a few servers')
    }
  })

  await t.test(`page ${PAGE} costs what page 1 does`, async t => {
    const deep = [
      ...lists
        .filter(({ url }) => !short.includes(url))
        .flatMap(({ url, sorts }) => sorts.map(sort => `${pathOf(url)}?sort=${sort}`)),
      ...['actorId', 'actorType', 'action', 'targetType', 'targetId'].map(
        name =>
          `/api/v1/audit-logs?sort=-createdAt&${name}=${filters['/api/v1/audit-logs']?.[name]?.[0]}`
      ),
      '/api/v1/servers?sort=name&status=RUNNING',
      `/api/v1/nodes/${ids.nodes}/allocations?sort=port&free=true`
    ]
    for (const path of deep) {
      let cursor = ''
      for (let rows = 0; rows < PAGE - 1; rows += 200) {
        const limit = Math.min(200, PAGE - 1 - rows)
        const { body } = await ask(`${path}&limit=${limit}${cursor}`)
        cursor = `&cursor=${body.nextCursor}`
        if (body.nextCursor === null) return t.fail(`${path} has no page ${PAGE}`)
      }
      const first = await costOf((await ask(`${path}&limit=1`)).statements)
      const last = await ask(`${path}&limit=1${cursor}`)
      t.equal(last.body.data.length, 1, path)
      const { pages } = await costOf(last.statements)
      t.ok(pages <= 1.5 * first.pages + 8, `${path}: ${first.pages} pages, then ${pages}`)
    }
    const [log, later] = [await logPage(0), await logPage(PAGE)]
    t.ok(later.pages <= 1.5 * log.pages + 8, `the console: ${log.pages} pages, then ${later.pages}`)
  })

  await t.test('no row costs a statement of its own', async t => {
    const counts: Record<string, number> = {}
    for (const { url } of lists) {
      const [few, many] = [
        await ask(`${pathOf(url)}?limit=5`),
        await ask(`${pathOf(url)}?limit=50`)
      ]
      t.equal(few.body.data.length, 5, url)
      t.equal(many.body.data.length, 50, url)
      t.equal(many.statements.length, few.statements.length, url)
      counts[url] = many.statements.length
      const texts = many.statements.map(({ text }) => text).join('\n')
      t.notMatch(texts, /passwordHash|secretHash|totp\w*Secret|payload/, `${url} reads no secret`)
    }
    const rights = (number: number) => ask(`/api/v1/users/${idOf('user', number)}/permissions`)
    const [few, many] = [await rights(4), await rights(5)]
    t.equal(many.statements.length, few.statements.length)
    t.comment(JSON.stringify(counts))
  })

  await t.test('what runs by itself, and often, reads no whole table', async t => {
    for (const [what, work] of hotStatements(panel)) {
      const statements: Statement[] = []
      await ear.during(statements, work)
      t.ok(statements.length > 0, what)
      for (const statement of statements) {
        const { large } = await costOf([statement], 'plan')
        t.same(large, [], `${what}: ${statement.text}`)
      }
    }
  })

  await t.test('no index is there for nothing', async t => {
    const { rows } = await client.query<{ name: string }>(
      `SELECT c.relname AS name FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
       WHERE c.relnamespace = 'public'::regnamespace AND NOT i.indisunique AND NOT c.relispartition
         AND NOT EXISTS (SELECT FROM pg_constraint f WHERE f.contype = 'f' AND f.conrelid = i.indrelid
           AND f.conkey[1] = i.indkey[0])`
    )
    t.same(
      rows.map(({ name }) => name).filter(name => !used.has(name)),
      []
    )
  })
})
