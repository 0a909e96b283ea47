import { readFileSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import {
  type ConsoleFrame,
  type ConsoleLine,
  lengthOf,
  limits,
  wireLengthOf
} from '@ctrl-alt-play/protocol'
import t, { type Test } from 'tap'
import { createLiveStream } from '../src/console/live-stream.ts'
import { createReadyWatch } from '../src/console/ready.ts'
import { createRing } from '../src/console/ring.ts'
import { nanosOf } from '../src/nanos.ts'
import { createMemoryDriver } from './memory-driver.ts'
import { startNode } from './node.ts'
import { quickFolder } from './quick-folder.ts'
import { until } from './until.ts'
import { wantedProbe } from './wanted.ts'

/** Keeps chunks as the panel does: in order, nothing twice, holes where positions jump. */
function createStore(end = 0) {
  const store = {
    end,
    lines: [] as { start: number; text: string }[],
    gaps: [] as { from: number; to: number }[],
    answers: true,
    take(frame: ConsoleFrame): void {
      let position = frame.start
      for (const line of frame.lines) {
        if (position >= store.end) {
          if (position > store.end) store.gaps.push({ from: store.end, to: position })
          store.lines.push({ start: position, text: String(Buffer.from(line.text)) })
          store.end = position + lengthOf(line)
        }
        position += lengthOf(line)
      }
    },
    texts: () => store.lines.map(({ text }) => text)
  }
  return store
}

type Store = ReturnType<typeof createStore>
type Node = Awaited<ReturnType<typeof startNode>>

function connect(node: Node, store: Store, serverId: string): void {
  node.consoles.connect({
    room: () => 1_000_000,
    send(frame) {
      store.take(frame)
      if (store.answers) {
        queueMicrotask(() => node.consoles.stored({ serverId, position: store.end }))
      }
      return true
    }
  })
}

async function startedServer(node: Node, change: Parameters<typeof wantedProbe>[0] = {}) {
  const server = wantedProbe({ installed: true, ...change })
  await node.driver.prepareData(server.serverId, { wipe: false })
  await node.reconciler.want(server)
  await until(
    'it is up',
    () => node.reconciler.view(server.serverId)?.container?.state === 'running'
  )
  return server
}

/** A game that ran and printed two lines, both stored; then its agent ended. */
async function agentThatEnded(t: Test) {
  const dir = await quickFolder(t)
  const driver = createMemoryDriver()
  const node = await startNode(t, { dir, driver })
  const { serverId: id } = await startedServer(node)
  const store = createStore()
  connect(node, store, id)
  driver.print(id, 'one', 'two')
  await until('it is stored', () => store.texts().includes('two'))
  await node.end()
  return { dir, driver, store, id }
}

const printed = (driver: Node['driver'], serverId: string): string[] =>
  driver.container(serverId).log.map(({ text }) => String(Buffer.from(text)))

t.test('over agents that come and go every line is stored once and in order', async t => {
  const dir = await quickFolder(t)
  const driver = createMemoryDriver()
  const store = createStore()
  let node = await startNode(t, { dir, driver })
  const server = await startedServer(node)
  const id = server.serverId
  let count = 0
  for (let round = 0; round < 12; round++) {
    connect(node, store, id)
    // Some agents die before the panel could answer, some with lines on the way.
    store.answers = round % 3 !== 1
    for (let burst = 0; burst < 5; burst++) {
      driver.print(id, ...Array.from({ length: 7 }, () => `line ${++count}`))
    }
    const soFar = round % 4 === 3 ? 1 : printed(driver, id).length
    await until('they are on their way', () => store.lines.length >= soFar)
    await node.end()
    driver.print(id, `line ${++count}`, `line ${++count}`)
    node = await startNode(t, { dir, driver })
    await node.untilState(id, 'RUNNING')
  }
  store.answers = true
  connect(node, store, id)
  await until('all is stored', () => store.texts().at(-1) === `line ${count}`)
  t.same(store.texts(), printed(driver, id))
  t.same(store.gaps, [])
  let position = 0
  for (const { start, text } of store.lines) {
    if (start !== position) t.fail(`"${text}" is at ${start}, not ${position}`)
    position += Buffer.byteLength(text) + 1
  }
  await until('the cursor follows', async () => {
    await node.end()
    return JSON.parse(await readFile(`${dir}/console/${id}.json`, 'utf8')).position === position
  })
})

t.test(
  'a new container goes on where the last one ended, all of which is read before it goes',
  async t => {
    const node = await startNode(t)
    const { driver, reconciler } = node
    const server = await startedServer(node)
    const id = server.serverId
    const store = createStore()
    connect(node, store, id)
    driver.print(id, 'the first run')
    const first = printed(driver, id)
    await reconciler.want({ ...server, generation: 2, restartSeq: 2 })
    await until('the second run is up', () => {
      const now = reconciler.view(id)?.container
      return now?.restartSeq === 2 && now.state === 'running'
    })
    await until(
      'it is stored',
      () => store.lines.length >= first.length + 1 + printed(driver, id).length
    )
    t.same(store.texts(), [...first, 'stopping', ...printed(driver, id)])
    t.same(store.gaps, [])
  }
)

t.test('a game that exits at once: its first and its last words', async t => {
  const node = await startNode(t)
  const environment = { EXIT_AFTER_MS: '0', EXIT_CODE: '0', READY_AFTER_MS: '9' }
  const server = wantedProbe({ installed: true, spec: { environment } })
  const id = server.serverId
  await node.driver.prepareData(id, { wipe: false })
  const store = createStore()
  connect(node, store, id)
  await node.reconciler.want(server)
  await until('it is stored', () => store.texts().includes('time is up'))
  t.same(store.texts(), printed(node.driver, id))
  t.match(store.texts()[0], /^boot/)
})

t.test('a panel that was away gets what the ring still has, and sees the hole', async t => {
  const node = await startNode(t)
  const { driver } = node
  const server = await startedServer(node)
  const id = server.serverId
  const store = createStore()
  connect(node, store, id)
  await until('the beginning is stored', () => store.lines.length >= 2)
  node.consoles.connect(undefined)
  const long = 'x'.repeat(8_000)
  for (let line = 0; line < 400; line++) driver.print(id, `${line} ${long}`)
  await until('it was read', () => driver.container(id).log.length > 400)
  await until('the ring has it', async () => {
    connect(node, store, id)
    await until('shipped', () => store.end > 0)
    return store.texts().at(-1)?.startsWith('399 ')
  })
  t.equal(store.gaps.length, 1)
  const bytes = store.lines.reduce((sum, { text }) => sum + text.length + 1, 0)
  const holes = store.gaps.reduce((sum, { from, to }) => sum + to - from, 0)
  const whole = printed(driver, id).reduce((sum, text) => sum + text.length + 1, 0)
  t.equal(bytes + holes, whole, 'bytes and holes are all there was')
  t.equal(store.end, whole)
})

t.test('an agent whose state was lost goes on behind what the panel has', async t => {
  const node = await startNode(t)
  const { driver } = node
  const store = createStore(1_000_000)
  const server = await startedServer(node)
  const id = server.serverId
  connect(node, store, id)
  driver.print(id, 'again')
  await until('it is stored', () => store.texts().includes('again'))
  t.same(store.texts(), printed(driver, id), 'a run that this agent began is whole')
  t.ok(store.lines.every(({ start }) => start > 1_000_000))
  t.equal(store.gaps.length, 1)
})

t.test('a cursor that was lost while the game ran: nothing twice, a gap, what is new', async t => {
  const { dir, driver, store, id } = await agentThatEnded(t)
  driver.print(id, 'unseen')
  await rm(`${dir}/console`, { recursive: true })
  const before = [...store.texts()]
  const lostAt = Date.now()
  await until('a moment later', () => Date.now() > lostAt)

  const unheard = await startNode(t, { dir, driver })
  driver.print(id, 'while the panel was away')
  connect(unheard, store, id)
  await until('it goes on', () => store.texts().includes('while the panel was away'))
  driver.print(id, 'three')
  await until('and on', () => store.texts().includes('three'))
  t.same(store.texts(), [...before, 'while the panel was away', 'three'])
  t.equal(store.gaps.length, 1)
  await unheard.end()

  driver.print(id, 'four')
  const third = await startNode(t, { dir, driver })
  connect(third, store, id)
  await until('the next agent knows its place', () => store.texts().includes('four'))
  t.same(store.texts(), [...before, 'while the panel was away', 'three', 'four'])
  t.equal(store.gaps.length, 1)
})

t.test('an agent killed in mid-install gives no position out twice', async t => {
  const dir = await quickFolder(t)
  const killed = await startNode(t, { dir })
  const { serverId } = wantedProbe()
  const store = createStore()
  connect(killed, store, serverId)
  for (let line = 0; line < 2_000; line++) {
    await killed.consoles.insert(serverId, lineOf(`${line} ${'x'.repeat(40)}`))
  }
  await until('all is stored', () => store.lines.length === 2_000)
  const left = await quickFolder(t)
  const path = `console/${serverId}.json`
  await mkdir(`${left}/console`)
  await until('the disk knows', async () => {
    const text = await readFile(`${dir}/${path}`, 'utf8').catch(() => undefined)
    if (text === undefined) return false
    await writeFile(`${left}/${path}`, text)
    return JSON.parse(text).position >= store.end
  })
  store.answers = false
  await killed.consoles.insert(serverId, lineOf('seen by those who watched'))
  const end = store.end

  const next = await startNode(t, { dir: left })
  store.answers = true
  killed.consoles.connect(undefined)
  connect(next, store, serverId)
  await next.consoles.insert(serverId, lineOf('the next agent'))
  await until('it goes on', () => store.texts().at(-1) === 'the next agent')
  t.equal(store.gaps.length, 1, 'the hole shows')
  t.ok((store.lines.at(-1)?.start ?? 0) > end + lengthOf(lineOf('seen by those who watched')))

  const whole = createStore()
  connect(killed, whole, serverId)
  await killed.end()
  const { position } = JSON.parse(await readFile(`${dir}/${path}`, 'utf8'))
  t.equal(position, end + lengthOf(lineOf('seen by those who watched')), 'exact after a good end')
})

t.test('an install script’s line is shown when the disk knows its place', async t => {
  const dir = await quickFolder(t)
  const node = await startNode(t, { dir })
  const { serverId } = wantedProbe()
  const shown: number[] = []
  const noted: number[] = []
  node.consoles.connect({
    room: () => 2 ** 20,
    send({ start, lines }) {
      const { position } = JSON.parse(readFileSync(`${dir}/console/${serverId}.json`, 'utf8'))
      shown.push(start + lines.reduce((sum, line) => sum + lengthOf(line), 0))
      noted.push(position)
      return true
    }
  })
  node.consoles.watch({ streamId: 1, serverId, from: 0, creditBytes: 2 ** 20 })
  for (let line = 0; line < 50; line++) {
    await node.consoles.insert(serverId, lineOf(`${line} ${'x'.repeat(4_000)}`))
  }
  // What is shipped to be stored goes the same road, and may be behind.
  await until('all is shown', () => Math.max(0, ...shown) > 200_000)
  t.ok(
    shown.every((end, index) => end <= (noted[index] ?? 0)),
    'each within what was noted'
  )
})

t.test('a log that was rotated away below us leaves a hole, not a lie', async t => {
  const { dir, driver, store, id } = await agentThatEnded(t)
  driver.print(id, 'lost')
  driver.container(id).log.length = 0
  driver.print(id, 'kept')
  const second = await startNode(t, { dir, driver })
  connect(second, store, id)
  await until('it goes on', () => store.texts().includes('kept'))
  t.equal(store.gaps.length, 1)
})

t.test('a damaged cursor is put aside', async t => {
  const dir = await quickFolder(t)
  const first = await startNode(t, { dir })
  const server = await startedServer(first)
  await first.end()
  await writeFile(`${dir}/console/${server.serverId}.json`, '{"serverId": 1')
  const second = await startNode(t, { dir, driver: first.driver })
  await second.untilState(server.serverId, 'RUNNING')
  t.match(await readFile(`${dir}/console/${server.serverId}.json.damaged`, 'utf8'), /serverId/)
})

t.test(
  'ready: found live, in colours, and by the next agent in what was printed before it',
  async t => {
    const dir = await quickFolder(t)
    const driver = createMemoryDriver()
    const first = await startNode(t, { dir, driver })
    const server = await startedServer(first, { spec: { ready: ['Done ('] } })
    const id = server.serverId
    t.equal(first.state(id), 'STARTING')
    driver.print(id, 'Preparing', '\u001b[32mDo\u001b[0mne (3.2 s)!')
    await first.untilState(id, 'RUNNING')
    await first.reconciler.want({ ...server, generation: 2, restartSeq: 2 })
    await until('the next run', () => first.reconciler.view(id)?.container?.restartSeq === 2)
    t.equal(first.state(id), 'STARTING', 'the words of the run before do not count')
    const store = createStore()
    connect(first, store, id)
    driver.print(id, 'Other words')
    await until('read and stored', () => store.texts().includes('Other words'))
    await first.end()
    const wanted = JSON.parse(await readFile(`${dir}/wanted/${id}.json`, 'utf8'))
    wanted.spec.ready = ['Other words']
    await writeFile(`${dir}/wanted/${id}.json`, JSON.stringify(wanted))
    const second = await startNode(t, { dir, driver })
    await second.untilState(id, 'RUNNING')
  }
)

const lineOf = (text: string, rest: Partial<ConsoleLine> = {}): ConsoleLine => ({
  atMs: 0,
  stream: 'stdout',
  continued: false,
  text: Buffer.from(text),
  ...rest
})

t.test('ready: texts and expressions, one row for each way to say it', async t => {
  const full = 'x'.repeat(limits.consoleLineBytes)
  const rows: [string[], (string | ConsoleLine)[], boolean, string?][] = [
    [['Done ('], ['[12:00] Done (1 s)'], true],
    [['Done ('], ['Done'], false],
    [['Done ('], ['done (1 s)'], false, 'capitals count'],
    [['no', 'Done'], ['Preparing', 'Done'], true, 'any of a list'],
    [['two words'], ['two', 'words'], false, 'a line is a line'],
    [['Done'], ['\u001b[1;32mDo\u001b[0mne'], true, 'colours within a word'],
    [['regex:Done \\(\\d+\\.\\d+s\\)!'], ['[12:00] Done (3.25s)! For help'], true],
    [['regex:Done \\(\\d+\\.\\d+s\\)!'], ['Done (soon)!'], false],
    [['regex:^Done \\(\\d+s\\)$'], ['\u001b[32mDone \u001b[1m(3s)\u001b[0m'], true, 'in colours'],
    [['regex:^Done$'], ['Done, nearly'], false],
    [['regex:^Done$'], ['Loading 1%\rLoading 99%\rDone'], true, 'over what it overwrites'],
    [['regex:(?i)^done$'], ['DONE'], true],
    [['no', 'regex:port \\d+'], ['Listening on port 7777'], true, 'beside a text'],
    [['regex:'], ['regex: is a text'], true, 'nothing behind it: a text'],
    [['regex:(?=Done)'], ['Done'], false, 'what cannot be applied'],
    [['regex:(?=Done)'], ['says regex:(?=Done)'], true, '… is a text'],
    [['regex:x$'], [`${'a'.repeat(1_024)}x`], false, 'no further than a line of words'],
    [
      ['are ready'],
      [lineOf(`${full.slice(4)}we a`, { continued: true }), 're ready'],
      true,
      'over the end of a part of a long line'
    ],
    [
      ['are ready'],
      [
        lineOf(`${full.slice(4)}we a`, { continued: true }),
        lineOf('re ready', { stream: 'stderr' })
      ],
      false,
      'not over streams'
    ]
  ]
  for (const [ready, lines, isReady, message] of rows) {
    const watch = createReadyWatch(ready)
    const seen = lines.map(line => watch.seesIn(typeof line === 'string' ? lineOf(line) : line))
    t.equal(seen.includes(true), isReady, `${ready} ${message ?? ''}`)
  }
})

t.test('ready: an expression that takes its time holds up no other game', async t => {
  const node = await startNode(t)
  const heavy = 'regex:\\b(x|y)*x(x|y){100}\\b$'
  const { serverId } = await startedServer(node, { spec: { ready: [heavy] } })
  let seed = 7
  const random = (length: number) =>
    Array.from({ length }, () => {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31
      return 'xy'[(seed >> 16) & 1]
    }).join('')
  const noise = Array.from({ length: 4 }, () => `${random(900)}y${random(100)}`)
  let turns = 0
  const others = setInterval(() => turns++, 5)
  t.teardown(() => clearInterval(others))
  node.driver.print(serverId, ...noise, `x${random(100)}`)
  await node.untilState(serverId, 'RUNNING')
  t.ok(turns >= 10, `its log waits between its lines: others had ${turns} turns`)
})

t.test(
  'live: at once, then joined; never beyond its credit; what was overwritten is a hole',
  async t => {
    const ring = createRing(50_000)
    const frames: ConsoleFrame[] = []
    let end = 0
    let takes = true
    const stream = createLiveStream({
      streamId: 1,
      serverId: 's',
      from: 0,
      creditBytes: 10_000,
      isWhole: false,
      ring,
      end: () => end,
      carrier: {
        room: () => 1_000_000,
        send(frame) {
          if (takes) frames.push(frame)
          return takes
        }
      }
    })
    t.teardown(stream.close)
    const print = (text: string): void => {
      const line = lineOf(text)
      const start = end
      end += lengthOf(line)
      ring.push({ start, line, resume: { containerId: 'c', sinceNs: 0n, skip: 0, position: end } })
      stream.wake()
    }
    const lines = () => frames.flatMap(frame => frame.lines)
    const used = () => lines().reduce((sum, line) => sum + wireLengthOf(line), 0)

    print('hello')
    await until('it is there', () => frames.length === 1)
    for (let line = 0; line < 100; line++) print(`burst ${line}`)
    await until('all are there', () => lines().length === 101)
    t.ok(frames.length < 10, `${frames.length} frames for 101 lines`)

    takes = false
    print('the socket is full')
    await new Promise(setImmediate)
    takes = true
    await until('it comes when there is room', () => lines().length === 102)

    for (let line = 0; line < 1_000; line++) print(`flood ${String(line).padStart(90, '.')}`)
    await until('the credit is used up', () => used() > 9_800)
    t.ok(used() <= 10_000 + 110, 'at most one line more')
    const before = lines().length
    stream.credit(1_000_000)
    await until(
      'it goes on',
      () =>
        lines().at(-1)?.text.toString() ===
        lineOf(`flood ${'999'.padStart(90, '.')}`).text.toString()
    )
    const holes = frames.filter((frame, index) => {
      const last = frames[index - 1]
      if (!last) return false
      return frame.start !== last.lines.reduce((sum, line) => sum + lengthOf(line), last.start)
    })
    t.equal(holes.length, 1)
    t.ok(lines().length > before)
  }
)

t.test('a viewer who keeps reading is waited for; one who stands still is not', async t => {
  const node = await startNode(t)
  const { serverId } = await startedServer(node, { spec: { ready: ['the end'] } })
  const seen: { start: number; line: ConsoleLine }[] = []
  let reads = true
  node.consoles.connect({
    room: () => 1_000_000,
    send(frame) {
      if (frame.type !== 'live') return true
      const { streamId, start, lines } = frame
      let position = start
      for (const line of lines) {
        seen.push({ start: position, line })
        position += lengthOf(line)
      }
      const bytes = lines.reduce((sum, line) => sum + wireLengthOf(line), 0)
      // A credit takes its time.
      if (reads) setTimeout(() => node.consoles.credit({ streamId, bytes }), 2)
      return true
    }
  })
  node.consoles.watch({ streamId: 1, serverId, from: 0, creditBytes: 2 ** 16, whole: true })
  const holes = () =>
    seen.filter(({ start }, index) => {
      const before = seen[index - 1]
      return before && start !== before.start + lengthOf(before.line)
    }).length
  const print = (from: number) =>
    node.driver.print(
      serverId,
      ...Array.from({ length: 30_000 }, (_, index) => `${from + index} ${'x'.repeat(90)}`)
    )
  const last = () => String(Buffer.from(seen.at(-1)?.line.text ?? []))

  print(0)
  await until('all was seen', () => last().startsWith('29999 '))
  t.equal(holes(), 0, 'three times what the ring holds, and nothing is missing')

  reads = false
  print(30_000)
  node.driver.print(serverId, 'the end')
  await node.untilState(serverId, 'RUNNING')
  reads = true
  node.consoles.credit({ streamId: 1, bytes: 2 ** 16 })
  await until('the newest is seen', () => last() === 'the end')
  t.equal(holes(), 1, 'read all the same, and what was overwritten is one hole')
})

t.test('the ring is bounded by memory, not by lines', async t => {
  const ring = createRing(10_000)
  let position = 0
  for (let line = 0; line < 100_000; line++) {
    const start = position
    position += 1
    const resume = { containerId: 'c', sinceNs: 0n, skip: 0, position }
    ring.push({ start, line: lineOf(''), resume })
  }
  const held = ring.read(0, Number.MAX_SAFE_INTEGER)
  t.ok((held?.lines.length ?? 0) < 100, `${held?.lines.length} empty lines`)
  t.equal(held?.resume.position, 100_000)
  t.equal(ring.endingAt(100_000)?.start, 99_999)
  t.equal(ring.endingAt(5), undefined)
  t.equal(ring.read(100_000, 10), undefined)
})

t.test('Docker’s times in nanoseconds', async t => {
  t.equal(nanosOf('1970-01-01T00:00:01Z'), 1_000_000_000n)
  t.equal(nanosOf('1970-01-01T00:00:01.5Z'), 1_500_000_000n)
  t.equal(nanosOf('2024-05-05T10:00:00.123456789Z') % 1_000_000_000n, 123_456_789n)
  t.equal(nanosOf('nonsense'), 0n)
})
