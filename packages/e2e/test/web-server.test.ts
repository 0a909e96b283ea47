import t from 'tap'
import { startChromium } from './world/chromium.ts'
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
