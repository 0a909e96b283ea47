import type { Page } from 'playwright-core'
import t from 'tap'
import { startChromium } from './world/chromium.ts'
import { freePort } from './world/free-port.ts'
import { until } from './world/until.ts'
import { accept, gone, startAndWait, stateOf, visit } from './world/web-pages.ts'
import { createWorld, PASSWORD } from './world/world.ts'

// The machine may be busy with other files.
t.setTimeout(240_000)

/** What is taken from somebody is gone from their page by then. */
const LOST_MS = 5_000

const chromium = await startChromium(t)
const world = await createWorld(t)
await chromium.island.open(Number(new URL(world.url).port))
const agent = await world.addNode('attic')
const admin = { username: 'admin', password: PASSWORD }

t.test('a server is shared: two people, each in a browser', async t => {
  const altId = await world.addProbeAlt({ environment: { TICK_MS: '0' } })
  const server = await world.addServer({ altId, nodeId: agent.nodeId, name: 'Shared world' })
  await startAndWait(world, server.id)
  const friend = { username: 'friend', email: 'friend@example.invalid', password: PASSWORD }
  await world.admin.post('/api/v1/users', friend)
  const [mine, theirs] = [
    await visit(t, { chromium, world }, admin),
    await visit(t, { chromium, world }, friend)
  ]
  await theirs.page.getByText('When somebody shares a server').waitFor()

  const { page } = mine
  await page.getByRole('link', { name: 'Shared world' }).click()
  await page.getByRole('link', { name: 'Members' }).click()
  await page.getByText('Nobody else yet.').waitFor()
  await page.getByLabel('Username or e-mail address').fill('friend')
  await page.getByRole('radio', { name: 'Look on' }).check()
  await page.getByText('Choose each right by itself').click()
  await page.getByRole('checkbox', { name: 'Start, stop, restart and kill it' }).check()
  await accept(t, page, 'members')
  await page.getByRole('button', { name: 'Invite', exact: true }).click()
  await page.getByText('friend is invited.').waitFor()
  await page.getByRole('button', { name: 'Withdraw the invitation of friend' }).waitFor()

  await theirs.page.goto(`${world.url}/invitations`)
  await theirs.page.getByRole('button', { name: 'Accept' }).click()
  await theirs.page.getByRole('heading', { name: 'Shared world' }).waitFor()
  await stateOf(theirs.page, 'Running').waitFor()
  await theirs.page.getByText('You may read this console, but not type.').waitFor()
  await gone(t, theirs.page, 'link', /^(Startup|Settings)$/)
  await theirs.page.getByRole('button', { name: 'Restart' }).waitFor()
  const members = page.getByRole('region', { name: 'Who shares this server' })
  await members.getByText('friend', { exact: true }).waitFor()
  await accept(t, page, 'members with one')

  await page.getByRole('button', { name: 'Change what friend may do' }).press('Enter')
  await members.getByRole('checkbox', { name: 'Start, stop, restart and kill it' }).uncheck()
  await members.getByRole('checkbox', { name: 'Type commands into the game' }).check()
  await members.getByRole('button', { name: 'Save' }).click()
  await theirs.page.getByRole('button', { name: 'Restart' }).waitFor({ state: 'detached' })
  await theirs.page.getByLabel('Type a command').fill('still here')
  await theirs.page.keyboard.press('Enter')
  t.match((await world.admin.get(`/api/v1/servers/${server.id}/members`)).data, [
    { username: 'friend', permissions: /console-send/ }
  ])
  await theirs.page.getByRole('link', { name: 'Members' }).click()
  await theirs.page.getByRole('button', { name: 'Leave' }).waitFor()
  await gone(t, theirs.page, 'button', /^(Invite|Remove)/)
  await accept(t, theirs.page, 'members for one of them')

  await page.getByRole('button', { name: 'Remove friend' }).click()
  const removal = page.getByRole('dialog', { name: 'Remove friend' })
  await removal.getByRole('button', { name: 'Remove' }).click()
  const began = performance.now()
  await theirs.page.getByRole('heading', { name: 'There is nothing here' }).waitFor()
  const lostMs = performance.now() - began
  t.ok(lostMs < LOST_MS, `lost after ${lostMs.toFixed(0)} ms`)
  await members.getByText('friend', { exact: true }).waitFor({ state: 'detached' })
  await theirs.page.getByRole('link', { name: 'Ctrl-Alt-Play' }).click()
  await until('the list is empty as well', () =>
    theirs.page.getByText('When somebody shares a server').isVisible()
  )
  t.same([...mine.complaints, ...theirs.complaints], [])
})

t.test('what a server uses is seen as it is told, and as it was', async t => {
  const altId = await world.addProbeAlt({ environment: { TICK_MS: '0' } })
  const server = await world.addServer({ altId, nodeId: agent.nodeId, name: 'Measured' })
  const { page, complaints } = await visit(t, { chromium, world }, admin)
  await page.goto(`${world.url}/servers/${server.id}/stats`)
  await page.getByRole('heading', { name: 'No figures yet' }).waitFor()
  await world.database.query(
    `INSERT INTO "MetricSample" ("subjectType", "subjectId", at, "cpuPercent", "memoryMiB", "diskMiB",
       "networkRxBytes", "networkTxBytes")
     SELECT 'SERVER', $1, now() - make_interval(mins => ago), 60 + 40 * sin(ago / 30.0),
       400 + 300 * cos(ago / 50.0), 100, (10000 - ago) * 60000, (10000 - ago) * 20000
     FROM generate_series(2, 9000) AS v(ago) WHERE ago NOT BETWEEN 20 AND 30 AND ago / 600 % 3 <> 2`,
    [server.id]
  )
  await page.reload()
  const cpu = page.getByRole('figure').filter({ hasText: 'CPU' })
  await cpu.getByText(/^CPU: last \d+%, \d+% on average, \d+% at most$/).waitFor()
  await cpu.locator('canvas').waitFor()
  await page.getByText('The figures as a table').click()
  await page.getByRole('row').nth(12).waitFor()
  await accept(t, page, 'figures of an hour')
  await page.getByRole('button', { name: '7 days' }).click()
  await page.locator('section[aria-busy=false]').waitFor()
  await accept(t, page, 'figures of a week')

  await page.getByRole('button', { name: '1 hour' }).click()
  await startAndWait(world, server.id)
  const pushed = async () => (await page.getByRole('row').nth(1).textContent()) ?? ''
  const before = await pushed()
  await until('a sample is pushed', async () => (await pushed()) !== before)
  await page.getByRole('link', { name: 'Ctrl-Alt-Play' }).click()
  const row = page.getByRole('listitem').filter({ hasText: 'Measured' })
  await row.locator('dt', { hasText: 'CPU' }).waitFor()
  await row.locator('dd', { hasText: 'MiB' }).waitFor()
  await accept(t, page, 'servers with figures')
  await row.getByRole('button', { name: 'Restart Measured' }).waitFor()
  t.same(complaints, [])
})

t.test('a server gets one more port, and players another one', async t => {
  const altId = await world.addProbeAlt({ environment: { TICK_MS: '0' } })
  const server = await world.addServer({ altId, nodeId: agent.nodeId, name: 'Ported' })
  const path = `/api/v1/servers/${server.id}`
  const { page, complaints } = await visit(t, { chromium, world }, admin)
  await page.goto(`${world.url}/servers/${server.id}/ports`)
  const port = await freePort()
  await page.getByLabel('Port', { exact: true }).fill(String(port))
  await page.getByLabel('Protocol').selectOption('UDP')
  await page.getByRole('button', { name: 'Add the port' }).click()
  const ports = page.getByRole('region', { name: 'Ports' })
  const row = ports.getByRole('listitem').filter({ hasText: String(port) })
  await row.getByText('UDP', { exact: true }).waitFor()
  await accept(t, page, 'ports')
  await row.getByRole('button', { name: `Make it the main one: ${port}` }).press('Enter')
  await row.getByText('Players connect to this one.').waitFor()
  t.equal((await world.admin.get(path)).port, port)
  await startAndWait(world, server.id)
  await ports.getByText('To take it away, stop the server first.').waitFor()
  await page.getByRole('button', { name: 'Stop', exact: true }).click()
  await ports.getByRole('button', { name: /^Take it away: / }).click()
  const removal = page.getByRole('dialog', { name: /^Take it away: / })
  await removal.getByRole('button', { name: 'Take it away', exact: true }).click()
  await until('one port is left', async () => (await ports.getByRole('listitem').count()) === 1)
  t.match((await world.admin.get(path)).allocations, [{ port, protocol: 'udp' }])
  t.same(complaints, [])
})

t.test('a node: what it has, its ports, its rest and its end', async t => {
  const { page, complaints } = await visit(t, { chromium, world }, admin)
  const path = `/api/v1/nodes/${agent.nodeId}`
  await page.getByRole('link', { name: 'Nodes' }).click()
  await page.getByRole('link', { name: 'attic' }).click()
  await page.getByRole('heading', { name: 'attic' }).waitFor()
  await stateOf(page, 'Online').waitFor()
  const machine = page.getByRole('region', { name: 'The machine and its agent' })
  await machine.locator('dd', { hasText: 'GiB' }).first().waitFor()

  const ports = page.getByRole('region', { name: 'Ports' })
  await ports.getByLabel('Ports to add').fill('27015 - 27017, 8303')
  await ports.getByRole('button', { name: 'Add the ports' }).press('Enter')
  await ports.getByText('4 ports are added.').waitFor()
  await ports.getByText('0.0.0.0:27016').waitFor()
  await ports.getByRole('button', { name: 'Remove 0.0.0.0:27016' }).click()
  const removal = page.getByRole('dialog', { name: 'Remove 0.0.0.0:27016' })
  await removal.getByRole('button', { name: 'Remove' }).click()
  await ports.getByText('0.0.0.0:27016').waitFor({ state: 'detached' })
  await ports.getByLabel('Which ports').selectOption('Free ones')
  await ports.getByText('0.0.0.0:27017').waitFor()
  await ports.getByLabel('Ports to add').fill('8303')
  await ports.getByRole('button', { name: 'Add the ports' }).click()
  await ports.getByRole('alert').waitFor()
  await accept(t, page, 'node')

  await page.getByRole('switch', { name: 'In maintenance' }).press('Space')
  await until('it is in maintenance', async () => (await world.admin.get(path)).maintenance)
  await page.getByRole('textbox', { name: 'Name' }).fill('loft')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('Saved.').waitFor()
  await page.getByRole('heading', { name: 'loft' }).waitFor()
  t.equal((await world.admin.get(path)).name, 'loft')
  await page.getByText('A node that has servers cannot be deleted').waitFor()
  await world.admin.post(`${path}/revoke`, {})
  await world.admin.post(`${path}/declare-lost`, {})
  await page.getByText('Given up for lost').waitFor()

  await world.admin.post('/api/v1/nodes', { name: 'shed' })
  await page.getByRole('link', { name: 'Nodes' }).click()
  await page.getByRole('link', { name: 'shed' }).click()
  await page.getByText('Never heard of').waitFor()
  await page.getByLabel('Type shed to confirm').fill('shed')
  await page.getByRole('button', { name: 'Delete for good' }).click()
  await page.getByRole('link', { name: 'loft' }).waitFor()
  await gone(t, page, 'link', /shed/)
  t.same(complaints, [])
})

t.test('a thousand servers and a hundred nodes scroll and are searched without a stop', async t => {
  const altId = await world.addProbeAlt()
  await world.database.query(
    `INSERT INTO "Node" (id, name, status, resources, "updatedAt")
     SELECT gen_random_uuid(), 'Rack ' || to_char(n, 'FM000'), 'UNREACHABLE', r.resources, now()
     FROM generate_series(1, 100) AS n,
       (SELECT resources FROM "Node" WHERE resources IS NOT NULL LIMIT 1) AS r`
  )
  await world.database.query(
    `INSERT INTO "Server" (id, name, "altId", "ownerId", "dockerImage", startup, "memoryMiB",
       "cpuPercent", "diskMiB", "installState", status, "updatedAt")
     SELECT gen_random_uuid(), 'World ' || to_char(n, 'FM0000'), $1,
       (SELECT id FROM "User" WHERE username = 'admin'), 'none', 'none', 512, 100, 256, 'DONE',
       (CASE WHEN n % 3 = 0 THEN 'CRASHED' ELSE 'STOPPED' END)::"ServerStatus", now()
     FROM generate_series(1, 1000) AS n`,
    [altId]
  )
  await world.admin.patch(`/api/v1/alts/${altId}`, { tags: ['survival'] })
  await world.admin.patch(`/api/v1/alts/${await world.addProbeAlt()}`, { tags: ['racing'] })
  const { page, complaints } = await visit(t, { chromium, world }, admin)
  await page.goto(world.url)
  const list = page.getByRole('list', { name: 'Your servers' })
  await list.getByText('World 0001').waitFor()
  await scrollUntil(page, () => list.getByText('World 1000').isVisible())
  t.ok((await list.getByRole('listitem').count()) < 60, 'only what is seen is drawn')
  await page.getByRole('searchbox').fill('World 07')
  await list.getByText('World 0700').waitFor()
  await page.getByLabel('State').selectOption('Crashed')
  await list.getByText('World 0701').waitFor({ state: 'detached' })
  await list.getByText('World 0702').waitFor()
  await page.getByLabel('Tag').selectOption('racing')
  await page.getByRole('heading', { name: 'Nothing found' }).waitFor()
  await page.getByLabel('Tag').selectOption('survival')
  await list.getByText('World 0702').waitFor()

  await page.getByRole('link', { name: 'Nodes' }).click()
  await page.getByRole('link', { name: 'Rack 001' }).waitFor()
  await scrollUntil(page, () => page.getByRole('link', { name: 'Rack 099' }).isVisible())
  await page.getByRole('searchbox').fill('Rack 04')
  await page.getByRole('link', { name: 'Rack 050' }).waitFor({ state: 'detached' })
  t.same(complaints, [])
})

/** How long that takes a browser is measured by `npm run bench -- --only web-scroll`. */
async function scrollUntil(page: Page, isThere: () => Promise<boolean>): Promise<void> {
  await page.mouse.move(600, 500)
  await until('it is scrolled to', async () => {
    await page.mouse.wheel(0, 900)
    return isThere()
  })
}
