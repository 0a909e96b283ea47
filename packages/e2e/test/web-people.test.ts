import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { login, stranger } from './world/api.ts'
import { codeOfApp } from './world/authenticator.ts'
import { addBareServers } from './world/bare-servers.ts'
import { startChromium } from './world/chromium.ts'
import { until } from './world/until.ts'
import { accept, gone, PHONE, passwordOf, type Viewport, visit } from './world/web-pages.ts'
import { createWorld, PASSWORD } from './world/world.ts'

// The machine may be busy with other files.
t.setTimeout(240_000)

const FRESH_PASSWORD = 'a tram of green teapots'
const ARENA = '0b0f7f0e-6f0c-4c39-9d5e-0d3c6c1a2b3d'
const MARKUP = '<img src="/x" onerror="window.wasRun=1">'

const chromium = await startChromium(t)
const world = await createWorld(t)
await chromium.island.open(Number(new URL(world.url).port))

t.test('an account: its password, its second factor, its logins, its keys', async t => {
  await addUser('ines')
  const { page, context, complaints } = await openPage(t, 'ines')
  const elsewhere = await openPage(t, 'ines')
  await page.getByRole('button', { name: 'Your account' }).click()
  await page.getByRole('link', { name: 'Account' }).click()
  await page.getByText('Role: USER').waitFor()
  await accept(t, page, 'profile')
  await page.getByLabel('Language').selectOption('de')
  await page.getByRole('heading', { name: 'Konto' }).waitFor()
  await page.getByLabel('Sprache').selectOption('en')
  await page.getByLabel('New e-mail address').fill('other@example.invalid')
  await passwordOf(page).fill(PASSWORD)
  await page.getByRole('button', { name: 'Mail me the link' }).click()
  await page.getByText('This panel sends no mail.').waitFor()

  await page.getByRole('link', { name: 'Security' }).click()
  const logins = page.getByRole('list', { name: 'Where you are logged in' }).getByRole('listitem')
  await logins.nth(1).waitFor()
  t.match(await logins.allTextContents(), [/^Chrome on Linux/, /^Chrome on Linux/])
  await accept(t, page, 'security')
  await fillPasswords(page, 'wrong', FRESH_PASSWORD)
  await page.getByText('The current password is wrong.').waitFor()
  await fillPasswords(page, PASSWORD, FRESH_PASSWORD)
  await page.getByText('Your password is changed.').waitFor()
  await isOut(elsewhere.page)
  await logins.nth(1).waitFor({ state: 'detached' })

  await passwordOf(page).last().fill(FRESH_PASSWORD)
  await page.getByRole('button', { name: 'Set it up' }).click()
  await page.getByRole('img', { name: 'QR code for your app' }).waitFor()
  await accept(t, page, 'second factor')
  const secret = (await page.locator('code').textContent()) ?? ''
  const link = page.getByRole('link', { name: 'On the phone itself' })
  t.match(await link.getAttribute('href'), `secret=${secret}`)
  await page.getByLabel('Code of your app').fill(codeOfApp(secret))
  await page.getByRole('button', { name: 'Confirm the code' }).click()
  const codes = ((await page.locator('pre').textContent()) ?? '').split('\n')
  await accept(t, page, 'recovery codes')
  await page.getByRole('button', { name: 'I have kept them' }).click()
  await page.getByText('It is on.').waitFor()
  await accept(t, page, 'second factor on')
  t.notMatch(await page.content(), codes[0], 'they are shown once')

  await logOut(page)
  await page.getByLabel('Username or e-mail').fill('ines')
  await passwordOf(page).fill(FRESH_PASSWORD)
  await page.keyboard.press('Enter')
  await page.getByLabel('Code of your app').fill(codes[0] ?? '')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Servers' }).waitFor()
  await page.goto(`${world.url}/account/security`)
  const factor = page.locator('form').filter({ hasText: 'Second factor' })
  await passwordOf(page).last().fill(FRESH_PASSWORD)
  await factor.getByLabel('Code of your app').fill(codes[1] ?? '')
  await page.getByRole('button', { name: 'Turn it off' }).click()
  await page.getByText('It is off.').waitFor()

  const again = await openPage(t, 'ines', FRESH_PASSWORD)
  await page.reload()
  const one = page.getByRole('button', { name: 'Log out Chrome on Linux' })
  await one.click()
  await page.getByText('Log it out?').waitFor()
  await page.keyboard.press('Escape')
  await page.getByText('Log it out?').waitFor({ state: 'detached' })
  await page.keyboard.press('Enter')
  await sure(page).waitFor()
  await page.keyboard.press('Enter')
  await isOut(again.page)
  const third = await openPage(t, 'ines', FRESH_PASSWORD)
  await page.reload()
  await confirm(page, 'Log out everywhere else')
  await isOut(third.page)

  await page.getByRole('link', { name: 'API keys' }).click()
  await page.getByRole('heading', { name: 'No API key yet' }).waitFor()
  await accept(t, page, 'no key')
  await page.getByRole('button', { name: 'New API key' }).click()
  await page.getByLabel('What it is for').fill('robot')
  await page.getByLabel('Only what is chosen').check()
  await page.getByLabel('See a server', { exact: true }).check()
  await gone(t, page, 'checkbox', /^Read the audit log/)
  await passwordOf(page).fill(FRESH_PASSWORD)
  await accept(t, page, 'new key')
  await page.getByRole('button', { name: 'Make the key' }).click()
  await page.getByRole('heading', { name: 'Keep this key' }).waitFor()
  await accept(t, page, 'its secret')
  const authorization = `Bearer ${await page.locator('code').textContent()}`
  const ask = () =>
    stranger(world.url).request('GET', '/api/v1/auth/me', undefined, { authorization })
  t.match(await ask(), { status: 200, body: { permissions: ['server-view'] } })
  await page.getByRole('button', { name: 'I have kept them' }).click()
  await page.getByText('1 right', { exact: true }).waitFor()
  await accept(t, page, 'keys')
  t.notMatch(await page.content(), authorization.slice(-20), 'it is shown once')
  await confirm(page, 'Delete the key robot')
  await page.getByRole('heading', { name: 'No API key yet' }).waitFor()
  t.equal((await ask()).status, 401)

  await logOut(page)
  t.same(await context.cookies(), [])
  await page.goBack()
  await page.getByRole('heading', { name: 'Welcome back' }).waitFor()
  t.same([...complaints, ...elsewhere.complaints], [])
})

t.test('an administrator makes a user, gives and takes rights, and reads of it', async t => {
  const { page, complaints } = await openPage(t, 'admin')
  await page.getByRole('link', { name: 'People' }).click()
  await page.getByRole('link', { name: 'admin', exact: true }).waitFor()
  await accept(t, page, 'users')
  await page.getByRole('button', { name: 'New user' }).click()
  await page.getByLabel('Username').fill('joan')
  await page.getByLabel('E-mail address').fill('joan@example.invalid')
  await accept(t, page, 'new user')
  await page.getByRole('button', { name: 'Make the user' }).click()
  await page.getByRole('heading', { name: 'joan is made' }).waitFor()
  await accept(t, page, 'made')
  const once = (await page.locator('code').textContent()) ?? ''
  await page.getByRole('button', { name: 'Done' }).click()

  const theirs = await openPage(t)
  await theirs.page.goto(`${world.url}/login`)
  await theirs.page.getByLabel('Username or e-mail').fill('joan')
  await passwordOf(theirs.page).fill(once)
  await theirs.page.keyboard.press('Enter')
  await theirs.page.getByRole('heading', { name: 'Choose your own password' }).waitFor()
  const kept = await theirs.page.evaluate(
    'JSON.stringify([history.state, { ...sessionStorage }, { ...localStorage }])'
  )
  t.notMatch(kept, once, 'a browser keeps its history on the disk: no password is in it')
  await theirs.page.locator('[autocomplete=new-password]').first().fill(FRESH_PASSWORD)
  await theirs.page.locator('[autocomplete=new-password]').last().fill(FRESH_PASSWORD)
  await theirs.page.keyboard.press('Enter')
  await theirs.page.getByRole('heading', { name: 'No server yet' }).waitFor()
  await gone(t, theirs.page, 'link', /^(People|Nodes|Templates|New server)$/)

  await page.getByRole('link', { name: 'Roles' }).click()
  await page.getByRole('link', { name: 'ADMIN' }).waitFor()
  await accept(t, page, 'roles')
  await page.getByRole('link', { name: 'New role' }).click()
  await page.getByLabel('Name').fill('Makers')
  await page.getByLabel('Description').fill(MARKUP)
  await page.getByLabel('See a server: No').focus()
  await page.keyboard.press('ArrowRight')
  t.ok(await page.getByLabel('See a server: Own servers').isChecked(), 'by keyboard')
  await page.getByLabel('Create servers: Everywhere').check()
  await page.getByLabel('See the users: Everywhere').check()
  await accept(t, page, 'new role')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('heading', { name: 'Delete this role' }).waitFor()
  const { data: roles } = await world.admin.get('/api/v1/roles')
  const permissions = { 'server-view': 'OWN', 'server-create': 'ANY', 'user-view': 'ANY' }
  t.match(
    roles.find(({ name }: { name: string }) => name === 'Makers'),
    { permissions }
  )

  await page.getByRole('link', { name: 'Users' }).click()
  await page.getByLabel('Search by name or e-mail').fill('joan@')
  await page.getByRole('link', { name: 'admin', exact: true }).waitFor({ state: 'detached' })
  await page.getByRole('link', { name: 'joan', exact: true }).click()
  await page.getByLabel('Role').selectOption('Makers')
  await accept(t, page, 'user')
  await page.getByRole('button', { name: 'Save' }).click()
  await isOut(theirs.page)
  await page.getByLabel('Right', { exact: true }).selectOption('Read the audit log')
  await page.getByRole('button', { name: 'Add this right' }).click()
  await page.getByText('Allowed: Read the audit log').waitFor()
  await accept(t, page, 'single rights')
  await enter(theirs.page, 'joan', FRESH_PASSWORD)
  await theirs.page.getByRole('link', { name: 'New server' }).waitFor()
  await theirs.page.getByRole('link', { name: 'People' }).click()
  await theirs.page.getByRole('link', { name: 'Audit log' }).click()
  await theirs.page.getByText('user.permissions.updated').waitFor()
  await confirm(page, 'Take away: Read the audit log')
  await page.getByText('Allowed: Read the audit log').waitFor({ state: 'detached' })
  await confirm(page, 'Disable')
  await isOut(theirs.page)
  await page.getByRole('button', { name: 'Enable' }).click()
  await page.getByRole('button', { name: 'Disable' }).waitFor()

  await page.getByRole('link', { name: 'Audit log' }).click()
  await page.getByText('role.created').waitFor()
  await page.getByText('Details').first().click()
  await accept(t, page, 'audit log')
  await page.getByLabel('What').selectOption('Roles')
  await page.getByText('user.created').first().waitFor({ state: 'detached' })
  await page.getByLabel('Who').fill('joan')
  await page.getByRole('button', { name: 'joan', exact: true }).click()
  await page.getByRole('heading', { name: 'Nothing found' }).waitFor()
  await page.getByLabel('What').selectOption('Logins and passwords')
  await page.getByText('auth.password.changed').waitFor()
  t.match(
    await page.getByRole('link', { name: 'Save all that fits' }).getAttribute('href'),
    /^\/api\/v1\/audit-logs\/export\?actorId=[\w-]+&action=auth\.$/
  )

  await page.getByRole('link', { name: 'Roles' }).click()
  await page.getByRole('link', { name: 'Makers' }).click()
  await page.getByText('One user has it and gets another.').waitFor()
  await accept(t, page, 'role')
  await page.getByLabel('They get the role').selectOption('USER')
  await confirm(page, 'Delete this role')
  await page.getByRole('link', { name: 'New role' }).waitFor()
  await page.getByRole('link', { name: 'Makers' }).waitFor({ state: 'detached' })
  await page.getByRole('link', { name: 'Users' }).click()
  await page.getByRole('link', { name: 'joan', exact: true }).click()
  await page.getByLabel('Type joan to confirm').fill('joan')
  await page.getByRole('button', { name: 'Delete for good' }).click()
  await page.getByRole('button', { name: 'New user' }).waitFor()
  await page.getByRole('link', { name: 'joan', exact: true }).waitFor({ state: 'detached' })
  t.equal(await page.evaluate('window.wasRun'), undefined, 'nothing was run')
  t.same([...complaints, ...theirs.complaints], [])
})

t.test('on a phone, for a helper: what they may not do is not offered', async t => {
  const helpers = {
    'server-view': 'ANY',
    'user-view': 'ANY',
    'user-update': 'ANY',
    'admin-roles': 'ANY'
  }
  await world.admin.post('/api/v1/roles', { name: 'Helpers', permissions: helpers })
  await world.admin.post('/api/v1/roles', { name: 'Guests' })
  await addUser('helper', 'Helpers')
  await addRows(60)
  const altId = await world.addProbeAlt()
  const { node } = await world.admin.post('/api/v1/nodes', { name: 'attic' })
  await addBareServers(world, altId, [node.id])
  const { page, complaints } = await openPage(t, 'helper', PASSWORD, PHONE)
  await page.emulateMedia({ colorScheme: 'dark' })
  await gone(t, page, 'link', /^(Nodes|Templates)$/)
  await page.getByRole('link', { name: 'People' }).click()
  await page.getByRole('button', { name: 'Show more' }).click()
  await page.getByRole('link', { name: 'many9', exact: true }).waitFor()
  await gone(t, page, 'button', /^New user$/)
  await gone(t, page, 'link', /^Audit log$/)
  await accept(t, page, 'users on a phone')
  await page.getByLabel('Search by name or e-mail').fill('many42')
  await page.getByRole('link', { name: 'many42' }).click()
  await page.getByRole('button', { name: 'Disable' }).waitFor()
  await gone(t, page, 'button', /^Delete for good$/)
  await accept(t, page, 'user on a phone')
  await page.getByLabel('How many servers').fill('3')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('Saved.').waitFor()
  await confirm(page, 'Take the second factor away')
  await page.getByText('There is no second factor.').waitFor()

  await page.getByRole('link', { name: 'Roles' }).click()
  await page.getByRole('link', { name: 'ADMIN' }).click()
  await page.getByText('This role may do more than you.').waitFor()
  t.ok(await page.getByRole('button', { name: 'Save' }).isDisabled())
  await gone(t, page, 'button', /^Delete this role$/)
  await accept(t, page, 'role on a phone')
  await page.getByRole('link', { name: 'Roles' }).click()
  await page.getByRole('link', { name: 'New role' }).click()
  t.ok(await page.getByLabel('See the users: Everywhere').isEnabled())
  t.ok(await page.getByLabel('Read the audit log: Everywhere').isDisabled())
  await page.goto(`${world.url}/people/audit`)
  await page.getByText('You need the right: Read the audit log.').waitFor()
  await accept(t, page, 'refused on a phone')

  const { data } = await world.admin.get('/api/v1/users?search=admin')
  await page.goto(`${world.url}/people/users/${data[0].id}`)
  await page.getByLabel('How many servers').fill('1')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('You may not do this. You need the right:').waitFor()
  t.same(complaints, [])
})

t.test('who keeps the templates imports eggs, changes one, and learns why one stays', async t => {
  const { page, complaints } = await openPage(t, 'admin')
  await page.getByRole('link', { name: 'Templates' }).click()
  await page.getByRole('button', { name: 'New category' }).click()
  await page.getByLabel('Name').fill('Shooters')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByLabel('Category').selectOption('Shooters')
  await page.getByRole('heading', { name: 'No template here' }).waitFor()
  await accept(t, page, 'no template')
  await page.getByRole('link', { name: 'Import eggs' }).click()
  await page.getByLabel('Into the category').selectOption('Shooters')
  await accept(t, page, 'import')
  const eggs = [egg('Arena'), egg(`Arena ${MARKUP}`)]
  await page
    .locator('input[type=file]')
    .setInputFiles([
      ...eggs.map((text, at) => fileOf(`${at}.json`, text)),
      ...[fileOf(`${MARKUP}.json`, '{}'), fileOf('empty.json', '')],
      fileOf('huge.json', 'x'.repeat(4 * 1_048_576 + 1))
    ])
  const results = page.getByRole('list', { name: 'What came of it' }).getByRole('listitem')
  await results.nth(4).waitFor()
  await page.getByText('2 new, 0 renewed, 3 refused').waitFor()
  await page.getByText('No egg is as large as this.').waitFor()
  await page.getByText('1 warning').first().click()
  await page.getByText('variables.SPEED').first().waitFor()
  await accept(t, page, 'imported')
  const dropped = await page.evaluateHandle(
    `const moved = new DataTransfer()
    moved.items.add(new File([${JSON.stringify(egg('Arena', 'Another text'))}], 'again.json'))
    moved`
  )
  await page.dispatchEvent('.drop', 'drop', { dataTransfer: dropped })
  await page.getByText('0 new, 1 renewed, 0 refused').waitFor()

  await page.getByRole('link', { name: 'again.json' }).click()
  await page.getByRole('heading', { name: 'Arena', exact: true }).waitFor()
  const altId = page.url().split('/').at(-1) ?? ''
  await page.getByRole('textbox', { name: 'Start line' }).fill('./arena {{SPEED}} {{MAP}}')
  await page.getByLabel('How it is stopped').selectOption('By a line that is typed')
  await page.getByRole('textbox', { name: 'Which', exact: true }).fill('quit')
  await page.getByLabel('It is ready when it prints').fill('ready\nlistening')
  await page.getByRole('button', { name: 'Add a variable' }).click()
  const added = page.locator('details[open]')
  await added.getByLabel('What people read').fill('Map')
  await added.getByLabel('Environment variable').fill('MAP')
  await added.getByLabel('Rules').fill('required\nregex:/^(dm|ctf)$/')
  await added.getByLabel('Whoever has a server changes it').uncheck()
  await accept(t, page, 'template')
  await page.getByRole('button', { name: 'Save' }).click()
  const versions = page.getByRole('list', { name: 'Versions' }).getByRole('listitem')
  await versions.filter({ hasText: 'variable Map (MAP) is new' }).waitFor()
  const saved = await world.admin.get(`/api/v1/alts/${altId}`)
  t.match(saved, {
    startup: './arena {{SPEED}} {{MAP}}',
    config: { done: ['ready', 'listening'], stop: { type: 'command', value: 'quit' } },
    install: { script: 'echo installed' },
    variables: [
      { envVariable: 'SPEED' },
      { envVariable: 'MAP', rules: ['required', 'regex:/^(dm|ctf)$/'], userEditable: false }
    ]
  })
  await page.getByRole('button', { name: 'Look for a newer file' }).click()
  await page.getByText('This template came from no egg that says').waitFor()
  const address = await page.getByRole('link', { name: 'JSON (PTDL_v2)' }).getAttribute('href')
  const written = JSON.parse(String((await world.admin.request('GET', address ?? '')).body))
  t.match(written, { meta: { version: 'PTDL_v2' }, startup: './arena {{SPEED}} {{MAP}}' })

  const { node } = await world.admin.post('/api/v1/nodes', { name: 'cellar' })
  const [serverId] = await addBareServers(world, altId, [node.id])
  await confirm(page, 'Delete this template')
  await page.getByText('It is still needed by: Bare.').waitFor()
  await accept(t, page, 'a template that stays')
  await world.database.query('DELETE FROM "Server" WHERE id = $1', [serverId])
  await confirm(page, 'Delete this template')
  await page.getByLabel('Search templates').fill('Arena')
  await page.getByRole('link', { name: 'Arena', exact: true }).waitFor({ state: 'detached' })
  await page.getByRole('link', { name: `Arena ${MARKUP}` }).waitFor()
  await accept(t, page, 'templates')
  await page.getByLabel('Category').selectOption('Shooters')
  await confirm(page, 'Delete the category')
  await page.getByText('It is still needed by:').waitFor()
  await accept(t, page, 'a category that stays')
  await page.getByRole('link', { name: 'New template' }).click()
  await page.getByRole('textbox', { name: 'Start line' }).waitFor()
  await accept(t, page, 'new template')
  t.equal(await page.evaluate('window.wasRun'), undefined, 'nothing was run')
  t.same(complaints, [])
})

t.test('secrets leave the address, and what an account owes is asked for', async t => {
  const { page, context, complaints } = await openPage(t)
  await page.goto(`${world.url}/reset-password#token=secret-of-a-mail`)
  await page.getByText('Choose a new password for your account.').waitFor()
  t.equal(page.url(), `${world.url}/reset-password`)
  await page.goto(`${world.url}/confirm-email#token=secret-of-a-mail`)
  await addUser('kim')
  await enter(page, 'kim', PASSWORD)
  await page.getByRole('heading', { name: 'Your new e-mail address' }).waitFor()
  await until('it is gone', () => page.url() === `${world.url}/confirm-email`)
  await page.getByRole('button', { name: 'Confirm it' }).click()
  await page.getByText('This link is too old or was used already.').waitFor()
  await page.goBack()
  t.notMatch(page.url(), 'secret', 'nor does it stay in the history')

  const kim = await login(world.url, 'kim', PASSWORD)
  const { secret } = await kim.post('/api/v1/auth/totp', { currentPassword: PASSWORD })
  const code = codeOfApp(secret)
  const { recoveryCodes } = await kim.post('/api/v1/auth/totp/confirm', { code })
  const { data } = await world.admin.get('/api/v1/users?search=kim')
  await world.admin.patch(`/api/v1/users/${data[0].id}`, { mustChangePassword: true })
  await page.goto(`${world.url}/login?next=%2F%09%2Fevil.test`)
  await enter(page, 'kim', PASSWORD)
  await page.getByLabel('Code of your app').fill(recoveryCodes[0])
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Choose your own password' }).waitFor()
  await page.locator('[autocomplete=new-password]').first().fill(FRESH_PASSWORD)
  await page.locator('[autocomplete=new-password]').last().fill(FRESH_PASSWORD)
  await page.getByLabel('Code of your app').fill(recoveryCodes[1])
  await accept(t, page, 'forced password with a second factor')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'No server yet' }).waitFor()
  t.equal(page.url(), `${world.url}/`)

  const { id } = await world.admin.post('/api/v1/roles', {
    name: 'Careful',
    permissions: { 'server-view': 'OWN' }
  })
  await addUser('lee', 'Careful')
  const lee = await openPage(t, 'lee')
  await world.admin.patch(`/api/v1/roles/${id}`, { requiresTotp: true })
  await lee.page.getByRole('heading', { name: 'A second factor is needed' }).waitFor()
  await passwordOf(lee.page).fill(PASSWORD)
  await lee.page.keyboard.press('Enter')
  await lee.page.getByRole('img', { name: 'QR code for your app' }).waitFor()
  await accept(t, lee.page, 'forced second factor')

  await addUser('mia')
  const cookie = (await login(world.url, 'mia', PASSWORD)).cookie().split('=')
  const [name = '', value = ''] = cookie
  await world.killPanel()
  await page.getByText('The connection to the panel is lost.').waitFor()
  await page.getByRole('button', { name: 'Your account' }).click()
  await page.getByRole('button', { name: 'Log out', exact: true }).click()
  await page.getByText('The panel does not answer.').waitFor()
  await accept(t, page, 'not logged out')
  await context.addCookies([{ name, value, url: world.url }])
  const reloaded = page.waitForEvent('load')
  await world.startPanel()
  await reloaded
  await page.getByRole('button', { name: 'Your account' }).click()
  await page.getByText('mia@example.invalid').waitFor()
  await page.getByRole('button', { name: 'Log out', exact: true }).click()
  await isOut(page)
  t.same([...complaints, ...lee.complaints], [])
})

// ---------------------------------------------------------------- how it is done

function egg(name: string, description = 'Run and jump'): string {
  const speed = { name: 'Speed', description: '', env_variable: 'SPEED', default_value: '1' }
  return JSON.stringify({
    meta: { version: 'PTDL_v2', update_url: null },
    ...{
      uuid: name === 'Arena' ? ARENA : undefined,
      name,
      author: 'a@example.invalid',
      description
    },
    ...{
      features: null,
      docker_images: { 'Debian 12': 'debian:bookworm-slim' },
      file_denylist: []
    },
    ...{ startup: './arena {{SPEED}}' },
    config: { files: '{}', startup: '{"done":"ready"}', logs: '{}', stop: '^C' },
    scripts: {
      installation: {
        script: 'echo installed',
        container: 'debian:bookworm-slim',
        entrypoint: 'bash'
      }
    },
    variables: [
      {
        ...speed,
        user_viewable: true,
        user_editable: true,
        rules: 'required|unheard_of',
        field_type: 'text'
      }
    ]
  })
}

const fileOf = (name: string, text: string) => ({
  ...{ name, mimeType: 'application/json' },
  buffer: Buffer.from(text)
})

async function addUser(username: string, role = 'USER'): Promise<string> {
  const body = { username, email: `${username}@example.invalid`, password: PASSWORD, role }
  return (await world.admin.post('/api/v1/users', body)).user.id
}

/** Users as if they had been made, without a hash for each. */
async function addRows(count: number): Promise<void> {
  await world.database.query(
    `INSERT INTO "User" (id, username, email, "passwordHash", "mustChangePassword", "roleId")
     SELECT gen_random_uuid(), 'many' || n, 'many' || n || '@example.invalid', 'none', false, r.id
     FROM generate_series(0, $1::int - 1) AS n, "Role" r WHERE r.name = 'Guests'`,
    [count]
  )
}

function openPage(t: Test, username?: string, password = PASSWORD, viewport?: Viewport) {
  return visit(t, { chromium, world }, username ? { username, password } : undefined, viewport)
}

async function enter(page: Page, username: string, password: string): Promise<void> {
  await page.getByLabel('Username or e-mail').fill(username)
  await passwordOf(page).fill(password)
  await page.keyboard.press('Enter')
}

async function fillPasswords(page: Page, current: string, fresh: string): Promise<void> {
  await passwordOf(page).first().fill(current)
  await page.locator('[autocomplete=new-password]').first().fill(fresh)
  await page.locator('[autocomplete=new-password]').last().fill(fresh)
  await page.getByRole('button', { name: 'Change the password' }).click()
}

/** What is asked once more before it is done, by keyboard. */
async function confirm(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name }).click()
  await sure(page).waitFor()
  await page.keyboard.press('Enter')
}

const sure = (page: Page) => page.locator('[role=dialog] button:focus')

async function logOut(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Your account' }).click()
  await page.getByRole('button', { name: 'Log out', exact: true }).click()
  await page.getByRole('heading', { name: 'Welcome back' }).waitFor()
}

/** Without anybody having touched the page. */
async function isOut(page: Page): Promise<void> {
  await page.getByRole('heading', { name: 'Welcome back' }).waitFor({ timeout: 10_000 })
}
