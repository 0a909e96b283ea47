import { randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import {
  type AgentBody,
  absentReport,
  createFlight,
  digestOf,
  keyIdOf,
  rotateTranscript,
  type ServerReport,
  verify
} from '@ctrl-alt-play/protocol'
import t, { type Test } from 'tap'
import { type Agent, type AgentOptions, startAgent } from '../src/agent.ts'
import { createVitals } from '../src/host/vitals.ts'
import { createBackoff } from '../src/link/backoff.ts'
import { createEventLog } from '../src/link/events.ts'
import { createHeartbeats } from '../src/link/heartbeats.ts'
import { connectUrl, parsePanelUrl } from '../src/link/panel-url.ts'
import { createReporter } from '../src/link/reporter.ts'
import type { Uplink } from '../src/link/uplink.ts'
import type { Container } from '../src/runtime/driver.ts'
import { readCredentials, writeCredentials } from '../src/state/credentials.ts'
import { type FakePanel, startFakePanel } from './fake-panel.ts'
import { createMemoryDriver, type MemoryDriver } from './memory-driver.ts'
import { quickTiming, quiet } from './node.ts'
import { quickFolder } from './quick-folder.ts'
import { until } from './until.ts'
import { wantedProbe } from './wanted.ts'

interface RunningAgent extends Agent {
  driver: MemoryDriver
  stateDir: string
  stop(): Promise<void>
}

interface RunOptions extends Partial<AgentOptions> {
  driver?: MemoryDriver
}

async function runAgent(
  t: Test,
  panel: FakePanel,
  options: RunOptions = {}
): Promise<RunningAgent> {
  const driver = options.driver ?? createMemoryDriver()
  const stateDir = options.stateDir ?? (await quickFolder(t))
  const ending = new AbortController()
  const agent = await startAgent({
    credentials: panel.credentials(),
    stateDir,
    driver,
    vitals: createVitals({ dataDir: stateDir, driver, agentVersion: '0.1.0' }),
    log: quiet,
    signal: ending.signal,
    timing: quickTiming,
    link: { backoffFactor: 0.02 },
    ...options
  })
  const stop = async (): Promise<void> => {
    ending.abort()
    await agent.ended
  }
  t.teardown(stop)
  return { ...agent, driver, stateDir, stop }
}

t.test('both ends prove who they are; then hello, the whole snapshot, a heartbeat', async t => {
  const panel = await startFakePanel(t)
  const agent = await runAgent(t, panel)
  const session = await panel.ready()
  t.same(
    session.received.slice(0, 2).map(({ type }) => type),
    ['hello', 'snapshot']
  )
  t.match(session.bodies('hello')[0], {
    machine: { agentVersion: '0.1.0' },
    docker: { version: '20.10.24' },
    journal: { lastSeq: 0, lost: false }
  })
  await until('a heartbeat', () => session.bodies('heartbeat').length > 0)
  t.ok((session.bodies('heartbeat')[0]?.resources.memoryTotalMiB ?? 0) > 0)
  t.match(agent.status(), { link: { connected: true, epoch: 1 }, docker: { answers: true } })
  t.equal(await readFile(`${agent.stateDir}/epoch`, 'utf8'), '1\n')
  await agent.stop()
  t.match(session.closed, { code: 1000 })

  await runAgent(t, panel, { stateDir: agent.stateDir })
  const second = await panel.ready(2)
  t.equal(second.auth.lastEpoch, 1, 'the panel learns the newest epoch')
  t.equal(second.epoch, 2)
})

t.test('whoever is not the panel of the enrolment learns nothing', async t => {
  const other = await startFakePanel(t)
  const rows: [string, Parameters<typeof startFakePanel>[1]][] = [
    ['another panel', { challenge: body => ({ ...body, panelId: randomUUID() }) }],
    [
      'a signature of somebody else',
      { welcome: body => ({ ...body, signature: `${'A'.repeat(86)}==` }) }
    ],
    ['an epoch that was not signed', { welcome: body => ({ ...body, epoch: 7 }) }],
    [
      'a version that nobody speaks',
      { challenge: body => ({ ...body, protocol: { min: 8, max: 9 } }) }
    ],
    [
      'a message too large for a stranger',
      {
        greet: socket =>
          socket.send(
            JSON.stringify({ v: 1, id: 'x', type: 'challenge', body: { pad: 'x'.repeat(5_000) } })
          )
      }
    ],
    ['silence', { greet: () => undefined }],
    ['noise', { greet: socket => socket.send(Buffer.from([1, 2, 3])) }]
  ]
  for (const [name, options] of rows) {
    const panel = await startFakePanel(t, options)
    const agent = await runAgent(t, panel, { link: { backoffFactor: 0.01, handshakeMs: 100 } })
    await until('it tries again', () => panel.dials >= 2)
    t.ok(
      panel.sessions.every(({ received }) => received.length === 0),
      name
    )
    t.match(agent.status().link, { connected: false, reason: /./ })
    await agent.stop()
  }
  const wrongKey = await runAgent(t, other, {
    credentials: other.credentials({ panelKey: `${'A'.repeat(43)}=` })
  })
  await until('it is refused', () => wrongKey.status().link.reason ?? undefined)
  t.match(wrongKey.status().link.reason, /not the panel we know/)
})

t.test('a welcome that was heard before does not open a session again', async t => {
  const heard: string[] = []
  const panel = await startFakePanel(t, {
    welcome(body) {
      heard.push(JSON.stringify(body))
      return heard.length === 1 ? body : JSON.parse(heard[0] ?? '')
    }
  })
  const agent = await runAgent(t, panel)
  const first = await panel.ready()
  first.close(1001)
  await until('the replay was refused', () => panel.sessions.length >= 3)
  t.ok(panel.sessions.slice(1).every(({ received }) => received.length === 0))
  t.match(agent.status().link, { connected: false, reason: /signature/ })
})

t.test('what makes no sense ends the session; what may be ignored is', async t => {
  const panel = await startFakePanel(t)
  const agent = await runAgent(t, panel)
  let count = 0
  const wanted = wantedProbe()
  const rows: [string, string | Buffer, number][] = [
    ['no JSON', '{', 4400],
    ['binary', Buffer.from([1]), 4400],
    ['a body of another type', JSON.stringify({ v: 1, id: 'x', type: 'pace', body: {} }), 4400],
    ['an unknown type', JSON.stringify({ v: 1, id: 'x', type: 'dance', body: {} }), 4400],
    ['a second welcome', JSON.stringify({ v: 1, id: 'x', type: 'challenge', body: {} }), 4400],
    ['too much', 'x'.repeat(300_000), 1009]
  ]
  for (const [name, data, code] of rows) {
    const session = await panel.ready(++count)
    session.raw(JSON.stringify({ v: 1, id: 'x', type: 'dance', must: false, body: {} }))
    session.say('pace', { heartbeatSeconds: 20 })
    session.say('command', {
      id: randomUUID(),
      epoch: session.epoch + 1,
      kind: 'start',
      serverId: wanted.serverId,
      payload: { wanted },
      ttlMs: 1_000
    })
    session.raw(data)
    await until(`${name}: closed`, () => session.closed)
    t.equal(session.closed?.code, code, name)
    t.same(session.bodies('command.ack'), [], 'a command of another epoch is not taken on')
  }
  await panel.ready(++count)
  t.ok(agent.status().link.connected, 'and it is back')
})

t.test('a command goes its way over the wire; its end is told until it is confirmed', async t => {
  const server = wantedProbe({ desired: 'STOPPED', restartSeq: 0 })
  const serverId = server.serverId
  const panel = await startFakePanel(t, {
    onSnapshot: session => session.say('wanted', { full: true, last: true, servers: [server] })
  })
  const driver = createMemoryDriver()
  const letPull = driver.hold('pull')
  const agent = await runAgent(t, panel, { driver })
  const first = await panel.ready()
  const id = randomUUID()
  const give = (session: typeof first) =>
    session.say('command', {
      id,
      epoch: session.epoch,
      kind: 'install',
      serverId,
      payload: { wanted: server, script: null, wipe: false },
      ttlMs: 5_000
    })
  const reported = (wanted: string) => () =>
    first.bodies('report').some(({ servers }) => servers.some(({ state }) => state === wanted))
  give(first)
  await until('it is reported as under way', reported('INSTALLING'))
  letPull()
  await until('it has ended', () => first.bodies('command.result').length > 0)
  t.same(first.bodies('command.ack'), [{ id }])
  t.match(first.bodies('command.result')[0], { id, outcome: { status: 'SUCCEEDED' } })
  await until('it is reported', reported('STOPPED'))
  await until('what happened is told', () =>
    first.bodies('events').some(({ events }) => events.some(({ code }) => code === 'INSTALLED'))
  )
  first.close(1001)

  const second = await panel.ready(2)
  const told = second.bodies('snapshot')
  t.match(
    told.flatMap(({ commands }) => commands),
    [{ id, state: 'DONE', outcome: { status: 'SUCCEEDED' } }]
  )
  t.match(
    told.flatMap(({ servers }) => servers),
    [{ serverId, state: 'STOPPED' }]
  )
  await until('events that were not stored come again', () => second.bodies('events').length > 0)
  give(second)
  await until('it is answered again', () => second.bodies('command.result').length > 0)
  second.say('command.confirm', { ids: [id] })
  second.say('events.stored', { seq: 1_000 })
  second.say('snapshot.request', {})
  await until('another snapshot', () => second.bodies('snapshot').length > told.length)
  second.close(1001)
  const third = await panel.ready(3)
  t.same(
    third.bodies('snapshot').flatMap(({ commands }) => commands),
    []
  )
  t.same(third.bodies('events'), [])

  third.say('call', { method: 'console.input', params: { serverId, line: 'hello' } })
  await until('the call is answered', () => third.bodies('reply').length > 0)
  t.match(third.bodies('reply')[0], { ok: false, code: 'NOT_RUNNING' })
  third.say('wanted', {
    full: false,
    last: true,
    servers: [{ ...server, installed: true, generation: 2, restartSeq: 1, desired: 'RUNNING' }]
  })
  await until('it runs', () => agent.status().servers[0]?.state === 'RUNNING')
  third.say('call', { method: 'console.input', params: { serverId, line: 'hello' } })
  await until('it is typed', () => agent.driver.container(serverId).inputs.includes('hello'))
  third.say('wanted', { full: true, last: true, servers: [] })
  await until('nobody wants it any more', () => agent.status().servers.length === 0)
  t.equal(agent.driver.container(serverId).view.state, 'running', 'it is left alone')
  await until('and reported', () =>
    third.bodies('report').some(({ orphans }) => orphans?.length === 1)
  )
})

t.test('a damaged journal is said until the panel has heard it', async t => {
  const stateDir = await quickFolder(t)
  await writeFile(`${stateDir}/journal`, 'this was never a journal at all')
  let answers = false
  const panel = await startFakePanel(t, {
    onSnapshot(session) {
      if (answers) session.say('wanted', { full: true, last: true, servers: [] })
    }
  })
  await runAgent(t, panel, { stateDir })
  const first = await panel.ready()
  t.ok(first.bodies('hello')[0]?.journal.lost)
  answers = true
  first.close(1001)
  const second = await panel.ready(2)
  t.ok(second.bodies('hello')[0]?.journal.lost, 'the panel went before it had answered')
  second.say('snapshot.request', {})
  await until('it has gone on', () => second.bodies('snapshot').length > 1)
  second.close(1001)
  const third = await panel.ready(3)
  t.notOk(third.bodies('hello')[0]?.journal.lost)
  t.ok((await readdir(stateDir)).some(name => name.startsWith('journal.damaged')))
})

t.test('a state folder that cannot be written is no reason to be away', async t => {
  const stateDir = await quickFolder(t)
  await mkdir(`${stateDir}/epoch.tmp`)
  await mkdir(`${stateDir}/epoch`)
  const panel = await startFakePanel(t)
  await runAgent(t, panel, { stateDir })
  const first = await panel.ready()
  first.close(1001)
  const second = await panel.ready(2)
  t.equal(second.auth.lastEpoch, 1, 'it is remembered all the same')
})

t.test('how long it waits before it dials again', async t => {
  const lost = { code: 1006, reason: '', healthyMs: 0, spreadMs: 8_000 }
  const long = createBackoff(() => 1)
  t.same(
    Array.from({ length: 8 }, () => long.after(lost)),
    [1_000, 2_000, 4_000, 8_000, 16_000, 20_000, 20_000, 20_000]
  )
  t.equal(long.after({ ...lost, healthyMs: 59_000 }), 20_000, 'a short session proves nothing')
  t.equal(
    long.after({ ...lost, healthyMs: 60_000 }),
    8_000,
    'within the spread after a healthy one'
  )
  t.equal(long.after(lost), 1_000)
  t.equal(long.after({ ...lost, goodbye: true }), 8_000)
  t.equal(
    long.after({ ...lost, retryAfterMs: 5_000 }),
    7_000,
    'what the panel asks for, and jitter'
  )
  t.ok(long.after({ ...lost, code: 4403 }) >= 60_000)
  t.ok(long.after({ ...lost, code: 4426 }) >= 300_000)
  const lucky = createBackoff(() => 0)
  t.equal(lucky.after(lost), 0, 'the whole range is used')
})

t.test(
  'a panel that is full says when to come again; one that says goodbye is waited for',
  async t => {
    const panel = await startFakePanel(t, {
      onUpgrade: dial => (dial === 1 ? { status: 503, headers: { 'retry-after': '2' } } : undefined)
    })
    const agent = await runAgent(t, panel)
    await until('it was turned away', () => agent.status().link.reason ?? undefined)
    t.match(agent.status().link.reason, /503/)
    const session = await panel.ready()
    session.say('goaway', { spreadSeconds: 1, reason: 'restarting' })
    await until('it went', () => session.closed)
    t.equal(session.closed?.code, 1001)
    await panel.ready(2)
  }
)

t.test('a panel that falls silent is given up; its pings count as life', async t => {
  const panel = await startFakePanel(t)
  await runAgent(t, panel, { link: { backoffFactor: 0, silenceMs: 700 } })
  const first = await panel.ready()
  const pinging = setInterval(first.ping, 100)
  t.teardown(() => clearInterval(pinging))
  const began = Date.now()
  await until('long after it would have been given up', () => Date.now() - began > 1_500)
  t.equal(first.closed, undefined)
  clearInterval(pinging)
  await panel.ready(2)
  t.ok(first.closed)
})

t.test('the key changes after ninety days; at each step one of the two works', async t => {
  const panel = await startFakePanel(t)
  const stateDir = await quickFolder(t)
  const credentials = panel.credentials()
  credentials.key.createdAt = new Date(Date.now() - 91 * 24 * 3_600_000).toISOString()
  await writeCredentials(stateDir, credentials)
  await runAgent(t, panel, { stateDir, credentials })
  const first = await panel.ready()
  await until('it has made a new key', () => first.bodies('key.rotate').length > 0)
  const rotation = first.bodies('key.rotate')[0]
  if (!rotation) throw new Error('no rotation')
  const { publicKey } = rotation
  const transcript = rotateTranscript({
    nodeId: credentials.nodeId,
    oldKid: credentials.key.kid,
    publicKey,
    epoch: first.epoch
  })
  t.ok(verify(credentials.key.publicKey, transcript, rotation.signatureOld))
  t.ok(verify(publicKey, transcript, rotation.signatureNew))
  t.match(await readCredentials(stateDir), {
    key: { kid: credentials.key.kid },
    nextKey: { publicKey, accepted: false }
  })

  first.close(1001)
  const second = await panel.ready(2)
  t.equal(second.auth.kid, credentials.key.kid, 'the answer was lost: the old one goes on')
  await until('it asks again', () => second.bodies('key.rotate').length > 0)
  t.equal(second.bodies('key.rotate')[0]?.publicKey, publicKey, 'with the same new key')

  const kid = keyIdOf(publicKey)
  second.say('key.accepted', { kid, publicKey })
  await until('the old key is tried again when the new one is not known', () => panel.dials >= 4)
  const third = await panel.ready(3)
  t.equal(third.auth.kid, credentials.key.kid)

  panel.learn(publicKey)
  third.say('key.accepted', { kid, publicKey })
  const fourth = await panel.ready(4)
  t.equal(fourth.auth.kid, kid)
  const kept = await readCredentials(stateDir)
  t.match(kept, { key: { kid, publicKey }, nextKey: undefined })
})

t.test(
  'the reporter sends the newest of each server, once, and all of it to a new session',
  async t => {
    const sent: { type: string; states: string[] }[] = []
    let isOpen = false
    const reporter = createReporter((type, body) => {
      const { servers = [] } = body as { servers?: ServerReport[] }
      if (isOpen) sent.push({ type, states: servers.map(({ state }) => state) })
      return isOpen
    })
    const report = (state: ServerReport['state']): ServerReport => ({
      ...absentReport('00000000-0000-4000-8000-000000000000'),
      state
    })
    reporter.update(report('STARTING'))
    await new Promise(setImmediate)
    isOpen = true
    reporter.update(report('RUNNING'))
    reporter.update(report('RUNNING'))
    await new Promise(setImmediate)
    await new Promise(setImmediate)
    t.same(sent, [{ type: 'report', states: ['RUNNING'] }])
    t.equal(reporter.digest(), digestOf([report('RUNNING')]))
    sent.length = 0
    reporter.sendSnapshot([])
    t.same(
      sent.flatMap(({ states }) => states),
      ['RUNNING']
    )
    t.equal(sent.at(-1)?.type, 'snapshot')
  }
)

t.test('events wait for a session, in order, and no longer than they are wanted', async t => {
  const sent: number[] = []
  let isOpen = false
  const log = createEventLog((_type, body) => {
    if (isOpen) sent.push(...(body as { events: { seq: number }[] }).events.map(({ seq }) => seq))
    return isOpen
  })
  for (let n = 0; n < 250; n++) log.tell('server', 'READY', 'x')
  await new Promise(setImmediate)
  isOpen = true
  log.resend()
  t.same(
    sent,
    Array.from({ length: 250 }, (_, n) => n + 1)
  )
  sent.length = 0
  log.stored(249)
  log.resend()
  t.same(sent, [250])
})

t.test('only to the machine itself without TLS, unless that is asked for', async t => {
  const rows: [string, boolean, RegExp | string][] = [
    ['https://panel.example.org', false, 'wss://panel.example.org/agent/v1/connect'],
    ['https://example.org/games/', false, 'wss://example.org/games/agent/v1/connect'],
    ['http://127.0.0.1:8080', false, 'ws://127.0.0.1:8080/agent/v1/connect'],
    ['http://localhost:8080', false, 'ws://localhost:8080/agent/v1/connect'],
    ['http://[::1]:8080', false, 'ws://[::1]:8080/agent/v1/connect'],
    ['http://10.0.0.1:8080', true, 'ws://10.0.0.1:8080/agent/v1/connect'],
    ['http://10.0.0.1:8080', false, /without TLS.*--insecure/],
    ['http://127.0.0.1.evil.example', false, /without TLS/],
    ['panel.example.org', false, /no address/],
    ['ftp://panel.example.org', true, /no address/],
    ['https://user:secret@panel.example.org', false, /password/]
  ]
  for (const [url, insecure, expected] of rows) {
    if (typeof expected === 'string') {
      t.equal(connectUrl(parsePanelUrl(url, insecure)).href, expected)
    } else {
      t.throws(() => parsePanelUrl(url, insecure), expected, url)
    }
  }
})

t.test('the figures of more games than a message may name go in parts', async t => {
  const at = new Date().toISOString()
  const figures = { cpuPercent: 0, memoryMiB: 0, networkRxBytes: 0, networkTxBytes: 0 }
  const running = Array.from({ length: 450 }, (): Container => {
    const serverId = randomUUID()
    const times = { startedAt: at, finishedAt: null, exitCode: null, oomKilled: false }
    const made = { generation: 1, restartSeq: 1, specHash: '', tty: false }
    return { id: serverId, name: '', serverId, state: 'running', ...made, ...times }
  })
  const told: string[][] = []
  const send: Uplink = (type, body) => {
    if (type !== 'stats') return true
    const { servers } = body as AgentBody<'stats'>
    told.push(servers.map(({ serverId }) => serverId))
    return true
  }
  const vitals = { dataDir: '/', driver: createMemoryDriver(), agentVersion: '0.1.0' }
  const heartbeats = createHeartbeats({
    read: createVitals(vitals).read,
    driver: {
      stats: async ({ serverId }) => ({ serverId, at, ...figures, diskMiB: 0, uptimeSeconds: 0 })
    },
    running: () => running,
    watched: () => new Set(),
    digest: () => '',
    isBusy: () => false,
    log: quiet,
    send
  })
  t.teardown(heartbeats.stop)
  heartbeats.start(60)
  await until('all were told', () => told.flat().length === running.length)
  t.same(
    told.flat(),
    running.map(({ serverId }) => serverId)
  )
  t.ok(
    told.every(({ length }) => length <= 200),
    'no more than a message may name'
  )
})

t.test(
  'what is under way: much on a quick road, on a slow one no more than it takes away soon',
  async t => {
    const rows = [
      { bytesPerSecond: 10_000_000, roadMs: 20, least: 500_000, most: 2 ** 20 },
      { bytesPerSecond: 8_000, roadMs: 800, least: 2_000, most: 16_000 },
      { bytesPerSecond: 8_000, roadMs: 5, least: 2_000, most: 10_000 }
    ]
    for (const { bytesPerSecond, roadMs, least, most } of rows) {
      const road = createSlowRoad({ bytesPerSecond, roadMs })
      const flight = createFlight(road.arrival, { nowMs: road.nowMs })
      let underWay = 0
      for (let turn = 0; turn < 200; turn++) {
        const bytes = Math.min(flight.room(), 16_384)
        if (bytes > 0) {
          road.carry(bytes)
          flight.sent(bytes)
        } else {
          underWay = Math.max(turn > 100 ? underWay : 0, road.waiting())
          await road.next()
        }
      }
      const title = `${bytesPerSecond} bytes/s, ${roadMs} ms: ${underWay} under way`
      t.ok(underWay >= least && underWay <= most, title)
    }
  }
)

/** A road with a clock of its own, which goes on only when it is asked to. */
function createSlowRoad({ bytesPerSecond, roadMs }: { bytesPerSecond: number; roadMs: number }) {
  const answers: { atMs: number; resolve(): void }[] = []
  let clockMs = 0
  let freeAtMs = 0
  return {
    nowMs: () => clockMs,
    carry(bytes: number) {
      freeAtMs = Math.max(clockMs, freeAtMs) + (bytes / bytesPerSecond) * 1_000
    },
    waiting: () => Math.round((Math.max(0, freeAtMs - clockMs) / 1_000) * bytesPerSecond),
    arrival: () =>
      new Promise<void>(resolve => {
        answers.push({ atMs: Math.max(clockMs, freeAtMs) + roadMs, resolve })
      }),
    async next() {
      const answer = answers.shift()
      if (answer) clockMs = answer.atMs
      answer?.resolve()
      await new Promise(setImmediate)
    }
  }
}
