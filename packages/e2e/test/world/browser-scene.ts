import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, BrowserContext, Frame, Page } from 'playwright-core'
import { WebSocket } from 'ws'
import type { Json } from './api.ts'
import { addBareServers } from './bare-servers.ts'
import { makeCertificate } from './certificate.ts'
import { act, openProfile, teachActs } from './chromium.ts'
import { type HostileSite, openHostileSite } from './hostile-site.ts'
import type { Island } from './island.ts'
import { addRole, type Played, playFully } from './played-agent.ts'
import { createWorld, PASSWORD, type Teardown, type World } from './world.ts'

const ALIVE_MS = 5_000

export interface BrowserScene {
  world: World
  browser: Browser
  /** The panel as browsers know it. */
  panel: string
  site: HostileSite
  profile: BrowserContext
  /** A page of the panel's own, where the administrator is logged in. */
  home: Page
  /** Another login of the administrator's. */
  otherLoginId: string
  friendId: string
  nodeId: string
  serverId: string
  /** The machine that the server is on; none where the panel speaks TLS. */
  agent: Played | undefined
}

/** A panel with a server and two users, one of them logged in with a browser, and a hostile site. */
export async function setScene(
  t: Teardown,
  { browser, island }: { browser: Browser; island: Island },
  isTls: boolean
): Promise<BrowserScene> {
  const folder = await mkdtemp(join(tmpdir(), 'cap-certificate-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const tls = isTls ? await makeCertificate(folder) : undefined
  const world = await createWorld(t, { env: { LOG_LEVEL: 'debug' }, ...(tls && { tls }) })
  const site = await openHostileSite(t, tls)
  const { protocol, port } = new URL(world.url)
  for (const open of [Number(port), site.port]) await island.open(open)
  const panel = `${protocol}//panel.test:${port}`
  const { profile, page: home } = await logIn(t, browser, panel, 'admin')
  const other = await logIn(t, browser, panel, 'admin')
  await other.profile.close()
  const logins = (await ask(home, 'GET', `${panel}/api/v1/auth/sessions`)).json.data
  const otherLoginId = logins.find((login: Json) => !login.isCurrent).id
  const friend = { username: 'friend', email: 'friend@example.invalid', password: PASSWORD }
  const friendId = (await ask(home, 'POST', `${panel}/api/v1/users`, friend)).json.user.id
  const role = isTls ? undefined : await addRole(world, 'alpha')
  const agent = role && (await playObedient(t, world.url, role))
  const nodeId = role?.nodeId ?? (await addNode(home, panel))
  const [alt] = await world.database.query('SELECT id FROM "Alt" LIMIT 1')
  const [serverId = ''] = await addBareServers(world, String(alt?.id), [nodeId])
  await world.database.query(`UPDATE "Server" SET status = 'RUNNING'`)
  return {
    ...{ world, browser, panel, site, profile, home },
    ...{ otherLoginId, friendId, nodeId, serverId, agent }
  }
}

/** A profile of somebody's own, with one of the panel's pages open. */
export async function logIn(t: Teardown, browser: Browser, panel: string, username: string) {
  const profile = await openProfile(t, browser)
  const page = await profile.newPage()
  await page.goto(`${panel}/healthz`)
  await teachActs(page)
  const login = { username, password: PASSWORD }
  const { status, text } = await ask(page, 'POST', `${panel}/api/v1/auth/login`, login)
  if (status !== 200) throw new Error(`login: ${status} ${text}`)
  return { profile, page }
}

/** A request as pages send it that know the API. */
export async function ask(
  place: Page | Frame,
  method: string,
  url: string,
  body?: object
): Promise<Json> {
  const headers = { 'content-type': 'application/json' }
  const sent = { method, ...(body && { headers, body: JSON.stringify(body) }) }
  const seen = await act(place, 'send', url, sent)
  return seen.text ? { ...seen, json: JSON.parse(seen.text) } : seen
}

async function addNode(home: Page, panel: string): Promise<string> {
  return (await ask(home, 'POST', `${panel}/api/v1/nodes`, { name: 'alpha' })).json.node.id
}

/** A machine that stays there and takes what it is told. */
async function playObedient(
  t: Teardown,
  url: string,
  role: Parameters<typeof playFully>[1]
): Promise<Played> {
  const agent = await playFully(url, role)
  agent.socket.on('message', data => {
    const { type, id } = JSON.parse(String(data))
    if (type === 'call') agent.say('reply', { to: id, ok: true, result: {} })
    if (type === 'command') agent.say('command.ack', { id })
  })
  const timer = setInterval(() => agent.say('report', { servers: [] }), ALIVE_MS)
  t.teardown(() => {
    clearInterval(timer)
    if (agent.socket.readyState !== WebSocket.CLOSED) agent.socket.terminate()
  })
  return agent
}

export interface HostilePlace {
  name: string
  frame: Frame
  /** Its requests carry the login: only the origin tells them from the panel's own. */
  isSameSite: boolean
}

/** Everywhere that a hostile page can be; a page of its own each, but for the two in frames. */
export async function openHostilePlaces({
  site,
  profile,
  panel
}: BrowserScene): Promise<HostilePlace[]> {
  const { protocol } = new URL(panel)
  const open = async (host: string, path = '/') => {
    const page = await profile.newPage()
    await page.goto(`${protocol}//${host}:${site.port}${path}`)
    return page
  }
  const main = async (host: string) => (await open(host)).mainFrame()
  const [, sandboxed, data] = (await open('panel.test', '/framed')).frames()
  if (!sandboxed || !data) throw new Error('the hostile page has no frames')
  return [
    { name: 'another site', frame: await main('evil.test'), isSameSite: false },
    { name: "a name below the panel's", frame: await main('evil.panel.test'), isSameSite: true },
    { name: "another port of the panel's host", frame: await main('panel.test'), isSameSite: true },
    { name: 'a sandboxed frame', frame: sandboxed, isSameSite: false },
    { name: 'a data: URL', frame: data, isSameSite: false }
  ]
}
