import { createSocket } from 'node:dgram'
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import Docker from 'dockerode'
import t, { type Test } from 'tap'
import { type Json, login, type Person, stranger } from './world/api.ts'
import { images, repository } from './world/config.ts'
import { freePort } from './world/free-port.ts'
import { launch, type Running, run } from './world/process.ts'
import { askTeeworlds } from './world/teeworlds.ts'
import { Hopeless, until } from './world/until.ts'
import type { Teardown } from './world/world.ts'

const NEW_PASSWORD = 'a much better password'

t.test('from a fresh clone to a game that is played, and again after Ctrl-C', async t => {
  const home = await freshClone(t)
  const first = await npmStart(t, home)
  t.match(first.output().trimEnd().split('\n').at(-1), /^ready http:\/\/127\.0\.0\.1:\d+$/)
  t.match(first.output(), /Teeworlds demo/, 'the demo server is named')

  const admin = await firstLogin(t, home.url, first.output())
  const [node] = (await admin.get('/api/v1/nodes')).data
  t.equal(node.status, 'ONLINE')
  t.ok(node.resources.memoryTotalMiB > 0 && node.resources.docker.version)

  const demo = await serverNamed(admin, 'Teeworlds demo')
  await statusOf(admin, demo.id, 'RUNNING')
  t.match(await askTeeworlds('127.0.0.1', demo.port), ['0.7.5'], 'the demo server can be played')

  const teeworlds = await createServer(admin, 'Teeworlds demo', {
    name: 'Golden World',
    ports: [{ port: await freePort(), protocol: 'udp' }]
  })
  await t.test(
    'Teeworlds: ready when it says so, answers players, restarts with its files, leaves its port',
    async t => {
      const seen = await startAndWatch(admin, teeworlds.id)
      t.same(seen.statuses, ['STARTING', 'RUNNING'])
      t.ok(Date.parse(seen.ready.at) <= seen.runningAtMs, 'RUNNING only after the game said so')
      const log = await home.docker
        .getContainer(`cap-${teeworlds.id}`)
        .logs({ stdout: true, stderr: true, tail: 1_000 })
      const [firstLine = ''] = log.subarray(8).toString().split('\n')
      t.equal(seen.firstLine, firstLine, "the game's own lines from the very first")
      t.match(await askTeeworlds('127.0.0.1', teeworlds.port), ['0.7.5'])

      const before = await inspect(home.docker, teeworlds.id)
      const row = await admin.get(`/api/v1/servers/${teeworlds.id}`)
      t.equal(row.dockerContainerId, before.Id, 'the record names the real container')
      t.equal(Date.parse(row.startedAt), Date.parse(before.State.StartedAt), 'and its real start')
      const folder =
        before.Mounts.find(mount => mount.Destination === '/home/container')?.Source ?? ''
      await writeFile(join(folder, 'kept.txt'), 'a world')

      t.match(await act(admin, teeworlds.id, 'restart'), { status: 'SUCCEEDED' })
      const after = await inspect(home.docker, teeworlds.id)
      t.not(after.State.StartedAt, before.State.StartedAt, 'a new start')
      t.equal(await readFile(join(folder, 'kept.txt'), 'utf8'), 'a world', 'the same files')
      t.match(await askTeeworlds('127.0.0.1', teeworlds.port), ['0.7.5'])

      t.match(await act(admin, teeworlds.id, 'stop'), { status: 'SUCCEEDED' })
      await statusOf(admin, teeworlds.id, 'STOPPED')
      t.equal((await inspect(home.docker, teeworlds.id)).State.Running, false)
      await bindUdp(teeworlds.port)
    }
  )

  await madeHere(admin, 'OpenTTD', images.openttd)
  const openttd = await createServer(admin, 'OpenTTD', {
    name: 'Railways',
    ports: [{ port: await freePort(), protocol: 'both' }],
    start: true
  })
  await statusOf(admin, openttd.id, 'RUNNING', 60_000)
  await t.test('OpenTTD: a line typed into the console takes effect', async t => {
    const socket = await admin.socket(`/api/v1/servers/${openttd.id}/console`)
    socket.say({ type: 'subscribe', after: 0 })
    socket.say({ type: 'input', line: 'say "hello from the panel"' })
    const said = await until('the game says it', () =>
      linesOf(socket.received).find(line => line.includes('hello from the panel'))
    )
    t.ok(said)
    socket.close()
  })

  const pid = (await inspect(home.docker, openttd.id)).State.Pid
  // npm itself ends by the signal; what it ran has ended before it.
  t.match(String(await first.end('SIGINT')), /^(0|SIGINT)$/, 'Ctrl-C ends it in order')
  await t.rejects(fetch(`${home.url}/healthz`), 'the panel is gone')
  t.equal((await inspect(home.docker, openttd.id)).State.Pid, pid, 'the game runs on')
  t.ok(await askTeeworlds('127.0.0.1', demo.port), 'and is played while nothing of ours runs')

  const began = Date.now()
  const second = await npmStart(t, home, { command: process.execPath, args: ['scripts/start.mjs'] })
  t.comment(`second start: ${Date.now() - began} ms to ready`)
  t.notMatch(second.output(), /one-time password/i, 'the password is printed once')
  const again = await login(home.url, 'admin', NEW_PASSWORD)
  await statusOf(again, openttd.id, 'RUNNING')
  await statusOf(again, demo.id, 'RUNNING')
  t.equal((await inspect(home.docker, openttd.id)).State.Pid, pid, 'found, not started anew')
  t.equal(await second.end('SIGINT'), 0)
})

t.test('two of them side by side, from any folder, with a password that was given', async t => {
  const dir = await mkdtemp(join(tmpdir(), 'cap-two-'))
  const docker = new Docker({ socketPath: '/var/run/docker.sock' })
  t.teardown(async () => {
    await removeGamesBelow(docker, dir)
    await rm(dir, { recursive: true, force: true })
  })
  const started: Running[] = []
  const demos: Json[] = []
  for (const name of ['one', 'two']) {
    const port = await freePort()
    const home = { dir: '/', docker, port, url: `http://127.0.0.1:${port}` }
    const secrets = {
      ADMIN_PASSWORD: NEW_PASSWORD,
      METRICS_TOKEN: "only the panel's token",
      SESSION_SECRET: "only the panel's secret, which seals and signs",
      SMTP_URL: 'smtp://mail:only-the-panels@127.0.0.1:25'
    }
    const env = { DATA_DIR: join(dir, name), MAIL_FROM: 'panel@example.invalid', ...secrets }
    const args = [join(repository, 'scripts/start.mjs'), '--no-system-packages']
    const running = await npmStart(t, home, { command: process.execPath, args, env })
    started.push(running)
    t.notMatch(running.output(), NEW_PASSWORD, 'a password that was given is not printed')
    const agent = await run('pgrep', ['-f', `ctrl-alt-play-agent.mjs run .*${env.DATA_DIR}`])
    const environ = await readFile(`/proc/${agent.trim()}/environ`, 'utf8')
    t.match(environ, 'PATH=', 'it is read')
    for (const secret of Object.values(secrets)) t.notMatch(environ, secret, "none of the agent's")
    const admin = await login(home.url, 'admin', NEW_PASSWORD)
    const demo = await serverNamed(admin, 'Teeworlds demo')
    await statusOf(admin, demo.id, 'RUNNING')
    demos.push(demo)
  }
  t.not(demos[0].port, demos[1].port, 'each demo has a port of its own')
  for (const running of started) t.equal(await running.end('SIGINT'), 0)
})

t.test('what cannot work is said in one sentence, with a way out and a non-zero exit', async t => {
  const dir = await mkdtemp(join(tmpdir(), 'cap-start-'))
  t.teardown(() => rm(dir, { recursive: true, force: true }))
  const taken = createSocket('udp4')
  t.teardown(() => taken.close())
  const { createServer } = await import('node:net')
  const port = await freePort()
  const listener = createServer().listen(port, '127.0.0.1')
  t.teardown(() => listener.close())
  await writeFile(join(dir, 'a-file'), '')
  const rows: [string, Record<string, string>, RegExp][] = [
    [
      'a port that is taken',
      { PORT: String(port), DATA_DIR: join(dir, 'one') },
      new RegExp(`${port}`)
    ],
    ['a port that is none', { PORT: '99999', DATA_DIR: join(dir, 'two') }, /PORT/],
    ['a folder that cannot be', { DATA_DIR: join(dir, 'a-file', 'data') }, /DATA_DIR|a-file/],
    [
      'a PostgreSQL that does not answer',
      { DATA_DIR: join(dir, 'three'), DATABASE_URL: 'postgresql://u:secret@127.0.0.1:9/none' },
      /PostgreSQL|database/i
    ]
  ]
  for (const [what, env, sentence] of rows) {
    const started = launch({
      args: ['scripts/start.mjs', '--no-system-packages'],
      env: { PORT: String(await freePort()), ...env }
    })
    await until(`${what} ends it`, () => started.child.exitCode !== null, { deadlineMs: 60_000 })
    t.not(started.child.exitCode, 0, what)
    t.match(started.output(), sentence)
    t.notMatch(started.output(), /secret|\n\s+at /, 'no password and no stack trace')
  }
})

interface Home {
  dir: string
  url: string
  port: number
  docker: Docker
}

/** The checkout as git would give it, in a folder that only its owner may enter. */
async function freshClone(t: Teardown): Promise<Home> {
  const parent = await mkdtemp(join(tmpdir(), 'cap-first-run-'))
  const dir = join(parent, 'ctrl-alt-play')
  await mkdir(dir, { mode: 0o700 })
  const listed = await run('git', ['ls-files', '-co', '--exclude-standard'], { cwd: repository })
  for (const file of listed.split('\n').filter(Boolean)) {
    await mkdir(dirname(join(dir, file)), { recursive: true })
    await cp(join(repository, file), join(dir, file)).catch(err => {
      if (err.code !== 'ENOENT') throw err
    })
  }
  const docker = new Docker({ socketPath: '/var/run/docker.sock' })
  t.teardown(async () => {
    await removeGamesBelow(docker, dir)
    await rm(parent, { recursive: true, force: true })
  })
  const port = await freePort()
  return { dir, port, url: `http://127.0.0.1:${port}`, docker }
}

async function npmStart(
  t: Teardown,
  home: Home,
  how: { command: string; args: string[]; env?: Record<string, string> } = {
    command: 'npm',
    args: ['start']
  }
): Promise<Running> {
  const started = launch({
    ...how,
    cwd: home.dir,
    env: { PORT: String(home.port), NODE_ENV: '', ...how.env },
    detached: true
  })
  t.teardown(() => started.end('SIGKILL').catch(() => undefined))
  await until(
    'it says that it is ready',
    () => {
      if (started.child.exitCode !== null) throw new Hopeless('npm start ended')
      return /^ready http/m.test(started.output())
    },
    { deadlineMs: 180_000 }
  ).catch(err => {
    throw new Error(`${err.message}\n${started.output()}`, { cause: err })
  })
  return started
}

async function firstLogin(t: Test, url: string, output: string): Promise<Person> {
  const password = /password:?\s+(\S{12,})/i.exec(output)?.[1] ?? ''
  t.ok(password, 'a one-time password is printed')
  const person = stranger(url)
  t.match(await person.request('POST', '/api/v1/auth/login', { username: 'admin', password }), {
    status: 200,
    body: { user: { username: 'admin' } }
  })
  t.match(
    await person.request('GET', '/api/v1/servers'),
    { status: 403 },
    'it must be changed first'
  )
  await person.post('/api/v1/auth/password', {
    currentPassword: password,
    newPassword: NEW_PASSWORD
  })
  return login(url, 'admin', NEW_PASSWORD)
}

async function createServer(admin: Person, altName: string, rest: object): Promise<Json> {
  const alts = (await admin.get('/api/v1/alts?limit=200')).data
  const alt = alts.find((found: Json) => found.name === altName)
  const { server, command } = await admin.post(
    '/api/v1/servers',
    { altId: alt.id, memoryMiB: 512, cpuPercent: 200, diskMiB: 1024, ...rest },
    { prefer: 'wait=60' }
  )
  if (command.status !== 'SUCCEEDED') throw new Error(JSON.stringify(command))
  return server
}

/** The same game out of an image that this machine has already. */
async function madeHere(admin: Person, altName: string, dockerImage: string): Promise<void> {
  const alts = (await admin.get('/api/v1/alts?limit=200')).data
  const { id } = alts.find((found: Json) => found.name === altName)
  const startup = '/usr/games/openttd -D 0.0.0.0:{{SERVER_PORT}} -t {{START_YEAR}} -G {{MAP_SEED}}'
  await admin.patch(`/api/v1/alts/${id}`, { dockerImage, install: null, startup })
}

async function startAndWatch(admin: Person, serverId: string) {
  const socket = await admin.socket(`/api/v1/servers/${serverId}/console`)
  socket.say({ type: 'subscribe', after: 0 })
  await act(admin, serverId, 'start')
  await until('it is RUNNING', () =>
    socket.received.some(message => message.type === 'status' && message.status === 'RUNNING')
  )
  const ready = await until('the console shows that it is ready', () =>
    shownLines(socket.received).find(line => line.line.includes('server name is'))
  )
  const running = socket.received.find(message => message.status === 'RUNNING')
  const statuses = socket.received
    .filter(message => message.type === 'status')
    .map(message => message.status)
    .filter((status, index, all) => status !== 'STOPPED' && status !== all[index - 1])
  socket.close()
  const firstLine = linesOf(socket.received)[0]
  return { statuses, ready, runningAtMs: running.receivedAtMs, firstLine }
}

function shownLines(messages: Json[]): Json[] {
  return messages.filter(message => message.type === 'lines').flatMap(message => message.lines)
}

function linesOf(messages: Json[]): string[] {
  return shownLines(messages).map(line => line.line)
}

async function act(admin: Person, serverId: string, action: string): Promise<Json> {
  const path = `/api/v1/servers/${serverId}/power`
  return (await admin.post(path, { action }, { prefer: 'wait=60' })).command
}

async function serverNamed(admin: Person, name: string): Promise<Json> {
  return until(`there is a server ${name}`, async () => {
    const { data } = await admin.get('/api/v1/servers')
    return data.find((server: Json) => server.name === name)
  })
}

async function statusOf(admin: Person, serverId: string, status: string, deadlineMs = 30_000) {
  await until(
    `the server is ${status}`,
    async () => (await admin.get(`/api/v1/servers/${serverId}`)).status === status,
    { deadlineMs }
  )
}

async function inspect(docker: Docker, serverId: string): Promise<Docker.ContainerInspectInfo> {
  return docker.getContainer(`cap-${serverId}`).inspect()
}

async function bindUdp(port: number): Promise<void> {
  const socket = createSocket('udp4')
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject)
    socket.bind(port, '127.0.0.1', () => resolve())
  })
  socket.close()
}

async function removeGamesBelow(docker: Docker, dir: string): Promise<void> {
  const filters = { label: ['cap.node'] }
  for (const found of await docker.listContainers({ all: true, filters })) {
    if (found.Mounts.some(mount => mount.Source?.startsWith(dir))) {
      await docker.getContainer(found.Id).remove({ force: true, v: true })
    }
  }
}
