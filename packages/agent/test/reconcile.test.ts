import { randomUUID } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import type { WantedServer } from '@ctrl-alt-play/protocol'
import t from 'tap'
import { describe } from '../src/reconcile/describe.ts'
import { type ExitContext, judgeExit } from '../src/reconcile/judge-exit.ts'
import { createPlaces } from '../src/reconcile/places.ts'
import { plan, type Situation } from '../src/reconcile/plan.ts'
import { createWantedSync } from '../src/reconcile/wanted-sync.ts'
import type { Container } from '../src/runtime/driver.ts'
import { DriverError } from '../src/runtime/driver-error.ts'
import { specHashOf } from '../src/runtime/spec-hash.ts'
import { emptyNotes, type Notes } from '../src/state/notes.ts'
import { createMemoryDriver } from './memory-driver.ts'
import { startNode } from './node.ts'
import { quickFolder } from './quick-folder.ts'
import { until } from './until.ts'
import { wantedProbe } from './wanted.ts'

const serverId = randomUUID()
const wanted = wantedProbe({ serverId, installed: true, generation: 3, restartSeq: 2 })
const startedAt = '2024-05-05T10:00:00.123456789Z'
const container: Container = {
  id: 'c'.repeat(64),
  name: `cap-${serverId}`,
  serverId,
  generation: 3,
  restartSeq: 2,
  specHash: specHashOf(wanted.spec),
  state: 'running',
  startedAt,
  finishedAt: null,
  exitCode: null,
  oomKilled: false,
  tty: false
}
const exited: Container = {
  ...container,
  state: 'exited',
  finishedAt: '2024-05-05T10:05:00Z',
  exitCode: 1
}
const created: Container = { ...container, state: 'created', startedAt: null }
const run = {
  containerId: container.id,
  startedAt,
  restartSeq: 2,
  bootId: 'boot',
  ready: true
}
const judged = { containerId: container.id, startedAt, finishedAt: '2024-05-05T10:05:00Z' }
const notes: Notes = { ...emptyNotes(serverId), run }
const known: Notes = { ...notes, judged }
const held = (because: 'ENDED_BY_ITSELF' | 'CRASH_LOOP' | 'REFUSED', generation = 3): Notes => ({
  ...known,
  held: { because, code: 'X', generation, restartSeq: 2, reason: 'because' }
})
const install = (state: 'RUNNING' | 'DONE' | 'FAILED', generation = 3): Notes => ({
  ...known,
  install: { commandId: 'i', generation, state, reason: 'it broke' }
})

t.test('plan: one row for each situation', async t => {
  const rows: [string, Partial<Situation>, string][] = [
    ['nothing there', { container: undefined }, 'make'],
    ['made and not started', { container: created }, 'start'],
    ['it runs', {}, 'nothing'],
    ['paused by somebody', { container: { ...container, state: 'paused' } }, 'nothing'],
    ['Docker removes it', { container: { ...container, state: 'removing' } }, 'wait'],
    ['it ended and nobody knows why', { container: exited }, 'judge'],
    ['it ended, that is judged', { container: exited, notes: known }, 'start'],
    [
      'started again since it was judged',
      { container: { ...exited, startedAt: '2024-05-05T11:00:00Z' }, notes: known },
      'judge'
    ],
    ['it waits for its next try', { container: exited, notes: known, retryAtMs: 1_500 }, 'wait'],
    ['the wait is over', { container: exited, notes: known, retryAtMs: 900 }, 'start'],
    [
      'Docker could not take it away',
      { container: { ...exited, state: 'dead' }, notes: known },
      'remove'
    ],
    ['it ended by itself', { container: exited, notes: held('ENDED_BY_ITSELF') }, 'nothing'],
    [
      'it ended by itself, something newer is wanted',
      { container: exited, notes: held('ENDED_BY_ITSELF', 2) },
      'start'
    ],
    ['a crash loop', { container: exited, notes: held('CRASH_LOOP') }, 'nothing'],
    [
      'a crash loop is not over because of a new spec',
      { container: exited, notes: held('CRASH_LOOP', 2) },
      'nothing'
    ],
    [
      'a crash loop, a person starts it',
      { wanted: { ...wanted, restartSeq: 3 }, container: exited, notes: held('CRASH_LOOP') },
      'remove'
    ],
    ['refused, unchanged', { container: undefined, notes: held('REFUSED') }, 'nothing'],
    ['refused, then changed', { container: undefined, notes: held('REFUSED', 2) }, 'make'],
    ['an older run is up', { wanted: { ...wanted, restartSeq: 3 } }, 'stop'],
    ['an older run is down', { wanted: { ...wanted, restartSeq: 3 }, container: exited }, 'remove'],
    ['a newer run than wanted', { wanted: { ...wanted, restartSeq: 1 } }, 'nothing'],
    [
      'only the spec is newer, it runs',
      { wanted: { ...wanted, generation: 4, spec: { ...wanted.spec, image: 'other' } } },
      'nothing'
    ],
    [
      'the spec is newer, it is down',
      {
        wanted: { ...wanted, spec: { ...wanted.spec, image: 'other' } },
        container: exited,
        notes: known
      },
      'remove'
    ],
    ['not installed', { wanted: { ...wanted, installed: false }, container: undefined }, 'nothing'],
    [
      'installed here, the panel does not know yet',
      { wanted: { ...wanted, installed: false }, container: undefined, notes: install('DONE') },
      'make'
    ],
    ['installing went wrong', { container: undefined, notes: install('FAILED') }, 'nothing'],
    [
      'installing went wrong, a person insists',
      { container: undefined, notes: install('FAILED', 2) },
      'make'
    ],
    ['being installed, it still runs', { notes: install('RUNNING') }, 'stop'],
    ['being installed, it is down', { container: exited, notes: install('RUNNING') }, 'remove'],
    ['being installed', { container: undefined, notes: install('RUNNING') }, 'nothing'],
    ['should be down, is up', { wanted: { ...wanted, desired: 'STOPPED' } }, 'stop'],
    [
      'should be down, is down',
      { wanted: { ...wanted, desired: 'STOPPED' }, container: exited },
      'nothing'
    ],
    [
      'should be down, was never made',
      { wanted: { ...wanted, desired: 'STOPPED' }, container: undefined },
      'nothing'
    ],
    ['should go, is up', { wanted: { ...wanted, desired: 'ABSENT' } }, 'stop'],
    [
      'should go, is down',
      { wanted: { ...wanted, desired: 'ABSENT' }, container: exited },
      'remove'
    ],
    [
      'should go, its files are left',
      { wanted: { ...wanted, desired: 'ABSENT' }, container: undefined },
      'erase'
    ],
    [
      'should go, is gone',
      { wanted: { ...wanted, desired: 'ABSENT' }, container: undefined, erased: true },
      'nothing'
    ]
  ]
  for (const [name, change, step] of rows) {
    const situation = {
      wanted,
      container,
      notes,
      erased: false,
      nowMs: 1_000,
      retryAtMs: 0,
      ...change
    }
    t.equal(plan(situation).do, step, name)
  }
})

t.test('an exit is judged by what was going on around it', async t => {
  const calm: ExitContext = {
    crashesBefore: 0,
    killedOutside: false,
    engineWasAway: false,
    liveRestore: false,
    rebooted: false,
    unseen: false
  }
  const away = { engineWasAway: true }
  const rows: [string, Partial<Container>, Partial<ExitContext>, object][] = [
    ['exit 0', { exitCode: 0 }, {}, { kind: 'ended' }],
    ['exit 1', { exitCode: 1 }, {}, { kind: 'crashed', count: 1 }],
    ['stopped in order by somebody', { exitCode: 0 }, { killedOutside: true }, { by: 'outside' }],
    ['killed by Docker for somebody', {}, { killedOutside: true }, { by: 'outside' }],
    [
      'out of memory while being stopped',
      { oomKilled: true },
      { killedOutside: true },
      { kind: 'crashed' }
    ],
    ['killed by somebody', { exitCode: 137 }, {}, { kind: 'crashed', count: 1 }],
    ['out of memory', { exitCode: 137, oomKilled: true }, {}, { kind: 'crashed', count: 1 }],
    ['out of memory with exit 0', { exitCode: 0, oomKilled: true }, {}, { kind: 'crashed' }],
    ['the third in a row', {}, { crashesBefore: 2 }, { kind: 'crashed', count: 3 }],
    [
      'after ten good minutes',
      { finishedAt: '2024-05-05T10:10:01Z' },
      { crashesBefore: 4 },
      { count: 1 }
    ],
    ['Docker took it down', { exitCode: 137 }, away, { kind: 'taken-down', by: 'docker' }],
    ['Docker stopped it in order', { exitCode: 0 }, away, { kind: 'taken-down', by: 'docker' }],
    [
      'Docker was away, the game crashed in its care',
      { exitCode: 1 },
      { ...away, liveRestore: true },
      { kind: 'crashed' }
    ],
    [
      'Docker was away, the game ended in its care',
      { exitCode: 0 },
      { ...away, liveRestore: true },
      { kind: 'ended' }
    ],
    [
      'Docker with live-restore was killed hard',
      { exitCode: 137 },
      { ...away, liveRestore: true },
      { kind: 'taken-down' }
    ],
    [
      'the machine was restarted',
      { exitCode: 255 },
      { rebooted: true },
      { kind: 'taken-down', by: 'reboot' }
    ],
    [
      'killed while the agent was away',
      { exitCode: 137 },
      { unseen: true },
      { kind: 'taken-down' }
    ],
    ['crashed while the agent was away', { exitCode: 1 }, { unseen: true }, { kind: 'crashed' }],
    ['ended while the agent was away', { exitCode: 0 }, { unseen: true }, { kind: 'ended' }]
  ]
  for (const [name, change, context, verdict] of rows) {
    const seen = judgeExit(
      { ...exited, ...change },
      { ...calm, ...context },
      { steadyRunMs: 600_000 }
    )
    t.match(seen, verdict, name)
  }
})

t.test('a report says what Docker showed, in the words of the protocol', async t => {
  const circumstances = {
    wanted,
    container,
    notes,
    progress: null,
    trouble: null,
    engineProblem: null
  }
  const crashed: Notes = { ...known, crashes: { restartSeq: 2, count: 2, reason: 'it crashed' } }
  const stopped = { ...wanted, desired: 'STOPPED' as const }
  const gone = { wanted: { ...wanted, desired: 'ABSENT' as const }, container: undefined }
  const rows: [string, object, object][] = [
    ['ready', {}, { state: 'RUNNING', startedAt, containerId: container.id, exitCode: null }],
    [
      'not ready yet',
      { notes: { ...notes, run: { ...run, ready: false } } },
      { state: 'STARTING' }
    ],
    [
      'an earlier run was ready',
      { notes: { ...notes, run: { ...run, startedAt: 'x' } } },
      { state: 'STARTING' }
    ],
    ['being stopped', { progress: { phase: 'STOPPING' } }, { state: 'STOPPING' }],
    [
      'paused',
      { container: { ...container, state: 'paused' } },
      { state: 'RUNNING', reason: /paused/ }
    ],
    [
      'between two tries',
      { container: exited, notes: crashed },
      { state: 'CRASHED', crashCount: 2, exitCode: 1, reason: 'it crashed' }
    ],
    [
      'being tried again',
      { container: exited, notes: crashed, progress: { phase: 'STARTING' } },
      { state: 'STARTING' }
    ],
    [
      'a crash loop',
      { container: exited, notes: held('CRASH_LOOP') },
      { state: 'CRASHED', reason: 'because' }
    ],
    [
      'ended by itself',
      { container: { ...exited, exitCode: 0 }, notes: held('ENDED_BY_ITSELF') },
      { state: 'STOPPED', endedByItself: true, exitCode: 0 }
    ],
    [
      'ended by itself, and the panel has taken note',
      { wanted: { ...stopped, generation: 9 }, container: exited, notes: held('ENDED_BY_ITSELF') },
      { state: 'STOPPED', endedByItself: false, reason: 'because' }
    ],
    [
      'ended by itself before another run was wanted',
      {
        wanted: { ...stopped, restartSeq: 9 },
        container: exited,
        notes: held('ENDED_BY_ITSELF')
      },
      { state: 'STOPPED', endedByItself: false, reason: null }
    ],
    ['out of memory', { container: { ...exited, oomKilled: true } }, { oomKilled: true }],
    ['stopped', { wanted: stopped, container: exited }, { state: 'STOPPED', endedByItself: false }],
    ['not made yet', { container: undefined }, { state: 'STARTING', containerId: null }],
    [
      'never installed',
      { wanted: { ...stopped, installed: false }, container: undefined },
      { state: 'ABSENT' }
    ],
    ['being installed', { notes: install('RUNNING') }, { state: 'INSTALLING' }],
    [
      'installing failed',
      { wanted: { ...stopped, installed: false }, container: undefined, notes: install('FAILED') },
      { state: 'INSTALL_FAILED', reason: 'it broke' }
    ],
    ['gone', gone, { state: 'ABSENT' }],
    [
      'a newer spec waits',
      { wanted: { ...wanted, generation: 4, spec: { ...wanted.spec, image: 'other' } } },
      { pendingRestart: true, generation: 4 }
    ],
    [
      'Docker is silent',
      { engineProblem: 'no answer' },
      { state: 'RUNNING', reason: /Docker does not answer \(no answer\)/ }
    ]
  ]
  for (const [name, change, report] of rows) {
    t.match(
      describe({ ...circumstances, ...change } as Parameters<typeof describe>[0]),
      report,
      name
    )
  }
})

t.test(
  'places are given in the order of asking, and those who leave the line lose nothing',
  async t => {
    const places = createPlaces(1)
    const never = new AbortController().signal
    const giveBack = await places.take(never)
    const leaving = new AbortController()
    const order: string[] = []
    const left = places.take(leaving.signal).catch(() => order.push('left'))
    const second = places.take(never).then(back => {
      order.push('second')
      back()
      back()
    })
    const third = places.take(never).then(() => order.push('third'))
    leaving.abort()
    await left
    giveBack()
    await Promise.all([second, third])
    t.same(order, ['left', 'second', 'third'])
    t.ok(places.areTaken())
  }
)

t.test(
  'a server is made, started, ready; restarted as a new container; stopped; deleted',
  async t => {
    const { driver, reconciler, untilState, state } = await startNode(t)
    const server = wantedProbe({ installed: true })
    const id = server.serverId
    await driver.prepareData(id, { wipe: false })
    driver.calls.length = 0
    t.ok(await reconciler.want(server))
    await untilState(id, 'RUNNING')
    t.same(driver.calls, [`create ${id}`, `start ${id}`])
    const first = driver.container(id).view

    t.ok(await reconciler.want({ ...server, generation: 2, restartSeq: 2 }))
    await until('another container', () => {
      const { container: now } = reconciler.view(id) ?? {}
      return now?.id !== first.id && state(id) === 'RUNNING'
    })
    t.same(driver.calls.slice(2), [
      `input ${id} stop`,
      `remove ${id}`,
      `create ${id}`,
      `start ${id}`
    ])
    t.notOk(await reconciler.want(server), 'an older wish changes nothing')

    await reconciler.want({ ...server, generation: 3, restartSeq: 2, desired: 'STOPPED' })
    await untilState(id, 'STOPPED')
    t.match(reconciler.view(id)?.report, { endedByItself: false, exitCode: 0, reason: null })

    await reconciler.want({ ...server, generation: 4, desired: 'ABSENT' })
    await until('all is gone', async () => state(id) === 'ABSENT' && !(await driver.hasData(id)))
    t.throws(() => driver.container(id))
  }
)

t.test(
  'a game that does not listen is killed when its grace is over; one in a hurry at once',
  async t => {
    const node = await startNode(t)
    const { driver, reconciler } = node
    for (const [name, graceSeconds] of [
      ['grace', 1],
      ['hurry', 600]
    ] as const) {
      const stop = { type: 'signal' as const, value: 'SIGTERM', graceSeconds }
      const environment = { ON_TERM: 'ignore' }
      const server = wantedProbe({ installed: true, spec: { stop, environment } })
      const id = server.serverId
      await driver.prepareData(id, { wipe: false })
      await reconciler.want(server)
      await node.untilState(id, 'RUNNING')
      await reconciler.want({ ...server, generation: 2, desired: 'STOPPED' })
      await node.untilState(id, 'STOPPING')
      await until('it was asked', () => driver.calls.includes(`signal ${id} SIGTERM`))
      if (name === 'hurry') reconciler.hurry(id)
      await node.untilState(id, 'STOPPED')
      t.ok(driver.calls.includes(`kill ${id}`), name)
      t.equal(driver.container(id).view.exitCode, 137)
    }
  }
)

t.test('config files are brought about before each start, also of one after a crash', async t => {
  const node = await startNode(t)
  const { driver, reconciler, told } = node
  const server = wantedProbe({ installed: true })
  const id = server.serverId
  await driver.prepareData(id, { wipe: false })
  driver.calls.length = 0
  driver.configure = async ({ serverId, generation }) => {
    driver.calls.push(`configure ${serverId}`)
    if (generation === 1) return ['a.json was left alone: it is no JSON: line 1 cannot be read']
    throw new DriverError('CONFIG_FILE_REFUSED', 'The config file a.json cannot be written')
  }
  await reconciler.want(server)
  await node.untilState(id, 'RUNNING')
  driver.exit(id, 1)
  const twice = [`configure ${id}`, `start ${id}`, `configure ${id}`, `start ${id}`]
  await until('it runs again', () => driver.calls.length === 5 && node.state(id) === 'RUNNING')
  t.same(driver.calls, [`create ${id}`, ...twice])
  const left = told.filter(({ code }) => code === 'CONFIG_FILE_LEFT')
  t.match(left, [{ message: /^The config file a\.json was left alone: .* read\.$/ }, {}])

  await reconciler.want({ ...server, generation: 2, restartSeq: 2 })
  await until('it is refused', () => told.some(({ code }) => code === 'CONFIG_FILE_REFUSED'))
  const { report } = (await until('it is held', () => {
    const view = reconciler.view(id)
    return view?.report.state === 'CRASHED' ? view : undefined
  })) ?? { report: undefined }
  t.match(report, { reason: /a\.json cannot be written/ })
  t.equal(driver.calls.filter(call => call.startsWith('start')).length, 2, 'it is not started')
})

t.test('crashes: again in the same container, ever later, and at last no more', async t => {
  const node = await startNode(t, { timing: { firstRestartMs: 10 } })
  const { driver, reconciler, told } = node
  const server = wantedProbe({ installed: true })
  const id = server.serverId
  await driver.prepareData(id, { wipe: false })
  await reconciler.want(server)
  for (let crash = 1; crash <= 5; crash++) {
    await node.untilState(id, 'RUNNING')
    driver.exit(id, crash === 3 ? 137 : 139, { oomKilled: crash === 3 })
    await until('it is counted', () => reconciler.view(id)?.report.crashCount === crash)
  }
  await node.untilState(id, 'CRASHED')
  t.match(reconciler.view(id)?.report, { crashCount: 5, exitCode: 139, reason: /5 in a row/ })
  t.equal(driver.calls.filter(call => call.startsWith('create')).length, 1, 'one container')
  t.equal(driver.calls.filter(call => call.startsWith('start')).length, 5)
  const codes = told.map(({ code }) => code)
  t.ok(codes.includes('OUT_OF_MEMORY') && codes.includes('CRASH_LOOP'))

  await reconciler.want({ ...server, generation: 2 })
  await reconciler.refresh()
  t.equal(node.state(id), 'CRASHED', 'another spec does not start it')
  await reconciler.want({ ...server, generation: 3, restartSeq: 2 })
  await node.untilState(id, 'RUNNING')
  t.equal(reconciler.view(id)?.report.crashCount, 0, 'a person does')
})

t.test('a killed game: short of memory if Docker says so, however late', async t => {
  const node = await startNode(t, { timing: { judgeAfterMs: 0, explainWithinMs: 500 } })
  const { driver, reconciler, told } = node
  const server = wantedProbe({ installed: true })
  const id = server.serverId
  await driver.prepareData(id, { wipe: false })
  await reconciler.want(server)
  const crashes: ['late word' | 'no word', string][] = [
    ['late word', 'OUT_OF_MEMORY'],
    ['no word', 'CRASHED']
  ]
  for (const [index, [word, code]] of crashes.entries()) {
    await node.untilState(id, 'RUNNING')
    const count = told.length
    driver.exit(id, 137)
    await until('its end is seen', () => reconciler.view(id)?.container?.state === 'exited')
    t.equal(reconciler.view(id)?.report.crashCount, index, `${word}: not judged yet`)
    if (word === 'late word') driver.sayOutOfMemory(id)
    await until('it is counted', () => reconciler.view(id)?.report.crashCount === index + 1)
    t.match(told.slice(count), [{ code }], word)
  }
})

t.test('an installation that cannot be noted takes no game down and leaves no trace', async t => {
  const dir = await quickFolder(t)
  const node = await startNode(t, { dir })
  const { driver, reconciler } = node
  const server = wantedProbe({ installed: true })
  const id = server.serverId
  await driver.prepareData(id, { wipe: false })
  await reconciler.want(server)
  await node.untilState(id, 'RUNNING')
  const { startedAt } = driver.container(id).view

  await node.disk.notes.idle()
  await rm(`${dir}/notes`, { recursive: true })
  const anew = { ...server, generation: 2, installed: false, desired: 'STOPPED' as const }
  await t.rejects(reconciler.beginInstall(anew, 'install-1'))
  await reconciler.refresh()
  t.equal(node.state(id), 'RUNNING')
  t.match(driver.container(id).view, { state: 'running', startedAt })
  t.equal(reconciler.installOf(id), null, 'it may be asked for again')

  await mkdir(`${dir}/notes`)
  t.ok(await reconciler.beginInstall(anew, 'install-2'))
  await until('the game goes down for it', () => driver.calls.includes(`remove ${id}`))
  await node.untilState(id, 'INSTALLING')
  await reconciler.endInstall(id, null)
  await node.untilState(id, 'STOPPED')
})

t.test('what is wanted and cannot be written has its effect as soon as it can', async t => {
  const dir = await quickFolder(t)
  const node = await startNode(t, { dir })
  const { driver, reconciler } = node
  const sync = createWantedSync(reconciler, reconciler.forget)
  const tell = (...servers: WantedServer[]) => sync.hear({ full: true, last: true, servers })
  const known = wantedProbe({ installed: true })
  const id = known.serverId
  const stopped = { ...known, generation: 2, desired: 'STOPPED' as const }
  const added = wantedProbe({ installed: true })
  for (const { serverId } of [known, added]) await driver.prepareData(serverId, { wipe: false })
  t.ok(await tell(known))
  await node.untilState(id, 'RUNNING')

  const never = wantedProbe({ installed: true })
  const inTheWay = [known, added, never].map(one => `${dir}/wanted/${one.serverId}.json.tmp`)
  const keepFromWriting = () => Promise.all(inTheWay.map(path => mkdir(path)))
  const letWrite = () => Promise.all(inTheWay.map(path => rm(path, { recursive: true })))
  await keepFromWriting()
  t.ok(await tell(stopped, added), 'it is heard all the same')
  t.equal(node.state(id), 'RUNNING', 'what is not on disk is not done')
  t.equal(reconciler.view(added.serverId), undefined)
  t.same(new Set(reconciler.wantedServers()), new Set([id, added.serverId]))
  await letWrite()
  await node.untilState(id, 'STOPPED')
  await node.untilState(added.serverId, 'RUNNING')
  t.same(node.disk.wanted.get(id), stopped)

  await t.test('unless something newer is wanted, or nothing any more', async t => {
    await keepFromWriting()
    await tell({ ...stopped, generation: 3, desired: 'RUNNING' }, added, never)
    await tell(
      { ...stopped, generation: 4 },
      { ...added, generation: 2, desired: 'STOPPED' },
      never
    )
    t.ok(reconciler.wantedServers().includes(never.serverId))
    await tell({ ...stopped, generation: 4 }, { ...added, generation: 2, desired: 'STOPPED' })
    await letWrite()
    await node.untilState(added.serverId, 'STOPPED')
    await until('all is written', () => node.disk.wanted.get(id)?.generation === 4)
    t.equal(node.state(id), 'STOPPED')
    t.equal(driver.calls.filter(call => call === `start ${id}`).length, 1, 'it was never started')
    t.equal(reconciler.view(never.serverId), undefined, 'nobody wants it')
    t.same(reconciler.wantedServers(), [id, added.serverId])
  })
})

t.test('a game that ends by itself stays down, also for the next agent', async t => {
  const dir = await quickFolder(t)
  const driver = createMemoryDriver()
  const first = await startNode(t, { dir, driver })
  const server = wantedProbe({ installed: true })
  const id = server.serverId
  await driver.prepareData(id, { wipe: false })
  await first.reconciler.want(server)
  await first.untilState(id, 'RUNNING')
  driver.exit(id, 0)
  await first.untilState(id, 'STOPPED')
  t.ok(first.reconciler.view(id)?.report.endedByItself)
  await first.end()

  const second = await startNode(t, { dir, driver })
  await until('it has looked', () => second.reconciler.view(id)?.isKnown)
  await second.reconciler.refresh()
  t.match(second.reconciler.view(id)?.report, { state: 'STOPPED', endedByItself: true })
  t.equal(driver.calls.filter(call => call.startsWith('start')).length, 1)
})

t.test(
  'the next agent finds games running and lets them run; after a reboot it brings them back',
  async t => {
    const dir = await quickFolder(t)
    const driver = createMemoryDriver()
    const first = await startNode(t, { dir, driver })
    const servers = [wantedProbe({ installed: true }), wantedProbe({ installed: true })]
    for (const server of servers) {
      await driver.prepareData(server.serverId, { wipe: false })
      await first.reconciler.want(server)
      await first.untilState(server.serverId, 'RUNNING')
    }
    const ids = servers.map(server => server.serverId)
    const starts = ids.map(id => driver.container(id).view.startedAt)
    await first.end()

    const second = await startNode(t, { dir, driver })
    for (const id of ids) {
      t.equal(second.state(id), 'RUNNING', 'also before Docker was asked')
      await until('it has looked', () => second.reconciler.view(id)?.isKnown)
      t.equal(second.state(id), 'RUNNING', 'ready as it was')
    }
    t.same(
      ids.map(id => driver.container(id).view.startedAt),
      starts,
      'nothing was started'
    )
    await second.end()

    driver.exit(ids[0] ?? '', 255)
    driver.exit(ids[1] ?? '', 0)
    const third = await startNode(t, { dir, driver, bootId: 'boot-2' })
    for (const id of ids) {
      await until('it runs again', () => driver.container(id).view.state === 'running')
      await third.untilState(id, 'RUNNING')
      t.equal(third.reconciler.view(id)?.report.crashCount, 0, 'nobody is blamed')
    }
    t.equal(third.told.filter(({ code }) => code === 'TAKEN_DOWN').length, 2)
  }
)

t.test('Docker away: nothing is shown as stopped, and what died with it comes back', async t => {
  const node = await startNode(t)
  const { driver, reconciler } = node
  const server = wantedProbe({ installed: true })
  const id = server.serverId
  await driver.prepareData(id, { wipe: false })
  await reconciler.want(server)
  await node.untilState(id, 'RUNNING')
  driver.breakEngine('no socket')
  await until('it is said', () => reconciler.view(id)?.report.reason?.includes('no socket'))
  t.equal(node.state(id), 'RUNNING')
  driver.exit(id, 137)
  driver.breakEngine(undefined)
  await until(
    'it was started again',
    () => driver.calls.filter(c => c === `start ${id}`).length === 2
  )
  await node.untilState(id, 'RUNNING')
  t.match(reconciler.view(id)?.report, { crashCount: 0, reason: null })
})

t.test(
  'starts that fail: told why, tried again; what cannot get better is not tried again',
  async t => {
    const node = await startNode(t, { timing: { firstRestartMs: 20 } })
    const { driver, reconciler } = node
    const taken = new DriverError('PORT_TAKEN', 'Port 25565 is in use on this machine')
    const server = wantedProbe({ installed: true })
    const id = server.serverId
    await driver.prepareData(id, { wipe: false })
    driver.failNext('start', taken)
    await reconciler.want(server)
    await until('the failure is told', () => reconciler.view(id)?.failure?.code === 'PORT_TAKEN')
    t.match(reconciler.view(id)?.failure?.message, /25565/)
    await node.untilState(id, 'RUNNING')

    const lost = wantedProbe({ installed: true })
    await reconciler.want(lost)
    await node.untilState(lost.serverId, 'CRASHED')
    t.match(reconciler.view(lost.serverId)?.report.reason, /gone/)
    const tries = () => driver.calls.filter(call => call === `create ${lost.serverId}`).length
    const before = tries()
    await driver.prepareData(lost.serverId, { wipe: false })
    for (let look = 0; look < 5; look++) await reconciler.refresh()
    t.equal(tries(), before, 'an empty world is not begun, nor tried in vain')
    await reconciler.want({ ...lost, generation: 2, restartSeq: 2 })
    await node.untilState(lost.serverId, 'RUNNING')

    const missing = wantedProbe({ installed: true, spec: { image: 'docker.io/library/none:1' } })
    await driver.prepareData(missing.serverId, { wipe: false })
    driver.failNext('pull', new DriverError('IMAGE_PULL_FAILED', 'no such image'))
    await reconciler.want(missing)
    await until('it is told', () => reconciler.view(missing.serverId)?.failure != null)
    t.equal(reconciler.view(missing.serverId)?.failure?.code, 'IMAGE_PULL_FAILED')
    await node.untilState(missing.serverId, 'RUNNING')
  }
)

t.test(
  'four start at a time, in turn; stopping and other servers do not wait for them',
  async t => {
    const node = await startNode(t)
    const { driver, reconciler } = node
    const slow = Array.from({ length: 6 }, () =>
      wantedProbe({ installed: true, spec: { environment: { READY_AFTER_MS: '1' } } })
    )
    const other = wantedProbe({ installed: true })
    for (const { serverId: id } of [...slow, other]) await driver.prepareData(id, { wipe: false })
    await reconciler.want(other)
    await node.untilState(other.serverId, 'RUNNING')
    await Promise.all(slow.map(server => reconciler.want(server)))
    const started = () => slow.filter(({ serverId }) => driver.calls.includes(`start ${serverId}`))
    await until('four are starting', () => started().length === 4)
    await until('two stand in line', () => {
      const inLine = slow.filter(({ serverId }) => {
        return reconciler.view(serverId)?.progress?.phase === 'WAITING_IN_LINE'
      })
      return inLine.length === 2
    })
    await reconciler.want({ ...other, generation: 2, desired: 'STOPPED' })
    await node.untilState(other.serverId, 'STOPPED')
    t.equal(started().length, 4, 'still four')

    const [first, second] = started()
    driver.print(first?.serverId ?? '', 'ready')
    await until('the next one starts', () => started().length === 5)
    await reconciler.want({ ...wantedOf(second), generation: 2, desired: 'STOPPED' })
    await until('and the last', () => started().length === 6)

    function wantedOf(server: (typeof slow)[number] | undefined) {
      if (!server) throw new Error('there is no such server')
      return server
    }
  }
)

t.test('a ready text of an earlier run, read late, says nothing of the new one', async t => {
  const node = await startNode(t, { timing: { startsAtOnce: 1 } })
  const { driver, reconciler, told } = node
  const spec = { environment: { READY_AFTER_MS: '1' } }
  const [one, two] = [
    wantedProbe({ installed: true, spec }),
    wantedProbe({ installed: true, spec })
  ]
  for (const { serverId: id } of [one, two]) await driver.prepareData(id, { wipe: false })
  const letStart = driver.hold('start')
  const isCalled = (id: string) => driver.calls.includes(`start ${id}`)
  await reconciler.want(one)
  await until('the first is about to start', () => isCalled(one.serverId))
  await reconciler.want(two)
  await until('the second stands in line', () => {
    return reconciler.view(two.serverId)?.progress?.phase === 'WAITING_IN_LINE'
  })
  const letList = driver.hold('list')
  letStart()
  await until('it has started', () => driver.container(one.serverId).view.state === 'running')
  reconciler.markReady(one.serverId, driver.container(one.serverId).view.id)
  letList()
  await until('its start has been seen', () => reconciler.view(one.serverId)?.container?.startedAt)
  t.equal(node.state(one.serverId), 'STARTING')
  t.notOk(isCalled(two.serverId), 'its place is still taken')
  t.notOk(told.some(({ code }) => code === 'READY'))
  driver.print(one.serverId, 'ready')
  await node.untilState(one.serverId, 'RUNNING')
  await until('the second starts', () => isCalled(two.serverId))
})

t.test(
  'behind our back: removed is made again, renamed is not doubled, strangers are left alone',
  async t => {
    const node = await startNode(t)
    const { driver, reconciler, told } = node
    const server = wantedProbe({ installed: true })
    const id = server.serverId
    await driver.prepareData(id, { wipe: false })
    await reconciler.want(server)
    await node.untilState(id, 'RUNNING')
    const before = driver.container(id).view.id
    driver.vanish(id)
    await until('there is another', () => {
      return reconciler.view(id)?.container?.id !== before && node.state(id) === 'RUNNING'
    })
    t.ok(told.some(({ code }) => code === 'CONTAINER_GONE'))

    for (let tries = 0; tries < 3; tries++) {
      driver.failNext('start', new DriverError('START_FAILED', 'Docker is on its way down'))
    }
    await driver.signal(driver.container(id).view.id, 'SIGTERM')
    await until('it is told', () => told.some(({ message }) => /stopped outside/.test(message)))
    await until('it was started again', () => {
      return driver.container(id).view.state === 'running' && node.state(id) === 'RUNNING'
    })
    t.match(reconciler.view(id)?.report, { crashCount: 0, reason: null })

    driver.addOrphan({
      containerId: 'f'.repeat(64),
      name: 'cap-stranger',
      image: 'x',
      running: true,
      reason: 'not ours'
    })
    const unknown = wantedProbe({ installed: true })
    await driver.prepareData(unknown.serverId, { wipe: false })
    await driver.start(await driver.create(unknown))
    await until('both are reported', () => reconciler.orphans().length === 2)
    t.equal(driver.container(unknown.serverId).view.state, 'running')

    const { list } = driver
    const ours = driver.container(id).view
    driver.list = async known => {
      const found = await list(known)
      const containers = found.containers.filter(one => one.id !== ours.id)
      const renamed = {
        containerId: ours.id,
        name: 'elsewhere',
        image: 'x',
        running: true,
        reason: ''
      }
      return { containers, orphans: [...found.orphans, renamed] }
    }
    const creates = () => driver.calls.filter(call => call === `create ${id}`).length
    const made = creates()
    for (let look = 0; look < 5; look++) await reconciler.refresh()
    t.equal(node.state(id), 'RUNNING')
    t.equal(creates(), made, 'no second game on the same files')
  }
)
