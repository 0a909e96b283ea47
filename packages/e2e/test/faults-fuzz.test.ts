import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  agentCodec,
  decodeConsoleFrame,
  encodeConsoleFrame,
  limits,
  type PanelBody,
  panelCodec,
  type ServerSpec
} from '@ctrl-alt-play/protocol'
import Docker from 'dockerode'
import t from 'tap'
import { besiegeAgent } from './fuzz/besiege-agent.ts'
import { besiegePanel, type Siege } from './fuzz/besiege-panel.ts'
import { createHostileFrames, type HostileFrame } from './fuzz/frames.ts'
import { type Direction, goldenOf } from './fuzz/golden.ts'
import { createRandom } from './fuzz/random.ts'
import { brokenRules, sendRaw } from './fuzz/raw-frames.ts'
import { changesOf, rowsOf } from './fuzz/rows.ts'
import { wrongShapesOf } from './fuzz/shapes.ts'
import { addBareServers } from './world/bare-servers.ts'
import { fuzz, images, repository } from './world/config.ts'
import { addRole, helloBody, play, type Role } from './world/played-agent.ts'
import { playPanel, type Visit } from './world/played-panel.ts'
import { launch } from './world/process.ts'
import { residentMiB } from './world/process-facts.ts'
import { until } from './world/until.ts'
import { within } from './world/within.ts'
import { createWorld } from './world/world.ts'

const { frames: FRAMES, seed: SEED } = fuzz
/** Over real sockets, in each direction; what is only decoded makes up the bulk. */
const WIRE_FRAMES = Math.ceil(FRAMES / 10)
const HOSTILE_NODES = 12
const MOST_GROWN_MIB = 150
t.comment(`${FRAMES} frames; again by FUZZ_SEED=${SEED}`)

/** A million at once is not to fail for its length. */
t.setTimeout(500_000 + FRAMES * 2)

t.test('row 22: whatever is read is a value, never an exception', async t => {
  const random = createRandom(SEED)
  let count = 0
  const kinds = { message: 0, ignored: 0, refused: 0 }
  const before = process.memoryUsage().rss

  function read(direction: Direction, frame: HostileFrame): void {
    count++
    try {
      if (typeof frame === 'string') kinds[readText(direction, frame)]++
      else readBytes(frame)
    } catch (err) {
      t.fail(`${direction}, frame ${count}: ${err}`, { frame: String(frame).slice(0, 500) })
    }
  }

  for (const direction of ['agent', 'panel'] as const) {
    for (const message of goldenOf(direction)) {
      for (const wrong of wrongShapesOf(message)) read(direction, wrong)
    }
  }
  t.comment(`${count} wrong shapes of the golden messages`)
  for (const direction of ['agent', 'panel'] as const) {
    const frames = createHostileFrames({ direction, random })
    for (const end = count + FRAMES / 2; count < end; ) read(direction, frames.next())
  }
  t.ok(count >= FRAMES, `${count} frames: ${JSON.stringify(kinds)}`)
  t.equal(Reflect.get({}, 'polluted'), undefined, 'no prototype was changed')
  const grownMiB = (process.memoryUsage().rss - before) / 2 ** 20
  t.ok(grownMiB < 300, `grown by ${grownMiB.toFixed(0)} MiB`)
})

/** What was understood is understood again when it is said anew. */
function readText(direction: Direction, text: string): 'message' | 'ignored' | 'refused' {
  const codec = direction === 'agent' ? panelCodec : agentCodec
  const decoded = codec.decode(text)
  if (decoded.kind !== 'message') return decoded.kind
  const again = codec.decode(JSON.stringify(decoded.message))
  if (again.kind !== 'message') throw new Error(`understood once and not again: ${again.kind}`)
  return 'message'
}

function readBytes(bytes: Buffer): void {
  const frame = decodeConsoleFrame(bytes)
  if (!frame) return
  const again = encodeConsoleFrame(frame)
  // The stream of a stored chunk is nobody's.
  const isSame =
    frame.type === 'live' ? again.equals(bytes) : again.subarray(5).equals(bytes.subarray(5))
  if (!isSame) throw new Error('a frame that is read is not the one that is written')
}

t.test('row 22: hostile agents, before and after they have proved who they are', async t => {
  const world = await createWorld(t)
  const well = await world.addNode('well')
  const altId = await world.addProbeAlt()
  const bystander = await world.addServer({ altId, nodeId: well.nodeId, name: 'Bystander' })
  const roles: Role[] = []
  for (let count = 0; count < HOSTILE_NODES; count++) {
    roles.push(await addRole(world, `hostile-${count}`))
  }
  const { url, database } = world
  const nodeIds = roles.map(role => role.nodeId)
  const commands = await database.query('SELECT id FROM "Command"')
  const random = createRandom(SEED)
  const parts = {
    ...{ url, roles, random },
    serverIds: [...(await addBareServers(world, altId, nodeIds)), bystander.id],
    commandIds: commands.map(row => String(row.id))
  }
  const wellNode = () => world.admin.get(`/api/v1/nodes/${well.nodeId}`)
  const epochOf = async () =>
    (
      await database.query('SELECT "sessionEpoch" AS epoch FROM "Node" WHERE id = $1', [
        well.nodeId
      ])
    )[0]?.epoch
  const epoch = await epochOf()
  const pid = world.panelPid()

  await t.test('strangers', async t => {
    const before = await rowsOf(database, { hostile: [] })
    const siege = await besiegePanel({ ...parts, authenticated: false, frames: WIRE_FRAMES / 10 })
    tell(t, siege)
    t.same(without(siege.codes, [1009, 4400, 4401]), {}, 'each is sent away')
    t.same(changesOf(before, await rowsOf(database, { hostile: [] })), [], 'no row was changed')
  })

  await t.test('known nodes', async t => {
    const before = await rowsOf(database, { hostile: nodeIds })
    await besiegePanel({ ...parts, authenticated: true, frames: WIRE_FRAMES / 5 })
    const warmMiB = await residentMiB(pid)
    const siege = await besiegePanel({ ...parts, authenticated: true, frames: WIRE_FRAMES })
    tell(t, siege)
    t.same(without(siege.codes, [1000, 1009, 4400]), {}, 'what cannot be read ends the session')
    t.same(changesOf(before, await rowsOf(database, { hostile: nodeIds })), [], 'no row of others')
    const grownMiB = (await residentMiB(pid)) - warmMiB
    t.ok(grownMiB < MOST_GROWN_MIB, `the panel grew from ${warmMiB} MiB by ${grownMiB} MiB`)
  })

  await t.test('a known node whose snapshot has no end', async t => {
    const [role] = roles
    if (!role) return
    const before = await residentMiB(pid)
    const [own] = await addBareServers(world, altId, [role.nodeId])
    const { say, heard, socket } = await play(url, role)
    say('hello', helloBody())
    // Three bytes each on the wire, and a list in the panel's memory.
    const lists = Array.from({ length: 21_000 }, () => [])
    for (let part = 0; part < 400; part++) {
      const outcome = { status: 'SUCCEEDED', result: { lists } } as const
      const commands = [{ id: randomUUID(), state: 'DONE', outcome } as const]
      say('snapshot', { servers: [], commands, orphans: [], last: false })
    }
    const event = { serverId: own ?? '', at: new Date().toISOString(), code: 'X', message: '' }
    say('events', { events: [{ ...event, seq: 1 }] })
    await until('all of it is read', () => heard.some(({ type }) => type === 'events.stored'))
    const grownMiB = (await residentMiB(pid)) - before
    t.ok(grownMiB < MOST_GROWN_MIB, `the panel grew from ${before} MiB by ${grownMiB} MiB`)
    socket.close(1000)
  })

  t.equal(world.panelPid(), pid)
  t.same(problemsIn(world.panelOutput()), [], 'nothing of it was a surprise to the panel')
  t.equal(await epochOf(), epoch, 'the session of the node that is well was never interrupted')
  t.match(await wellNode(), { status: 'ONLINE' })
  const lastSeen = (await wellNode()).lastSeen
  await until('it is still seen', async () => (await wellNode()).lastSeen > lastSeen)
  const { command } = await world.admin.post(
    `/api/v1/servers/${bystander.id}/power`,
    { action: 'start' },
    { prefer: 'wait=60' }
  )
  t.match(command, { status: 'SUCCEEDED' })
  t.ok((await world.containerOf(bystander.id))?.State.Running, 'and does what it is told')
})

t.test('row 22: a hostile panel, before and after it has proved who it is', async t => {
  const dir = await mkdtemp(join(tmpdir(), 'cap-fuzz-'))
  const stateDir = join(dir, 'state')
  const panel = await playPanel(t, stateDir, dir)
  // What the golden messages want needs more than this: nothing is ever made of them.
  await writeFile(join(stateDir, 'policy.json'), '{"maxMemoryMiB":128}', { mode: 0o600 })
  const script = join(repository, 'packages/e2e/test/fuzz/restless-agent.mjs')
  const agent = launch({ args: [script, stateDir, dir] })
  const docker = new Docker({ socketPath: '/var/run/docker.sock' })
  const serverId = randomUUID()
  const game = () => docker.getContainer(`cap-${serverId}`).inspect()
  t.teardown(async () => {
    await agent.end('SIGTERM')
    await docker
      .getContainer(`cap-${serverId}`)
      .remove({ force: true })
      .catch(() => undefined)
    await rm(dir, { recursive: true, force: true })
  })
  const pid = agent.child.pid ?? 0
  const random = createRandom(SEED)

  const first = await panel.visit()
  await panel.welcome(first)
  first.say('wanted', { full: true, last: true, servers: [] })
  const wanted = { serverId, desired: 'STOPPED', generation: 1, restartSeq: 0 } as const
  const order = { epoch: first.epoch, serverId, ttlMs: 60_000 }
  const install = { wanted: { ...wanted, installed: false, spec }, script: null, wipe: false }
  t.equal(await outcome(first, { ...order, kind: 'install', payload: install }), 'SUCCEEDED')
  const running = {
    ...wanted,
    desired: 'RUNNING',
    generation: 2,
    restartSeq: 1,
    installed: true,
    spec
  } as const
  t.equal(
    await outcome(first, { ...order, kind: 'start', payload: { wanted: running } }),
    'SUCCEEDED'
  )
  const before = await game()
  first.socket.close(1000)

  await t.test('a stranger', async t => {
    const siege = await besiegeAgent({
      panel,
      random,
      authenticated: false,
      frames: WIRE_FRAMES / 10
    })
    tell(t, siege)
    t.same(without(siege.codes, [1009, 4401]), {}, 'it is not taken for the panel')
  })

  await t.test('the panel itself', async t => {
    await besiegeAgent({ panel, random, authenticated: true, frames: WIRE_FRAMES / 5 })
    const warmMiB = await residentMiB(pid)
    const siege = await besiegeAgent({ panel, random, authenticated: true, frames: WIRE_FRAMES })
    tell(t, siege)
    // 1001: a goodbye among it was understood.
    t.same(
      without(siege.codes, [1000, 1001, 1009, 4400]),
      {},
      'what cannot be read ends the session'
    )
    const grownMiB = (await residentMiB(pid)) - warmMiB
    t.ok(grownMiB < MOST_GROWN_MIB, `the agent grew from ${warmMiB} MiB by ${grownMiB} MiB`)
  })

  await t.test("WebSocket's rules, broken one by one", async t => {
    for (const [what, frames, expected] of brokenRules(limits.panelMessageBytes)) {
      const visit = await panel.visit()
      await panel.welcome(visit)
      sendRaw(visit.socket, frames)
      t.equal((await within(what, visit.closed)).code, expected, what)
    }
  })

  t.equal(agent.child.exitCode, null, 'the agent lives')
  t.same(problemsIn(agent.output()), [], 'nothing of it was a surprise to the agent')
  const { State } = await game()
  t.equal(State.Pid, before.State.Pid, 'the game never noticed')
  const last = await panel.visit()
  await panel.welcome(last)
  last.say('wanted', { full: true, last: true, servers: [{ ...running, generation: 3 }] })
  const stopping = { ...running, desired: 'STOPPED', generation: 4 }
  const stop = {
    epoch: last.epoch,
    serverId,
    ttlMs: 60_000,
    kind: 'stop',
    payload: { wanted: stopping }
  }
  t.equal(await outcome(last, stop), 'SUCCEEDED', 'it does what it is told')
  t.notOk((await game()).State.Running)
})

const spec: ServerSpec = {
  image: images.probe,
  argv: ['/game/probe.sh'],
  environment: {},
  tty: false,
  readOnlyRoot: true,
  limits: { memoryMiB: 64, swapMiB: 0, cpuPercent: 100, diskMiB: 64, pids: 64 },
  ports: [],
  ready: ['ready'],
  stop: { type: 'command', value: 'stop', graceSeconds: 5 }
}

async function outcome(visit: Visit, order: Omit<PanelBody<'command'>, 'id'>): Promise<string> {
  const id = randomUUID()
  visit.say('command', { id, ...order })
  return (await visit.hear('command.result', body => body.id === id)).outcome.status
}

function tell(t: { comment(text: string): unknown }, { frames, sessions, codes }: Siege): void {
  t.comment(`${frames} frames in ${sessions} sessions, closed by ${JSON.stringify(codes)}`)
}

function without(codes: Record<number, number>, expected: number[]): Record<string, number> {
  return Object.fromEntries(
    Object.entries(codes).filter(([code]) => !expected.includes(Number(code)))
  )
}

/** Lines of a log that only a bug writes: what a peer sends is no reason for an error, but one of ws's own. */
function problemsIn(output: string): string[] {
  const surprises = /"level":[56]0|ended by an error|uncaught|unhandled|RangeError|TypeError/i
  return output
    .split('\n')
    .filter(line => surprises.test(line) && !line.includes('"code":"WS_ERR_'))
    .map(line => line.slice(0, 600))
}
