import { readFileSync, writeFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { type Json, login, type Person } from './world/api.ts'
import { images, repository } from './world/config.ts'
import type { Running } from './world/process.ts'
import { askTeeworlds } from './world/teeworlds.ts'
import { Hopeless, until } from './world/until.ts'
import { createWholeMachine, type WholeMachine } from './world/whole-machine.ts'
import { createWorld, type World } from './world/world.ts'

const PASSWORD = 'a password for one machine'
const UNIT = 'ctrl-alt-play-agent.service'
const SERVERS = '/var/lib/ctrl-alt-play/servers'
/** More than may be starting at a time. */
const GAMES = 6
const NETWORK = 'cap-games'

t.test('a bare Debian machine: its first start, a node of another panel, reboots', async t => {
  const machine = await createWholeMachine(t)
  await t.test('npm start without Docker', t => firstStart(t, machine))

  const world = await createWorld(t, { publicHost: machine.hostAddress })
  await machine.loadImage(images.probe)
  const made = await world.admin.post('/api/v1/nodes', { name: 'iron' })
  const node: Iron = { machine, world, nodeId: made.node.id, servers: [] }
  await t.test('the pasted line makes it a node that systemd keeps', t =>
    join(t, node, made.enrollment.command)
  )
  await t.test('row 42: a power cut', t => comesBack(t, node, () => machine.cutPower()))
  await t.test('row 42: a reboot in order', t => comesBack(t, node, () => machine.shutDown()))
  await t.test('it leaves', t => leave(t, node))
})

interface Iron {
  machine: WholeMachine
  world: World
  nodeId: string
  servers: Json[]
}

async function firstStart(t: Test, machine: WholeMachine): Promise<void> {
  await machine.mountCheckout()
  const settings = `HOST=0.0.0.0 DATA_DIR=/srv/data ADMIN_PASSWORD='${PASSWORD}'`
  const npmStart = async (args = '') => {
    const started = machine.leave(`cd '${repository}' && ${settings} npm start -- ${args}`)
    t.teardown(() => started.end('SIGKILL').catch(() => undefined))
    await isReady(started)
    return started
  }
  const url = `http://${machine.address()}:8080`
  const ctrlC = async (started: Running) => {
    await started.end('SIGINT')
    await until('it has ended', () => machine.type('! test -e /srv/data/start.lock'))
  }
  const localNode = async (admin: Person) => (await admin.get('/api/v1/nodes')).data[0]

  const bare = await npmStart('--no-system-packages')
  t.match(
    bare.output(),
    /^No Docker engine answers .* installing system packages is turned off\..*"Docker unavailable".*$/m,
    'one paragraph says what is missing'
  )
  t.match(
    bare.output(),
    /^ {2}Node .*: online, Docker unavailable/m,
    'the node is there all the same'
  )
  t.match(bare.output(), /^ {2}Demo .*none: /m, 'and no demo server')
  t.match(await localNode(await login(url, 'admin', PASSWORD)), {
    status: 'ONLINE',
    resources: { docker: null }
  })
  await t.rejects(machine.type('command -v dockerd || command -v mmdebstrap'), 'nothing came')
  await ctrlC(bare)

  const whole = await npmStart()
  for (const sentence of [
    /Installing docker\.io, containerd, runc, iptables from this system's packages/,
    /Installing mmdebstrap/,
    /^ {2}Node .*: online, Docker \d/m,
    /^ {2}Demo .*Teeworlds demo/m
  ]) {
    t.match(whole.output(), sentence)
  }
  t.match(whole.output().trimEnd().split('\n').at(-1), /^ready http:\/\/127\.0\.0\.1:8080$/)
  const states = await machine.type('systemctl is-active docker; systemctl is-enabled docker')
  t.same(states.trim().split('\n'), ['active', 'enabled'], 'it is there after a reboot too')
  t.ok((await machine.docker().info()).LiveRestoreEnabled, 'games outlive a restart of the engine')

  const admin = await login(url, 'admin', PASSWORD)
  const { version } = (await localNode(admin)).resources.docker
  t.equal(version, (await machine.docker().version()).Version)
  const demo = await until('the demo server runs', async () => {
    const [server] = (await admin.get('/api/v1/servers')).data
    return server?.status === 'RUNNING' && server
  })
  const answer = await until('the demo server answers a player', () =>
    askTeeworlds(machine.address(), demo.port)
  )
  t.match(answer, ['0.7.5'])
  await ctrlC(whole)
  t.ok(await askTeeworlds(machine.address(), demo.port), 'it is played on after Ctrl-C')
}

async function join(t: Test, node: Iron, line: string): Promise<void> {
  const { machine, world } = node
  t.match(await machine.type(line), /now node "iron"[\s\S]*is installed and runs/)
  t.same(await unitStates(machine), ['active', 'enabled'])
  await isOnline(node)

  const altId = await world.addProbeAlt({
    environment: { TICK_MS: '100', READY_AFTER_MS: '1500' }
  })
  const { nodeId } = node
  const numbers = Array.from({ length: GAMES + 1 }, (_, number) => number)
  node.servers = await Promise.all(
    numbers.map(number => world.addServer({ altId, nodeId, name: `Probe ${number}` }))
  )
  const [idle, ...games] = node.servers
  await manyNetworks(machine)
  await power(node, idle, 'start')
  t.equal((await gamesNetworks(machine)).length, 1, 'one name, one network')
  await power(node, idle, 'stop')
  await machine.type(`docker network rm ${NETWORK}`)
  await Promise.all(games.map(server => power(node, server, 'start')))
  t.equal((await gamesNetworks(machine)).length, 1, 'also when several starts make it at once')
  const before = await runsOf(node)
  t.equal(before.filter(run => run.running).length, GAMES, 'its games run')
  const isUnharmed = async (t: Test) => t.same(await runsOf(node), before, 'no game has noticed')

  await t.test('kill -9 of the agent', async t => {
    const pid = await mainPid(machine)
    await machine.type(`kill -9 ${pid}`)
    await until('systemd has brought it back', async () => {
      const now = await mainPid(machine)
      return now > 0 && now !== pid
    })
    await isOnline(node)
    t.same(await unitStates(machine), ['active', 'enabled'])
    await isUnharmed(t)
  })

  await t.test('a second line, which upgrades', async t => {
    const pid = await mainPid(machine)
    const { enrollment } = await world.admin.post(`/api/v1/nodes/${node.nodeId}/enrollment-tokens`)
    t.match(await machine.type(enrollment.command), /still node "iron"/)
    t.not(await mainPid(machine), pid, 'another agent runs')
    t.same(await unitStates(machine), ['active', 'enabled'])
    await isOnline(node)
    await isUnharmed(t)
  })
}

/** All goes down together; what should run comes back, a few at a time, and the rest stays down. */
async function comesBack(t: Test, node: Iron, goDown: () => Promise<void>): Promise<void> {
  const { machine, world } = node
  const [idle, ...games] = node.servers
  const bootId = () => machine.type('cat /proc/sys/kernel/random/boot_id')
  const bootBefore = await bootId()
  const runsBefore = await runsOf(node)
  for (const { id } of games) writeFileSync(machine.path(`${SERVERS}/${id}/kept.txt`), id)
  const bootsBefore = games.map(({ id }) => bootsOf(machine, id))

  await goDown()
  await machine.boot()
  t.not(await bootId(), bootBefore, 'the machine has booted')
  await isOnline(node)
  for (const { id } of games) {
    const isUpAgain = async () => {
      const seen = await world.admin.get(`/api/v1/servers/${id}`)
      if (seen.status === 'CRASHED') throw new Hopeless(seen.statusReason)
      return seen.status === 'RUNNING' && Date.parse(seen.startedAt) > startOf(runsBefore, id)
    }
    await until('it is RUNNING again', isUpAgain, { deadlineMs: 90_000 })
  }

  for (const [index, { id }] of games.entries()) {
    t.equal(bootsOf(machine, id), (bootsBefore[index] ?? 0) + 1, 'started once')
    t.equal(readFileSync(machine.path(`${SERVERS}/${id}/kept.txt`), 'utf8'), id, 'with its files')
    const seen = await world.admin.get(`/api/v1/servers/${id}`)
    t.match(seen, { crashCount: 0, statusReason: null, desiredState: 'RUNNING' }, 'no crash')
  }
  t.equal((await world.admin.get(`/api/v1/servers/${idle.id}`)).status, 'STOPPED')
  const runs = await runsOf(node)
  t.notOk(runs.find(({ id }) => id === idle.id)?.running, 'what was stopped stays stopped')

  const starts = await Promise.all(games.map(({ id }) => startingTime(machine, id)))
  for (const [index, { id }] of games.entries()) {
    const [ready, why] = (await world.admin.get(`/api/v1/servers/${id}/events`)).data
    t.match(why?.text, /machine was restarted/)
    t.match(ready?.text, /ready/)
    t.ok(Date.parse(ready?.at) >= (starts[index]?.to ?? Infinity), 'RUNNING once it is ready')
  }
  const atOnce = starts.map(
    ({ from }) => starts.filter(other => other.from <= from && from < other.to).length
  )
  t.equal(Math.max(...atOnce), 4, 'four at a time')
}

async function leave(t: Test, node: Iron): Promise<void> {
  const { machine } = node
  const before = await runsOf(node)
  const unregister = 'ctrl-alt-play-agent unregister --yes'
  await t.rejects(machine.type(unregister), /systemctl stop/, 'not while the agent runs')
  await machine.type(`systemctl stop ${UNIT} && ${unregister}`)
  t.same(await runsOf(node), before, 'its games run on')
  await machine.type(`systemctl start ${UNIT}`)
  t.same(await unitStates(machine), ['inactive', 'enabled'], 'there is nothing to run any more')
  await t.rejects(machine.type('ctrl-alt-play-agent status'))
}

async function power({ world }: Iron, server: Json, action: string): Promise<void> {
  const path = `/api/v1/servers/${server.id}/power`
  const { command } = await world.admin.post(path, { action }, { prefer: 'wait=60' })
  if (command.status !== 'SUCCEEDED') throw new Error(JSON.stringify(command))
}

/** Docker before 25 makes several networks of one name when it is asked for them at once, and then starts nothing on them. */
async function manyNetworks(machine: WholeMachine): Promise<void> {
  await machine.type(`docker rm --force --volumes $(docker ps --all --quiet) &&
    docker network rm ${NETWORK}`)
  const Options = { 'com.docker.network.bridge.enable_icc': 'false' }
  const another = () => machine.docker().createNetwork({ Name: NETWORK, Options })
  await Promise.allSettled([another(), another(), another()])
}

async function gamesNetworks(machine: WholeMachine): Promise<unknown[]> {
  const networks = await machine.docker().listNetworks()
  return networks.filter(({ Name }) => Name === NETWORK)
}

async function isReady(started: Running): Promise<void> {
  await until(
    'it says that it is ready',
    () => {
      if (started.child.exitCode !== null) throw new Hopeless('npm start ended')
      return /^ready http/m.test(started.output())
    },
    { deadlineMs: 240_000 }
  ).catch(err => {
    throw new Error(`${err.message}\n${started.output()}`, { cause: err })
  })
}

async function isOnline({ machine, world, nodeId }: Iron): Promise<void> {
  await until(
    'the node is online',
    async () => {
      const seen = await world.admin.get(`/api/v1/nodes/${nodeId}`)
      return seen.status === 'ONLINE' && seen.resources?.docker
    },
    { deadlineMs: 60_000 }
  ).catch(async err => {
    const log = await machine.type(`journalctl --no-pager -n 100 -u ${UNIT}`)
    throw new Error(`${err.message}\n${log}`, { cause: err })
  })
}

async function unitStates(machine: WholeMachine): Promise<string[]> {
  const asked = `systemctl is-active ${UNIT}; systemctl is-enabled ${UNIT}`
  return (await machine.type(asked)).trim().split('\n')
}

async function mainPid(machine: WholeMachine): Promise<number> {
  return Number(await machine.type(`systemctl show --property MainPID --value ${UNIT}`))
}

interface Run {
  id: string
  running: boolean
  startedAt: string
  pid: number
}

async function runsOf({ machine, servers }: Iron): Promise<Run[]> {
  return Promise.all(
    servers.map(async ({ id }) => {
      const { State } = await machine.docker().getContainer(`cap-${id}`).inspect()
      return { id, running: State.Running, startedAt: State.StartedAt, pid: State.Pid }
    })
  )
}

function startOf(runs: Run[], serverId: string): number {
  return Date.parse(runs.find(({ id }) => id === serverId)?.startedAt ?? '')
}

function bootsOf(machine: WholeMachine, serverId: string): number {
  const ledger = readFileSync(machine.path(`${SERVERS}/${serverId}/ledger.txt`), 'utf8')
  return ledger.split('\n').filter(line => line.startsWith('boot ')).length
}

/** From its newest start until it said that it is ready, by Docker's clock. */
async function startingTime(machine: WholeMachine, serverId: string) {
  const container = machine.docker().getContainer(`cap-${serverId}`)
  const from = Date.parse((await container.inspect()).State.StartedAt)
  const log = (await container.logs({ stdout: true, timestamps: true })).toString()
  const [at] = /\S+Z(?= ready\n)(?![\s\S]*Z ready\n)/.exec(log) ?? []
  return { from, to: Date.parse(at?.slice(-30) ?? '') }
}
