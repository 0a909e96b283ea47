import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import t, { type Test } from 'tap'
import { writeBaseBackup } from '../../panel/dist/db/backup/base-backup.js'
import { codeAt } from '../../panel/test/app-codes.ts'
import { type Json, type Person, stranger } from './world/api.ts'
import { type Canaries, createCanaries, searchFolder, searchProcesses } from './world/canaries.ts'
import { images } from './world/config.ts'
import { temporaryDatabase } from './world/database.ts'
import { startMailServer } from './world/mail-server.ts'
import { startPrivateDatabase } from './world/private-database.ts'
import { run } from './world/process.ts'
import { act, consoleOf, untilServer } from './world/servers.ts'
import { until } from './world/until.ts'
import { createWorld, type World } from './world/world.ts'

// The machine may be busy with other files.
t.setTimeout(240_000)

const api = (path: string) => `/api/v1${path}`

/** Every answer of the panel, with its headers, by the route that gave it. */
interface Recorder {
  ask(person: Person, method: string, path: string, options?: Asked): Promise<Answer>
  answers: { route: string; text: string }[]
}
interface Asked {
  body?: unknown
  headers?: Record<string, string>
  /** Another status fails the test. */
  status?: number
}
interface Answer {
  status: number
  body: Json
}

function createRecorder(t: Test): Recorder {
  const answers: Recorder['answers'] = []
  return {
    answers,
    async ask(person, method, path, { body, headers, status = 200 } = {}) {
      const answer = await person.request(method, path, body, headers)
      const route = `${method} ${path.replace(/^\/api\/v1/, '').replaceAll(/[0-9a-f-]{36}/g, ':id')}`
      const head = JSON.stringify([...answer.headers])
      answers.push({ route, text: `${head}\n${JSON.stringify(answer.body)}` })
      if (answer.status !== status) t.fail(`${route}: ${JSON.stringify(answer.body)}`)
      return answer
    }
  }
}

t.test('no secret is where nobody has to have it', async t => {
  const canaries = createCanaries()
  const passwordOf = {
    admin: canaries.make("the administrator's password"),
    ann: canaries.make("a user's password"),
    changed: canaries.make('a changed password'),
    reset: canaries.make('a password that was reset'),
    wrong: canaries.make('a wrong password'),
    misplaced: canaries.make('a password in the field of the name')
  }
  const panelHas = {
    database: canaries.make('the password of the database'),
    mail: canaries.make('the password of the mail server'),
    metrics: canaries.make('METRICS_TOKEN'),
    session: canaries.make('SESSION_SECRET')
  }
  const gameHas = {
    first: canaries.make('the first value of a variable'),
    value: canaries.make('the value of a variable'),
    standard: canaries.make('the hidden default of a variable')
  }
  const script = canaries.make('what an install script holds')
  const cluster = await startPrivateDatabase(t)
  const mail = await startMailServer(t, panelHas.mail)
  const world = await createWorld(t, {
    database: await temporaryDatabase({ password: panelHas.database, server: cluster.url }),
    adminPassword: passwordOf.admin,
    env: {
      LOG_LEVEL: 'trace',
      SMTP_URL: mail.url,
      MAIL_FROM: 'panel@example.invalid',
      METRICS_TOKEN: panelHas.metrics,
      SESSION_SECRET: panelHas.session,
      DATABASE_SLOW_STATEMENT_MS: '1'
    }
  })
  const { admin, database, url } = world
  const recorder = createRecorder(t)
  const { ask } = recorder
  const agent = await world.addNode('alpha', {
    env: { LOG_LEVEL: 'trace' },
    wrap(args) {
      const at = args.indexOf('--token')
      if (at >= 0) canaries.know('an enrolment token that was used', args[at + 1] ?? '')
      return { args }
    }
  })
  await readKeys(world, agent.stateDir, canaries)

  // A game whose template and variables hold secrets.
  const ctrl = await ask(admin, 'POST', api('/ctrls'), { body: { name: 'Games' }, status: 201 })
  const alt = await ask(admin, 'POST', api('/alts'), {
    status: 201,
    body: {
      ...{ ctrlId: ctrl.body.id, name: 'Game', dockerImage: images.probe },
      ...{ startup: '/game/probe.sh', startupMode: 'ARGV' },
      config: { done: ['ready'], stop: { type: 'command', value: 'stop', graceSeconds: 10 } },
      install: {
        ...{ image: images.probe, entrypoint: '/sbin/docker-init' },
        script: `#!/bin/busybox sh\nlicence=${script}\necho installed\n`
      },
      variables: [
        { name: 'RCON', envVariable: 'RCON', rules: 'nullable|string|max:64' },
        {
          ...{ name: 'Licence', envVariable: 'LICENCE', defaultValue: gameHas.standard },
          ...{ userViewable: false, userEditable: false }
        }
      ]
    }
  })
  const server = await world.addServer({
    ...{ altId: alt.body.id, nodeId: agent.nodeId, name: 'public-marker' },
    environment: { RCON: gameHas.first }
  })
  const own = api(`/servers/${server.id}`)
  const change = { body: { environment: { RCON: gameHas.value } } }
  const once = { ...change, headers: { 'idempotency-key': 'once' } }
  await ask(admin, 'PATCH', own, once)
  await ask(admin, 'PATCH', own, once)
  await act(admin, server.id, 'start')
  await untilServer(admin, server.id, ({ status }) => status === 'RUNNING')
  await ask(admin, 'POST', `${own}/console`, { body: { command: 'hello' }, status: 204 })
  await until('the game answers', async () =>
    (await consoleOf(admin, server.id)).some(line => line.includes('echo: hello'))
  )

  // A person with everything that a person can have.
  const email = 'ann@example.invalid'
  const annBody = { username: 'ann', email, password: passwordOf.ann, role: 'ADMIN' }
  await ask(admin, 'POST', api('/users'), { body: annBody, status: 201 })
  const ann = stranger(url)
  const logIn = (person: Person, password: string, rest: object = {}, status = 200) =>
    ask(person, 'POST', api('/auth/login'), {
      ...{ body: { username: 'ann', password, ...rest }, status }
    })
  await logIn(ann, passwordOf.ann)
  canaries.know("a user's cookie", ann.cookie().split('=')[1] ?? '')
  canaries.know("the administrator's cookie", admin.cookie().split('=')[1] ?? '')
  const currentPassword = passwordOf.ann
  const totp = await ask(ann, 'POST', api('/auth/totp'), { body: { currentPassword } })
  const secret = canaries.know('a secret of an app', totp.body.secret)
  const step = () => Math.floor(Date.now() / 30_000)
  const confirmed = await ask(ann, 'POST', api('/auth/totp/confirm'), {
    body: { code: codeAt(secret, step()) }
  })
  const codes: string[] = confirmed.body.recoveryCodes
  for (const code of codes) {
    canaries.know('a recovery code', code)
    canaries.know('a recovery code', code.replaceAll('-', ''))
  }
  const next = codes.values()
  const code = () => next.next().value ?? ''
  const apiKey = await ask(ann, 'POST', api('/api-keys'), {
    ...{ body: { name: 'program', code: code() }, status: 201 }
  })
  canaries.know('an API key', apiKey.body.secret)
  const withKey = { authorization: `Bearer ${apiKey.body.secret}` }
  await ask(stranger(url), 'GET', api('/servers'), { headers: withKey })
  const token = await ask(admin, 'POST', api(`/nodes/${agent.nodeId}/enrollment-tokens`), {
    status: 201
  })
  const unused = /--token (\S+)/.exec(token.body.enrollment?.command ?? token.body.command)?.[1]
  canaries.know('an enrolment token', unused ?? '')
  const mailed = (to: string) => until(`a mail to ${to}`, () => mail.tokensTo(to).at(-1))
  await ask(stranger(url), 'POST', api('/auth/password-reset'), { body: { email }, status: 202 })
  const resetToken = canaries.know('a mailed token for a new password', await mailed(email))
  await ask(stranger(url), 'POST', api('/auth/password-reset/confirm'), {
    ...{ body: { token: resetToken, newPassword: passwordOf.reset }, status: 204 }
  })
  await logIn(ann, passwordOf.reset, { totp: code() })
  canaries.know("a user's cookie", ann.cookie().split('=')[1] ?? '')
  const newEmail = 'new@example.invalid'
  await ask(ann, 'POST', api('/auth/email'), {
    body: { newEmail, currentPassword: passwordOf.reset, code: code() },
    status: 202
  })
  const emailToken = canaries.know('a mailed token for a new address', await mailed(newEmail))
  await ask(ann, 'POST', api('/auth/email/confirm'), { body: { token: emailToken }, status: 204 })
  await ask(ann, 'POST', api('/auth/password'), {
    body: { currentPassword: passwordOf.reset, newPassword: passwordOf.changed, code: code() }
  })
  canaries.know("a user's cookie", ann.cookie().split('=')[1] ?? '')

  t.comment(`driven so far: ${canaries.names().length} kinds of secrets`)
  await goWrong({ world, recorder, canaries, passwordOf, own, currentUser: ann })
  await ask(admin, 'GET', api('/audit-logs?limit=100'))
  await ask(admin, 'GET', api('/system/database'))
  await ask(admin, 'GET', api(`/servers/${server.id}/logs?limit=200`))
  await ask(stranger(url), 'GET', '/metrics', {
    headers: { authorization: `Bearer ${panelHas.metrics}` }
  })
  const container = await world.containerOf(server.id)
  const processes = await processesOf(world, agent.pid(), server.id)
  const beforeStop = await searchProcesses(canaries, pid => processes.get(pid))
  await world.admin.post(`${own}/power`, { action: 'stop' }, { prefer: 'wait=60' })

  await t.test('the database', async t => {
    const dump = await dumpOf(world)
    t.match(dump, 'public-marker', 'the dump is one')
    t.same(canaries.findIn(dump), [])
    const [place] = await database.query('SHOW data_directory')
    const log = join(dirname(String(place?.data_directory)), 'postgres.log')
    const said = await readFile(log, 'utf8')
    t.match(said, /starting PostgreSQL/)
    t.same(canaries.findIn(said), [], "PostgreSQL's own log")
  })
  await t.test('a backup, with what was written and deleted meanwhile', async t => {
    const folder = await mkdtemp(join(tmpdir(), 'cap-canary-'))
    t.teardown(() => rm(folder, { recursive: true }))
    // PostgreSQL writes it, as a user of its own.
    await chmod(folder, 0o777)
    await writeBaseBackup(cluster.url, join(folder, 'backup'))
    await run('tar', ['-xzf', join(folder, 'backup/base.tar.gz'), '-C', folder])
    const marker = createCanaries()
    marker.know('a server', 'public-marker')
    t.not((await searchFolder(folder, marker)).length, 0, 'the backup is one')
    t.same(await searchFolder(folder, canaries), [])
  })
  await t.test('the logs, at the most talkative level', async t => {
    for (const [name, text] of [
      ['panel', world.panelOutput()],
      ['agent', agent.output()]
    ] as const) {
      t.match(text, agent.nodeId, `the log of the ${name} is one`)
      t.same(canaries.findIn(text), [], name)
    }
    t.match(world.panelOutput(), /a slow statement/)
    t.match(world.panelOutput(), /request failed/)
    t.match(world.panelOutput(), /canary_check/, 'what the database refused is told')
    const kept = /.{0,200}(\$2[aby]\$\d\d\$|sealed:1:)/g
    const made = [...(world.panelOutput() + agent.output()).matchAll(kept)]
    t.same(
      made.map(([line]) => line),
      [],
      'nor what was made of a secret'
    )
  })
  await t.test('answers', async t => {
    const found = recorder.answers.flatMap(({ route, text }) =>
      canaries.findIn(text).map(what => `${route}: ${what}`)
    )
    t.same([...new Set(found)].sort(), [...answersThatTell].sort())
  })
  await t.test('docker inspect and the list of processes', async t => {
    const inspected = canaries.findIn(JSON.stringify(container))
    t.same(inspected.sort(), ['the hidden default of a variable', 'the value of a variable'])
    const env = container?.Config.Env?.map(line => line.split('=')[1]) ?? []
    t.ok(env.includes(gameHas.value) && env.includes(gameHas.standard), 'the game has them')
    const lines = beforeStop.map(({ where, what }) => `${where}: ${what}`)
    t.same([...new Set(lines)].sort(), [...processesThatTell].sort())
  })
  await t.test('files', async t => {
    const found = await searchFolder(world.dir, canaries)
    const lines = found.map(({ where, what, mode }) => {
      const path = where.replaceAll(server.id, ':id')
      return `${path} (${mode}): ${what}`
    })
    t.same([...new Set(lines)].sort(), [...filesThatTell].sort())
  })
})

/** To whom asked for it, and may: shown this once, or to who may change the server or the template. */
const answersThatTell = [
  'PATCH /servers/:id: the hidden default of a variable',
  'PATCH /servers/:id: the value of a variable',
  'POST /alts: the hidden default of a variable',
  'POST /alts: what an install script holds',
  'POST /api-keys: an API key',
  "POST /auth/login: a user's cookie",
  "POST /auth/password: a user's cookie",
  'POST /auth/totp/confirm: a recovery code',
  'POST /auth/totp: a secret of an app',
  'POST /nodes/:id/enrollment-tokens: an enrolment token',
  // The name of a property that is not known is told to who sent it, and to nobody else.
  'POST /auth/login: wrong: a name'
]

/** Settings that were given by the environment, and a game's own. */
const processesThatTell = [
  'environ of the game: the hidden default of a variable',
  'environ of the game: the value of a variable',
  'environ of the panel: METRICS_TOKEN',
  'environ of the panel: SESSION_SECRET',
  "environ of the panel: the administrator's password",
  'environ of the panel: the password of the database',
  'environ of the panel: the password of the mail server'
]

/** What is meant to hold them, for its owner alone. The agent starts games also while the panel is away. */
const filesThatTell = [
  "alpha/state/credentials.json (600): a node's private key",
  'alpha/state/journal (600): the first value of a variable',
  'alpha/state/journal (600): the hidden default of a variable',
  'alpha/state/journal (600): the value of a variable',
  'alpha/state/journal (600): what an install script holds',
  'alpha/state/wanted/:id.json (600): the hidden default of a variable',
  'alpha/state/wanted/:id.json (600): the value of a variable',
  'panel/encryption-keys.json (600): a key that seals',
  "panel/panel-identity.json (600): the panel's private key"
]

/** The keys that were made by the product itself. */
async function readKeys(world: World, stateDir: string, canaries: Canaries): Promise<void> {
  const read = async (path: string) => JSON.parse(await readFile(path, 'utf8'))
  const [sealing, identity, credentials] = await Promise.all([
    read(join(world.dir, 'panel', 'encryption-keys.json')),
    read(join(world.dir, 'panel', 'panel-identity.json')),
    read(join(stateDir, 'credentials.json'))
  ])
  for (const { key } of sealing.keys) canaries.know('a key that seals', key)
  canaries.know("the panel's private key", identity.keys.privateKey)
  canaries.know("a node's private key", credentials.key.privateKey)
}

/** Every row of every table, as text; what runs in the database; and what it remembers of statements. */
async function dumpOf({ database }: World): Promise<string> {
  const tables = await database.query(
    `SELECT quote_ident(relname) AS name FROM pg_class
     WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')`
  )
  const parts = tables.map(({ name }) => database.query(`SELECT t::text AS row FROM ${name} t`))
  const activity = database.query(
    'SELECT query FROM pg_stat_activity WHERE datname = current_database()'
  )
  return JSON.stringify(await Promise.all([...parts, activity]))
}

/** Those that belong to the world, by what they are. */
async function processesOf(world: World, agentPid: number, serverId: string) {
  const names = new Map([
    [world.panelPid(), 'the panel'],
    [agentPid, 'the agent']
  ])
  const top = await world.docker.getContainer(`cap-${serverId}`).top()
  const column = top.Titles.indexOf('PID')
  for (const row of top.Processes) names.set(Number(row[column]), 'the game')
  return names
}

interface Wrongs {
  world: World
  recorder: Recorder
  canaries: Canaries
  passwordOf: Record<'changed' | 'wrong' | 'misplaced', string>
  own: string
  currentUser: Person
}

/** Whatever may be said of a request that is wrong, or that the database refuses. */
async function goWrong({ world, recorder, canaries, passwordOf, own, currentUser }: Wrongs) {
  const { url, admin, database } = world
  const { ask } = recorder
  const nobody = stranger(url)
  const login = api('/auth/login')
  const wrong = (what: string) => canaries.make(`wrong: ${what}`)
  const bearer = (value: string) => ({ authorization: `Bearer ${value}` })
  const { misplaced } = passwordOf
  const attempts: [string, string, Asked][] = [
    ['POST', login, { body: { username: 'ann', password: passwordOf.wrong }, status: 401 }],
    ['POST', login, { body: { username: misplaced, password: 'x' }, status: 401 }],
    ['POST', login, { body: { username: 'ann', password: [wrong('a list')] }, status: 400 }],
    [
      'POST',
      login,
      { body: { username: 'ann', password: 'x', [wrong('a name')]: 1 }, status: 400 }
    ],
    ['GET', api('/servers'), { headers: bearer(`cap_${wrong('a key')}`), status: 401 }],
    ['GET', api('/servers'), { headers: bearer(wrong('a bearer')), status: 401 }],
    ['GET', api('/servers'), { headers: { cookie: wrong('a cookie') }, status: 401 }],
    ['GET', api(`/servers?apiKey=${wrong('in the query')}`), { status: 401 }],
    ['GET', `/metrics?token=${wrong('in the query of metrics')}`, {}],
    ['POST', '/agent/v1/enroll', { body: { token: wrong('a token') }, status: 400 }]
  ]
  for (const [method, path, asked] of attempts) await ask(nobody, method, path, asked)
  await ask(admin, 'PATCH', own, {
    body: { environment: { RCON: wrong('a value').padEnd(100, 'x') } },
    status: 400
  })
  const confirm = { token: wrong('a mailed token'), newPassword: wrong('a new password') }
  await ask(nobody, 'POST', api('/auth/password-reset/confirm'), { body: confirm, status: 403 })
  const malformed = await fetch(url + login, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: `{"username":"ann","password":"${wrong('in broken JSON')}`
  })
  recorder.answers.push({ route: 'broken JSON', text: await malformed.text() })
  recorder.answers.push({
    route: 'no HTTP',
    text: await sayRaw(url, `GET / HTTP/1.1\r\nHost: x\r\n${wrong('in a broken header')}\r\n\r\n`)
  })

  // The database refuses each of these, and says of which row it speaks.
  const value = wrong('a value that the database refused')
  const newPassword = wrong('a password that the database refused')
  const refuse = (table: string) =>
    database.query(`ALTER TABLE "${table}" ADD CONSTRAINT canary_check CHECK (false) NOT VALID`)
  const accept = (table: string) =>
    database.query(`ALTER TABLE "${table}" DROP CONSTRAINT canary_check`)
  for (const table of ['ServerVariable', 'User', 'ApiKey']) await refuse(table)
  await ask(admin, 'PATCH', own, { body: { environment: { RCON: value } }, status: 500 })
  const person = { username: 'bob', email: 'bob@example.invalid', password: newPassword }
  await ask(admin, 'POST', api('/users'), { body: person, status: 500 })
  for (const table of ['ServerVariable', 'User', 'ApiKey']) await accept(table)
  await database.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE application_name = 'ctrl-alt-play' AND datname = current_database()`
  )
  await until('the panel works again', async () => {
    const { status } = await currentUser.request('GET', api('/auth/me'))
    return status === 200
  })
}

function sayRaw(url: string, text: string): Promise<string> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(text))
    let answer = ''
    socket.on('data', data => {
      answer += data
    })
    socket.once('close', () => resolve(answer))
    socket.once('error', reject)
  })
}
