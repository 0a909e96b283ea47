import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { type Json, login, type Person, stranger } from './world/api.ts'
import { type Composition, createComposition, hasComposePlugin } from './world/composition.ts'
import { images, repository } from './world/config.ts'
import { freePort } from './world/free-port.ts'
import { launch, run } from './world/process.ts'
import { act } from './world/servers.ts'
import { Hopeless, until } from './world/until.ts'
import { createWholeMachine, type WholeMachine } from './world/whole-machine.ts'
import { addProbeAlt, addServer } from './world/world.ts'

const PASSWORD = 'a password for production'
const FORGED = '203.0.113.9'
const UNIT = 'ctrl-alt-play-panel.service'

t.before(() => run('node', ['scripts/release.mjs'], { deadlineMs: 300_000 }))

t.test('docker-compose.yml is valid, with and without settings', async t => {
  const read = (...args: string[]) => run('docker-compose', [...args, 'config'])
  const bare = await read('--env-file', join(t.testdir({ empty: '' }), 'empty'))
  const whole = await read('--env-file', '.env.example', '--profile', 'node')
  for (const service of ['postgres', 'backup', 'panel', 'caddy']) {
    t.match(bare, new RegExp(`^ {2}${service}:$`, 'm'))
  }
  t.match(whole, /^ {2}agent:$/m)
  t.match(whole, /PUBLIC_URL: https:\/\/panel\.example\.org:443/)
  if (hasComposePlugin()) {
    t.match(await run('docker', ['compose', '--env-file', '.env.example', 'config']), /postgres:/)
  }
  const files = ['Dockerfile', 'database.Dockerfile'].map(name =>
    readFileSync(join(repository, 'deploy', name), 'utf8')
  )
  const places = [...files, bare].join('\n')
  const named = places.match(/(?<=^ARG NODE_IMAGE=|^ +NODE_IMAGE: ).*/gm) ?? []
  const [base] = named
  t.match(base, /^node:\d+\.\d+\.\d+-/, 'an exact version')
  t.same(new Set(named), new Set([base]), 'the same one in all places')
  const offered = readFileSync(join(repository, '.env.example'), 'utf8')
  const composed = readFileSync(join(repository, 'docker-compose.yml'), 'utf8')
  for (const [, key] of offered.matchAll(/^#?([A-Z_]+)=/gm)) {
    if (key !== 'COMPOSE_PROFILES') t.ok(composed.includes(`\${${key}:-`), `${key} is used`)
  }
})

t.test('the composition', async t => {
  const production = await createComposition(t)
  const place: Place = { production, ca: '', game: undefined }
  for (const [title, look] of Object.entries({
    'its images are small': imagesAreSmall,
    'the first start': firstStart,
    'no container may more than it needs': areConfined,
    'the panel knows who asks': knowsWhoAsks,
    'its agent joins and runs a game': joinNode,
    'stopped and started again': comesBack,
    'its database is lost and comes back': restores,
    'PostgreSQL alone, beside npm start': besideNpmStart
  })) {
    await t.test(title, t => look(t, place))
  }
})

t.test('a plain Debian machine', async t => {
  const machine = await createWholeMachine(t, images.production)
  await machine.mountCheckout()
  await t.test('it is installed', t => install(t, machine))
  await t.test('systemd confines it', t => isConfined(t, machine))
  await t.test('it is upgraded', t => upgrade(t, machine))
  await t.test('other certificates', t => changeCertificate(t, machine))
})

interface Place {
  production: Composition
  /** Of Caddy's own authority. */
  ca: string
  game: Json
}

function signIn({ production, ca }: Place, password = PASSWORD): Promise<Person> {
  return login(production.url, 'admin', password, ca)
}

async function imagesAreSmall(t: Test, { production }: Place): Promise<void> {
  await production.compose('--profile', 'node', 'build', '--quiet')
  const sizeOf = async (image: string) => (await production.docker.getImage(image).inspect()).Size
  const base = await sizeOf(production.images.base)
  for (const [name, mostMiB] of [
    ['panel', 60],
    ['agent', 8]
  ] as const) {
    const addedMiB = Math.round(((await sizeOf(production.images[name])) - base) / 2 ** 20)
    t.comment(`the image of the ${name} adds ${addedMiB} MiB to Node's`)
    t.ok(addedMiB < mostMiB, `${name}: less than ${mostMiB} MiB`)
  }
}

async function firstStart(t: Test, place: Place): Promise<void> {
  const { production } = place
  await production.compose('up', '--detach')
  await production.untilHealthy('postgres', 'panel', 'caddy')
  place.ca = await run('docker', [
    ...['exec', (await production.container('caddy')).Id],
    ...['cat', '/data/caddy/pki/authorities/local/root.crt']
  ])
  const oneTime = await oneTimePassword(() => production.compose('logs', 'panel'))
  const admin = await signIn(place, oneTime)
  await admin.post('/api/v1/auth/password', { currentPassword: oneTime, newPassword: PASSWORD })
  const answer = await stranger(production.url, place.ca).request('POST', '/api/v1/auth/login', {
    username: 'admin',
    password: PASSWORD
  })
  t.equal(answer.status, 200)
  t.match(answer.headers.getSetCookie()[0], /; Secure/i, 'the cookie stays in HTTPS')
  t.match(answer.headers.get('strict-transport-security'), /max-age/)
}

async function areConfined(t: Test, { production }: Place): Promise<void> {
  for (const service of ['postgres', 'backup', 'panel', 'caddy']) {
    const seen = await production.container(service)
    const { SecurityOpt, Memory, NanoCpus } = seen.HostConfig
    t.match(SecurityOpt, ['no-new-privileges:true'], `${service} gains no rights`)
    t.ok(Memory && NanoCpus, `${service} has its bounds`)
    t.equal(seen.HostConfig.RestartPolicy?.Name, 'unless-stopped')
    t.notMatch(
      JSON.stringify(seen),
      production.password,
      `${service}: docker inspect has no password`
    )
    if (service === 'postgres') continue
    t.match(seen.HostConfig, { ReadonlyRootfs: true, CapDrop: ['ALL'] }, service)
  }
  const panel = await production.container('panel')
  const status = readFileSync(`/proc/${panel.State.Pid}/status`, 'utf8')
  t.match(status, /^Uid:\s+10001\s+10001\s+10001\s+10001$/m, 'the panel is not root')
  t.match(status, /^CapEff:\s+0+$/m, 'and has no capability')
  t.match(status, /^NoNewPrivs:\s+1$/m)
  t.same(
    Object.values(panel.NetworkSettings.Ports).flat().filter(Boolean),
    [],
    'it has no port outside'
  )
  await t.rejects(
    run('docker', ['exec', panel.Id, 'sh', '-c', 'echo x > /app/packages/panel/dist/start.mjs']),
    /Read-only file system/
  )
  const { Ports } = (await production.container('postgres')).NetworkSettings
  t.same(
    Object.values(Ports)
      .flat()
      .map(port => port?.HostIp),
    ['127.0.0.1'],
    'PostgreSQL is for this machine alone'
  )
  const networks = async (service: string) =>
    Object.keys((await production.container(service)).NetworkSettings.Networks).map(name =>
      name.replace(/.*_/, '')
    )
  t.same(await networks('postgres'), ['database'])
  t.same(await networks('backup'), ['database'])
  t.same((await networks('panel')).sort(), ['database', 'web'])
  t.same(await networks('caddy'), ['web'])
}

async function knowsWhoAsks(t: Test, { production, ca }: Place): Promise<void> {
  const { url, network } = production
  const gateway = `${network}.1`
  const panel = (await production.container('panel')).NetworkSettings.Networks
  const [inside] = Object.values(panel).filter(({ Gateway }) => Gateway === gateway)
  const panelUrl = `http://${inside?.IPAddress}:8080`
  for (const [way, person] of [
    ['through Caddy', stranger(url, ca)],
    ['past Caddy', stranger(panelUrl)]
  ] as const) {
    const forged = { 'x-forwarded-for': FORGED, 'x-forwarded-proto': 'https', origin: url }
    const body = { username: 'admin', password: PASSWORD }
    const answer = await person.request('POST', '/api/v1/auth/login', body, forged)
    t.equal(answer.status, 200, way)
    const { data } = await person.get('/api/v1/auth/sessions')
    const { ip } = data.find((session: Json) => session.isCurrent)
    t.equal(ip, gateway, `${way} the panel sees who asks, and not what they say`)
  }
}

async function joinNode(t: Test, place: Place): Promise<void> {
  const { production, ca } = place
  const { dataDir, docker } = production
  const admin = await signIn(place)
  const made = await admin.post('/api/v1/nodes', { name: 'right here', ipAddress: '127.0.0.1' })
  writeFileSync(join(dataDir, 'caddy.crt'), ca)
  production.set({
    COMPOSE_PROFILES: 'node',
    CAP_ENROLLMENT_TOKEN: made.enrollment.token,
    CAP_PANEL_KEY: made.enrollment.panelKey,
    CAP_EXTRA_CA: join(dataDir, 'caddy.crt')
  })
  await production.compose('up', '--detach')
  await production.untilHealthy('agent')
  const node = await admin.get(`/api/v1/nodes/${made.node.id}`)
  t.equal(node.status, 'ONLINE')
  t.match(node.resources.docker.version, /^\d/, 'it reaches the engine')
  t.equal(node.hostname, (await run('hostname', [])).trim(), 'the machine, not its container')

  const altId = await addProbeAlt(admin)
  const server = await addServer(admin, { altId, nodeId: node.id })
  t.match(await act(admin, server.id, 'start'), { status: 'SUCCEEDED' })
  const folder = join(dataDir, 'servers', server.id)
  t.match(
    readFileSync(join(folder, 'ledger.txt'), 'utf8'),
    /^boot /m,
    'its files are on the machine'
  )
  t.ok(statSync(folder).uid >= 100_000, "the game's own user has them")
  const agent = await production.container('agent')
  t.match(agent.HostConfig, { ReadonlyRootfs: true, Privileged: false, CapDrop: ['ALL'] })
  t.match(agent.HostConfig.SecurityOpt, ['no-new-privileges:true'])
  const { State } = await docker.getContainer(`cap-${server.id}`).inspect()
  place.game = { id: server.id, nodeId: node.id, pid: State.Pid }
}

async function comesBack(t: Test, place: Place): Promise<void> {
  const { production, game } = place
  const runs = async () => {
    const { State } = await production.docker.getContainer(`cap-${game.id}`).inspect()
    return State.Running && State.Pid
  }
  await production.compose('down')
  t.equal(await runs(), game.pid, 'without panel, database and agent the game runs on')
  await production.compose('up', '--detach')
  await production.untilHealthy('postgres', 'panel', 'caddy', 'agent')
  const admin = await signIn(place)
  await until('its node is online', async () => {
    const { status } = await admin.get(`/api/v1/nodes/${game.nodeId}`)
    return status === 'ONLINE'
  })
  t.equal((await admin.get(`/api/v1/servers/${game.id}`)).status, 'RUNNING', 'all is still there')
  t.equal(await runs(), game.pid)
}

async function restores(t: Test, place: Place): Promise<void> {
  const { production } = place
  const { compose, docker } = production
  const ask = async (sql: string) => {
    const psql = ['psql', '-U', 'ctrl_alt_play', '-d', 'ctrl_alt_play', '-Atc', sql]
    return (await compose('exec', '-T', 'postgres', ...psql)).trim()
  }
  await production.untilHealthy('backup')
  const admin = await signIn(place)
  await admin.post('/api/v1/ctrls', { name: 'Made after the backup' })
  const wal = await ask('SELECT pg_walfile_name(pg_switch_wal())')
  await until('it is archived', async () => {
    return (await ask('SELECT last_archived_wal FROM pg_stat_archiver')) >= wal
  })

  const { Mounts } = await production.container('postgres')
  const data = Mounts.find(({ Destination }) => Destination === '/var/lib/postgresql/data')
  await compose('stop', 'panel', 'backup', 'postgres')
  await compose('rm', '--force', 'backup', 'postgres')
  await docker.getVolume(data?.Name ?? '').remove()

  const restore = (...args: string[]) =>
    compose('run', '-T', '--rm', '--no-deps', 'backup', 'ctrl-alt-play-backup', 'restore', ...args)
  await t.rejects(restore(), /would be put back[\s\S]*add --yes/)
  t.match(await restore('--yes'), /Opened there: [\s\S]*Done/)
  await compose('up', '--detach')
  await production.untilHealthy('postgres', 'panel', 'caddy', 'agent')
  const { data: ctrls } = await (await signIn(place)).get('/api/v1/ctrls')
  const names = ctrls.map(({ name }: Json) => name)
  t.ok(names.includes('Made after the backup'), 'what was archived is there')
}

async function besideNpmStart(t: Test, { production }: Place): Promise<void> {
  const { password, postgresPort, dir } = production
  const keys = await production.compose('exec', '-T', 'panel', 'cat', '/data/encryption-keys.json')
  await production.compose('down')
  await production.compose('up', '--detach', 'postgres')
  await production.untilHealthy('postgres')
  const port = await freePort()
  mkdirSync(join(dir, 'beside'))
  writeFileSync(join(dir, 'beside', 'encryption-keys.json'), keys, { mode: 0o600 })
  const panel = launch({
    args: [join(repository, 'packages/panel/dist/start.mjs')],
    env: {
      PORT: String(port),
      DATA_DIR: join(dir, 'beside'),
      DATABASE_URL: `postgresql://ctrl_alt_play:${password}@127.0.0.1:${postgresPort}/ctrl_alt_play`
    }
  })
  t.teardown(() => panel.end())
  await until('the panel is ready', () => {
    if (panel.child.exitCode !== null) throw new Hopeless(panel.output())
    return /^ready http/m.test(panel.output())
  })
  const admin = await login(`http://127.0.0.1:${port}`, 'admin', PASSWORD)
  const { data } = await admin.get('/api/v1/nodes')
  t.match(data, [{ name: 'right here' }], 'on the same data')
}

const SITE = 'https://panel.test'
/** Caddy's. */
const OWN_AUTHORITY = '/var/lib/caddy/.local/share/caddy/pki/authorities/local/root.crt'
const INSTALL = `cd '${repository}' && sh scripts/panel-install.sh`

async function install(t: Test, machine: WholeMachine): Promise<void> {
  await t.rejects(machine.type(INSTALL), /--url is needed/)
  const said = await machine.type(`${INSTALL} --url ${SITE}`)
  t.match(said, /The panel is installed/)
  await machine.type(`install -m 0644 '${repository}/deploy/Caddyfile' /etc/caddy/Caddyfile`)
  await setCaddy(machine, 'PANEL_TLS=internal')
  await isReady(machine)
  t.match(await signInThere(machine), /"mustChangePassword":true/)
  const password = '/etc/ctrl-alt-play/database-password'
  t.equal((await machine.type(`stat -c '%a %U' ${password}`)).trim(), '600 root')
  const processes = await machine.type(
    'cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null || true'
  )
  t.notMatch(
    processes,
    (await machine.type(`cat ${password}`)).trim(),
    'no process tells the password'
  )
}

async function isConfined(t: Test, machine: WholeMachine): Promise<void> {
  t.equal(await machine.type(`systemd-analyze verify /etc/systemd/system/${UNIT}`), '')
  const figure = /exposure level .*: ([\d.]+)/.exec(
    await machine.type(`systemd-analyze security --no-pager ${UNIT}`)
  )?.[1]
  t.ok(Number(figure) < 2, `exposure ${figure}: systemd calls it OK`)
  const status = await machine.type(`cat /proc/${await mainPid(machine)}/status`)
  t.notMatch(status, /^Uid:\s+0\s/m)
  t.match(status, /^CapBnd:\s+0+$/m)
  t.match(status, /^NoNewPrivs:\s+1$/m)
  t.match(status, /^Seccomp:\s+2$/m)
}

async function upgrade(t: Test, machine: WholeMachine): Promise<void> {
  const facts = () =>
    machine.type('cat /etc/ctrl-alt-play/database-password /etc/ctrl-alt-play/panel.env')
  const before = await facts()
  const pid = await mainPid(machine)
  await machine.type(INSTALL)
  t.not(await mainPid(machine), pid, 'another panel runs')
  await isReady(machine)
  t.equal(await facts(), before, 'settings and password are left alone')
  t.match(await signInThere(machine), /"username":"admin"/, 'its users are there')
  t.notOk(existsSync(machine.path('/usr/local/lib/ctrl-alt-play-panel.old')))
}

/** Their own certificate, and that the way to an authority outside is at least understood. */
async function changeCertificate(t: Test, machine: WholeMachine): Promise<void> {
  const adapted = await machine.type(
    `PANEL_SITE=${SITE} caddy adapt --config /etc/caddy/Caddyfile --adapter caddyfile`
  )
  t.match(adapted, /"panel\.test"/)
  t.notMatch(
    adapted,
    /"issuers"|load_files/,
    'who asks for nothing else gets the usual authorities'
  )

  const folder = '/etc/caddy/certificates'
  const kind = '-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2'
  const names = '-subj /CN=panel.test -addext subjectAltName=DNS:panel.test'
  await machine.type(`mkdir ${folder} && cd ${folder} &&
    openssl req -x509 ${kind} ${names} -keyout key.pem -out certificate.pem && chown caddy *.pem`)
  await setCaddy(machine, `PANEL_TLS=files CERTIFICATES=${folder}`)
  await isReady(machine, `${folder}/certificate.pem`)
}

/** As docs/production.md has it. */
async function setCaddy(machine: WholeMachine, settings: string): Promise<void> {
  const folder = '/etc/systemd/system/caddy.service.d'
  const line = `Environment=PANEL_SITE=${SITE} ${settings}`
  await machine.type(`mkdir -p ${folder} &&
    printf '[Service]\\n%s\\n' '${line}' >${folder}/panel.conf &&
    systemctl daemon-reload && systemctl restart caddy`)
}

async function isReady(machine: WholeMachine, ca = OWN_AUTHORITY): Promise<void> {
  const probe = () => curl(machine, '/readyz', '', ca)
  await until('the panel answers through Caddy', probe).catch(async err => {
    const log = await machine.type(`journalctl --no-pager -n 60 -u ${UNIT} -u caddy`)
    throw new Error(`${err.message}\n${log}`, { cause: err })
  })
}

function curl(machine: WholeMachine, path: string, more = '', ca = OWN_AUTHORITY): Promise<string> {
  return machine.type(
    `curl -fsS --cacert ${ca} --resolve panel.test:443:127.0.0.1 ${more} ${SITE}${path}`
  )
}

/** With the one-time password of its first start. */
async function signInThere(machine: WholeMachine): Promise<string> {
  const password = await oneTimePassword(() =>
    machine.type(`journalctl --no-pager -o cat -u ${UNIT}`)
  )
  const body = JSON.stringify({ username: 'admin', password })
  return curl(machine, '/api/v1/auth/login', `-H 'content-type: application/json' -d '${body}'`)
}

/** The panel tells it a moment after it has begun to listen. */
function oneTimePassword(readLog: () => Promise<string>): Promise<string> {
  return until('the log tells the one-time password', async () => {
    return /admin has the one-time password (\S+)/.exec(await readLog())?.[1]
  })
}

async function mainPid(machine: WholeMachine): Promise<number> {
  return Number(await machine.type(`systemctl show --property MainPID --value ${UNIT}`))
}
