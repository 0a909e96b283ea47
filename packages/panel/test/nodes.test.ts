import { createHash } from 'node:crypto'
import t from 'tap'
import { addUser, buildPanel, type Json, login, type Person, stranger } from './helper.ts'

const NODES = '/api/v1/nodes'
const NOBODY = '0190aaaa-0000-7000-8000-000000000000'

async function addNode(admin: Person, name: string, ipAddress?: string): Promise<Json> {
  const answer = await admin.request('POST', NODES, { name, ...(ipAddress && { ipAddress }) })
  if (answer.status !== 201) throw new Error(JSON.stringify(answer.body))
  return answer.body
}

t.test('a node is made with the line that makes a machine one', async t => {
  const panel = await buildPanel(t)
  const admin = await login(panel)
  const { node, enrollment } = await addNode(admin, 'basement', '192.0.2.10')
  t.match(node, {
    name: 'basement',
    status: 'PENDING',
    ipAddress: '192.0.2.10',
    agentVersion: null,
    resources: null,
    lastSeen: null,
    maintenance: false,
    serversCount: 0
  })
  t.match(enrollment.token, /^cap_[0-9a-f]{32}\.[A-Za-z0-9_-]{43}$/)
  const left = Date.parse(enrollment.expiresAt) - Date.now()
  t.ok(left > 14 * 60_000 && left <= 15 * 60_000, 'for a quarter of an hour')
  t.equal(enrollment.warning, undefined, 'loopback needs no TLS')

  const script = await stranger(panel.url).request('GET', '/agent/v1/install.sh')
  t.match(script, { status: 200, body: /^#!\/bin\/sh/ })
  const bundle = await fetch(`${panel.url}/agent/v1/agent.mjs`)
  const bytes = Buffer.from(await bundle.arrayBuffer())
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  t.equal(
    enrollment.command,
    `curl -fsSL ${panel.url}/agent/v1/install.sh | sh -s -- --panel ${panel.url} --token ${enrollment.token} --panel-key ${enrollment.panelKey} --sha256 ${sha256}`
  )

  t.match(await admin.request('POST', `${NODES}/${node.id}/enrollment-tokens`), {
    status: 201,
    body: { enrollment: { command: /--token cap_/, panelKey: enrollment.panelKey } }
  })
  const tokens = await panel.db.prisma.enrollmentToken.findMany()
  t.equal(tokens.length, 2)
  t.notMatch(JSON.stringify(tokens), enrollment.token.split('.')[1], 'the secret is not stored')
  const audit = await panel.db.prisma.auditLog.findMany({ where: { targetId: node.id } })
  t.same(audit.map(row => row.action).sort(), ['node.created', 'node.enrollment-token.created'])
  t.notMatch(JSON.stringify(audit), enrollment.token)
})

t.test('nodes are listed, found, changed and deleted', async t => {
  const panel = await buildPanel(t)
  const admin = await login(panel)
  for (const name of ['delta', 'alpha', 'charlie', 'bravo', '100% echo_'])
    await addNode(admin, name)

  const seen: string[] = []
  let cursor = ''
  for (let page = 0; page < 3; page++) {
    const { body } = await admin.request('GET', `${NODES}?limit=2${cursor && `&cursor=${cursor}`}`)
    seen.push(...body.data.map((node: Json) => node.name))
    // A row that goes in between shifts nothing.
    if (page === 0) await panel.db.prisma.node.delete({ where: { name: 'alpha' } })
    cursor = body.nextCursor
  }
  t.same(seen, ['100% echo_', 'alpha', 'bravo', 'charlie', 'delta'])
  t.equal(cursor, null)
  const named = async (query: string) =>
    (await admin.request('GET', `${NODES}?${query}`)).body.data.map((node: Json) => node.name)
  t.same(await named('sort=-name&limit=1'), ['delta'])
  t.same(await named('sort=-createdAt&limit=2'), ['100% echo_', 'bravo'])
  t.same(await named('search=RAV'), ['bravo'])
  t.same(await named('search=%25'), ['100% echo_'], 'what a pattern would take as any text')
  t.same(await named('status=ONLINE'), [])
  t.equal((await named('status=PENDING')).length, 4)

  const [{ id }] = (await admin.request('GET', `${NODES}?search=bravo`)).body.data
  const changed = await admin.request('PATCH', `${NODES}/${id}`, {
    name: 'Bravo 2',
    ipAddress: '2001:db8::1',
    maintenance: true
  })
  t.match(changed, {
    status: 200,
    body: { name: 'Bravo 2', ipAddress: '2001:db8::1', port: null, maintenance: true, orphans: [] }
  })
  t.match(await admin.request('PATCH', `${NODES}/${id}`, { ipAddress: null }), {
    body: { name: 'Bravo 2', ipAddress: null, maintenance: true }
  })
  t.match(await admin.request('PATCH', `${NODES}/${id}`, { name: 'delta' }), {
    status: 409,
    body: { code: 'NAME_TAKEN' }
  })
  t.match(await admin.request('POST', NODES, { name: 'delta' }), {
    status: 409,
    body: { code: 'NAME_TAKEN', message: /delta/ }
  })

  const lost = await admin.request('POST', `${NODES}/${id}/declare-lost`)
  t.match(lost, { status: 200, body: { node: { id }, abandonedCommands: 0 } })
  t.ok(Date.parse(lost.body.node.lostAt))
  t.match(await admin.request('POST', `${NODES}/${id}/revoke`), { status: 200 })
  t.equal((await admin.request('DELETE', `${NODES}/${id}`)).status, 204)
  t.match(await admin.request('GET', `${NODES}/${id}`), {
    status: 404,
    body: { code: 'NODE_NOT_FOUND' }
  })
  const actions = (await panel.db.prisma.auditLog.findMany({ where: { targetId: id } })).map(
    row => row.action
  )
  t.same(actions.sort(), [
    'node.created',
    'node.declared-lost',
    'node.deleted',
    'node.revoked',
    'node.updated',
    'node.updated'
  ])
})

t.test('a node gets ports by ranges, all of them or none', async t => {
  const panel = await buildPanel(t)
  const admin = await login(panel)
  const { node } = await addNode(admin, 'alpha')
  const path = `${NODES}/${node.id}/allocations`
  const made = await admin.request('POST', path, {
    ip: '192.0.2.10',
    ports: '27015-27018,8303',
    protocol: 'udp'
  })
  t.equal(made.status, 201)
  t.same(
    made.body.data.map((row: Json) => row.port).sort(),
    [27_015, 27_016, 27_017, 27_018, 8_303]
  )
  t.match(made.body.data[0], {
    nodeId: node.id,
    ip: '192.0.2.10',
    protocol: 'udp',
    serverId: null,
    isPrimary: false
  })

  const clash = await admin.request('POST', path, { ip: '192.0.2.10', ports: '27017-27020' })
  t.match(clash, { status: 409, body: { code: 'ALLOCATION_TAKEN', message: /27017, 27018/ } })
  t.equal(await panel.db.prisma.allocation.count(), 5, 'none of them')
  t.equal((await admin.request('POST', path, { ip: '192.0.2.11', ports: '27015' })).status, 201)

  const racers = await Promise.all(
    Array.from({ length: 8 }, () =>
      admin.request('POST', path, { ip: '0.0.0.0', ports: '30000-30100' })
    )
  )
  t.same(racers.map(answer => answer.status).sort(), [201, ...Array(7).fill(409)])

  const first = await admin.request('GET', `${path}?limit=3`)
  t.same(
    first.body.data.map((row: Json) => row.port),
    [8_303, 27_015, 27_015]
  )
  const next = await admin.request('GET', `${path}?limit=3&cursor=${first.body.nextCursor}`)
  t.same(
    next.body.data.map((row: Json) => row.port),
    [27_016, 27_017, 27_018]
  )
  t.equal((await admin.request('GET', `${path}?free=false`)).body.data.length, 0)

  const { id } = first.body.data[0]
  t.equal((await admin.request('DELETE', `${path}/${id}`)).status, 204)
  t.match(await admin.request('DELETE', `${path}/${id}`), {
    status: 404,
    body: { code: 'ALLOCATION_NOT_FOUND' }
  })
  const { node: other } = await addNode(admin, 'bravo')
  t.equal(
    (await admin.request('DELETE', `${NODES}/${other.id}/allocations/${first.body.data[1].id}`))
      .status,
    404,
    "another node's"
  )
})

t.test('bad input is refused by name and changes nothing', async t => {
  const panel = await buildPanel(t)
  const admin = await login(panel)
  const { node } = await addNode(admin, 'alpha')
  const one = `${NODES}/${node.id}`
  const before = await admin.request('GET', one)
  const rows: [string, string, unknown, string][] = [
    ['POST', NODES, {}, 'body.name'],
    ['POST', NODES, { name: '' }, 'body.name'],
    ['POST', NODES, { name: ' x' }, 'body.name'],
    ['POST', NODES, { name: 'a\u0007b' }, 'body.name'],
    ['POST', NODES, { name: 'x'.repeat(65) }, 'body.name'],
    ['POST', NODES, { name: 5 }, 'body.name'],
    ['POST', NODES, { name: 'x', ipAddress: 'panel.example' }, 'body.ipAddress'],
    ['POST', NODES, { name: 'x', status: 'ONLINE' }, 'body.status'],
    ['PATCH', one, {}, 'body'],
    ['PATCH', one, { maintenance: 'yes' }, 'body.maintenance'],
    ['PATCH', one, { sessionEpoch: 5 }, 'body.sessionEpoch'],
    ['PATCH', one, { ipAddress: '300.1.1.1' }, 'body.ipAddress'],
    ['POST', `${one}/allocations`, { ip: 'x', ports: '1' }, 'body.ip'],
    ['POST', `${one}/allocations`, { ip: '192.0.2.1', ports: '9-5' }, 'body.ports'],
    ['POST', `${one}/allocations`, { ip: '192.0.2.1', ports: '1-60000' }, 'body.ports'],
    ['POST', `${one}/allocations`, { ip: '192.0.2.1' }, 'body.ports'],
    ['POST', `${one}/allocations`, { ip: '192.0.2.1', ports: '1', protocol: 'x' }, 'body.protocol'],
    ['GET', `${NODES}?limit=0`, undefined, 'query.limit'],
    ['GET', `${NODES}?limit=201`, undefined, 'query.limit'],
    ['GET', `${NODES}?sort=resources`, undefined, 'query.sort'],
    ['GET', `${NODES}?status=GONE`, undefined, 'query.status'],
    ['GET', `${NODES}?cursor=xxxx`, undefined, 'query.cursor'],
    ['GET', `${NODES}?nonsense=1`, undefined, 'query.nonsense'],
    ['GET', `${NODES}/not-an-id`, undefined, 'params.id'],
    ['POST', `${one}/revoke`, { now: true }, 'body']
  ]
  for (const [method, path, body, field] of rows) {
    const answer = await admin.request(method, path, body)
    const what = `${method} ${path} ${JSON.stringify(body)}`
    t.match(answer, { status: 400, body: { code: 'VALIDATION_FAILED' } }, what)
    t.equal(answer.body.details?.[0]?.field, field, what)
  }
  for (const [method, path] of [
    ['GET', ''],
    ['PATCH', ''],
    ['DELETE', ''],
    ['POST', '/revoke'],
    ['POST', '/declare-lost'],
    ['POST', '/enrollment-tokens'],
    ['GET', '/allocations'],
    ['POST', '/allocations']
  ] as const) {
    const body = { '': { name: 'x' }, '/allocations': { ip: '192.0.2.1', ports: '1' } }[path as '']
    const given = method === 'GET' || method === 'DELETE' ? undefined : body
    const answer = await admin.request(method, `${NODES}/${NOBODY}${path}`, given)
    t.match(answer, { status: 404, body: { code: 'NODE_NOT_FOUND' } }, `${method} ${path}`)
  }
  t.same((await admin.request('GET', one)).body, before.body)
  t.equal(await panel.db.prisma.node.count(), 1)
  t.equal(await panel.db.prisma.allocation.count(), 0)
})

t.test('nodes are for those who hold admin-nodes', async t => {
  const panel = await buildPanel(t)
  const admin = await login(panel)
  const { node } = await addNode(admin, 'alpha')
  await addUser(panel, { username: 'player' })
  await addUser(panel, { username: 'mod', roleName: 'MODERATOR' })
  const routes: [string, string, unknown?][] = [
    ['GET', NODES],
    ['POST', NODES, { name: 'mine' }],
    ['GET', `${NODES}/${node.id}`],
    ['PATCH', `${NODES}/${node.id}`, { name: 'mine' }],
    ['DELETE', `${NODES}/${node.id}`],
    ['POST', `${NODES}/${node.id}/revoke`],
    ['POST', `${NODES}/${node.id}/declare-lost`],
    ['POST', `${NODES}/${node.id}/enrollment-tokens`],
    ['GET', `${NODES}/${node.id}/allocations`],
    ['POST', `${NODES}/${node.id}/allocations`, { ip: '192.0.2.1', ports: '1' }],
    ['DELETE', `${NODES}/${node.id}/allocations/${NOBODY}`]
  ]
  for (const person of [await login(panel, 'player'), await login(panel, 'mod')]) {
    for (const [method, path, body] of routes) {
      t.match(
        await person.request(method, path, body),
        { status: 403, body: { code: 'FORBIDDEN', message: /admin-nodes/ } },
        `${method} ${path}`
      )
    }
  }
  for (const [method, path, body] of routes) {
    t.equal((await stranger(panel.url).request(method, path, body)).status, 401)
  }
  t.equal(await panel.db.prisma.node.count(), 1)
})
