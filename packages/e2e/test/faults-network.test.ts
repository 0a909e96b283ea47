import { randomInt, randomUUID } from 'node:crypto'
import { setTimeout as lasts } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { type Json, login, type Person } from './world/api.ts'
import { misfits, seenBy, storedConsole } from './world/console-record.ts'
import { floodBytes, floodScript, startScriptGame } from './world/flood-game.ts'
import type { LinkFaults } from './world/link-faults.ts'
import { createLinkProxy, type LinkProxy } from './world/link-proxy.ts'
import { createHub, type Hub, type Namespace } from './world/namespace.ts'
import { run } from './world/process.ts'
import { act, bootsOf, consoleOf, ledgerOf } from './world/servers.ts'
import { type Moment, type Timeline, watchRows } from './world/timeline.ts'
import { until } from './world/until.ts'
import { type AgentProcess, createWorld, PASSWORD, type World } from './world/world.ts'

/** After connectivity is back the panel's state is Docker's within this time. */
const CONVERGE_MS = 30_000
const SUSPECT_MS = 30_000
const UNREACHABLE_MS = 45_000
const FROZEN_MS = 60_000
const CUTS_MS = 60_000
/** Rounds of a second, and a busy machine. */
const SLACK_MS = 3_000

interface Stage {
  world: World
  hub: Hub
  panelUrl: string
  timeline: Timeline
  /** One after the other: starting all at once helps nobody. */
  inTurn<T>(work: () => Promise<T>): Promise<T>
}

interface Member {
  agent: AgentProcess
  nodeId: string
  server: Json
}

interface PlacedMember extends Member {
  place: Namespace
}

t.test('one panel, its nodes on every kind of bad road at once', async t => {
  t.jobs = 10
  const hub = await createHub(t)
  const world = await createWorld(t, { publicHost: hub.address })
  const panelUrl = `http://${hub.address}:${new URL(world.url).port}`
  const timeline = await watchRows(t, world.database.url)
  const stage = { world, hub, panelUrl, timeline, inTurn: createQueue() }
  const steady = await join(stage, 'steady')
  const begunAt = Date.now()

  await Promise.all([
    oneRoadAfterTheOther(t, stage),
    deafAndMute(t, stage),
    t.test('row 17: 60 s of partition are UNREACHABLE, and nothing is shown as stopped', t =>
      parted60(t, stage)
    ),
    t.test(
      'row 3: an agent frozen for 60 s slows no game; it is shown, replaced, and marks its gap',
      t => frozen(t, stage)
    ),
    t.test('row 17: 40 s of partition are SUSPECT after 30 s, UNREACHABLE not before 45 s', t =>
      parted40(t, stage)
    ),
    t.test('row 21: 64 kbit/s and 800 ms with a flooded console open', t =>
      narrow(t, stage, steady)
    ),
    t.test('row 20: sockets killed every 2 s for 60 s under commands', t =>
      socketsKilled(t, stage)
    ),
    t.test('row 19: a host vanishes, its agent comes from another address', t => vanished(t, stage))
  ])

  const said = timeline.since(begunAt)
  t.ok(said.length > 100, 'the rows were looked at all along')
  t.strictSame(backwards(said), [], 'neither epoch nor lastSeen ever moved backwards')
  const ofSteady = statusesOf(said, steady)
  t.strictSame(ofSteady, { node: ['ONLINE'], server: ['RUNNING'] }, 'a good road is never doubted')
})

async function oneRoadAfterTheOther(t: Test, stage: Stage): Promise<void> {
  const { world, hub } = stage
  const targetPort = Number(new URL(world.url).port)
  const proxy = await createLinkProxy(t, { targetPort, host: hub.address })
  const place = await hub.addNamespace()
  const panelUrl = `http://${hub.address}:${proxy.port}`
  const member = await join(stage, 'changing', { place, panelUrl })
  const on = { ...member, place }
  await t.test('row 17: 5 s of partition pass unseen', t => parted5(t, stage, on))
  await t.test('row 22: messages twice, swapped and again, on a live session', t =>
    lying(t, stage, member, proxy)
  )
}

async function deafAndMute(t: Test, stage: Stage): Promise<void> {
  const place = await stage.hub.addNamespace()
  const on = { ...(await join(stage, 'one-way', { place })), place }
  await t.test('row 18: an agent that is not heard is found by ping', t =>
    oneWay(t, stage, on, 'out')
  )
  await t.test('row 18: an agent that hears nothing is found too', t => oneWay(t, stage, on, 'in'))
}

async function frozen(t: Test, stage: Stage): Promise<void> {
  const { world, timeline } = stage
  const flood = floodScript({ linesPerSecond: 50_000 })
  const agent = await addNode(stage, 'frozen', {})
  const awake = await addNode(stage, 'awake', {})
  const { nodeId } = agent
  const server = await startScriptGame(world, agent, flood)
  const beside = await startScriptGame(world, awake, flood)
  const before = await world.containerOf(server.id)
  const printed = () => Promise.all([floodBytes(agent, server.id), floodBytes(awake, beside.id)])
  /** How much each of the two games prints in the same time. */
  const ratesOver = async (ms: number) => {
    const [mine, its] = await printed()
    const began = performance.now()
    await lasts(ms)
    const [mineNow, itsNow] = await printed()
    const took = performance.now() - began
    return { mine: (mineNow - mine) / took, its: (itsNow - its) / took }
  }
  const usual = await ratesOver(3_000)
  t.ok(Math.min(usual.mine, usual.its) > 200, `both print: ${JSON.stringify(usual)} bytes a ms`)
  const epoch = timeline.now()?.nodes.get(nodeId)?.epoch ?? 0

  process.kill(agent.pid(), 'SIGSTOP')
  t.teardown(() => process.kill(agent.pid(), 'SIGCONT'))
  const frozenAt = Date.now()
  const rates: { mine: number; its: number }[] = []
  while (Date.now() - frozenAt < FROZEN_MS) rates.push(await ratesOver(4_000))
  // A busy machine slows now one of the two, now the other; who waits for a reader prints nothing.
  const shares = rates.map(({ mine, its }) => Math.round((mine / its) * 100))
  t.ok(Math.min(...shares) >= 20, `never held up: ${shares.join(', ')} % of what the other prints`)
  const all = rates.reduce((sum, { mine, its }) => ({ mine: sum.mine + mine, its: sum.its + its }))
  t.ok(all.mine / all.its >= 0.8, `nor slowed: ${JSON.stringify(all)} bytes a ms, summed`)
  const seen = statusesOf(timeline.since(frozenAt), { nodeId, server })
  t.strictSame(seen.node, ['ONLINE', 'SUSPECT', 'UNREACHABLE'])
  t.strictSame(seen.server, ['RUNNING', 'UNKNOWN'], 'never shown as down')
  const shownAfterMs = firstAt(timeline, frozenAt, nodeId, 'UNREACHABLE') - frozenAt
  t.ok(shownAfterMs < UNREACHABLE_MS + SLACK_MS, `UNREACHABLE after ${shownAfterMs} ms`)

  const thawedAt = Date.now()
  process.kill(agent.pid(), 'SIGCONT')
  await converged(t, stage, { nodeId, server }, thawedAt)
  const isNew = () => (timeline.now()?.nodes.get(nodeId)?.epoch ?? 0) > epoch
  t.ok(await until('a new session is on record', isNew), 'a new session')
  const after = await world.containerOf(server.id)
  t.equal(after?.State.StartedAt, before?.State.StartedAt, 'the same run of the same game')
  const record = await until('the gap is on record', async () => {
    const stored = await storedConsole(world.admin, server.id)
    const [last] = stored.lines.slice(-1)
    return stored.gaps.length > 0 && Number(last?.line) > 0 && stored
  })
  t.strictSame(misfits(record).slice(0, 5), [], 'bytes and gaps add up to the positions')
  await Promise.all([server, beside].map(({ id }) => act(world.admin, id, 'kill')))
}

async function parted5(t: Test, stage: Stage, member: PlacedMember): Promise<void> {
  const { world, timeline } = stage
  const { place } = member
  const before = timeline.now()?.nodes.get(member.nodeId)
  const cutAt = await part(stage, member, place)
  await lasts(5_000)
  await place.pass()
  const healedAt = Date.now()
  await caughtUp(t, stage, member, healedAt)
  const seen = statusesOf(timeline.since(cutAt), member)
  t.strictSame(seen, { node: ['ONLINE'], server: ['RUNNING'] })
  t.equal(timeline.now()?.nodes.get(member.nodeId)?.epoch, before?.epoch, 'the same session')
  t.match(await act(world.admin, member.server.id, 'restart'), { status: 'SUCCEEDED' })
}

async function parted40(t: Test, stage: Stage): Promise<void> {
  const { timeline } = stage
  const place = await stage.hub.addNamespace()
  const member = await join(stage, 'parted-40', { place })
  const cutAt = await part(stage, member, place)
  await lasts(40_000)
  await place.pass()
  const healedAt = Date.now()
  await caughtUp(t, stage, member, healedAt)
  const seen = statusesOf(timeline.since(cutAt), member)
  t.strictSame(seen.node.slice(0, 2), ['ONLINE', 'SUSPECT'])
  t.notMatch(seen.server, /STOPPED|CRASHED/)
  // The agent gives its own end up after 45 s too: who is first is chance.
  const lostMs = firstAt(timeline, cutAt, member.nodeId, 'UNREACHABLE') - cutAt
  t.ok(lostMs >= UNREACHABLE_MS - SLACK_MS, `UNREACHABLE after ${lostMs} ms`)
  const suspectMs = firstAt(timeline, cutAt, member.nodeId, 'SUSPECT') - cutAt
  t.ok(suspectMs >= SUSPECT_MS - SLACK_MS && suspectMs < SUSPECT_MS + SLACK_MS, `${suspectMs} ms`)
  t.equal(await bootsOf(member.agent, member.server.id), 1)
}

async function parted60(t: Test, stage: Stage): Promise<void> {
  const { world, timeline } = stage
  const place = await stage.hub.addNamespace()
  const member = await join(stage, 'parted-60', { place })
  const cutAt = await part(stage, member, place)
  await lasts(50_000)
  const away = await world.admin.get(`/api/v1/servers/${member.server.id}`)
  t.match(away, { status: 'UNKNOWN', lastKnownStatus: 'RUNNING', node: { status: 'UNREACHABLE' } })
  const refused = await typeInto(world, member.server, 'nobody hears')
  t.match(refused, { status: 409, body: { code: 'NODE_OFFLINE' } })
  await lasts(10_000)
  await place.pass()
  const healedAt = Date.now()
  await caughtUp(t, stage, member, healedAt)
  const seen = statusesOf(timeline.since(cutAt), member)
  t.strictSame(seen, {
    node: ['ONLINE', 'SUSPECT', 'UNREACHABLE', 'ONLINE'],
    server: ['RUNNING', 'UNKNOWN', 'RUNNING']
  })
  const lostMs = firstAt(timeline, cutAt, member.nodeId, 'UNREACHABLE') - cutAt
  t.ok(lostMs >= UNREACHABLE_MS - SLACK_MS && lostMs < UNREACHABLE_MS + SLACK_MS, `${lostMs} ms`)
  const ledger = await ledgerOf(member.agent, member.server.id)
  t.equal(ledger.filter(line => line.startsWith('boot ')).length, 1, 'the game never stopped')
  t.notOk(ledger.includes('input nobody hears'), 'what was refused was never typed')
}

async function oneWay(
  t: Test,
  stage: Stage,
  member: PlacedMember,
  lost: 'in' | 'out'
): Promise<void> {
  const { timeline } = stage
  const { place, nodeId } = member
  const epoch = timeline.now()?.nodes.get(nodeId)?.epoch ?? 0
  t.ok((await socketsFrom(place)) > 0, 'the panel holds its socket')
  const cutAt = Date.now()
  await place.drop(lost)
  await until('the panel has let go of it', async () => (await socketsFrom(place)) === 0, {
    deadlineMs: 45_000,
    everyMs: 250
  })
  const foundMs = Date.now() - cutAt
  t.ok(foundMs < 30_000 + SLACK_MS, `found after ${foundMs} ms`)
  await place.pass()
  const healedAt = Date.now()
  await caughtUp(t, stage, member, healedAt)
  const seen = statusesOf(timeline.since(cutAt), member)
  t.notMatch(seen.server, /STOPPED|CRASHED/)
  const isNew = () => (timeline.now()?.nodes.get(nodeId)?.epoch ?? 0) > epoch
  t.ok(await until('a new session is on record', isNew), 'by a new session')
  t.equal(await bootsOf(member.agent, member.server.id), 1)
}

async function vanished(t: Test, stage: Stage): Promise<void> {
  const { world, hub, timeline } = stage
  const first = await hub.addNamespace()
  const second = await hub.addNamespace()
  const moving = { place: first }
  const member = await join(stage, 'vanishing', moving)
  const { agent, nodeId, server } = member
  const epoch = timeline.now()?.nodes.get(nodeId)?.epoch ?? 0

  await first.drop('both')
  const vanishedAt = Date.now()
  const typed = typeInto(world, server, 'into the dark')
  const { command } = await world.admin.post(`/api/v1/servers/${server.id}/power`, {
    action: 'restart'
  })
  await agent.kill9()
  await first.remove()
  t.match(
    await world.admin.get(`/api/v1/nodes/${nodeId}`),
    { status: 'ONLINE' },
    'nobody knows yet'
  )

  moving.place = second
  await agent.start()
  const ended = await until('the restart has its end', async () => {
    const seen = await world.admin.get(`/api/v1/commands/${command.id}`)
    return seen.finishedAt && seen
  })
  t.equal(ended.status, 'SUCCEEDED')
  t.match(await typed, { status: 504, body: { code: 'OUTCOME_UNKNOWN' } })
  const now = timeline.now()?.nodes.get(nodeId)
  t.equal(now?.epoch, epoch + 1, 'one new session')
  t.equal(now?.status, 'ONLINE')
  t.notOk(statusesOf(timeline.since(vanishedAt), member).node.includes('UNREACHABLE'))
  await caughtUp(t, stage, member, Date.now())
  const ledger = await ledgerOf(agent, server.id)
  t.equal(ledger.filter(line => line.startsWith('boot ')).length, 2, 'restarted once')
  t.notOk(ledger.includes('input into the dark'))
  await until('the old socket is gone', async () => (await socketsFrom(first)) === 0, {
    deadlineMs: 45_000,
    everyMs: 500
  })
  t.equal(timeline.now()?.nodes.get(nodeId)?.epoch, epoch + 1, 'its end changed nothing')
}

async function socketsKilled(t: Test, stage: Stage): Promise<void> {
  const { hub, panelUrl } = stage
  const place = await hub.addNamespace()
  const member = { ...(await join(stage, 'cut-off', { place })), place }
  const boots = await bootsOf(member.agent, member.server.id)
  // By an address of its own, so that nobody else's connections to the panel are cut.
  const asker = await login(panelUrl, 'admin', PASSWORD)
  const load = loadOn(asker, member.server, 'killed')
  const port = new URL(panelUrl).port
  const kills = { agents: 0, askers: 0 }
  const endMs = Date.now() + CUTS_MS
  const isEnough = () => kills.agents >= 5 && kills.askers >= 15
  // On a busy machine a round takes longer.
  while (Date.now() < endMs || (!isEnough() && Date.now() < endMs + CUTS_MS)) {
    kills.agents += await killOne(args => place.run('ss', args), ['dst', hub.address])
    const ofPanel = ['dst', hub.address, 'dport', '=', `:${port}`]
    kills.askers += await killOne(args => run('ss', args), ofPanel, `pid=${process.pid},`)
    await lasts(2_000)
  }
  const history = await load.end()
  t.ok(isEnough(), `killed were connections: ${JSON.stringify(kills)}`)
  await caughtUp(t, stage, member, Date.now())
  await historyHolds(t, stage, member, { ...history, boots })
}

/** Kills one by chance of the connections that fit; answers how many that were: one or none. */
async function killOne(
  ss: (args: string[]) => Promise<string>,
  filter: string[],
  holder = ''
): Promise<number> {
  const lines = (await ss(['-Htnp', ...filter])).split('\n')
  const found = lines.filter(line => line.startsWith('ESTAB') && line.includes(holder))
  const [, port] = /:(\d+)$/.exec(found[randomInt(found.length || 1)]?.split(/\s+/)[3] ?? '') ?? []
  if (!port) return 0
  // Its number may be that of a connection to elsewhere as well.
  const told = await ss(['-K', '-tn', 'sport', '=', `:${port}`, ...filter])
  return told.includes('ESTAB') ? 1 : 0
}

async function narrow(t: Test, stage: Stage, steady: Member): Promise<void> {
  const { world, hub, timeline } = stage
  const proxy = await createLinkProxy(t, {
    targetPort: Number(new URL(world.url).port),
    host: hub.address
  })
  const place = await hub.addNamespace()
  const panelUrl = `http://${hub.address}:${proxy.port}`
  const agent = await addNode(stage, 'narrow', { place, panelUrl })
  const { nodeId } = agent
  const flood = floodScript({ linesPerSecond: 1_000, lineBytes: 100 })
  const server = await startScriptGame(world, agent, flood)
  const socket = await world.admin.socket(`/api/v1/servers/${server.id}/console`)
  const epoch = timeline.now()?.nodes.get(nodeId)?.epoch
  await place.narrow('64kbit')
  proxy.make('both', { latencyMs: 400 })
  socket.say({ type: 'subscribe' })
  const beganAt = Date.now()

  const tookMs: number[] = []
  const goodMs: number[] = []
  for (let count = 0; Date.now() - beganAt < 25_000; count++) {
    const at = performance.now()
    const answer = await typeInto(world, server, `slowly ${count}`)
    tookMs.push(performance.now() - at)
    const then = performance.now()
    await typeInto(world, steady.server, `quickly ${count}`)
    goodMs.push(performance.now() - then)
    if (answer.status >= 300) t.fail(`typed ${count}: ${JSON.stringify(answer.body)}`)
    await lasts(200)
  }
  // On a busy machine a good road is slow as well: that is not the link's doing.
  const good = Math.round(Math.max(...goodMs))
  const slow = tookMs.map(Math.round).filter(ms => ms > 3_000 + good)
  // A segment that this road loses is sent again only after TCP's own wait: the most that one of so few may have.
  t.ok(slow.length <= 1, `${slow.join(', ')} ms of ${tookMs.length}, ${good} on a good road`)
  const seen = seenBy(socket.received)
  t.ok(seen.lines.length > 100, 'the console goes on meanwhile')
  t.strictSame(misfits(seen).slice(0, 5), [], 'what did not fit is marked exactly')
  socket.close()
  const shown = statusesOf(timeline.since(beganAt), { nodeId, server })
  t.strictSame(shown, { node: ['ONLINE'], server: ['RUNNING'] }, 'no flapping')
  t.equal(timeline.now()?.nodes.get(nodeId)?.epoch, epoch, 'one session throughout')
  const typed = (await ledgerOf(agent, server.id)).filter(line => line.startsWith('input slowly'))
  t.equal(typed.length, tookMs.length, 'each line was typed once')
}

async function lying(t: Test, stage: Stage, member: Member, proxy: LinkProxy): Promise<void> {
  const { world } = stage
  const { server } = member
  const boots = await bootsOf(member.agent, member.server.id)
  const load = loadOn(world.admin, member.server, 'lied')
  const lies: Partial<LinkFaults>[] = [
    { duplicate: 0.5 },
    { replay: 0.5 },
    { reorder: 0.3 },
    { duplicate: 0.3, replay: 0.3, reorder: 0.3 }
  ]
  for (const lie of lies) {
    await until(
      'a session lives',
      async () => (await typeInto(world, server, 'well')).status === 204
    )
    proxy.make('both', lie)
    await lasts(3_000)
    proxy.heal()
  }
  const history = await load.end()
  await caughtUp(t, stage, member, Date.now())
  await historyHolds(t, stage, member, { ...history, boots })
}

interface Road {
  place?: Namespace
  panelUrl?: string
}

/** A node on that road; where it stands may change later. */
function addNode(stage: Stage, name: string, road: Road): Promise<AgentProcess> {
  const wrap = (args: string[]) => road.place?.inside(process.execPath, args) ?? { args }
  const panelUrl = road.panelUrl ?? stage.panelUrl
  return stage.inTurn(() => stage.world.addNode(name, { wrap, panelUrl }))
}

function createQueue(): Stage['inTurn'] {
  let last: Promise<unknown> = Promise.resolve()
  return work => {
    const mine = last.then(work)
    last = mine.catch(() => undefined)
    return mine
  }
}

/** The same with a probe game that runs. */
async function join(stage: Stage, name: string, road: Road = {}): Promise<Member> {
  const { world } = stage
  const agent = await addNode(stage, name, road)
  const { nodeId } = agent
  const altId = await world.addProbeAlt({ environment: { TICK_MS: '200' } })
  const server = await world.addServer({ altId, nodeId, name })
  const started = await act(world.admin, server.id, 'start')
  if (started.status !== 'SUCCEEDED') throw new Error(JSON.stringify(started))
  return { agent, nodeId, server }
}

/** From a sign of life on nothing passes any more; answers that moment. */
async function part({ world }: Stage, { server }: Member, place: Namespace): Promise<number> {
  const answer = await typeInto(world, server, 'last words')
  const at = Date.now()
  await place.drop('both')
  if (answer.status !== 204) throw new Error(`not typed: ${JSON.stringify(answer.body)}`)
  return at
}

function typeInto({ admin }: Pick<World, 'admin'>, server: Json, command: string) {
  return admin.request('POST', `/api/v1/servers/${server.id}/console`, { command })
}

/** The panel's connections with that place, by the kernel's own list. */
async function socketsFrom({ address }: Namespace): Promise<number> {
  const list = await run('ss', ['-Htn', 'state', 'established', 'dst', address])
  return list.split('\n').filter(line => line.includes(address)).length
}

async function converged(
  t: Test,
  { timeline, world }: Stage,
  { nodeId, server }: Pick<Member, 'nodeId' | 'server'>,
  healedAt: number
): Promise<void> {
  const container = await world.containerOf(server.id)
  t.ok(container?.State.Running, 'the game runs')
  await until(
    'the panel shows what is true',
    () => {
      const now = timeline.now()
      const isOnline = now?.nodes.get(nodeId)?.status === 'ONLINE'
      return isOnline && now?.servers.get(server.id)?.status === 'RUNNING'
    },
    { deadlineMs: CONVERGE_MS }
  )
  const tookMs = Date.now() - healedAt
  t.ok(tookMs < CONVERGE_MS, `converged ${tookMs} ms after it was whole again`)
}

/** The same, with every line that the game has printed. */
async function caughtUp(t: Test, stage: Stage, member: Member, healedAt: number): Promise<void> {
  await converged(t, stage, member, healedAt)
  const { agent, server } = member
  const ledger = (await ledgerOf(agent, server.id)).filter(line => !/^(input|exit)/.test(line))
  const shown = await until('the console has caught up', async () => {
    const lines = await consoleOf(stage.world.admin, server.id)
    return lines.length >= ledger.length && lines
  })
  t.strictSame(shown.slice(0, ledger.length), ledger, 'each line of the game once and in order')
  t.ok(Date.now() - healedAt < CONVERGE_MS, 'in time')
}

interface History {
  restarts: Json[]
  inputs: { line: string; status: number; code: string | undefined }[]
}

/**
 * Restarts one after the other and lines typed all the while, until it is ended. Who gets no answer asks for the
 * same restart again; a line is never typed again.
 */
function loadOn(admin: Person, server: Json, name: string) {
  const history: History = { restarts: [], inputs: [] }
  const nobody = () => ({ status: 0, body: { code: 'NOBODY_ANSWERED' } as Json })
  let isEnding = false

  async function restart(): Promise<void> {
    const path = `/api/v1/servers/${server.id}/power`
    let key = randomUUID()
    for (let isOpen = false; isOpen || !isEnding; ) {
      const headers = { 'idempotency-key': key }
      const asked = admin.request('POST', path, { action: 'restart' }, headers)
      const { status, body } = await asked.catch(nobody)
      // The node is away: nothing was accepted.
      const isRefused = body.code === 'NODE_OFFLINE'
      isOpen = status !== 202 && !isRefused
      if (isRefused) key = randomUUID()
      if (status !== 202) {
        await lasts(200)
        continue
      }
      key = randomUUID()
      const { command } = body
      const ended = await until(
        'the restart has its end',
        async () => {
          const seen = await admin.get(`/api/v1/commands/${command.id}`)
          return seen.finishedAt && seen
        },
        { deadlineMs: 60_000, everyMs: 200 }
      )
      history.restarts.push(ended)
    }
  }

  async function type(): Promise<void> {
    for (let count = 0; !isEnding; count++) {
      const line = `${name} ${count}`
      const { status, body } = await typeInto({ admin }, server, line).catch(nobody)
      history.inputs.push({ line, status, code: body.code })
      await lasts(100)
    }
  }

  const running = Promise.all([restart(), type()])
  return {
    async end(): Promise<History> {
      isEnding = true
      await running
      return history
    }
  }
}

/** What was answered is what happened: by the game's own ledger and the rows. */
async function historyHolds(
  t: Test,
  { world }: Stage,
  { agent, server }: Member,
  { restarts, inputs, boots }: History & { boots: number }
): Promise<void> {
  const open = await world.database.query(
    `SELECT "id" FROM "Command" WHERE "serverId" = $1 AND "finishedAt" IS NULL`,
    [server.id]
  )
  t.strictSame(open, [], 'every command has its end')
  const succeeded = restarts.filter(command => command.status === 'SUCCEEDED').length
  const others = restarts.filter(command => command.status !== 'SUCCEEDED')
  t.strictSame(others, [], 'nothing stood in the way of a restart')
  t.ok(succeeded > 0, 'there were restarts')
  t.equal(await bootsOf(agent, server.id), boots + succeeded, `${succeeded} restarts, each once`)

  const typed = new Map<string, number>()
  for (const entry of await ledgerOf(agent, server.id)) {
    if (entry.startsWith('input ')) typed.set(entry, (typed.get(entry) ?? 0) + 1)
  }
  const timesOf = (line: string) => typed.get(`input ${line}`) ?? 0
  const doubled = inputs.filter(({ line }) => timesOf(line) > 1)
  t.strictSame(doubled, [], 'no line was typed twice')
  const maybe = new Set(['OUTCOME_UNKNOWN', 'NOBODY_ANSWERED'])
  const refused = inputs.filter(({ status, code }) => status !== 204 && !maybe.has(code ?? ''))
  t.strictSame(
    refused.filter(({ line }) => timesOf(line) > 0),
    [],
    'what was refused was not typed'
  )
  const told = inputs.filter(({ status }) => status === 204)
  t.ok(
    told.some(({ line }) => timesOf(line) === 1),
    'lines did come through'
  )
}

/** The statuses in the order in which they were seen. */
function statusesOf(moments: readonly Moment[], { nodeId, server }: Omit<Member, 'agent'>) {
  const node = moments.map(moment => moment.nodes.get(nodeId)?.status ?? 'ABSENT')
  const shown = moments.map(moment => moment.servers.get(server.id)?.status ?? 'ABSENT')
  const changes = (all: string[]) => all.filter((status, index) => status !== all[index - 1])
  return { node: changes(node), server: changes(shown) }
}

function firstAt({ since }: Timeline, fromMs: number, nodeId: string, status: string): number {
  const found = since(fromMs).find(({ nodes }) => nodes.get(nodeId)?.status === status)
  return found?.atMs ?? Number.POSITIVE_INFINITY
}

function backwards(moments: readonly Moment[]): string[] {
  return moments.flatMap((moment, index) =>
    [...moment.nodes].flatMap(([id, now]) => {
      const before = moments[index - 1]?.nodes.get(id)
      if (!before) return []
      const isBack = now.epoch < before.epoch || now.lastSeenMs < before.lastSeenMs
      return isBack ? [`${id}: ${JSON.stringify({ before, now })}`] : []
    })
  )
}
