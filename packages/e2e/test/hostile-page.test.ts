import type { Frame, Page } from 'playwright-core'
import t, { type Test } from 'tap'
import type { Json } from './world/api.ts'
import {
  ask,
  type BrowserScene,
  type HostilePlace,
  logIn,
  openHostilePlaces,
  setScene
} from './world/browser-scene.ts'
import { act, startChromium, teachActs } from './world/chromium.ts'
import { describedIn, type Route } from './world/described-routes.ts'
import { digestOf } from './world/digest.ts'
import type { HostileSite } from './world/hostile-site.ts'
import { example, unknownId } from './world/invalid-input.ts'
import type { Played } from './world/played-agent.ts'
import { until } from './world/until.ts'
import { PASSWORD, type World } from './world/world.ts'

// The machine may be busy with other files.
t.setTimeout(180_000)

const COOKIE = 'ctrl_alt_play_session'
const chromium = await startChromium(t)

t.test('a panel in a network of its own', async t => {
  const scene = await setScene(t, chromium, false)
  await resist(t, scene)
  await beNobodyElse(t, scene)
  await showDescription(t, scene, scene.world.url)
  await obeyOwnPage(t, scene)
})

t.test('a panel that speaks TLS', async t => {
  const scene = await setScene(t, chromium, true)
  await resist(t, scene)
  await showDescription(t, scene, scene.panel)
  await keepCookie(t, scene)
  await obeyOwnPage(t, scene)
})

/** All that a hostile page can try, from everywhere that it can be. */
async function resist(t: Test, scene: BrowserScene): Promise<void> {
  const { world, panel, site, home } = scene
  const { routes } = describedIn((await ask(home, 'GET', `${panel}/api/docs/json`)).json)
  const places = await openHostilePlaces(scene)
  // Over TLS browsers also say Sec-Fetch-Site: one place of each kind tells.
  const kinds = panel.startsWith('https:') ? [0, 1, 3] : places.keys()
  for (const place of [...kinds].flatMap(index => places[index] ?? [])) {
    await t.test(`from ${place.name}`, async t => {
      const before = await digestOf(world.database, ['AuditLog'])
      const noted = await auditOf(world)
      await t.test('nothing is done', t => doNothing(t, scene, place))
      await t.test('no WebSocket opens', t => openNothing(t, scene, place))
      await t.test('no route does or tells anything', t => tellNothing(t, scene, place, routes))
      t.same(await digestOf(world.database, ['AuditLog']), before, 'the database is as it was')
      const exports = place.isSameSite ? ['audit.exported', 'audit.exported'] : []
      const more = await until('what was taken away is noted', async () => {
        const rows = (await auditOf(world)).slice(noted.length)
        return rows.length >= exports.length && rows
      })
      t.same(more, exports, 'and nothing else')
      if (scene.agent) t.same(callsTo(scene.agent), [], 'nothing is typed into a game')
      if (place.frame.parentFrame()) return
      await t.test('nothing is shown', t => showNothing(t, scene, place))
    })
  }
  const strays = site.asked.filter(
    ({ host, cookie }) => cookie !== '' && !host.startsWith('panel.test:')
  )
  t.same(strays, [], 'the login went to no other host')
  t.equal((await ask(home, 'GET', `${panel}/api/v1/auth/me`)).status, 200, 'the login holds')
}

/** Something that would be worth an attack, and how the world tells that it was done. */
interface Deed {
  title: string
  method: string
  path: string
  body?: object
  isDone(): Promise<boolean>
}

/** In this order the panel's own page does them all: the last ones take its login away. */
function deedsOf({ world, serverId, otherLoginId, friendId, agent }: BrowserScene): Deed[] {
  const holds = async (sql: string) => (await world.database.query(sql)).length > 0
  const server = `/api/v1/servers/${serverId}`
  const typed: Deed = {
    title: 'types into a console',
    method: 'POST',
    path: `${server}/console`,
    body: { command: 'say a=b' },
    isDone: async () => agent !== undefined && callsTo(agent).includes('say a=b')
  }
  return [
    ...(agent ? [typed] : []),
    {
      title: 'starts a server',
      method: 'POST',
      path: `${server}/power`,
      body: { action: 'start', queue: true },
      isDone: () => holds('SELECT 1 FROM "Command"')
    },
    {
      title: 'renames a server',
      method: 'PATCH',
      path: server,
      body: { name: 'Mine' },
      isDone: () => holds(`SELECT 1 FROM "Server" WHERE name = 'Mine'`)
    },
    {
      title: 'makes an administrator',
      method: 'POST',
      path: '/api/v1/users',
      body: { username: 'other', email: 'o@example.invalid', role: 'ADMIN', password: PASSWORD },
      isDone: () => holds(`SELECT 1 FROM "User" WHERE username = 'other'`)
    },
    {
      title: 'gives rights',
      method: 'PUT',
      path: `/api/v1/users/${friendId}/permissions`,
      body: { permissions: [{ permission: 'server-view', effect: 'ALLOW' }] },
      isDone: () => holds('SELECT 1 FROM "UserPermission"')
    },
    {
      title: 'ends a login',
      method: 'DELETE',
      path: `/api/v1/auth/sessions/${otherLoginId}`,
      isDone: () => holds(`SELECT 1 FROM "Session" WHERE "revokedAt" IS NOT NULL`)
    },
    {
      title: 'logs somebody in as another',
      method: 'POST',
      path: '/api/v1/auth/login',
      body: { username: 'friend', password: PASSWORD },
      isDone: () => holds(`SELECT 1 FROM "Session" WHERE "userId" = '${friendId}'`)
    },
    {
      title: 'logs somebody out',
      method: 'POST',
      path: '/api/v1/auth/logout',
      isDone: () =>
        holds(`SELECT 1 FROM "Session" WHERE "revokedAt" IS NOT NULL AND id <> '${otherLoginId}'`)
    }
  ]
}

/** Of the ways to send a POST, those that a browser does not ask the other site about first. */
const SENT_UNASKED = 8

/** Every way that HTML and scripts have to send it; answers what the page saw. */
async function attempt(place: Frame, { method, path, body = {} }: Deed, panel: string) {
  const url = panel + path
  const text = JSON.stringify(body)
  const json = { 'content-type': 'application/json' }
  const plain = { 'content-type': 'text/plain' }
  const asked = act(place, 'send', url, { method, headers: json, body: text })
  if (method !== 'POST') return [await asked]
  // A form's text/plain is NAME=VALUE: together they are JSON.
  const start = `${text.slice(0, -1)}${text === '{}' ? '' : ','}"more":"`
  const forms = ['application/x-www-form-urlencoded', 'multipart/form-data', 'text/plain']
  const blobs = ['application/x-www-form-urlencoded', 'application/json', 'text/plain']
  await Promise.all([
    ...forms.map(enctype => act(place, 'form', url, { enctype, fields: { [start]: '"}' } })),
    act(place, 'form', url, { method: 'get', fields: body }),
    ...blobs.map(type => act(place, 'beacon', url, text, type)),
    act(place, 'image', url)
  ])
  return Promise.all([
    asked,
    act(place, 'send', url, { method }),
    act(place, 'send', url, { method, headers: plain, body: text }),
    act(place, 'send', url, { method, mode: 'no-cors', headers: plain, body: text })
  ])
}

async function doNothing(t: Test, scene: BrowserScene, place: HostilePlace): Promise<void> {
  const { world, panel } = scene
  const deeds = deedsOf(scene)
  const answers = answersFromNow(world)
  const seen = await Promise.all(deeds.map(deed => attempt(place.frame, deed, panel)))
  for (const [index, { title }] of deeds.entries()) {
    for (const { type, text } of seen[index] ?? []) t.notOk(text, `${title}: ${type} tells nothing`)
  }
  const count = deeds.filter(({ method }) => method === 'POST').length * SENT_UNASKED
  await until('all have arrived', () => answers().filter(isUnsafe).length >= count)
  const statuses = answers()
    .filter(isUnsafe)
    .map(({ status }) => status)
  t.same(statuses, Array(count).fill(403), 'the others were not even sent')
  for (const { title, isDone } of deeds) t.notOk(await isDone(), title)
}

async function openNothing(
  t: Test,
  { world, panel, serverId }: BrowserScene,
  { frame }: HostilePlace
): Promise<void> {
  const answers = answersFromNow(world)
  const live = panel.replace('http', 'ws')
  const say = [{ type: 'subscribe' }, { type: 'input', line: 'say hello' }]
  const paths = ['/api/v1/events', `/api/v1/servers/${serverId}/console`, '/agent/v1/connect']
  for (const path of paths) {
    const seen = await act(frame, 'socket', live + path, { say, enough: 1 })
    t.same(seen, { opened: false, heard: [], code: 1006 }, path)
  }
  await until('the panel refused them', () => answers().length >= paths.length)
  t.same(
    answers().map(({ status }) => status),
    [403, 403, 403]
  )
}

async function tellNothing(
  t: Test,
  { world, panel, serverId, nodeId }: BrowserScene,
  { frame, isSameSite }: HostilePlace,
  routes: Route[]
): Promise<void> {
  const answers = answersFromNow(world)
  const fill = (url: string) =>
    url
      .replace('/servers/{id}', `/servers/${serverId}`)
      .replace('/nodes/{id}', `/nodes/${nodeId}`)
      .replace(/\{\w+\}/g, unknownId)
  const reads = routes.filter(({ method, isSocket }) => method === 'GET' && !isSocket)
  const paths = [...reads.map(({ url }) => fill(url)), '/api/docs', '/api/docs/json']
  t.ok(paths.length > 30, `${paths.length} things to read`)
  const read = paths.flatMap(path => [
    act(frame, 'send', panel + path),
    act(frame, 'send', panel + path, { mode: 'no-cors' })
  ])
  t.same([...new Set((await Promise.all(read)).map(seen => seen.error))], ['TypeError'])
  const me = await until('they have arrived', () => {
    const found = answers().filter(({ route }) => route === '/api/v1/auth/me')
    return found.length >= 2 && found.map(({ status }) => status)
  })
  t.same(me, Array(2).fill(isSameSite ? 200 : 401), 'whether the login came along')

  const acts = routes.filter(isUnsafe)
  const sent = acts.map(({ method, url, body }) => {
    const text = JSON.stringify(body ? example(body) : {})
    const mode = method === 'POST' ? 'no-cors' : 'cors'
    return act(frame, 'send', panel + fill(url), { method, mode, body: text })
  })
  for (const seen of await Promise.all(sent)) t.notOk(seen.text)
  const posts = acts.filter(({ method }) => method === 'POST')
  await until('the acts have arrived', () => answers().filter(isUnsafe).length >= posts.length)
  const statuses = answers()
    .filter(isUnsafe)
    .map(({ status }) => status)
  t.same(statuses, Array(posts.length).fill(403), `${posts.length} acts`)

  for (const path of ['/healthz', '/api/docs/json', '/api/docs/static/swagger-ui.css']) {
    t.equal(await act(frame, 'script', panel + path), 'error', `${path} as a script`)
    t.match(await act(frame, 'style', panel + path), { event: 'error' }, `${path} as a style`)
    t.equal(await act(frame, 'image', panel + path), 'error', `${path} as an image`)
  }
}

async function showNothing(
  t: Test,
  { world, panel, profile }: BrowserScene,
  { frame }: HostilePlace
): Promise<void> {
  const isTls = panel.startsWith('https:')
  const page = frame.page()
  const old = page.frames()
  const answers = answersFromNow(world)
  for (const tag of ['iframe', 'object', 'embed']) {
    for (const path of ['/api/docs', '/api/docs/json']) await act(frame, 'embed', tag, panel + path)
    await act(frame, 'embed', tag, '/')
  }
  await until('all of it was asked for', () => answers().length >= 6)
  const shown = await until('what may be shown is shown', async () => {
    const frames = page.frames().filter(one => !old.includes(one))
    const titles = await Promise.all(frames.map(one => one.evaluate('document.title')))
    return titles.filter(title => title === 'Free skins').length === 3 && frames
  })
  const [own, others] = [shown.filter(isHostile), shown.filter(one => !isHostile(one))]
  t.equal(own.length, 3, "the page's own")
  for (const one of others) t.match(one.url(), /^chrome-error:|^about:blank$/)

  const opening = profile.waitForEvent('page')
  await act(frame, 'popup', `${panel}/healthz`)
  const popup = await opening
  await popup.waitForURL(`${panel}/healthz`)
  const peek = () => act(frame, 'peek')
  const gone = async () => {
    const seen = await peek()
    return seen.isGone && seen
  }
  // Browsers heed the policy for openers where nobody can meddle with it on the way.
  const seen = isTls ? await until('the window is out of reach', gone) : await peek()
  t.match(seen, isTls ? { isGone: true } : { error: 'SecurityError' }, 'the window tells nothing')
  t.equal(await popup.evaluate('window.opener === null'), isTls)
  await popup.close()

  function isHostile(one: Frame): boolean {
    return new URL(one.url()).origin === new URL(frame.url()).origin
  }
}

/** The same acts where they belong: the attempts before could have worked. */
async function obeyOwnPage(t: Test, scene: BrowserScene): Promise<void> {
  const { panel, home, serverId, agent } = scene
  await t.test("the panel's own page", async t => {
    const own = home.mainFrame()
    const css = `${panel}/api/docs/static/swagger-ui.css`
    t.match(await act(own, 'style', css), { event: 'load', hasRules: true })
    for (const path of ['/healthz', '/api/docs/json', '/api/v1/auth/me']) {
      t.match(await act(own, 'style', panel + path), { event: 'error' }, `${path} is no style`)
      t.equal(await act(own, 'script', panel + path), 'error', `${path} is no script`)
    }
    const live = panel.replace('http', 'ws')
    const heard = act(own, 'socket', `${live}/api/v1/events`, { enough: agent ? 1 : 0 })
    const shell = await act(own, 'socket', `${live}/api/v1/servers/${serverId}/console`, {
      say: [{ type: 'subscribe' }, { type: 'input', line: 'say hello' }],
      enough: 1
    })
    t.match(shell, { opened: true, heard: [{ type: 'status' }] }, 'a console opens and speaks')
    if (agent) await until('it is typed into', () => callsTo(agent).includes('say hello'))
    for (const { title, method, path, body, isDone } of deedsOf(scene)) {
      const seen = await ask(own, method, panel + path, body)
      t.ok(seen.status < 300, `${title}: ${seen.status} ${seen.text}`)
      await until(title, isDone)
    }
    t.match(await heard, { opened: true, heard: agent ? [{ type: 'command' }] : [] }, 'events')
    t.equal((await ask(own, 'GET', `${panel}/api/v1/auth/me`)).status, 401, 'it is logged out')
  })
}

/** A hostile page may have its own name point to the panel: to the browser it is then that page's. */
async function beNobodyElse(t: Test, { panel, profile }: BrowserScene): Promise<void> {
  await t.test('a name that somebody lets point here', async t => {
    const evil = panel.replace('panel.test', 'evil.test')
    const page = await profile.newPage()
    await page.goto(`${evil}/healthz`)
    await teachActs(page)
    t.equal((await ask(page, 'GET', `${evil}/api/v1/auth/me`)).status, 401, 'no login comes along')
    t.equal((await ask(page, 'GET', `${evil}/metrics`)).status, 403, 'nor is it this machine')
    t.match(await ask(page, 'GET', `${panel}/metrics`), { error: 'TypeError' })
  })
}

/** The page that describes the API works in a browser, and whoever gets HTML into it gains nothing. */
async function showDescription(
  t: Test,
  { site, browser }: BrowserScene,
  panel: string
): Promise<void> {
  await t.test(`the description of the API at ${new URL(panel).hostname}`, async t => {
    const { profile, page } = await logIn(t, browser, panel, 'admin')
    const said: string[] = []
    const asked = new Set<string>()
    page.on('console', message => said.push(`${message.type()}: ${message.text()}`))
    page.on('pageerror', err => said.push(String(err)))
    profile.on('request', request => asked.add(new URL(request.url()).origin))
    const response = await page.goto(`${panel}/api/docs`)
    await page.waitForSelector('.opblock')
    await teachActs(page)
    const { routes } = describedIn((await ask(page, 'GET', `${panel}/api/docs/json`)).json)
    t.equal(await page.locator('.opblock').count(), routes.length, 'each route is shown')
    const block = page.locator('.opblock', { hasText: '/api/v1/auth/me' })
    await block.locator('.opblock-summary-control').click()
    await block.getByRole('button', { name: 'Try it out' }).click()
    await block.getByRole('button', { name: 'Execute' }).click()
    const answer = block.locator('.live-responses-table')
    await answer.waitFor()
    t.match(await answer.textContent(), /200[\s\S]*"admin"/, 'and can be tried out')
    t.same(said, [], 'it has nothing to complain about')
    t.same([...asked], [panel], 'it asks no other host')

    const policy = response?.headers()['content-security-policy'] ?? ''
    t.notMatch(policy, /unsafe|https?:|\*/, 'it allows nothing inline, and no other host')
    const loot = new URL(`http://evil.test:${site.port}`)
    loot.protocol = new URL(panel).protocol
    const mark = site.asked.length
    await act(page, 'inject', loot.origin)
    await act(page, 'leave', loot.origin)
    const injected = await until('the form is refused', async () => {
      const seen: Json = await page.evaluate('injected')
      return seen.refused.includes('form-action') && seen
    })
    t.match(injected, { ran: [], isBase: false })
    t.same(site.asked.slice(mark), [], 'nothing was loaded from there, or sent there')
    t.equal(new URL(page.url()).origin, panel, 'the page has not gone')

    await t.test('on a page without a policy', t => sufferInjection(t, page, site, loot.origin))
  })
}

async function sufferInjection(
  t: Test,
  page: Page,
  site: HostileSite,
  loot: string
): Promise<void> {
  const mark = site.asked.length
  await page.goto(loot)
  await act(page, 'inject', loot)
  const ways = ['eval', 'handler', 'link', 'script']
  const injected = await until('each of it works', async () => {
    const seen: Json = await page.evaluate('injected')
    return ways.every(way => seen.ran.includes(way)) && seen
  })
  t.match(injected, { refused: [], isBase: true })
  await act(page, 'leave', loot)
  await page.waitForURL(`${loot}/form?`)
  const paths = new Set(site.asked.slice(mark).map(({ path }) => path))
  for (const what of ['script.js', 'style.css', 'image.png', 'fetch', 'iframe', 'object']) {
    t.ok(paths.has(`/${what}`), `${what} is asked for`)
  }
}

/** Over HTTPS no other host, port of HTTP or script has to do with it. */
async function keepCookie(t: Test, scene: BrowserScene): Promise<void> {
  const { panel, home, profile, browser } = scene
  await t.test('the cookie is for this host alone, and no neighbour replaces it', async t => {
    const cookie = {
      name: `__Host-${COOKIE}`,
      domain: 'panel.test',
      ...{ path: '/', secure: true, httpOnly: true, sameSite: 'Strict' }
    }
    t.match(await profile.cookies(panel), [cookie])
    t.equal(await home.evaluate('document.cookie'), '', 'scripts do not see it')
    t.same(await profile.cookies(panel.replace('https', 'http')), [], 'it does not go by HTTP')

    const user = { username: 'mallory', email: 'm@example.invalid', password: PASSWORD }
    await ask(home, 'POST', `${panel}/api/v1/users`, user)
    const mallory = await logIn(t, browser, panel, 'mallory')
    const [theirs] = await mallory.profile.cookies(panel)
    const [, neighbour] = await openHostilePlaces(scene)
    for (const name of [`__Host-${COOKIE}`, COOKIE]) {
      for (const path of ['/', '/api', '/api/v1/auth']) {
        const tossed = `${name}=${theirs?.value}; domain=panel.test; path=${path}; secure`
        await neighbour?.frame.evaluate(`document.cookie = ${JSON.stringify(tossed)}`)
      }
    }
    const known = await profile.cookies(`${panel}/api/v1/auth/me`)
    t.equal(known.length, 4, 'a neighbour can set those of other names')
    const me = await ask(home, 'GET', `${panel}/api/v1/auth/me`)
    t.equal(me.json.user.username, 'admin', 'whoever was logged in still is')
  })
}

interface Answered {
  method: string
  route: string
  status: number
}

/** What the panel has answered since, by its own log. */
function answersFromNow(world: World): () => Answered[] {
  const all = () =>
    world
      .panelOutput()
      .split('\n')
      .filter(line => line.includes('"answered"') && line.endsWith('}'))
      .map((line): Answered => JSON.parse(line))
  const mark = all().length
  return () => all().slice(mark)
}

const isUnsafe = ({ method }: { method: string }) => !['GET', 'HEAD', 'OPTIONS'].includes(method)

async function auditOf({ database }: World): Promise<unknown[]> {
  const rows = await database.query('SELECT action FROM "AuditLog" ORDER BY "createdAt", id')
  return rows.map(({ action }) => action)
}

function callsTo({ heard }: Played): string[] {
  return heard.filter(({ type }) => type === 'call').map(({ body }) => body.params.line)
}
