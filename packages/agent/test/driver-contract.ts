import { randomUUID } from 'node:crypto'
import type { WantedServer } from '@ctrl-alt-play/protocol'
import type { Test } from 'tap'
import type { Container, Driver, EngineEvent, LogLine } from '../src/runtime/driver.ts'
import { until } from './until.ts'
import { wantedProbe } from './wanted.ts'

export interface ContractParts {
  makeDriver(t: Test): Promise<Driver>
  /** An image with `sh` in it. */
  shellImage: string
}

/** What any driver must do; the in-memory one and Docker's pass the same. */
export function driverContract(t: Test, { makeDriver, shellImage }: ContractParts): void {
  t.test('a container lives from create to remove, and each act may be repeated', async t => {
    const driver = await makeDriver(t)
    const wanted = wantedProbe({ generation: 3, restartSeq: 7, spec: { tty: true } })
    const id = await driver.create(wanted)
    t.equal(await driver.create(wanted), id, 'the same run is the same container')
    const made = await find(driver, wanted)
    t.match(made, { id, name: `cap-${wanted.serverId}`, generation: 3, restartSeq: 7, tty: true })
    t.match(made, { state: 'created', startedAt: null, exitCode: null, oomKilled: false })

    await driver.start(id)
    await driver.start(id)
    const running = await find(driver, wanted)
    t.match(running, { state: 'running', exitCode: null, finishedAt: null })
    t.ok(Date.parse(running.startedAt ?? '') > 0)

    await says(driver, running, 'ready')
    await driver.signal(id, 'SIGTERM')
    t.match(await ended(driver, wanted), { exitCode: 0, oomKilled: false })
    await driver.signal(id, 'SIGTERM')

    await driver.start(id)
    const again = await find(driver, wanted)
    const known = new Map([[id, again]])
    const [same] = (await driver.list(known)).containers
    t.equal(same, again, 'what runs as before is not asked about again')
    await driver.kill(id)
    await driver.kill(id)
    const killed = await ended(driver, wanted)
    t.equal(killed.exitCode, 137)
    t.same((await driver.list(known)).containers, [killed], 'what does not is')
    t.ok(Date.parse(killed.finishedAt ?? '') > 0)

    await driver.remove(id)
    await driver.remove(id)
    t.same((await driver.list()).containers, [])
  })

  t.test(
    'a name is taken by any other run; a spec is told apart by what a container is made of',
    async t => {
      const driver = await makeDriver(t)
      const wanted = wantedProbe()
      const id = await driver.create(wanted)
      await t.rejects(driver.create({ ...wanted, restartSeq: 2 }), { code: 'NAME_TAKEN' })
      const bigger = { ...wanted.spec, limits: { ...wanted.spec.limits, memoryMiB: 128 } }
      await t.rejects(driver.create({ ...wanted, spec: bigger }), { code: 'NAME_TAKEN' })
      const readyElse = { ...wanted, generation: 2, spec: { ...wanted.spec, ready: ['other'] } }
      t.equal(await driver.create(readyElse), id)
    }
  )

  t.test(
    'files that were laid down once and are gone are an error, never an empty world',
    async t => {
      const driver = await makeDriver(t)
      const wanted = wantedProbe({ installed: true })
      t.equal(await driver.hasData(wanted.serverId), false)
      await t.rejects(driver.create(wanted), { code: 'DATA_MISSING' })
      await driver.prepareData(wanted.serverId, { wipe: false })
      await driver.prepareData(wanted.serverId, { wipe: true })
      t.equal(await driver.hasData(wanted.serverId), true)
      await driver.remove(await driver.create(wanted))
      await driver.removeData(wanted.serverId)
      await driver.removeData(wanted.serverId)
      t.equal(await driver.hasData(wanted.serverId), false)
    }
  )

  t.test(
    'an image that is there is not pulled; one that cannot be had is refused in words',
    async t => {
      const driver = await makeDriver(t)
      const io = { signal: new AbortController().signal, onProgress: () => t.fail('no pull') }
      await driver.pull(wantedProbe().spec.image, io)
      const image = 'ctrl-alt-play/missing:local'
      await t.rejects(driver.pull(image, io), {
        code: 'IMAGE_PULL_FAILED',
        message: /missing:local/
      })
      await t.rejects(driver.create(wantedProbe({ spec: { image } })), { code: 'IMAGE_MISSING' })
    }
  )

  for (const tty of [false, true]) {
    t.test(
      `a game that exits at once is read from its first line to its last (tty ${tty})`,
      async t => {
        const driver = await makeDriver(t)
        const environment = { EXIT_AFTER_MS: '0', EXIT_CODE: '3' }
        const wanted = wantedProbe({ spec: { tty, environment } })
        const id = await driver.create(wanted)
        await driver.start(id)
        const lines = await readAll(driver, { id, tty })
        t.match(texts(lines), [/^boot .* pid \d+$/, /ready|time is up/, /time is up|$/])
        t.equal(texts(lines).at(-1), 'time is up')
        t.equal((await ended(driver, wanted)).exitCode, 3)
        t.same(await readAll(driver, { id, tty }), lines, 'and again, long after its end')
      }
    )
  }

  t.test('a log is resumed from any of its lines, also over a second start', async t => {
    const driver = await makeDriver(t)
    const wanted = wantedProbe()
    const id = await driver.create(wanted)
    await driver.start(id)
    await driver.input(id, 'burst 50')
    await driver.input(id, 'exit 1')
    await ended(driver, wanted)
    const first = await readAll(driver, { id, tty: false })
    t.equal(first.length, 53)
    await driver.start(id)
    await driver.input(id, 'exit 0')
    await ended(driver, wanted)
    const all = await readAll(driver, { id, tty: false })
    t.same(all.slice(0, first.length), first)
    t.match(texts(all).slice(first.length), [/^boot/, 'ready', 'leaving with 0'])
    for (const index of [0, 1, 26, 52, 53, 55]) {
      const sinceNs = all[index]?.atNs ?? 0n
      const rest = all.filter(line => line.atNs >= sinceNs)
      t.same(await readAll(driver, { id, tty: false }, sinceNs), rest, `from line ${index}`)
    }
  })

  t.test(
    'a reader that follows gets lines as they come, and ends with its signal or the game',
    async t => {
      const driver = await makeDriver(t)
      const wanted = wantedProbe()
      const id = await driver.create(wanted)
      await driver.start(id)
      const abort = new AbortController()
      const options = { sinceNs: 0n, follow: true, signal: abort.signal }
      const seen: string[] = []
      const following = (async () => {
        for await (const line of driver.logs({ id, tty: false }, options)) {
          seen.push(String(Buffer.from(line.text)))
        }
      })()
      await until('the first lines', () => seen.length === 2)
      await driver.input(id, 'hello')
      await until('the answer', () => seen.at(-1) === 'echo: hello')
      abort.abort()
      await following

      const toTheEnd = readAll(driver, { id, tty: false }, 0n, true)
      await driver.input(id, 'exit 4')
      t.match(texts(await toTheEnd), [/^boot/, 'ready', 'echo: hello', 'leaving with 4'])
    }
  )

  t.test('what does not run takes no input and has no figures', async t => {
    const driver = await makeDriver(t)
    const wanted = wantedProbe()
    const id = await driver.create(wanted)
    const container = await find(driver, wanted)
    await t.rejects(driver.input(id, 'x'), { code: 'NOT_RUNNING' })
    t.equal(await driver.stats(container), undefined)
    await driver.start(id)
    const stats = await driver.stats(await find(driver, wanted))
    t.match(stats, { serverId: wanted.serverId, cpuPercent: Number, diskMiB: Number })
    t.ok((stats?.memoryMiB ?? 0) > 0)
    await driver.input(id, 'stop')
    await ended(driver, wanted)
    await until('input is refused', () =>
      driver.input(id, 'x').then(
        () => false,
        () => true
      )
    )
    await t.rejects(driver.input(id, 'x'), { code: 'NOT_RUNNING' })
    t.equal(await driver.stats(container), undefined)
  })

  t.test('a container that is gone is told so', async t => {
    const driver = await makeDriver(t)
    const id = 'f'.repeat(64)
    const gone = { code: 'NO_SUCH_CONTAINER' }
    await t.rejects(driver.start(id), gone)
    await t.rejects(driver.signal(id, 'SIGTERM'), gone)
    await t.rejects(driver.input(id, 'x'), gone)
    await t.rejects(readAll(driver, { id, tty: false }), gone)
    t.equal(await driver.stats({ id, serverId: randomUUID(), startedAt: null }), undefined)
  })

  t.test('events tell of a life, until the signal', async t => {
    const driver = await makeDriver(t)
    const wanted = wantedProbe()
    const abort = new AbortController()
    const seen: EngineEvent[] = []
    const listening = (async () => {
      for await (const event of driver.events(abort.signal)) seen.push(event)
    })()
    // Only what happens after the engine has heard of us is told.
    const other = wantedProbe()
    await until('the engine listens', async () => {
      await driver.remove(await driver.create(other))
      return seen.length > 0
    })
    const id = await driver.create(wanted)
    await driver.start(id)
    await driver.kill(id)
    await driver.remove(id)
    const mine = () => seen.filter(({ serverId }) => serverId === wanted.serverId)
    await until('its end', () => mine().some(({ action }) => action === 'destroy'))
    const actions = mine().map(({ action }) => action)
    for (const action of ['create', 'start', 'die', 'destroy'] as const) {
      t.ok(actions.includes(action), action)
    }
    t.ok(mine().every(({ containerId }) => containerId === id))
    abort.abort()
    await listening
  })

  t.test('of two servers with one port the second is refused, with the port', async t => {
    const driver = await makeDriver(t)
    const port = 20_000 + Math.floor(Math.random() * 10_000)
    const ports = [{ ip: '127.0.0.1', port, protocol: 'udp' as const }]
    const [first, second] = [wantedProbe({ spec: { ports } }), wantedProbe({ spec: { ports } })]
    await driver.start(await driver.create(first))
    const id = await driver.create(second)
    const refusal = { code: 'PORT_TAKEN', message: new RegExp(String(port)) }
    await t.rejects(driver.start(id), refusal)
    await driver.kill((await find(driver, first)).id)
    await ended(driver, first)
    await driver.start(id)
    t.equal((await find(driver, second)).state, 'running')
  })

  t.test(
    'an install script is heard line by line, answers its exit code and can be cancelled',
    async t => {
      const driver = await makeDriver(t)
      const wanted = wantedProbe()
      const lines: string[] = []
      const run = (script: string, signal = new AbortController().signal) =>
        driver.install(
          wanted,
          { image: shellImage, entrypoint: 'sh', script },
          { signal, onLine: line => void lines.push(String(Buffer.from(line.text))) }
        )
      t.equal(await run('echo one\r\necho two\r\nexit 3\r\n'), 3)
      t.same(lines, ['one', 'two'])
      const abort = new AbortController()
      const cancelled = run('echo waiting\nsleep 600\n', abort.signal)
      await until('it waits', () => lines.includes('waiting'))
      abort.abort()
      await t.rejects(cancelled, { code: 'CANCELLED' })
      t.equal(await run('echo again'), 0)
      const { orphans } = await driver.list()
      t.notOk(orphans.some(({ name }) => name.endsWith(wanted.serverId)))
    }
  )
}

type LogContainer = Pick<Container, 'id' | 'tty'>

export async function readAll(
  driver: Driver,
  container: LogContainer,
  sinceNs = 0n,
  follow = true
): Promise<LogLine[]> {
  const lines: LogLine[] = []
  const signal = AbortSignal.timeout(120_000)
  for await (const line of driver.logs(container, { sinceNs, follow, signal })) lines.push(line)
  if (signal.aborted) throw new Error('the log did not end within 120 s')
  return lines
}

export function texts(lines: LogLine[]): string[] {
  return lines.map(line => Buffer.from(line.text).toString('latin1'))
}

export async function find(driver: Driver, { serverId }: WantedServer): Promise<Container> {
  const { containers } = await driver.list()
  const found = containers.find(container => container.serverId === serverId)
  if (!found) throw new Error(`no container of server ${serverId}`)
  return found
}

export async function ended(driver: Driver, wanted: WantedServer): Promise<Container> {
  return await until('the end of the game', async () => {
    const container = await find(driver, wanted)
    return container.state === 'exited' && container
  })
}

/** Follows until the game says the text. */
async function says(driver: Driver, container: LogContainer, text: string): Promise<void> {
  const signal = AbortSignal.timeout(30_000)
  for await (const line of driver.logs(container, { sinceNs: 0n, follow: true, signal })) {
    if (Buffer.from(line.text).toString('latin1').includes(text)) return
  }
  throw new Error(`the game did not say "${text}"`)
}
