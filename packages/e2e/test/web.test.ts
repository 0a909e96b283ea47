import t, { type Test } from 'tap'
import { startChromium } from './world/chromium.ts'
import { FIRST_NUMBER, floodScript, startScriptGame } from './world/flood-game.ts'
import { freePort } from './world/free-port.ts'
import { askTeeworlds } from './world/teeworlds.ts'
import { until } from './world/until.ts'
import {
  accept,
  countBytes,
  gone,
  outputOf,
  PHONE,
  passwordOf,
  put,
  startAndWait,
  stateOf,
  typeLine,
  type Viewport,
  visit
} from './world/web-pages.ts'
import { createWorld, PASSWORD } from './world/world.ts'

// The machine may be busy with other files.
t.setTimeout(240_000)

const FIRST_LOAD_BYTES = 250 * 1024
const FRESH_PASSWORD = 'a tram of green teapots'
const MARKUP = '<img src="/x" onerror="window.wasRun=1">'

const chromium = await startChromium(t)
const world = await createWorld(t)
await chromium.island.open(Number(new URL(world.url).port))
const agent = await world.addNode('attic')

t.test('a newcomer: from the first password to a game that answers, and away with it', async t => {
  await world.addProbeAlt({ environment: { TICK_MS: '0', GREETING: 'hello' } })
  const newcomer = { username: 'newcomer', email: 'new@example.invalid', password: PASSWORD }
  const { user } = await world.admin.post('/api/v1/users', { ...newcomer, role: 'ADMIN' })
  await world.admin.patch(`/api/v1/users/${user.id}`, { mustChangePassword: true })
  const { page, context, complaints } = await openPage(t)
  const bytes = countBytes(page)

  await page.goto(`${world.url}/nodes`)
  await page.getByLabel('Username or e-mail').fill('newcomer')
  await passwordOf(page).fill('wrong')
  await page.getByRole('button', { name: 'Log in' }).click()
  await page.getByText('The name or the password is wrong.').waitFor()
  await accept(t, page, 'login')
  await passwordOf(page).fill(PASSWORD)
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Choose your own password' }).waitFor()
  await accept(t, page, 'forced password')
  await page.locator('[autocomplete=new-password]').first().fill(FRESH_PASSWORD)
  await page.locator('[autocomplete=new-password]').last().fill(FRESH_PASSWORD)
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'No server yet' }).waitFor()
  await accept(t, page, 'no server')
  t.ok(bytes() > 50_000 && bytes() < FIRST_LOAD_BYTES, `${bytes()} bytes for all of that`)

  await page.getByRole('link', { name: 'New server' }).click()
  await page.getByRole('button', { name: /^Probe/ }).waitFor()
  await accept(t, page, 'games')
  await page.getByRole('button', { name: /^Probe/ }).click()
  await page.getByRole('textbox', { name: 'Name' }).fill('Friday night')
  await page.getByLabel('GREETING').fill('good evening')
  await page.getByText('More options').click()
  await page.getByLabel('Port for players').fill(String(await freePort()))
  await accept(t, page, 'new server')
  await page.getByRole('button', { name: 'Create the server' }).click()
  await page.getByRole('heading', { name: 'Friday night' }).waitFor()
  await stateOf(page, 'Running').waitFor()
  const serverId = page.url().split('/').at(-1) ?? ''
  const row = await world.admin.get(`/api/v1/servers/${serverId}`)
  t.match(row, { status: 'RUNNING', environment: { GREETING: 'good evening' } }, 'it is true')

  await typeLine(page, 'knock knock')
  await until('the game answers', async () => /echo: knock knock/.test(await outputOf(page)))
  await accept(t, page, 'console')
  await page.getByLabel('Type a command').press('ArrowUp')
  t.equal(await page.getByLabel('Type a command').inputValue(), 'knock knock', 'it remembers')

  await page.getByRole('link', { name: 'Startup' }).click()
  await page.getByLabel('GREETING').fill('good night')
  await accept(t, page, 'startup')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('The game follows at its next start.').waitFor()

  const { variables } = await world.admin.get(`/api/v1/alts/${row.alt.id}`)
  const motto = { name: 'MOTTO', envVariable: 'MOTTO', rules: 'required|string|max:9' }
  const newer = { startup: '/game/probe.sh again', variables: [...variables, motto] }
  await world.admin.patch(`/api/v1/alts/${row.alt.id}`, newer)
  await page.reload()
  await page.getByRole('heading', { name: 'A newer version of the template is there' }).waitFor()
  await page.getByText('variable MOTTO (MOTTO) is new').waitFor()
  await page.getByText('another startup line').waitFor()
  await accept(t, page, 'a newer version')
  const move = page.getByRole('button', { name: 'Move to version 2' })
  await move.click()
  await page.getByText(/MOTTO.* must be given/).waitFor()
  await page.getByLabel('MOTTO').fill('onwards')
  await move.click()
  await page.getByText('Moved to version 2.').waitFor()
  await accept(t, page, 'moved')
  t.match(await world.admin.get(`/api/v1/servers/${serverId}`), {
    ...{ alt: { version: 2, hasUpdate: false }, startup: '/game/probe.sh again' },
    environment: { GREETING: 'good night', MOTTO: 'onwards' }
  })
  t.equal(await page.getByLabel('MOTTO').inputValue(), 'onwards', 'one option among the others')

  await page.getByRole('link', { name: 'Activity' }).click()
  await page.getByRole('list', { name: 'Activity' }).getByRole('listitem').first().waitFor()
  await accept(t, page, 'activity')

  await page.getByRole('link', { name: 'Ctrl-Alt-Play' }).click()
  const listed = page.getByRole('listitem').filter({ hasText: 'Friday night' })
  await stateOf(listed, 'Running').waitFor()
  await accept(t, page, 'servers')
  await page.getByRole('button', { name: 'Stop Friday night' }).click()
  await stateOf(listed, 'Stopped').waitFor()
  t.equal((await world.containerOf(serverId))?.State.Running, false, 'it is true again')

  await listed.getByRole('link').click()
  await page.getByRole('link', { name: 'Settings' }).click()
  await accept(t, page, 'settings')
  const remove = page.getByRole('button', { name: 'Delete for good' })
  await page.getByLabel('Type Friday night to confirm').fill('Friday')
  t.ok(await remove.isDisabled(), 'not by half of the name')
  await page.getByLabel('Type Friday night to confirm').fill('Friday night')
  await remove.click()
  await page.getByRole('heading', { name: 'No server yet' }).waitFor()
  t.equal(await world.containerOf(serverId), undefined)
  t.equal((await world.admin.request('GET', `/api/v1/servers/${serverId}`)).status, 404)

  // A game that players know.
  const port = await freePort()
  await page.getByRole('link', { name: 'New server' }).first().click()
  await page.getByRole('button', { name: /^Teeworlds demo/ }).click()
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Saturday night')
  await page.getByText('More options').click()
  await page.getByLabel('Port for players').fill(String(port))
  await page.getByRole('button', { name: 'Create the server' }).click()
  await page.getByRole('heading', { name: 'Saturday night' }).waitFor()
  await stateOf(page, 'Running').waitFor()
  t.ok(await until('it answers players', () => askTeeworlds('127.0.0.1', port)))
  await until('its console is shown', async () => /server name is/.test(await outputOf(page)))
  await page.getByRole('button', { name: 'Stop', exact: true }).click()
  await stateOf(page, 'Stopped').waitFor()

  await page.getByRole('button', { name: 'Your account' }).click()
  await page.getByLabel('Language').selectOption('de')
  await page.getByRole('button', { name: 'Abmelden' }).click()
  await page.getByRole('heading', { name: 'Willkommen zurück' }).waitFor()
  t.same(await context.cookies(), [], 'logged out')
  await page.goto(`${world.url}/servers/new`)
  await page.getByRole('heading', { name: 'Willkommen zurück' }).waitFor()
  await page.reload()
  await page.getByLabel('Benutzername oder E-Mail').fill('newcomer')
  await passwordOf(page).fill(FRESH_PASSWORD)
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Neuer Server' }).waitFor()
  t.same(complaints, [])
})

t.test(
  'a console loses nothing and shows nothing twice while its panel comes and goes',
  async t => {
    const server = await startScriptGame(world, agent, floodScript({ linesPerSecond: 400 }))
    const { page, complaints } = await openPage(t, 'admin', PASSWORD)
    await page.goto(`${world.url}/servers/${server.id}`)
    const numbers = async () => [...(await outputOf(page)).matchAll(/^\d{9}$/gm)].map(Number)
    await until('lines come', async () => (await numbers()).length > 200)
    await world.killPanel()
    await page.getByText('The connection to the panel is lost.').waitFor()
    await world.startPanel()
    const [first = 0] = await numbers()
    const last = Math.max(...(await numbers()))
    const shown = await until('it goes on', async () => {
      const seen = await numbers()
      return (seen.at(-1) ?? 0) > last + 400 && seen
    })
    t.ok(first >= FIRST_NUMBER)
    t.same(
      shown.filter((number, index) => number !== first + index),
      [],
      `${shown.length} lines, one after the other`
    )
    t.notMatch(await outputOf(page), /missing here/)
    await page.getByText('The connection to the panel is lost.').waitFor({ state: 'detached' })

    await page.locator('.terminal-place').hover()
    await page.mouse.wheel(0, -2_000)
    await page.getByRole('button', { name: 'New lines below: go to the end' }).click()
    await page.getByRole('button', { name: 'New lines below' }).waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Stop', exact: true }).click()
    await stateOf(page, 'Stopped').waitFor()
    await page.getByText('The game does not run. Start it to type commands.').waitFor()
    t.same(complaints, [])
  }
)

t.test('on a phone, for a guest: what they may not do is not there', async t => {
  const altId = await world.addProbeAlt({ environment: { TICK_MS: '0' } })
  const server = await world.addServer({ altId, nodeId: agent.nodeId, name: 'Shared world' })
  await startAndWait(world, server.id)
  const guest = { username: 'guest', email: 'guest@example.invalid', password: PASSWORD }
  const { user } = await world.admin.post('/api/v1/users', guest)
  const permissions = ['server-view', 'console-read'].map(permission => ({
    ...{ permission, effect: 'ALLOW', serverId: server.id }
  }))
  await put(world, `/api/v1/users/${user.id}/permissions`, { permissions })
  const { page, complaints } = await openPage(t, 'guest', PASSWORD, PHONE)
  await page.emulateMedia({ colorScheme: 'dark' })
  await page.getByRole('link', { name: 'Shared world' }).waitFor()
  await accept(t, page, 'servers on a phone')
  await gone(t, page, 'button', /^(Start|Stop)/)
  await gone(t, page, 'link', /^(Nodes|New server)/)
  await page.getByRole('link', { name: 'Shared world' }).click()
  await page.getByText('You may read this console, but not type.').waitFor()
  await until('it reads', async () => /ready/.test(await outputOf(page)))
  await accept(t, page, 'console on a phone')
  await gone(t, page, 'button', /^(Start|Stop|Restart|Kill|Send)$/)
  await gone(t, page, 'link', /^(Startup|Settings)$/)

  await put(world, `/api/v1/users/${user.id}/permissions`, { permissions: [] })
  await page.getByRole('heading', { name: 'There is nothing here' }).waitFor()
  t.same(complaints, [])
})

t.test('sixty 52: texts of templates, servers and nodes are text, whatever is in them', async t => {
  const ctrl = await world.admin.post('/api/v1/ctrls', { name: MARKUP, description: MARKUP })
  const variable = { name: MARKUP, envVariable: 'WORLD', description: MARKUP, defaultValue: MARKUP }
  await world.admin.post('/api/v1/alts', {
    ...{ ctrlId: ctrl.id, name: `Alt ${MARKUP}`, description: MARKUP },
    ...{ dockerImage: 'ctrl-alt-play/probe:local', startup: '/game/probe.sh' },
    variables: [{ ...variable, userViewable: true, userEditable: true }]
  })
  await world.admin.post('/api/v1/nodes', { name: MARKUP })
  const { page, complaints } = await openPage(t, 'admin', PASSWORD)
  await page.getByRole('link', { name: 'New server' }).click()
  await page.getByRole('button', { name: `Alt ${MARKUP}` }).click()
  t.equal(await page.getByLabel(MARKUP).inputValue(), MARKUP)
  await page.getByRole('link', { name: 'Nodes' }).click()
  await page.getByRole('heading', { name: MARKUP }).waitFor()
  await accept(t, page, 'nodes')
  await page.getByRole('button', { name: 'Add a node' }).click()
  await page.getByRole('textbox', { name: 'Name' }).fill('cellar')
  await page.getByRole('button', { name: 'Make the line' }).click()
  await page.getByText('Waiting for the agent …').waitFor()
  await accept(t, page, 'the line to paste')
  const line = await page.locator('pre').textContent()
  t.match(line, /^curl -fsSL http.* \| sh -s -- --panel /)
  t.equal(await page.evaluate('window.wasRun'), undefined, 'nothing was run')
  t.same(complaints, [])
})

function openPage(t: Test, username?: string, password = '', viewport?: Viewport) {
  return visit(t, { chromium, world }, username ? { username, password } : undefined, viewport)
}
