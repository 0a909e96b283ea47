import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { request as rawRequest } from 'node:http'
import {
  createKeyPair,
  enrollTranscript,
  keyIdOf,
  parseEnrollmentToken,
  sign
} from '@ctrl-alt-play/protocol'
import t, { type Test } from 'tap'
import { codeAt, earlyInStep, forgetSteps, setUpTotp, withKey } from './access-world.ts'
import { machineFacts } from './fake-agent.ts'
import {
  addUser,
  buildPanel,
  type Json,
  login,
  type Person,
  stranger,
  type TestPanel,
  until
} from './helper.ts'
import { type MailServer, startMailServer } from './mail-server.ts'
import { serverOf } from './people-world.ts'
import { testAdmin } from './test-database.ts'

// The machine may be busy with other files.
t.setTimeout(180_000)

const api = '/api/v1'
const ME = `${api}/auth/me`
const LOGIN = `${api}/auth/login`
const RESET = `${api}/auth/password-reset`
const EMAIL = `${api}/auth/email`
const { password } = testAdmin
const newPassword = 'another one, as good'
const metricsToken = 'prometheus-0123456789-abcdef'

let lastAddress = 0
/** Somebody on a network of their own: what is counted by address is not what is asked here. */
const elsewhere = () => ({ 'x-forwarded-for': `10.2.${lastAddress++}.1` })

/** A panel that sends mails, whose machine is trusted with nothing. */
async function startWorld(t: Test) {
  const mail = await startMailServer(t)
  const env = {
    ...{ TRUSTED_PROXIES: '127.0.0.1', RATE_LIMIT_PER_MINUTE: '0', METRICS_TOKEN: metricsToken },
    ...mail.env
  }
  const panel = await buildPanel(t, { env })
  return { env, mail, panel, admin: await login(panel) }
}

/** What the first link that was mailed there carries, or a later one. */
function linkTo({ mails }: MailServer, address: string, number = 1): Promise<string> {
  const links = () => mails.filter(({ to, token }) => to === address && token !== '')
  return until(`a link to ${address}`, () => links()[number - 1]?.token)
}

async function newPerson(panel: TestPanel, username: string): Promise<Person & { id: string }> {
  const { id } = await addUser(panel, { username })
  return Object.assign(await login(panel, username), { id })
}

const tokenOf = ({ cookie }: Person) => cookie.slice(cookie.indexOf('=') + 1)

/** A machine that comes with this for a token. */
function enroll({ url }: TestPanel, token: string, keys = createKeyPair()) {
  const tokenId = parseEnrollmentToken(token)?.id ?? 'ab'.repeat(16)
  const { publicKey } = keys
  const proof = sign(keys, enrollTranscript({ tokenId, publicKey }))
  const body = { token, publicKey, proof, machine: machineFacts }
  return stranger(url).request('POST', '/agent/v1/enroll', body, elsewhere())
}

t.test('sixty 22: what was given out for one door opens no other', async t => {
  const { panel, mail, admin } = await startWorld(t)
  const [ann, ben] = [await newPerson(panel, 'ann'), await newPerson(panel, 'ben')]
  const serverId = await serverOf(panel, ann.id)
  const key = await ann.request('POST', `${api}/api-keys`, { name: 'k', currentPassword: password })
  const invited = await ann.request('POST', `${api}/servers/${serverId}/members`, {
    ...{ invite: 'ben', permissions: [] }
  })
  await stranger(panel.url).request('POST', RESET, { email: 'ben@example.invalid' }, elsewhere())
  const newEmail = 'benjamin@example.invalid'
  await ben.request('POST', EMAIL, { newEmail, currentPassword: password })
  const carl = { username: 'carl', email: 'carl@example.invalid', invite: true }
  await admin.request('POST', `${api}/users`, carl)
  const node = await admin.request('POST', `${api}/nodes`, { name: 'alpha' })
  const { secret, recoveryCodes } = await setUpTotp(panel, ann)
  const [recoveryCode = ''] = recoveryCodes

  const tokens = {
    'a login': tokenOf(ann),
    'an API key': String(key.body.secret),
    'a link to a new password': await linkTo(mail, 'ben@example.invalid'),
    'a link to a first password': await linkTo(mail, carl.email),
    'a link to another address': await linkTo(mail, newEmail),
    'an invitation to a server': String(invited.body.id),
    'an enrolment token': String(node.body.enrollment.token),
    'a recovery code': recoveryCode,
    "an app's secret": String(secret),
    'a token of Prometheus': metricsToken,
    "a node's key": keyIdOf(createKeyPair().publicKey),
    "the panel's key": String(node.body.enrollment.panelKey),
    'a password': password
  }
  type Token = keyof typeof tokens
  for (const [name, value] of Object.entries(tokens)) t.ok(value.length > 7, name)

  let strangers = 0
  const guesser = async () => addUser(panel, { username: `guesser${strangers++}` })
  const coded: string[] = []
  for (const username of ['cat', 'dan', 'eve']) {
    await setUpTotp(panel, await newPerson(panel, username))
    coded.push(username)
  }
  const anyone = stranger(panel.url)
  const enter = (username: string, more: object) =>
    stranger(panel.url).request('POST', LOGIN, { username, password, ...more }, elsewhere())
  const doors: Record<
    string,
    {
      for: Token[]
      open: (value: string, isRight: boolean) => Promise<{ status: number; body: Json }>
    }
  > = {
    cookie: {
      for: ['a login'],
      open: value =>
        anyone.request('GET', ME, undefined, {
          cookie: `ctrl_alt_play_session=${encodeURIComponent(value)}`
        })
    },
    'Authorization: Bearer': {
      for: ['an API key'],
      open: value => withKey(panel, value).request('GET', ME)
    },
    metrics: {
      for: ['a token of Prometheus'],
      open: value =>
        anyone.request('GET', '/metrics', undefined, { authorization: `Bearer ${value}` })
    },
    'an enrolment': { for: ['an enrolment token'], open: value => enroll(panel, value) },
    'a new password': {
      for: ['a link to a new password', 'a link to a first password'],
      open: token => anyone.request('POST', `${RESET}/confirm`, { token, newPassword }, elsewhere())
    },
    'another address': {
      for: ['a link to another address'],
      open: token => ben.request('POST', `${EMAIL}/confirm`, { token })
    },
    "a server's membership": {
      for: ['an invitation to a server'],
      open: value => ben.request('POST', `${api}/invitations/${encodeURIComponent(value)}/accept`)
    },
    'a login by password': {
      for: ['a password'],
      open: async value => enter((await guesser()).username, { password: value })
    },
    'the second step of a login': {
      for: ['a recovery code'],
      open: (totp, isRight) => enter(isRight ? 'ann' : (coded[strangers++ % 3] ?? ''), { totp })
    }
  }

  const isOpen = ({ status }: { status: number }) => status < 300
  // The links go last: what they change ends logins and voids the others.
  for (const [door, { for: own, open }] of Object.entries(doors)) {
    const isKey = /^(cookie|Authorization)/.test(door)
    for (const [name, value] of Object.entries(tokens)) {
      if (own.includes(name as Token)) continue
      const answer = await open(value, false)
      const said = `${name} at ${door}: ${answer.status} ${answer.body?.code ?? ''}`
      // Whoever is asked to come again, or is not known at all, has not been at the door.
      const isJudged = answer.status !== 429 && (isKey || answer.body?.code !== 'UNAUTHENTICATED')
      if (isOpen(answer) || !isJudged) t.fail(said)
      else t.pass(said)
    }
  }
  const order = Object.entries(doors).sort(([one], [other]) => {
    return Number(/new password/.test(one)) - Number(/new password/.test(other))
  })
  for (const [door, { for: own, open }] of order) {
    for (const name of own) {
      const { status, body } = await open(tokens[name], true)
      t.ok(status < 300, `${name} at ${door}: ${status} ${body?.code ?? ''}`)
      if (name === 'a link to another address') {
        // Its use voids the other links to this user.
        const email = newEmail
        await stranger(panel.url).request('POST', RESET, { email }, elsewhere())
        tokens['a link to a new password'] = await linkTo(mail, email, 2)
      }
    }
  }
})

t.test('sixty 23: what was used once is used up, also after a restart', async t => {
  const { env, panel, mail, admin } = await startWorld(t)
  const [ann, ben] = [await newPerson(panel, 'ann'), await newPerson(panel, 'ben')]
  const { secret, recoveryCodes } = await setUpTotp(panel, ann)
  const serverId = await serverOf(panel, ann.id)
  const invited = await ann.request('POST', `${api}/servers/${serverId}/members`, {
    ...{ invite: 'ben', permissions: [] }
  })
  const node = await admin.request('POST', `${api}/nodes`, { name: 'alpha' })
  const newEmail = 'benjamin@example.invalid'
  await ben.request('POST', EMAIL, { newEmail, currentPassword: password })
  const address = await linkTo(mail, newEmail)
  const resetTo = async (email: string) => {
    await stranger(panel.url).request('POST', RESET, { email }, elsewhere())
    return linkTo(mail, email)
  }
  const out = await login(panel, 'ben')
  const cookie = out.cookie
  const step = await earlyInStep()
  await forgetSteps(panel)

  const enter = (at: TestPanel, totp?: string) =>
    stranger(at.url).request('POST', LOGIN, { username: 'ann', password, totp }, elsewhere())
  type Use = (at: TestPanel) => Promise<{ status: number; body: Json }>
  const reset = { token: '' }
  const uses: Record<string, { use: Use; code: string }> = {
    'an enrolment token': {
      use: at => enroll(at, node.body.enrollment.token),
      code: 'ENROLLMENT_TOKEN_USED'
    },
    'an invitation': {
      use: async at =>
        (await login(at, 'ben')).request('POST', `${api}/invitations/${invited.body.id}/accept`),
      code: 'INVITATION_NOT_FOUND'
    },
    'a link to another address': {
      use: async at =>
        (await login(at, 'ben')).request('POST', `${EMAIL}/confirm`, { token: address }),
      code: 'MAIL_TOKEN_REFUSED'
    },
    'a recovery code': { use: at => enter(at, recoveryCodes[0]), code: 'WRONG_TOTP' },
    'a code of an app': { use: at => enter(at, codeAt(secret, step)), code: 'WRONG_TOTP' },
    'a logout': {
      use: at => stranger(at.url, cookie).request('POST', `${api}/auth/logout`),
      code: 'UNAUTHENTICATED'
    }
  }
  for (const [name, { use }] of Object.entries(uses)) {
    const { status, body } = await use(panel)
    t.ok(status < 300, `${name}: ${status} ${body.code ?? ''}`)
  }
  reset.token = await resetTo('ann@example.invalid')
  const choose: Use = at =>
    stranger(at.url).request('POST', `${RESET}/confirm`, { ...reset, newPassword }, elsewhere())
  t.equal((await choose(panel)).status, 204)
  const refused = { status: 403, body: { code: 'MAIL_TOKEN_REFUSED' } }
  t.match(await choose(panel), refused)

  await panel.app.close()
  const again = await buildPanel(t, { env, databaseUrl: panel.databaseUrl })
  t.match(await choose(again), refused, 'a link to a new password')
  // With the password of before nobody would come as far as the code.
  const { passwordHash } = await again.db.prisma.user.findFirstOrThrow({
    where: { username: 'admin' }
  })
  await again.db.prisma.user.update({ where: { id: ann.id }, data: { passwordHash } })
  for (const [name, { use, code }] of Object.entries(uses)) {
    t.match(await use(again), { status: /^4/, body: { code } }, name)
  }
})

t.test('sixty 41: of many things in one request each is looked at, and none is done', async t => {
  const panel = await buildPanel(t)
  const { prisma } = panel.db
  const admin = await login(panel)
  const held = ['admin-roles', 'user-view', 'user-delete', 'server-view', 'server-update']
  const permissions = Object.fromEntries(
    [...held, 'file-read', 'server-delete'].map(name => [name, 'ANY'])
  )
  await admin.request('POST', `${api}/roles`, { name: 'keeper', permissions })
  const kimId = (await addUser(panel, { username: 'kim', roleName: 'keeper' })).id
  const kim = await login(panel, 'kim')
  await prisma.role.create({ data: { name: 'GUEST' } })
  const ann = await addUser(panel, { username: 'ann', roleName: 'GUEST' })
  const [first, second] = [await serverOf(panel, ann.id), await serverOf(panel, ann.id)]
  // Who may delete servers, but not this one.
  const but = [{ permission: 'server-delete', effect: 'DENY', serverId: second }]
  const path = `${api}/users/${kimId}/permissions`
  t.equal((await admin.request('PUT', path, { permissions: but })).status, 200)

  const given = (permission: string) => ({ permission, effect: 'ALLOW' as const })
  const asks: [string, string, object | undefined, string][] = [
    [
      ...(['PUT', `${api}/users/${ann.id}/permissions`] as const),
      { permissions: [given('file-read'), given('file-write')] },
      'file-write'
    ],
    [
      ...(['POST', `${api}/roles`] as const),
      { name: 'more', permissions: { 'file-read': 'ANY', 'file-write': 'ANY' } },
      'file-write'
    ],
    [
      ...(['POST', `${api}/api-keys`] as const),
      { name: 'more', permissions: ['file-read', 'file-write'], currentPassword: password },
      'file-write'
    ],
    [
      ...(['POST', `${api}/servers/${first}/members`] as const),
      { invite: 'bob', permissions: ['file-read', 'file-write'] },
      'file-write'
    ],
    ['DELETE', `${api}/users/${ann.id}?servers=delete`, undefined, 'server-delete']
  ]
  const digest = async () =>
    JSON.stringify([
      await prisma.userPermission.findMany({ orderBy: { id: 'asc' } }),
      await prisma.role.findMany({ include: { permissions: true }, orderBy: { id: 'asc' } }),
      await prisma.apiKey.count(),
      await prisma.invitation.count(),
      await prisma.user.findMany({ where: { id: ann.id }, select: { disabledAt: true } }),
      await prisma.server.findMany({ select: { desiredState: true, deletedAt: true } }),
      await prisma.command.count()
    ])
  const before = await digest()
  for (const [method, where, body, name] of asks) {
    const answer = await kim.request(method, where, body)
    const want = { status: 403, body: { code: 'FORBIDDEN', details: [{ name }] } }
    t.match(answer, want, `${method} ${where}`)
  }
  t.equal(await digest(), before)
})

t.test('sixty 60: nothing in a request becomes the name of a file', async t => {
  const panel = await buildPanel(t)
  const { port } = new URL(panel.url)
  const outs = [
    ...['../../package.json', '..%2f..%2fpackage.json', '%2e%2e/%2e%2e/package.json'],
    ...['..\\..\\package.json', '..%5c..%5cpackage.json', '....//....//package.json'],
    ...['..%252f..%252fpackage.json', '/etc/passwd', '%2fetc%2fpasswd', '//etc/passwd'],
    ...['..%c0%af..%c0%afetc/passwd', 'index.html%00.json', 'x/../../../../../../../etc/passwd']
  ]
  const roots = [
    '/api/docs/',
    '/api/docs/static/',
    '/agent/v1/',
    `${api}/servers/`,
    '/assets/',
    '/'
  ]
  const queries = ['file', 'path', 'template', 'locale', 'lang', 'theme', 'version']
  const paths = [
    ...roots.flatMap(root => outs.map(out => root + out)),
    ...['/agent/v1/install.sh', '/agent/v1/agent.mjs'].flatMap(path =>
      queries.map(name => `${path}?${name}=../../../../etc/passwd`)
    )
  ]
  const headers = { 'accept-language': '../../../etc/passwd', accept: '/etc/passwd' }
  for (const path of paths) {
    const asking = rawRequest({ host: '127.0.0.1', port, path, headers, agent: false })
    asking.end()
    const [response] = await once(asking, 'response')
    const chunks: Buffer[] = []
    for await (const chunk of response) chunks.push(chunk)
    const text = Buffer.concat(chunks).toString()
    const isRefused = response.statusCode >= 400 && response.statusCode < 500
    if (!isRefused || /root:|"dependencies"|"version":/.test(text)) {
      t.fail(`${path}: ${response.statusCode} ${text.slice(0, 100)}`)
    }
  }
  t.ok(paths.length > 70, `${paths.length} paths`)
})

const root = new URL('../../../', import.meta.url)

t.test('each of the sixty has its row, and each row its test', async t => {
  const text = await readFile(new URL('docs/security-tests.md', root), 'utf8')
  const rows = [...text.matchAll(/^\| (\d+)(?:–(\d+))? \| ([^|]+) \| ([^|]+) \|$/gm)]
  const numbers = rows.flatMap(([, from, to = from]) => {
    return Array.from({ length: Number(to) - Number(from) + 1 }, (_, at) => Number(from) + at)
  })
  t.same(
    [...new Set(numbers)],
    Array.from({ length: 60 }, (_, at) => at + 1)
  )
  const listed = new Set<string>()
  for (const [, from, , incident, where] of rows) {
    t.match(incident, /\w{3}/)
    if (/^not built: comes with \w/.test(where ?? '')) continue
    const [, file = '', title = ''] = /^`([^`]+)`: (.+)$/.exec(where ?? '') ?? []
    t.match(title, new RegExp(`sixty [\\d, and]*\\b${from}\\b`), `row ${from} names its test`)
    listed.add(`${file}: ${title}`)
  }
  const written = new Set<string>()
  for (const name of ['agent', 'e2e', 'panel']) {
    const folder = new URL(`packages/${name}/test/`, root)
    for (const file of (await readdir(folder)).filter(one => one.endsWith('.test.ts'))) {
      const code = await readFile(new URL(file, folder), 'utf8')
      for (const [, , title] of code.matchAll(/t\.test\(\s*(['"])((?:row \d+, )?sixty .+?)\1,/g)) {
        written.add(`packages/${name}/test/${file}: ${title}`)
      }
    }
  }
  t.same([...listed].sort(), [...written].sort())
})
