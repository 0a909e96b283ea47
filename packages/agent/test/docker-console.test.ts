import { access } from 'node:fs/promises'
import { join } from 'node:path'
import type { ServerSpec } from '@ctrl-alt-play/protocol'
import { limits } from '@ctrl-alt-play/protocol'
import t, { type Test } from 'tap'
import type { LogLine } from '../src/runtime/driver.ts'
import { createEngine } from '../src/runtime/engine.ts'
import { createLogReader } from '../src/runtime/log-reader.ts'
import { createDockerWorld, docker, SOCKET } from './docker-world.ts'
import { ended, find, readAll, texts } from './driver-contract.ts'
import { until } from './until.ts'
import { wantedProbe } from './wanted.ts'

t.jobs = 2

function shell(script: string, spec: Partial<ServerSpec> = {}) {
  return wantedProbe({ spec: { argv: ['/bin/busybox', 'sh', '-c', script], ...spec } })
}

async function startShell(t: Test, script: string, spec: Partial<ServerSpec> = {}) {
  const world = await createDockerWorld(t)
  const wanted = shell(script, spec)
  const id = await world.driver.create(wanted)
  await world.driver.start(id)
  const gamePath = (name: string) => join(world.dataDir, 'servers', wanted.serverId, name)
  return { ...world, wanted, id, tty: spec.tty ?? false, gamePath }
}

/** awk prints faster than Docker can log. */
function count(lines: number, width = 80): string {
  return `/bin/busybox awk 'BEGIN { for (i = 1; i <= ${lines}; i++) print i " ${'y'.repeat(width)}" }'`
}

/** Prints for a while: the log's file is exchanged again and again meanwhile. */
function pacedCount(lines: number): string {
  const turn = `/bin/busybox seq $next $((next + 1999)) | /bin/busybox sed 's/$/ ${'y'.repeat(90)}/'`
  const pause = '/bin/busybox usleep 60000'
  return `next=1; while [ $next -lt ${lines} ]; do ${turn}; next=$((next + 2000)); ${pause}; done`
}

/** As an agent is whose machine has other things to do. */
function beBusy(ms: number): void {
  const end = performance.now() + ms
  while (performance.now() < end);
}

function numbers(lines: LogLine[]): number[] {
  return texts(lines).map(text => Number.parseInt(text, 10))
}

/** The first line that is not where it belongs, or undefined when none is lost, doubled or moved. */
function firstWrong(lines: LogLine[], total: number): string | undefined {
  const seen = numbers(lines)
  const wrong = seen.findIndex((number, index) => number !== index + 1)
  if (wrong >= 0) return `line ${wrong + 1} is number ${seen[wrong]}`
  return seen.length === total ? undefined : `${seen.length} lines of ${total}`
}

for (const tty of [false, true]) {
  t.test(`a burst is whole for one who follows from the beginning (tty ${tty})`, async t => {
    const { driver, id } = await startShell(t, count(20_000), { tty })
    const lines = await readAll(driver, { id, tty })
    t.equal(firstWrong(lines, 20_000), undefined)
    t.ok(lines.every((line, index) => line.atNs >= (lines[index - 1]?.atNs ?? 0n)))
    t.equal(lines[0]?.atMs, Number((lines[0]?.atNs ?? 0n) / 1_000_000n))
  })

  t.test(`long, empty, binary and unended lines arrive as written (tty ${tty})`, async t => {
    const script = [
      `printf 'one\\n\\n'`,
      `/bin/busybox yes x | /bin/busybox tr -d '\\n' | /bin/busybox head -c 40000`,
      `printf '!\\n'`,
      `/bin/busybox yes y | /bin/busybox tr -d '\\n' | /bin/busybox head -c 16384`,
      `printf '\\n\\377\\376\\001 raw\\n'`,
      `printf 'carriage\\r\\n'`,
      `printf 'no end'`
    ]
    const { driver, id, wanted } = await startShell(t, script.join('\n'), { tty })
    const lines = await readAll(driver, { id, tty })
    const max = limits.consoleLineBytes
    const expected = [
      ['one', false],
      ['', false],
      ...Array.from({ length: 4 }, () => ['x'.repeat(max), true]),
      [`${'x'.repeat(40_000 - 4 * max)}!`, false],
      ['y'.repeat(max), true],
      ['y'.repeat(max), false],
      ['\xff\xfe\x01 raw', false],
      // The terminal adds a carriage return of its own.
      [tty ? 'carriage\r' : 'carriage', false],
      ['no end', false]
    ]
    const shown = (some: LogLine[]) =>
      texts(some).map((text, index) => [text, some[index]?.continued])
    t.same(shown(lines), expected)

    await ended(driver, wanted)
    await driver.start(id)
    await until('the second run', async () => {
      const again = await readAll(driver, { id, tty }, 0n, false)
      return again.length === 2 * expected.length
    })
    await ended(driver, wanted)
    const both = await readAll(driver, { id, tty })
    t.same(shown(both), [...expected, ...expected], 'a last line without its end stays apart')
    for (const index of [0, 3, 8, 10, 11, 12, 20]) {
      const sinceNs = both[index]?.atNs ?? 0n
      const rest = both.filter(line => line.atNs >= sinceNs)
      t.same(await readAll(driver, { id, tty }, sinceNs), rest, `resumed at line ${index}`)
    }
  })
}

t.test(
  'both streams are read, and resumed at any point, though Docker mixes their order',
  async t => {
    const script = `${count(4_000)} & ${count(4_000)} >&2; wait`
    const { driver, id, wanted } = await startShell(t, script)
    const all = await readAll(driver, { id, tty: false })
    for (const stream of ['stdout', 'stderr'] as const) {
      t.equal(
        firstWrong(
          all.filter(line => line.stream === stream),
          4_000
        ),
        undefined,
        stream
      )
    }
    await ended(driver, wanted)
    for (const index of [1, 999, 4_000, 6_543, 7_999]) {
      const sinceNs = all[index]?.atNs ?? 0n
      const rest = all.filter(line => line.atNs >= sinceNs)
      t.same(await readAll(driver, { id, tty: false }, sinceNs), rest)
    }
  }
)

t.test('no line is lost or doubled while Docker exchanges the log file', async t => {
  const total = 260_000
  const { driver, id } = await startShell(t, count(total))
  const lines = await readAll(driver, { id, tty: false })
  const bytes = lines.reduce((sum, line) => sum + line.text.length, 0)
  t.ok(bytes > 2 * 10_485_760, 'enough for two exchanges')
  t.equal(firstWrong(lines, total), undefined)
})

t.test(
  'a reader who lags behind over many exchanges misses nothing that is still there',
  async t => {
    const total = 340_000
    const { driver, id } = await startShell(t, pacedCount(total))
    const lines: LogLine[] = []
    const options = { sinceNs: 0n, follow: true, signal: AbortSignal.timeout(120_000) }
    for await (const line of driver.logs({ id, tty: false }, options)) {
      lines.push(line)
      if (lines.length % 1_000 === 0) beBusy(12)
    }
    t.equal(firstWrong(lines, total), undefined)
    t.notOk(lines.some(line => line.afterHole))
  }
)

t.test('a driver that cannot look at the log file is as exact', async t => {
  const total = 150_000
  const { id } = await startShell(t, count(total))
  const blind = { prepare: async () => undefined, identityOf: () => undefined }
  const read = createLogReader(createEngine(SOCKET), blind)
  const lines: LogLine[] = []
  const options = { sinceNs: 0n, follow: true, signal: AbortSignal.timeout(120_000) }
  for await (const line of read({ id, tty: false }, options)) lines.push(line)
  t.equal(firstWrong(lines, total), undefined)
})

t.test('a reader that stalls does not stall the game, and later misses nothing', async t => {
  const total = 150_000
  const { driver, id, wanted, gamePath } = await startShell(t, `${count(total)}; echo done >done`)
  const signal = AbortSignal.timeout(120_000)
  const reader = driver.logs({ id, tty: false }, { sinceNs: 0n, follow: true, signal })
  const lines: LogLine[] = []
  const iterator = reader[Symbol.asyncIterator]()
  const first = await iterator.next()
  if (!first.done) lines.push(first.value)
  await ended(driver, wanted)
  await access(gamePath('done'))
  for (let next = await iterator.next(); !next.done; next = await iterator.next()) {
    lines.push(next.value)
  }
  t.equal(firstWrong(lines, total), undefined)
})

t.test('reading goes on over a life of many small pieces', async t => {
  const { driver, id, wanted } = await startShell(t, '', { argv: null, tty: true })
  let sinceNs = 0n
  let skip = 0
  const seen: string[] = []
  for (let round = 1; round <= 8; round++) {
    const abort = new AbortController()
    let passed = 0
    await driver.input(id, `round ${round}`)
    const options = { sinceNs, follow: true, signal: abort.signal }
    for await (const line of driver.logs({ id, tty: true }, options)) {
      if (line.atNs === sinceNs && passed < skip) {
        passed++
        continue
      }
      skip = line.atNs === sinceNs ? skip + 1 : 1
      passed = line.atNs === sinceNs ? passed + 1 : 0
      sinceNs = line.atNs
      seen.push(...texts([line]))
      if (seen.at(-1) === `echo: round ${round}`) break
    }
  }
  await driver.kill(id)
  await ended(driver, wanted)
  t.same(seen, texts(await readAll(driver, { id, tty: true })))
})

t.test('what is typed arrives whole and in order, over runs, without a reader', async t => {
  const { driver, id, wanted } = await startShell(t, '', { argv: null })
  const words = Array.from({ length: 200 }, (_, index) => `word ${index} \x10\x11 ü`)
  await Promise.all(words.map(word => driver.input(id, word)))
  const heard = await until('all answers', async () => {
    const lines = await readAll(driver, { id, tty: false }, 0n, false)
    return lines.length === words.length + 2 && lines
  })
  const answers = heard.slice(2).map(line => Buffer.from(line.text).toString())
  t.same(
    answers,
    words.map(word => `echo: ${word}`)
  )
  await driver.input(id, 'stop')
  await ended(driver, wanted)
  await driver.start(id)
  await driver.input(id, 'second life')
  await until('the answer of the second run', async () =>
    texts(await readAll(driver, { id, tty: false }, 0n, false)).includes('echo: second life')
  )
})

t.test('a game that does not read its input is told of within seconds', async t => {
  const { driver, id } = await startShell(t, '/bin/busybox sleep 60')
  const line = 'x'.repeat(limits.inputLineBytes)
  const refusal = { code: 'INPUT_STALLED', message: /does not read its input/ }
  const typeOn = async () => {
    for (let count = 0; count < 1_000; count++) await driver.input(id, line)
  }
  await t.rejects(typeOn(), refusal)
})

t.test('figures are those of the container', async t => {
  const busy = '/bin/busybox dd if=/dev/zero of=big bs=1M count=5; while :; do :; done'
  const { driver, wanted } = await startShell(t, busy)
  const container = await find(driver, wanted)
  await until(
    'the files to be counted',
    async () => {
      const stats = await driver.stats(container)
      return (stats?.diskMiB ?? 0) >= 5
    },
    90_000
  ).catch(() => undefined)
  const stats = await until('a busy core', async () => {
    const stats = await driver.stats(container)
    return (stats?.cpuPercent ?? 0) > 20 && stats
  })
  t.equal(stats.serverId, wanted.serverId)
  t.ok(stats.memoryMiB > 0 && stats.memoryMiB < 64)
  t.ok(stats.uptimeSeconds < 100)
  const { State } = await docker.getContainer(container.id).inspect()
  t.equal(container.startedAt, State.StartedAt)
})
