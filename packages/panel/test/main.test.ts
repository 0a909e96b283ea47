import { type ChildProcess, fork, spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rename, rm, stat, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { findStarter } from '../src/starter.ts'
import { startupProblem } from '../src/startup-problem.ts'
import { createStops } from '../src/stops.ts'
import { type Json, stranger, until } from './helper.ts'
import { emptyDatabase } from './test-database.ts'

// The machine may be busy with other files.
t.setTimeout(180_000)

/** As `npm run build` leaves it. */
const main = fileURLToPath(new URL('../dist/start.mjs', import.meta.url))

interface Launched {
  child: ChildProcess
  messages: Json[]
  output(): string
  ended: Promise<number | null>
}

async function folder(t: Test): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'cap-main-'))
  t.teardown(() => rm(dir, { recursive: true, force: true }))
  return dir
}

function watch(t: Test, child: ChildProcess): Launched {
  const messages: Json[] = []
  const texts: string[] = []
  child.on('message', message => messages.push(message))
  child.stdout?.on('data', data => texts.push(String(data)))
  child.stderr?.on('data', data => texts.push(String(data)))
  const ended = once(child, 'exit').then(([code]) => code as number | null)
  t.teardown(async () => {
    child.kill('SIGKILL')
    await ended
  })
  return { child, messages, output: () => texts.join(''), ended }
}

function launch(t: Test, env: Record<string, string>): Launched {
  return watch(t, fork(main, [], { env: { ...env, PORT: env.PORT ?? '0' }, silent: true }))
}

const told = (panel: Launched, type: string) =>
  until(`it says ${type}`, () => panel.messages.find(message => message.type === type), 60_000)

t.test('a first start, a second one, and how it stops', async t => {
  const { url: DATABASE_URL } = await emptyDatabase(t)
  const env = { DATABASE_URL, DATA_DIR: await folder(t), LOCAL_NODE: '1' }

  const first = launch(t, env)
  const ready = await told(first, 'ready')
  t.match(ready, {
    url: /^http:\/\/127\.0\.0\.1:\d+$/,
    version: /^\d+\.\d+\.\d+/,
    database: 'external',
    admin: { username: 'admin', password: /^[\w-]{16}$/, mustChangePassword: true },
    localNode: { name: 'local', enrollment: { token: /^cap_/, panelKey: /^.{44}$/ } }
  })
  t.notMatch(first.output(), ready.admin.password, 'the log does not tell it')
  const admin = stranger(ready.url)
  const { username, password } = ready.admin
  t.match(await admin.request('POST', '/api/v1/auth/login', { username, password }), {
    status: 200,
    body: { user: { mustChangePassword: true } }
  })
  first.child.send({ type: 'something else' })
  first.child.send({ type: 'local-node-status' })
  t.match(await told(first, 'local-node'), { status: 'PENDING', docker: null })
  first.child.send({ type: 'demo', imageAvailable: true })
  t.match(await told(first, 'demo'), { server: null, reason: /not connected/ })
  for (const name of [
    ...['session-secret', 'encryption-keys.json', 'panel-identity.json', 'local-node.json']
  ]) {
    t.equal((await stat(join(env.DATA_DIR, name))).mode & 0o777, 0o600, name)
  }
  first.child.kill('SIGTERM')
  t.equal(await first.ended, 0)

  await rm(join(env.DATA_DIR, 'postgres'), { recursive: true, force: true })
  const second = launch(t, env)
  const again = await told(second, 'ready')
  t.notOk('admin' in again, 'nobody is made twice')
  t.equal(again.localNode.id, ready.localNode.id, 'the same node')

  const same = stranger(again.url, admin.cookie)
  const me = await same.request('GET', '/api/v1/auth/me')
  t.equal(me.status, 200, 'the login outlived the restart')
  const proof = { currentPassword: password }
  const begun = await same.request('POST', '/api/v1/auth/totp', proof)
  t.equal(begun.status, 200, 'there is a secret now')
  second.child.disconnect()
  t.equal(await second.ended, 0, 'it does not outlive whoever started it')

  const keys = join(env.DATA_DIR, 'encryption-keys.json')
  await rename(keys, `${keys}.away`)
  const third = launch(t, env)
  const { message } = await told(third, 'failed')
  t.match(message, /holds secrets \(.*1 of User\.totpPendingSecret/)
  t.match(message, /Restore that file.*ENCRYPTION_KEYS_FILE[\s\S]*--give-up [0-9a-f]{12}/)
  t.equal(await third.ended, 1)
  t.notOk(existsSync(keys), 'no new key hides that the old one is gone')
  const fourth = launch(t, { ...env, ENCRYPTION_KEYS_FILE: `${keys}.away` })
  await told(fourth, 'ready')
})

t.test('by hand it tells the one-time password once, and uses ADMIN_PASSWORD as it is', async t => {
  const given = { ADMIN_PASSWORD: 'a password of my own', ADMIN_USERNAME: 'root.user' }
  for (const extra of [{}, given]) {
    const { url: DATABASE_URL } = await emptyDatabase(t)
    const env = { DATABASE_URL, DATA_DIR: await folder(t), PORT: '0', ...extra }
    const panel = watch(t, spawn(process.execPath, [main], { env }))
    const [, url = ''] = await until(
      'it is ready',
      () => /^ready (\S+)$/m.exec(panel.output()) ?? undefined,
      60_000
    )
    const [, password] = /one-time password (\S+)/.exec(panel.output()) ?? []
    t.equal(password === undefined, 'ADMIN_PASSWORD' in extra)
    const answer = await stranger(url).request('POST', '/api/v1/auth/login', {
      username: 'ADMIN_USERNAME' in extra ? 'root.user' : 'admin',
      password: password ?? given.ADMIN_PASSWORD
    })
    t.match(answer, { status: 200, body: { user: { mustChangePassword: password !== undefined } } })
    panel.child.kill('SIGINT')
    t.equal(await panel.ended, 0)
  }
})

t.test('what is wrong is said in one sentence', async t => {
  const { url: DATABASE_URL } = await emptyDatabase(t)
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  t.teardown(() => taken.close())
  const { port } = taken.address() as AddressInfo
  const file = join(await folder(t), 'file')
  await writeFile(file, '')
  const away = 'postgresql://u:p@127.0.0.1:1/none'
  const rows: [Record<string, string>, RegExp][] = [
    [{ DATABASE_URL, PORT: String(port) }, /^Port \d+ is taken by another program/],
    [{ DATABASE_URL, HOST: '203.0.113.77' }, /^The panel cannot listen on 203\.0\.113\.77/],
    [{ DATABASE_URL: away }, /^PostgreSQL at 127\.0\.0\.1:1 does not let the panel in/],
    [{ DATABASE_URL, DATA_DIR: file }, /^DATA_DIR .*file cannot be written/],
    [{ DATABASE_URL, DATA_DIR: '/proc/nothing' }, /^DATA_DIR \/proc\/nothing cannot be written/],
    [
      { DATABASE_URL, TLS_CERT_FILE: file, TLS_KEY_FILE: `${file}2` },
      /^TLS_KEY_FILE: .* cannot be read/
    ],
    [{ DATABASE_URL, ADMIN_PASSWORD: 'password123' }, /^ADMIN_PASSWORD is among the first/],
    [{ PORT: 'http' }, /^PORT must be a whole number/]
  ]
  for (const [env, message] of rows) {
    const panel = launch(t, { DATA_DIR: await folder(t), ...env })
    t.match(await told(panel, 'failed'), { message })
    t.equal(await panel.ended, 1)
  }
})

t.test('stops run the other way round, all of them', async t => {
  const order: string[] = []
  const stops = createStops({ error: () => undefined, debug: () => undefined })
  stops.add('first', async () => order.push('first'))
  stops.add('broken', () => Promise.reject(new Error('cannot')))
  stops.add('last', async () => order.push('last'))
  await stops.run()
  await stops.run()
  t.strictSame(order, ['last', 'first'])
})

t.test('a question that fails still gets its answer', async t => {
  const sent: Json[] = []
  const channel = Object.assign(new EventEmitter(), {
    connected: true,
    send: (message: Json) => Boolean(sent.push(message))
  })
  const starter = findStarter(channel as never)
  starter?.answer({ ask: { type: 'answer', give: () => Promise.reject(new Error('not now')) } })
  channel.emit('message', { type: 'ask' })
  channel.emit('message', 'noise')
  await until('it answers', () => sent.length > 0)
  t.strictSame(sent, [{ type: 'answer', reason: 'not now' }])
  t.equal(startupProblem('odd', { host: 'h', port: 1 }), 'The panel did not start: odd')
})
