import { once } from 'node:events'
import { request as rawRequest } from 'node:http'
import t, { type Test } from 'tap'
import { loadConfig } from '../src/config.ts'
import { addServerOf, closedAfter, codeAt, openSocket, setUpTotp, stepNow } from './access-world.ts'
import { holdUsers } from './held-users.ts'
import {
  addUser,
  buildPanel,
  login,
  type Person,
  stranger,
  type TestPanel,
  type TestPanelOptions,
  until
} from './helper.ts'
import { type MailServer, type MailServerOptions, startMailServer } from './mail-server.ts'
import { testAdmin } from './test-database.ts'

// The machine may be busy with other files.
t.setTimeout(180_000)

const RESET = '/api/v1/auth/password-reset'
const CONFIRM = `${RESET}/confirm`
const EMAIL = '/api/v1/auth/email'
const ME = '/api/v1/auth/me'
const { password } = testAdmin
const newPassword = 'another one, as good'
const annsAddress = 'ann@example.invalid'
const refused = { status: 403, body: { code: 'MAIL_TOKEN_REFUSED' } }

async function startWorld(t: Test, options: TestPanelOptions = {}, server?: MailServerOptions) {
  const mail = await startMailServer(t, server)
  const env = { TRUSTED_PROXIES: '127.0.0.1', ...mail.env, ...options.env }
  const panel = await buildPanel(t, { ...options, env })
  const user = await addUser(panel, { username: 'ann' })
  return { panel, mail, user, anyone: stranger(panel.url) }
}

let lastAddress = 0
/** Somebody on a network of their own. */
const fromElsewhere = () => ({ 'x-forwarded-for': `10.1.${lastAddress++}.1` })

const askReset = ({ url }: Pick<TestPanel, 'url'>, email: string) =>
  stranger(url).request('POST', RESET, { email }, fromElsewhere())

const confirmReset = (person: Person, token: string, newOne = newPassword) =>
  person.request('POST', CONFIRM, { token, newPassword: newOne }, fromElsewhere())

async function linkFor(panel: TestPanel, mail: MailServer, email = annsAddress): Promise<string> {
  const before = mail.mails.filter(({ to }) => to === email).length
  await askReset(panel, email)
  return (await mail.to(email, before + 1)).at(-1)?.token ?? ''
}

/** Neither the log nor the database holds any of them. */
async function keepsToItself(t: Test, panel: TestPanel, secrets: string[]) {
  const tables = await Promise.all([
    panel.db.prisma.auditLog.findMany(),
    panel.db.prisma.mailToken.findMany(),
    panel.db.prisma.user.findMany({ omit: { totpLastStep: true } })
  ])
  const written = panel.logged() + JSON.stringify(tables)
  for (const secret of secrets) {
    t.ok(secret.length > 7)
    t.notOk(written.includes(secret), 'it stands nowhere')
  }
}

t.test('a forgotten password is replaced by who reads the mails', async t => {
  const { panel, mail, user, anyone } = await startWorld(t)
  const [here, there] = [await login(panel, 'ann'), await login(panel, 'ann')]
  const events = await openSocket(t, panel, '/api/v1/events', { cookie: here.cookie })
  const asked = await askReset(panel, 'ANN@Example.INVALID')
  t.match(asked, { status: 202, body: { message: String } })
  const [first] = await mail.to(annsAddress)
  t.match(first, { from: 'panel@example.invalid', subject: /new password/i, text: /Hello ann/ })
  t.match(first?.token, /^[\w-]{43}$/, '256 bits')
  t.match(first?.raw, /content-type: text\/plain/i)
  const rows = await panel.db.prisma.mailToken.findMany()
  const [row] = rows
  t.match(rows, [{ userId: user.id, purpose: 'PASSWORD_RESET', email: annsAddress, usedAt: null }])
  const minutes = ((row?.expiresAt.getTime() ?? 0) - (row?.createdAt.getTime() ?? 0)) / 60_000
  t.equal(Math.round(minutes), 30)

  const second = await linkFor(panel, mail)
  const began = performance.now()
  t.equal((await confirmReset(anyone, second)).status, 204)
  const { code, ms } = await closedAfter(events, began)
  t.equal(code, 4401, 'what was open ends')
  t.ok(ms < 5_000)
  for (const person of [here, there]) t.equal((await person.request('GET', ME)).status, 401)
  const old = { username: 'ann', password }
  t.equal((await anyone.request('POST', '/api/v1/auth/login', old)).status, 401)
  t.equal((await (await login(panel, 'ann', newPassword)).request('GET', ME)).status, 200)

  const used = await confirmReset(anyone, second)
  t.match(used, refused, 'it works once')
  const voided = await confirmReset(anyone, first?.token ?? '')
  t.match(voided, refused, 'nor does any other that was sent')
  const expired = await linkFor(panel, mail)
  await panel.db.prisma.mailToken.updateMany({ data: { expiresAt: new Date(Date.now() - 1) } })
  const tooLate = await confirmReset(anyone, expired)
  const wrong = await confirmReset(anyone, 'x'.repeat(43))
  for (const answer of [used, voided, tooLate]) {
    t.equal(answer.status, wrong.status)
    t.equal(answer.body.message, wrong.body.message, 'and none tells why')
  }
  const tooLong = await confirmReset(anyone, expired, 'ä'.repeat(40))
  t.match(tooLong, { status: 400, body: { details: [{ field: 'body.newPassword' }] } })

  const lines = await panel.db.prisma.auditLog.findMany({
    where: { action: { startsWith: 'auth.password-reset' } },
    orderBy: { id: 'asc' }
  })
  t.match(lines, [
    { action: 'auth.password-reset.asked', actorId: null, targetId: user.id },
    { action: 'auth.password-reset.asked' },
    { action: 'auth.password-reset.done', actorName: 'ann', targetId: user.id },
    { action: 'auth.password-reset.asked' }
  ])
  const tokens = mail.mails.map(({ token }) => token)
  await keepsToItself(t, panel, [...tokens, newPassword, 'a password of the mail server'])
})

t.test('of two who use one link at once one does', async t => {
  const { panel, mail } = await startWorld(t)
  const token = await linkFor(panel, mail)
  const wishes = ['the first of them', 'the second of them', 'the third of them']
  const held = await holdUsers(t, panel)
  const asked = wishes.map(wish => confirmReset(stranger(panel.url), token, wish))
  await held.waiting(wishes.length)
  await held.letGo()
  const answers = await Promise.all(asked)
  const winners = wishes.filter((_, at) => answers[at]?.status === 204)
  t.equal(winners.length, 1)
  t.same(answers.map(({ status }) => status).sort(), [204, 403, 403])
  t.ok(await login(panel, 'ann', winners[0]))
})

t.test('sixty 30: nobody learns who has an account, or floods one', async t => {
  const { panel, mail } = await startWorld(t)
  const gone = await addUser(panel, { username: 'gone' })
  await panel.db.prisma.user.update({ where: { id: gone.id }, data: { disabledAt: new Date() } })
  const held = await holdUsers(t, panel)
  const answers = [
    await askReset(panel, annsAddress),
    await askReset(panel, 'gone@example.invalid'),
    await askReset(panel, 'nobody@example.invalid'),
    await askReset(panel, '%@example.invalid')
  ]
  t.equal(mail.mails.length, 0, 'they were answered before anybody was looked up')
  for (const { status, body } of answers)
    t.same({ status, body }, { status: 202, body: answers[0]?.body })
  await held.letGo()
  await mail.to(annsAddress)

  for (let asked = 0; asked < 6; asked++) {
    t.equal((await askReset(panel, annsAddress)).status, 202)
  }
  await mail.to(annsAddress, 3)
  const ofOne = fromElsewhere()
  const statuses: number[] = []
  for (let asked = 0; asked < 14; asked++) {
    const email = `somebody${asked}@example.invalid`
    const answer = await stranger(panel.url).request('POST', RESET, { email }, ofOne)
    statuses.push(answer.status)
  }
  t.same(statuses, [...Array(10).fill(202), ...Array(4).fill(429)], 'one address is limited')
  // Mails go out in the order that they were asked for in: all that will come has come by then.
  await linkFor(panel, mail, testAdmin.email)
  t.equal(mail.mails.filter(({ to }) => to === annsAddress).length, 3, 'so is one account')
  t.equal(mail.mails.length, 4, 'and nobody else got any')
})

t.test('sixty 33: where a link leads is not for a request to say', async t => {
  const { panel, mail } = await startWorld(t)
  const { port } = new URL(panel.url)
  const [ann, admin] = [await login(panel, 'ann'), await login(panel)]
  const newcomer = { username: 'carl', email: 'carl@example.invalid', invite: true }
  const rows: [path: string, cookie: string, body: object, to: string, page: string][] = [
    [RESET, '', { email: annsAddress }, annsAddress, 'reset-password'],
    [
      ...([EMAIL, ann.cookie] as const),
      { newEmail: 'anna@example.invalid', currentPassword: password },
      ...(['anna@example.invalid', 'confirm-email'] as const)
    ],
    ['/api/v1/users', admin.cookie, newcomer, newcomer.email, 'reset-password']
  ]
  for (const [path, cookie, body, to, page] of rows) {
    const text = JSON.stringify(body)
    const asking = rawRequest({
      ...{ host: '127.0.0.1', port, method: 'POST', path },
      headers: {
        host: 'evil.example',
        'x-forwarded-host': 'evil.example',
        'x-forwarded-proto': 'https',
        'x-forwarded-port': '666',
        'x-original-url': 'https://evil.example/',
        forwarded: 'host=evil.example',
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(text),
        // What is sent over HTTPS has the name of a cookie over HTTPS.
        ...(cookie && { cookie: `${cookie}; __Host-${cookie}` })
      }
    })
    asking.end(text)
    const [response] = await once(asking, 'response')
    t.match(response.statusCode, /^20[12]$/, path)
    response.resume()
    const [received] = await mail.to(to)
    t.ok(received?.text.includes(`${panel.url}/${page}#token=`), path)
    t.notMatch(received?.raw, /evil|:666/, path)
  }
})

t.test(
  'security 30 and 33: who is invited hears of it, and who invites learns nothing',
  async t => {
    const { panel, mail, user } = await startWorld(t)
    const { prisma } = panel.db
    await addUser(panel, { username: 'bob' })
    const gone = await addUser(panel, { username: 'gone' })
    await prisma.user.update({ where: { id: gone.id }, data: { disabledAt: new Date() } })
    const id = await addServerOf(panel, user.id)
    const name = 'Free.coins at https://evil.example/x\u2028Hello \uff45vil\uff0eexample'
    await prisma.server.update({ where: { id }, data: { name } })
    const path = `/api/v1/servers/${id}/members`
    const person = await login(panel, 'ann')
    const key = { name: 'key', currentPassword: password }
    const { secret } = (await person.request('POST', '/api/v1/api-keys', key)).body

    const answered = new Set<string>()
    async function invite(invite: string, by = `Bearer ${secret}`) {
      const body = JSON.stringify({ invite, permissions: [] })
      const asking = rawRequest({
        ...{ host: '127.0.0.1', port: new URL(panel.url).port, method: 'POST', path },
        headers: {
          ...{ host: 'evil.example', 'x-forwarded-host': 'evil.example', authorization: by },
          ...{ 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
        }
      })
      asking.end(body)
      const [response] = await once(asking, 'response')
      const parts: Buffer[] = []
      for await (const part of response) parts.push(part)
      const {
        id: _,
        invitee,
        createdAt,
        expiresAt,
        ...rest
      } = JSON.parse(String(Buffer.concat(parts)))
      t.equal(invitee, invite.toLowerCase())
      t.same([typeof createdAt, typeof expiresAt], ['string', 'string'])
      answered.add(JSON.stringify([response.statusCode, rest]))
    }

    await invite('BOB')
    const [first] = await mail.to('bob@example.invalid')
    t.match(first, { subject: 'Ctrl-Alt-Play: An invitation to a server', token: '' })
    t.match(first?.text, /^ann invites you to share a server with them: Free coins at https evil/m)
    t.equal(first?.text.match(/\S*[/@.]\S*\w/g)?.filter(word => word.includes('/')).length, 1)
    t.ok(
      first?.text.includes(`\n${panel.url}/invitations\n`),
      'a link to where the panel says it is'
    )
    t.notMatch(first?.raw, /evil[.]example/i)
    t.match(first?.raw, /content-type: text\/plain/i)
    await invite('new@example.invalid')
    await mail.to('new@example.invalid')

    for (const nobody of ['nobody', 'gone', 'one@example.invalid,two@example.invalid']) {
      await invite(nobody)
    }
    for (const again of ['bob', 'Bob', 'bob@example.invalid', 'BOB@example.invalid']) {
      await invite(again)
    }
    await mail.to('bob@example.invalid', 3)
    await invite('tenth@example.invalid')
    await invite('eleventh@example.invalid')
    await mail.to('tenth@example.invalid')
    const admin = await login(panel)
    await admin.request('POST', path, { invite: 'last@example.invalid', permissions: [] })
    await mail.to('last@example.invalid')
    t.equal(answered.size, 1, 'whoever was invited, the answer was the same')
    const bobs = Array(3).fill('bob@example.invalid')
    t.same(
      mail.mails.map(({ to }) => to).toSorted(),
      [...bobs, 'last@example.invalid', 'new@example.invalid', 'tenth@example.invalid'],
      'three a day to one address, ten an hour of one user, and nobody else got any'
    )
  }
)

t.test('an invitation does not wait for its mail', async t => {
  const { panel, mail, user } = await startWorld(t, {}, { isSilent: () => true })
  const path = `/api/v1/servers/${await addServerOf(panel, user.id)}/members`
  const person = await login(panel, 'ann')
  for (const invite of ['admin', 'nobody', 'new@example.invalid']) {
    t.match(await person.request('POST', path, { invite, permissions: [] }), { status: 202 })
  }
  await until('the mail server was asked', () => mail.connections() > 0)
  t.equal(mail.mails.length, 0)
})

t.test('a second factor outlives a new password, and a link does not outlive a change', async t => {
  const { panel, mail, anyone } = await startWorld(t)
  const person = await login(panel, 'ann')
  const { secret } = await setUpTotp(panel, person)
  t.equal((await confirmReset(anyone, await linkFor(panel, mail))).status, 204)
  const right = { username: 'ann', password: newPassword }
  const path = '/api/v1/auth/login'
  t.match(await anyone.request('POST', path, right), {
    status: 401,
    body: { code: 'TOTP_REQUIRED' }
  })
  const totp = codeAt(secret, stepNow())
  t.equal((await anyone.request('POST', path, { ...right, totp })).status, 200)

  const bob = await addUser(panel, { username: 'bob' })
  const [here, there] = [await login(panel, 'bob'), await login(panel, 'bob')]
  const events = await openSocket(t, panel, '/api/v1/events', { cookie: there.cookie })
  const link = await linkFor(panel, mail, 'bob@example.invalid')
  const chosen = { currentPassword: password, newPassword }
  const began = performance.now()
  t.equal((await here.request('POST', '/api/v1/auth/password', chosen)).status, 200)
  const { code, ms } = await closedAfter(events, began)
  t.equal(code, 4401, 'sixty 25: the other login ends with what it had open')
  t.ok(ms < 5_000)
  t.match(await confirmReset(anyone, link), refused)

  const admin = await login(panel)
  const late = await linkFor(panel, mail, 'bob@example.invalid')
  const moved = { email: 'robert@example.invalid' }
  t.equal((await admin.request('PATCH', `/api/v1/users/${bob.id}`, moved)).status, 200)
  t.match(await confirmReset(anyone, late), refused, 'nor one to an address that is theirs no more')
})

t.test(
  'another e-mail address is confirmed by who reads it, and the old one hears of it',
  async t => {
    const { panel, mail, user } = await startWorld(t)
    await addUser(panel, { username: 'bob' })
    const [person, bob] = [await login(panel, 'ann'), await login(panel, 'bob')]
    const ask = (newEmail: string, currentPassword = password) =>
      person.request('POST', EMAIL, { newEmail, currentPassword })
    t.match(await ask('anna@example.invalid', 'wrong'), {
      status: 403,
      body: { code: 'WRONG_PASSWORD' }
    })
    t.match(await ask('ANN@example.invalid'), { status: 400 }, 'it is that already')

    const free = await ask('anna@example.invalid')
    const taken = await ask('BOB@example.invalid')
    t.equal(free.status, 202)
    t.same([taken.status, taken.body], [free.status, free.body], 'sixty 30: both read the same')
    const [toNew] = await mail.to('anna@example.invalid')
    const [toTaken] = await mail.to('BOB@example.invalid')
    const notices = await mail.to(annsAddress, 2)
    t.match(toNew?.text, `${panel.url}/confirm-email#token=`)
    t.match(toTaken, { subject: /already/, token: '' })
    t.match(notices[0], { text: /another e-mail address/, token: '' })
    const token = toNew?.token ?? ''
    const change = { email: 'anna@example.invalid' }
    t.match(await panel.db.prisma.user.findUnique({ where: { id: user.id } }), {
      email: annsAddress
    })

    const confirm = (by: Person, one: string) =>
      by.request('POST', `${EMAIL}/confirm`, { token: one })
    t.equal((await confirm(stranger(panel.url), token)).status, 401, 'a link alone is not enough')
    t.match(await confirm(bob, token), refused, "nor is another's login")
    const reset = await linkFor(panel, mail)
    t.match(await confirm(person, reset), refused, 'nor is a link for something else')
    t.match(await confirmReset(bob, token), refused, 'and the other way round')
    const both = await Promise.all([confirm(person, token), confirm(person, token)])
    t.same(both.map(({ status }) => status).sort(), [204, 403], 'once, also of two at once')
    t.match((await person.request('GET', ME)).body, { user: change })
    t.match(await confirmReset(bob, reset), refused, 'links to the old address are void')
    t.ok(await login(panel, 'Anna@example.invalid'))

    await ask('late@example.invalid')
    const [late] = await mail.to('late@example.invalid')
    const admin = await login(panel)
    const made = { username: 'late', email: 'LATE@example.invalid', password }
    t.equal((await admin.request('POST', '/api/v1/users', made)).status, 201)
    t.match(await confirm(person, late?.token ?? ''), { status: 409, body: { code: 'NAME_TAKEN' } })

    const lines = await panel.db.prisma.auditLog.findMany({
      where: { action: 'auth.email-change.done' }
    })
    t.match(lines, [{ actorName: 'ann', before: { email: annsAddress }, after: change }])
    for (let more = 0; more < 2; more++) await ask(`more${more}@example.invalid`)
    t.match(await ask('toomany@example.invalid'), { status: 429 }, 'nobody floods a mailbox')
    const statuses: number[] = []
    for (const username of ['one', 'two', 'three', 'four', 'five', 'six']) {
      await addUser(panel, { username })
      const body = { newEmail: 'stranger@example.invalid', currentPassword: password }
      statuses.push((await (await login(panel, username)).request('POST', EMAIL, body)).status)
    }
    t.same(statuses, [202, 202, 202, 202, 202, 429], 'nor do many together')
    await keepsToItself(t, panel, [token, reset, late?.token ?? ''])
  }
)

t.test('who is invited chooses a password by a mailed link', async t => {
  const { panel, mail, anyone } = await startWorld(t)
  const admin = await login(panel)
  const body = { username: 'carl', email: 'carl@example.invalid', invite: true }
  const made = await admin.request('POST', '/api/v1/users', body)
  t.match(made, { status: 201, body: { user: { username: 'carl', mustChangePassword: true } } })
  t.notOk('password' in made.body)
  const [welcome] = await mail.to('carl@example.invalid')
  t.match(welcome, { subject: /account/, text: /carl/ })
  t.equal((await confirmReset(anyone, welcome?.token ?? '')).status, 204)
  const carl = await login(panel, 'carl', newPassword)
  t.equal((await carl.request('GET', '/api/v1/servers')).status, 200)
  await keepsToItself(t, panel, [welcome?.token ?? '', newPassword])
})

t.test('a mail server that is away is tried again, and nobody waits for it', async t => {
  const away = await startMailServer(t)
  await away.stop()
  const panel = await buildPanel(t, {
    env: away.env,
    mailTiming: { deadlineMs: 2_000, retryMs: Array(200).fill(50) }
  })
  await addUser(panel, { username: 'ann' })
  t.equal((await askReset(panel, annsAddress)).status, 202)
  await until('it was tried', () => panel.logged().includes('a mail could not be sent yet'))
  const back = await startMailServer(t, { port: away.port })
  const [received] = await back.to(annsAddress)
  t.match(received?.token, /^[\w-]{43}$/)
  await keepsToItself(t, panel, [received?.token ?? ''])
})

t.test('a mail server that is slow, full or unwilling does no harm', async t => {
  const mood: { code?: number; silent: boolean } = { silent: true }
  const { panel, mail } = await startWorld(
    t,
    { mailTiming: { deadlineMs: 500, retryMs: [50, 50], maxWaiting: 2 } },
    { refuse: () => mood.code, isSilent: () => mood.silent }
  )
  const count = (text: string) => panel.logged().split(text).length - 1
  const names = Array.from({ length: 9 }, (_, at) => `user${at}`)
  for (const username of names) await addUser(panel, { username })
  const began = performance.now()
  for (const name of names) {
    t.equal((await askReset(panel, `${name}@example.invalid`)).status, 202)
  }
  t.ok(performance.now() - began < 5_000, 'they are answered while nothing moves')
  await until('some found no room', () => count('too many wait') >= 3)
  await until('the others were given up', () => count('"a mail could not be sent"') >= 6, 20_000)
  t.equal(mail.connections(), 18, 'three tries each')

  mood.silent = false
  mood.code = 550
  await askReset(panel, annsAddress)
  await until('it is final', () => count('"isFinal":true') === 1)
  t.equal(mail.connections(), 19, 'one try')
  mood.code = 451
  await askReset(panel, annsAddress)
  await until('it is tried again', () => mail.connections() >= 21)
  delete mood.code
  await askReset(panel, annsAddress)
  await mail.to(annsAddress)
})

t.test('a panel stops while a mail is under way', async t => {
  const { panel, mail } = await startWorld(t, {}, { isSilent: () => true })
  await askReset(panel, annsAddress)
  await until('it is being sent', () => mail.connections() === 1)
  const began = performance.now()
  await panel.app.close()
  t.ok(performance.now() - began < 5_000)
  t.match(panel.logged(), /a mail could not be sent/)
})

t.test(
  'without a mail server strangers get the same answer, who is logged in is told, and the log says what is missing',
  async t => {
    const panel = await buildPanel(t)
    await addUser(panel, { username: 'ann' })
    const { status, body } = await stranger(panel.url).request('POST', RESET, {
      email: annsAddress
    })
    t.match({ status, body }, { status: 202, body: { message: /If an account/ } })
    const ann = await login(panel, 'ann')
    const change = { newEmail: 'anna@example.invalid', currentPassword: password }
    t.match(await ann.request('POST', EMAIL, change), {
      status: 409,
      body: { code: 'MAIL_NOT_SET_UP' }
    })
    await until('it is said', () => panel.logged().includes('SMTP_URL is not set'))

    const wrong: [Record<string, string>, RegExp][] = [
      [{ SMTP_URL: 'smtp://u:hunter2@host' }, /^MAIL_FROM must be/],
      [{ MAIL_FROM: 'a@b' }, /^SMTP_URL must be/],
      [{ SMTP_URL: 'http://u:hunter2@host', MAIL_FROM: 'a@b' }, /^SMTP_URL must be/],
      [{ SMTP_URL: 'smtp://u:hunter2@', MAIL_FROM: 'a@b' }, /^SMTP_URL must be/],
      [{ SMTP_URL: 'smtp://host', MAIL_FROM: 'a b' }, /^MAIL_FROM must be/]
    ]
    for (const [env, message] of wrong) {
      t.throws(() => loadConfig(env), { message }, JSON.stringify(env))
      try {
        loadConfig(env)
      } catch (err) {
        t.notMatch(String(err), 'hunter2', 'a secret is not repeated')
      }
    }
  }
)
