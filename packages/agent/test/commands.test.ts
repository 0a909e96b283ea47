import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import type {
  AgentBody,
  CommandKind,
  CommandOutcome,
  PanelBody,
  WantedServer
} from '@ctrl-alt-play/protocol'
import t, { type Test } from 'tap'
import { systemClock } from '../src/clock.ts'
import { createDeleteHandler } from '../src/commands/delete.ts'
import { type Commands, createCommands } from '../src/commands/dispatch.ts'
import { createInstallHandler } from '../src/commands/install.ts'
import { createPowerHandlers } from '../src/commands/power.ts'
import { createReach } from '../src/commands/reach.ts'
import type { Uplink } from '../src/link/uplink.ts'
import { DriverError } from '../src/runtime/driver-error.ts'
import { createMemoryDriver, type MemoryDriver } from './memory-driver.ts'
import { newId, quickTiming, quiet, startNode, type TestNode } from './node.ts'
import { quickFolder } from './quick-folder.ts'
import { until } from './until.ts'
import { PROBE, wantedProbe } from './wanted.ts'

/** An agent without a link: what it would tell the panel is kept. */
interface Rig extends TestNode {
  commands: Commands
  acks: string[]
  phases(id: string): string[]
  /** The newest end that was told; undefined as long as there is none. */
  outcome(id: string): CommandOutcome | undefined
  ended(id: string): Promise<CommandOutcome>
  give(kind: CommandKind, wanted: WantedServer, more?: Partial<Given>): string
}

interface Given {
  id: string
  ttlMs: number
  payload: object
}

interface RigOptions {
  dir?: string
  driver?: MemoryDriver
  bootId?: string
  timing?: Partial<typeof quickTiming>
}

async function startRig(t: Test, options: RigOptions = {}): Promise<Rig> {
  const node = await startNode(t, options)
  const { reconciler, driver, disk } = node
  const timing = { ...quickTiming, ...options.timing }
  const acks: string[] = []
  const progress: AgentBody<'command.progress'>[] = []
  const results = new Map<string, CommandOutcome>()
  const send: Uplink = (type, body) => {
    if (type === 'command.ack') acks.push((body as AgentBody<'command.ack'>).id)
    if (type === 'command.progress') progress.push(body as AgentBody<'command.progress'>)
    if (type === 'command.result') {
      const { id, outcome } = body as AgentBody<'command.result'>
      results.set(id, outcome)
    }
    return true
  }
  const reach = createReach({ reconciler, clock: systemClock, timing })
  const install = createInstallHandler({
    reconciler,
    reach,
    onLine: node.consoles.insert,
    tell: () => undefined
  })
  const commands = createCommands({
    journal: disk.journal,
    handlers: {
      ...createPowerHandlers(reconciler, reach),
      install,
      reinstall: install,
      delete: createDeleteHandler(reconciler, reach)
    },
    send,
    log: quiet,
    clock: systemClock,
    timing,
    bootId: options.bootId ?? 'boot-1',
    wantedOf: disk.wanted.get,
    onDeleted: id => reconciler.forget(id)
  })
  t.teardown(commands.close)
  await commands.recover()
  return {
    ...node,
    driver,
    end() {
      commands.close()
      return node.end()
    },
    commands,
    acks,
    phases: id => [
      ...new Set(progress.filter(told => told.id === id).map(told => told.progress.phase))
    ],
    outcome: id => results.get(id),
    ended: id => until(`${id} has ended`, () => results.get(id)),
    give(kind, wanted, { id = newId(), ttlMs = 60_000, payload = {} } = {}) {
      commands.receive({
        id,
        epoch: 1,
        kind,
        serverId: wanted.serverId,
        payload: { wanted, ...payload },
        ttlMs
      } satisfies PanelBody<'command'>)
      return id
    }
  }
}

const installed = (script: string | null = null, wipe = false) => ({
  payload: {
    script: script === null ? null : { image: PROBE, entrypoint: 'sh', script },
    wipe
  }
})

async function installedServer(rig: Rig, change: Parameters<typeof wantedProbe>[0] = {}) {
  const server = wantedProbe({ desired: 'STOPPED', restartSeq: 0, ...change })
  const outcome = await rig.ended(rig.give('install', server, installed()))
  if (outcome.status !== 'SUCCEEDED') throw new Error(JSON.stringify(outcome))
  const next = (generation: number, rest: Partial<WantedServer> = {}): WantedServer => ({
    ...server,
    installed: true,
    generation,
    ...rest
  })
  return { id: server.serverId, next }
}

t.test('a server’s life: installed, started, restarted, stopped, killed, deleted', async t => {
  const rig = await startRig(t)
  const { driver, give, ended } = rig
  const server = wantedProbe({ desired: 'STOPPED', restartSeq: 0 })
  const id = server.serverId
  const installing = give('install', server, installed('echo hello\necho world\nexit 0'))
  t.match(await ended(installing), { status: 'SUCCEEDED' })
  t.ok(rig.acks.includes(installing))
  t.same(rig.phases(installing), ['INSTALLING'])
  t.equal(rig.state(id), 'STOPPED')

  const up = { ...server, installed: true, desired: 'RUNNING' as const }
  const starting = give('start', { ...up, generation: 2, restartSeq: 1 })
  const started = await ended(starting)
  t.match(started, { status: 'SUCCEEDED', result: { containerId: driver.container(id).view.id } })
  t.equal(rig.state(id), 'RUNNING')

  const again = await ended(give('restart', { ...up, generation: 3, restartSeq: 2 }))
  t.equal(again.status, 'SUCCEEDED')
  t.not(again.result?.containerId, started.result?.containerId, 'a new container')

  const down = { ...up, desired: 'STOPPED' as const, restartSeq: 2 }
  t.match(await ended(give('stop', { ...down, generation: 4 })), { status: 'SUCCEEDED' })
  t.equal(driver.container(id).view.state, 'exited')
  t.match(
    await ended(give('stop', { ...down, generation: 5 })),
    { status: 'SUCCEEDED' },
    'already so'
  )

  t.match(await ended(give('start', { ...up, generation: 6, restartSeq: 3 })), {
    status: 'SUCCEEDED'
  })
  t.match(await ended(give('kill', { ...down, generation: 7, restartSeq: 3 })), {
    status: 'SUCCEEDED'
  })
  t.equal(driver.container(id).view.exitCode, 137)

  const deleting = give('delete', { ...up, desired: 'ABSENT', generation: 8 })
  t.match(await ended(deleting), { status: 'SUCCEEDED' })
  t.notOk(await driver.hasData(id))
  t.same(
    rig.commands.open().map(open => open.state),
    Array(8).fill('DONE')
  )
  await rig.commands.confirm(rig.commands.open().map(open => open.id))
  t.same(rig.commands.open(), [])
  t.equal(rig.reconciler.view(id), undefined, 'forgotten once the panel knows')
})

t.test('a start that goes wrong says why', async t => {
  const rig = await startRig(t)
  const { driver, ended, give } = rig
  const rows: [string, (id: string) => void, Parameters<typeof wantedProbe>[0], RegExp][] = [
    [
      'PORT_TAKEN',
      () => driver.failNext('start', new DriverError('PORT_TAKEN', 'Port 1 is in use')),
      {},
      /Port 1/
    ],
    ['IMAGE_PULL_FAILED', () => driver.images.delete(PROBE), {}, /not there/],
    ['DATA_MISSING', id => driver.loseData(id), {}, /gone/],
    [
      'CRASHED',
      () => undefined,
      { spec: { environment: { EXIT_AFTER_MS: '0', EXIT_CODE: '3', READY_AFTER_MS: '9' } } },
      /exit code 3/
    ],
    [
      'ENDED_BY_ITSELF',
      () => undefined,
      { spec: { environment: { EXIT_AFTER_MS: '0', READY_AFTER_MS: '9' } } },
      /by itself/
    ]
  ]
  for (const [errorCode, spoil, change, message] of rows) {
    driver.images.add(PROBE)
    const { id, next } = await installedServer(rig, change)
    spoil(id)
    const outcome = await ended(give('start', next(2, { desired: 'RUNNING', restartSeq: 1 })))
    t.match(outcome, { status: 'FAILED', errorCode, message }, errorCode)
    await ended(give('kill', next(3, { desired: 'STOPPED', restartSeq: 1 })))
  }
  const never = wantedProbe()
  t.match(await ended(give('start', never)), { status: 'FAILED', errorCode: 'NOT_INSTALLED' })

  const { next } = await installedServer(rig)
  const run = { desired: 'RUNNING', restartSeq: 1 } as const
  driver.failNext('start', new DriverError('PORT_TAKEN', 'Port 1 is in use'))
  t.match(await ended(give('start', next(2, run))), { status: 'FAILED', errorCode: 'PORT_TAKEN' })
  // While it is tried again it is shown as starting, and whoever starts it then asks for the same run.
  t.match(
    await ended(give('start', next(3, run))),
    { status: 'SUCCEEDED' },
    'what went wrong before'
  )
})

t.test(
  'a game that does not become ready, a Docker that does not answer: an end all the same',
  async t => {
    const rig = await startRig(t, { timing: { readyTimeoutMs: 200, enginePatienceMs: 100 } })
    const { driver, ended, give } = rig
    const { id, next } = await installedServer(rig, {
      spec: { environment: { READY_AFTER_MS: '9' } }
    })
    const starting = give('start', next(2, { desired: 'RUNNING', restartSeq: 1 }))
    t.match(await ended(starting), { status: 'FAILED', errorCode: 'NOT_READY' })
    t.ok(rig.phases(starting).includes('WAITING_FOR_READY'))
    t.equal(rig.state(id), 'STARTING', 'it still runs')
    driver.print(id, 'now I am ready')
    await rig.untilState(id, 'RUNNING')

    driver.breakEngine('gone')
    const stopping = await ended(give('stop', next(3, { restartSeq: 1 })))
    t.match(stopping, { status: 'FAILED', errorCode: 'ENGINE_UNAVAILABLE' })
    t.equal(rig.state(id), 'RUNNING', 'not shown as stopped')
    driver.breakEngine(undefined)
    await rig.untilState(id, 'STOPPED')
  }
)

t.test('one lane a server: in order, a kill overtakes, a stop does not wait for ever', async t => {
  const rig = await startRig(t)
  const { driver, ended, give, outcome } = rig
  const { id, next } = await installedServer(rig)
  const start = give('start', next(2, { desired: 'RUNNING', restartSeq: 1 }))
  const stop = give('stop', next(3, { restartSeq: 1 }))
  const restart = give('restart', next(4, { desired: 'RUNNING', restartSeq: 2 }))
  t.match(await ended(restart), { status: 'SUCCEEDED' })
  t.match([outcome(start), outcome(stop)], [{ status: 'SUCCEEDED' }, { status: 'SUCCEEDED' }])
  const acts = driver.calls.filter(call => /^(start|input|remove|create) /.test(call))
  t.same(acts, [
    `create ${id}`,
    `start ${id}`,
    `input ${id} stop`,
    `remove ${id}`,
    `create ${id}`,
    `start ${id}`
  ])

  const slow = await installedServer(rig, { spec: { environment: { READY_AFTER_MS: '9' } } })
  const waiting = give('start', slow.next(2, { desired: 'RUNNING', restartSeq: 1 }))
  await until('it waits', () => rig.phases(waiting).includes('WAITING_FOR_READY'))
  const impatient = give('stop', slow.next(3, { restartSeq: 1 }))
  t.match(await ended(waiting), { status: 'FAILED', errorCode: 'SUPERSEDED' })
  t.match(await ended(impatient), { status: 'SUCCEEDED' })

  const hanging = give('start', slow.next(4, { desired: 'RUNNING', restartSeq: 2 }))
  await until('it waits', () => rig.phases(hanging).includes('WAITING_FOR_READY'))
  const busy = give('restart', slow.next(5, { desired: 'RUNNING', restartSeq: 3 }))
  t.match(await ended(hanging), { status: 'FAILED', errorCode: 'SUPERSEDED' })
  await until('the restart waits', () => rig.phases(busy).includes('WAITING_FOR_READY'))
  const queued = give('restart', slow.next(6, { desired: 'RUNNING', restartSeq: 4 }))
  const kill = give('kill', slow.next(7, { restartSeq: 4 }))
  t.match(await ended(kill), { status: 'SUCCEEDED' })
  t.match(await ended(busy), { status: 'FAILED', errorCode: 'KILLED_MEANWHILE' })
  t.match(await ended(queued), { status: 'FAILED', errorCode: 'SUPERSEDED' })
  t.equal(driver.container(slow.id).view.exitCode, 137)
})

t.test('one server’s slow work delays no other', async t => {
  const rig = await startRig(t)
  const { driver, ended, give, outcome } = rig
  const slow = wantedProbe({ desired: 'STOPPED' })
  const installing = give('install', slow, installed('sleep 100'))
  await until('it installs', () => driver.calls.includes(`install ${slow.serverId}`))
  const { next } = await installedServer(rig)
  t.match(await ended(give('start', next(2, { desired: 'RUNNING', restartSeq: 1 }))), {
    status: 'SUCCEEDED'
  })
  t.equal(outcome(installing), undefined)
  t.equal(rig.state(slow.serverId), 'INSTALLING')
})

t.test('a command that comes again is answered, not done again', async t => {
  const rig = await startRig(t)
  const { ended, give, driver } = rig
  const server = wantedProbe({ desired: 'STOPPED' })
  const id = give('install', server, installed('echo once'))
  give('install', server, { id, ...installed('echo once') })
  t.match(await ended(id), { status: 'SUCCEEDED' })
  give('install', server, { id, ...installed('echo once') })
  t.equal(driver.calls.filter(call => call.startsWith('install ')).length, 1)
  t.ok(rig.acks.filter(ack => ack === id).length >= 2)
})

/** Every write of the store fails until the answered function is called. */
function breakWriting(
  store: Rig['disk']['journal'] | Rig['disk']['wanted'],
  err: Error,
  method: 'received' | 'put' | 'done' = 'received' in store ? 'received' : 'put'
) {
  const original = Object.getOwnPropertyDescriptor(store, method) ?? {}
  Object.defineProperty(store, method, { ...original, value: () => Promise.reject(err) })
  return () => void Object.defineProperty(store, method, original)
}

t.test('what cannot be begun is refused before anything happens', async t => {
  const rig = await startRig(t)
  const { commands, driver, ended, give } = rig
  const { next } = await installedServer(rig)
  driver.calls.length = 0
  const server = next(2, { desired: 'RUNNING', restartSeq: 1 })
  const foreign = newId()
  commands.receive({
    id: foreign,
    epoch: 1,
    kind: 'start',
    serverId: randomUUID(),
    payload: { wanted: server },
    ttlMs: 9
  })
  const never = { status: 'FAILED', result: { neverBegan: true } }
  t.match(
    await ended(foreign),
    { ...never, errorCode: 'BAD_PAYLOAD' },
    'for another server than it says'
  )
  const strange = newId()
  commands.receive({
    id: strange,
    epoch: 1,
    kind: 'explode',
    serverId: server.serverId,
    payload: {},
    ttlMs: 9
  })
  t.match(await ended(strange), { ...never, errorCode: 'BAD_PAYLOAD' }, 'a kind that nobody knows')
  const late = await ended(give('start', server, { ttlMs: -1 }))
  t.match(late, { ...never, errorCode: 'TOO_LATE' })
  for (const broken of [rig.disk.journal, rig.disk.wanted]) {
    const full = Object.assign(new Error('no space'), { code: 'ENOSPC' })
    const undo = breakWriting(broken, full)
    const refused = await ended(give('start', server))
    t.match(refused, { ...never, errorCode: 'DISK_FULL', message: /nothing was begun/ })
    undo()
  }
  await rig.reconciler.want(next(9))
  t.match(await ended(give('start', server)), { errorCode: 'SUPERSEDED' })
  const early = newId()
  await commands.cancel(early)
  t.match(await ended(early), { status: 'CANCELLED' })
  give('start', next(10, { desired: 'RUNNING', restartSeq: 1 }), { id: early })
  t.match(await ended(early), { status: 'CANCELLED' }, 'a tombstone, should it come after all')
  await rig.reconciler.refresh()
  t.notOk(
    driver.calls.some(call => /^(start|create) /.test(call)),
    'nothing was begun'
  )
})

t.test(
  'cancelling: what waits never begins, an installation is broken off, a start has its own end',
  async t => {
    const rig = await startRig(t)
    const { commands, driver, ended, give } = rig
    const server = wantedProbe({ desired: 'STOPPED' })
    const running = give('install', server, installed('sleep 100'))
    const waiting = give('reinstall', { ...server, generation: 2 }, installed('echo never'))
    await until('it installs', () => driver.calls.includes(`install ${server.serverId}`))
    await commands.cancel(waiting)
    t.match(await ended(waiting), { status: 'CANCELLED' })
    await commands.cancel(running)
    t.match(await ended(running), { status: 'FAILED', errorCode: 'ABORTED' })
    t.match(rig.reconciler.view(server.serverId)?.report, { state: 'INSTALL_FAILED' })
    t.equal(driver.calls.filter(call => call.startsWith('install ')).length, 1)

    const again = give('reinstall', { ...server, generation: 3 }, installed('echo x\nexit 7', true))
    t.match(await ended(again), {
      status: 'FAILED',
      errorCode: 'INSTALL_FAILED',
      message: /code 7/
    })
    t.ok(driver.calls.includes(`prepareData ${server.serverId} wipe`))
    const third = give('reinstall', { ...server, generation: 4 }, installed('exit 0'))
    t.match(await ended(third), { status: 'SUCCEEDED' })
    t.equal(rig.state(server.serverId), 'STOPPED')
  }
)

t.test('a kill breaks off an installation', async t => {
  const rig = await startRig(t)
  const { driver, ended, give } = rig
  const server = wantedProbe({ desired: 'STOPPED' })
  const installing = give('install', server, installed('sleep 100'))
  await until('it installs', () => driver.calls.includes(`install ${server.serverId}`))
  const kill = give('kill', { ...server, generation: 2 })
  t.match(await ended(installing), { status: 'FAILED', errorCode: 'KILLED_MEANWHILE' })
  t.match(await ended(kill), { status: 'SUCCEEDED' })
})

t.test(
  'the agent dies anywhere in a start: the next one brings it to one truthful end',
  async t => {
    for (const stuckAt of ['create', 'start', 'ready'] as const) {
      const dir = await quickFolder(t)
      const driver = createMemoryDriver()
      const first = await startRig(t, { dir, driver })
      const environment = { READY_AFTER_MS: stuckAt === 'ready' ? '9' : '0' }
      const { id, next } = await installedServer(first, { spec: { environment } })
      const release = stuckAt === 'ready' ? undefined : driver.hold(stuckAt)
      const starting = first.give('start', next(2, { desired: 'RUNNING', restartSeq: 1 }))
      await until(`it is at ${stuckAt}`, () =>
        stuckAt === 'ready'
          ? first.phases(starting).includes('WAITING_FOR_READY')
          : driver.calls.includes(`${stuckAt} ${id}`)
      )
      await first.end()
      release?.()

      const second = await startRig(t, { dir, driver })
      if (stuckAt === 'ready') {
        await until('it was taken up again', () => second.phases(starting).length > 0)
        driver.print(id, 'ready')
      }
      t.match(await second.ended(starting), { status: 'SUCCEEDED' }, stuckAt)
      t.equal(driver.container(id).log.filter(line => /^boot/.test(String(line.text))).length, 1)
      await second.end()
    }
  }
)

t.test('the agent dies in an installation: nobody pretends to know', async t => {
  const dir = await quickFolder(t)
  const driver = createMemoryDriver()
  const first = await startRig(t, { dir, driver })
  const server = wantedProbe({ desired: 'STOPPED' })
  const installing = first.give('install', server, installed('sleep 100'))
  await until('it installs', () => driver.calls.includes(`install ${server.serverId}`))
  const waiting = first.give('start', { ...server, desired: 'RUNNING', generation: 2 })
  await until('it is in the journal', () => first.acks.includes(waiting))
  await first.end()
  driver.addOrphan({
    containerId: 'e'.repeat(64),
    name: `cap-install-${server.serverId}`,
    image: PROBE,
    running: true,
    reason: 'left over'
  })

  const second = await startRig(t, { dir, driver })
  t.match(await second.ended(installing), { status: 'UNKNOWN' })
  t.match(await second.ended(waiting), { status: 'FAILED', errorCode: 'NOT_INSTALLED' })
  t.match(second.reconciler.view(server.serverId)?.report, { reason: /Install it again/ })
  await until('what was left is removed', () => driver.calls.includes(`remove ${'e'.repeat(64)}`))
  second.give('install', server, { id: installing, ...installed('echo twice') })
  t.match(await second.ended(installing), { status: 'UNKNOWN' })
  t.equal(driver.calls.filter(call => call.startsWith('install ')).length, 1)
})

t.test('a journal that was taken away does not make an installation run twice', async t => {
  const dir = await quickFolder(t)
  const driver = createMemoryDriver()
  const first = await startRig(t, { dir, driver })
  const server = wantedProbe({ desired: 'STOPPED' })
  const id = first.give('install', server, installed('echo once'))
  await first.ended(id)
  await first.end()
  await rm(`${dir}/journal`)

  const second = await startRig(t, { dir, driver })
  second.give('install', server, { id, ...installed('echo once') })
  t.match(await second.ended(id), { status: 'UNKNOWN' })
  t.equal(driver.calls.filter(call => call.startsWith('install ')).length, 1)
})

t.test('a refusal is final, whatever comes after it', async t => {
  const rig = await startRig(t)
  const { commands, driver, ended, give } = rig
  const { next } = await installedServer(rig)
  driver.calls.length = 0
  const never = { status: 'FAILED', result: { neverBegan: true } }

  await t.test('a command that was refused and comes again is refused again', async t => {
    const full = Object.assign(new Error('no space'), { code: 'ENOSPC' })
    const undo = breakWriting(rig.disk.journal, full)
    const up = next(2, { desired: 'RUNNING', restartSeq: 1 })
    const id = give('start', up)
    t.match(await ended(id), { ...never, errorCode: 'DISK_FULL' })
    undo()
    give('start', up, { id })
    t.notOk(rig.acks.includes(id))
    const after = give('stop', next(3))
    t.match(await ended(after), { status: 'SUCCEEDED' })
    t.match(rig.outcome(id), never, 'by then the panel may have taken it back')
  })

  await t.test('an end that cannot be written promises nothing', async t => {
    const blocking = give('reinstall', next(4), installed('sleep 100'))
    await until('the lane is taken', () => driver.calls.some(call => call.startsWith('install ')))
    const waiting = give('start', next(5, { desired: 'RUNNING', restartSeq: 1 }))
    await until('it is in the journal', () => rig.acks.includes(waiting))
    const undo = breakWriting(rig.disk.journal, new Error('an error of the disk'), 'done')
    await commands.cancel(waiting)
    undo()
    t.match(rig.outcome(waiting), { status: 'UNKNOWN', errorCode: 'JOURNAL_UNWRITABLE' })
    await commands.cancel(blocking)
    t.match(await ended(blocking), { status: 'FAILED', errorCode: 'ABORTED' })
  })

  await t.test('an install that is cancelled before it began is CANCELLED', async t => {
    driver.calls.length = 0
    const id = give('reinstall', next(6), installed('echo never'))
    await commands.cancel(id)
    t.match(await ended(id), { status: 'CANCELLED' })
    t.notOk(driver.calls.some(call => call.startsWith('install ')))
  })
})

t.test('what the panel has told as a whole is neither too late nor cancelled', async t => {
  const rig = await startRig(t)
  const { commands, driver, ended, give, reconciler } = rig
  const { id, next } = await installedServer(rig)
  const up = next(2, { desired: 'RUNNING', restartSeq: 1 })
  await reconciler.want(up)
  const late = give('start', up, { ttlMs: -1 })
  t.match(await ended(late), { status: 'SUCCEEDED' }, 'it had begun before its command came')
  t.equal(rig.state(id), 'RUNNING')

  const blocking = give('reinstall', next(3), installed('sleep 100'))
  await until('the lane is taken', () => driver.calls.some(call => /^install .*/.test(call)))
  const again = next(4, { desired: 'RUNNING', restartSeq: 2 })
  const waiting = give('start', again)
  await until('it is in the journal', () => rig.acks.includes(waiting))
  await reconciler.want(again)
  await commands.cancel(waiting)
  t.equal(rig.outcome(waiting), undefined, 'too late to say that it never began')
  await commands.cancel(blocking)
  const { status, result } = await ended(waiting)
  t.not(status, 'CANCELLED')
  t.notMatch(result, { neverBegan: true })
})

t.test('what waited longer than it might, or over a reboot, is not begun', async t => {
  const dir = await quickFolder(t)
  const driver = createMemoryDriver()
  const first = await startRig(t, { dir, driver })
  const { next } = await installedServer(first)
  const blocking = first.give('reinstall', next(2), installed('sleep 100'))
  await until('the lane is taken', () => driver.calls.some(call => call.startsWith('install ')))
  const waiting = first.give('start', next(3, { desired: 'RUNNING', restartSeq: 1 }))
  await until('both are in the journal', () => first.acks.includes(waiting))
  await first.end()

  const second = await startRig(t, { dir, driver, bootId: 'boot-2' })
  t.match(await second.ended(blocking), { status: 'UNKNOWN' })
  t.match(await second.ended(waiting), {
    status: 'FAILED',
    errorCode: 'TOO_LATE',
    result: { neverBegan: true }
  })
})
