import { type ConsoleLine, lengthOf, limits, wireLengthOf } from '@ctrl-alt-play/protocol'
import { pino } from 'pino'
import t from 'tap'
import { createConsoleRepo } from '../src/agents/console.repo.ts'
import { entriesOf, fittingOf, stretchesFrom } from '../src/agents/console-entries.ts'
import { createConsoleRing } from '../src/agents/console-ring.ts'
import { createConsoleStore } from '../src/agents/console-store.ts'
import { trimChunk } from '../src/agents/console-trim.ts'
import type { ConsoleListener } from '../src/agents/contract.ts'
import { createLogRetention } from '../src/agents/log-retention.ts'
import { addMachine, addServer, openWorld, restartPanel, serverRow } from './agent-world.ts'
import { connect, type FakeSession } from './fake-agent.ts'
import { until } from './helper.ts'

/** The game of these tests: line n of "tick n" begins where all before it end. */
function game(from: number, to: number): { start: number; lines: ConsoleLine[]; end: number } {
  const lines: ConsoleLine[] = []
  let start = 0
  let end = 0
  for (let tick = 0; tick < to; tick++) {
    const line = lineOf(`tick ${tick}`)
    if (tick < from) start += lengthOf(line)
    else lines.push(line)
    end += lengthOf(line)
  }
  return { start, lines, end }
}

function lineOf(text: string, change: Partial<ConsoleLine> = {}): ConsoleLine {
  const atMs = 1_772_359_200_000
  return { atMs, stream: 'stdout', continued: false, text: Buffer.from(text), ...change }
}

function ticks(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, index) => `tick ${from + index}`)
}

t.test('positions: what is new, what was lost, what is kept', async t => {
  const { lines } = game(0, 4)
  const trimmed = (start: number, end: number) => {
    const chunk = trimChunk({ start, lines }, end)
    return chunk && [chunk.start, chunk.end, chunk.gapBefore, chunk.lines.length]
  }
  t.same(trimmed(0, 0), [0, 28, 0, 4])
  t.same(trimmed(100, 60), [100, 128, 40, 4], 'a jump is a gap of so many bytes')
  t.same(trimmed(0, 14), [14, 28, 0, 2], 'what was seen is cut off')
  t.same(trimmed(0, 10), [14, 28, 4, 2], 'a line that began before was seen')
  t.equal(trimmed(0, 28), undefined)
  t.equal(trimmed(0, 900), undefined)

  const seen = stretchesFrom(
    [...entriesOf({ start: 7, lines }), ...entriesOf({ start: 50, lines })],
    14
  )
  t.match(seen, {
    cursor: 78,
    stretches: [
      { lines: [{ position: 14 }, { position: 21 }, { position: 28 }] },
      { gap: { from: 35, to: 50 } },
      { lines: [{ position: 50 }, { position: 57 }, { position: 64 }, { position: 71 }] }
    ]
  })
  t.match(stretchesFrom(entriesOf({ start: 0, lines }), 3), {
    stretches: [{ lines: [{ position: 7 }, { position: 14 }, { position: 21 }] }]
  })

  const two = [...entriesOf({ start: 0, lines }), ...entriesOf({ start: 28, lines })]
  const fits = (from: number, maxBytes: number) =>
    fittingOf(two.slice(from), maxBytes).map(({ shown }) => shown.position)
  t.same(fits(0, 900), [0, 7, 14, 21], 'one frame at a time')
  t.same(fits(2, 900), [14, 21], 'also what is left of one')
  t.same(fits(4, 15), [28, 35], 'what fits')
  t.same(fits(0, 1), [0], 'at least a line')
  t.same(fits(8, 900), [])

  const ring = createConsoleRing(7, 3 * 70)
  t.same([ring.start(), ring.end(), ring.from(0)], [7, 7, []])
  ring.push(entriesOf({ start: 7, lines }))
  t.same([ring.start(), ring.end()], [14, 35], 'the oldest goes')
  ring.push(entriesOf({ start: 0, lines }))
  t.equal(ring.end(), 35, 'what it has it has once')
  t.same(
    ring.from(21).map(entry => entry.shown.position),
    [21, 28]
  )
  ring.push(entriesOf({ start: 100, lines: [lineOf('x'.repeat(500))] }))
  t.same([ring.start(), ring.end()], [35, 601], 'the newest line stays, however long')
})

t.test('the stored console', async t => {
  const world = await openWorld(t)
  const machine = await addMachine(world)
  const { nodeId } = machine
  const serverId = await addServer(world, nodeId)
  const { consoleHub } = world.link
  const agent = await connect(machine)

  await t.test('chunks are stored once and confirmed', async t => {
    for (const [from, to] of [
      [0, 10],
      [10, 25],
      [0, 30]
    ] as const) {
      agent.frame({ type: 'chunk', serverId, ...game(from, to) })
    }
    await storedTo(agent, serverId, game(0, 30).end)
    agent.frame({ type: 'chunk', serverId, ...game(0, 20) })
    await agent.hear('console.stored', body => body.position === game(0, 30).end)
    t.equal((await serverRow(world, serverId)).consoleEnd, BigInt(game(0, 30).end))
    const page = await consoleHub.read(serverId, 0, 100)
    t.same(
      page.data.map(line => line.line),
      ticks(0, 30)
    )
    t.same(page.gaps, [])
    t.equal(page.nextPosition, game(0, 30).end)
    t.match(page.data[1], { position: 7, at: '2026-03-01T10:00:00.000Z', stream: 'stdout' })
    const rows = await world.db.prisma.serverLog.findMany({ orderBy: { start: 'asc' } })
    t.ok(rows.every((row, index) => row.start === (rows[index - 1]?.end ?? 0n)))
  })

  await t.test('panels that store one piece at the same moment store it once', async t => {
    const id = await addServer(world, nodeId, { name: 'twice' })
    const { sessionEpoch } = await world.db.prisma.node.findUniqueOrThrow({ where: { id: nodeId } })
    const { start, lines } = game(0, 10)
    const chunks = [{ start, end: game(0, 10).end, gapBefore: 0, lines }]
    const growth = { nodeId, epoch: Number(sessionEpoch), serverId: id, from: 0, chunks }
    const stores = Array.from({ length: 8 }, () => createConsoleRepo(world.db.pool))
    const grown = await Promise.all(stores.map(store => store.append([growth])))
    t.same(grown.flat(), [id], 'one of them did')
    t.equal(await world.db.prisma.serverLog.count({ where: { serverId: id } }), 1)
    t.same(await stores[0]?.append([growth]), [], 'nor does it come again later')
    t.equal(await world.db.prisma.serverLog.count({ where: { serverId: id } }), 1)
  })

  await t.test('pages meet without a hole or a double, wherever they begin', async t => {
    for (const limit of [1, 7, 30, 200]) {
      const lines: string[] = []
      let after = 0
      for (;;) {
        const page = await consoleHub.read(serverId, after, limit)
        if (page.data.length === 0) break
        t.ok(page.data.length <= limit)
        lines.push(...page.data.map(line => line.line))
        after = page.nextPosition
      }
      t.same(lines, ticks(0, 30), `${limit} at a time`)
    }
    t.same(
      (await consoleHub.read(serverId, 8, 2)).data.map(one => one.line),
      ticks(2, 4)
    )
    const end = game(0, 30).end
    t.same(await consoleHub.read(serverId, end, 9), { data: [], nextPosition: end, gaps: [] })
    t.same(await consoleHub.read(serverId, end + 500, 9), {
      ...{ data: [], nextPosition: end + 500, gaps: [] }
    })
  })

  await t.test('what the node left out is a gap of exactly that', async t => {
    const { end } = game(0, 30)
    const late = game(40, 50)
    agent.frame({ type: 'chunk', serverId, ...late })
    await storedTo(agent, serverId, late.end)
    const page = await consoleHub.read(serverId, game(0, 29).end, 100)
    t.same(
      page.data.map(line => line.line),
      ['tick 29', ...ticks(40, 50)]
    )
    t.same(page.gaps, [{ from: end, to: late.start }])
    const rows = await world.db.prisma.serverLog.findMany({ where: { gapBefore: { gt: 0 } } })
    t.same(
      rows.map(row => row.gapBefore),
      [BigInt(late.start - end)]
    )
  })

  await t.test('an agent that has lost its place is told where the console ends', async t => {
    const { end } = game(0, 50)
    agent.frame({ type: 'chunk', serverId, ...game(0, 3) })
    t.same(await agent.hear('console.stored', body => body.serverId === serverId), {
      serverId,
      position: end
    })
    const next = await restartPanel(t, world)
    const session = await connect({ ...machine, url: next.url, lastEpoch: agent.epoch })
    session.frame({ type: 'chunk', serverId, ...game(45, 52) })
    await storedTo(session, serverId, game(0, 52).end)
    const page = await next.link.consoleHub.read(serverId, end, 9)
    t.same(
      page.data.map(line => line.line),
      ticks(50, 52),
      'a new panel knows it too'
    )

    await t.test('lines of all kinds come back as they were', async t => {
      const other = await addServer(next, nodeId, { name: 'other' })
      const long = Buffer.alloc(limits.consoleLineBytes, 'é')
      const lines = [
        lineOf('', { stream: 'stderr' }),
        lineOf('', { text: long, continued: true }),
        lineOf('rest \u001b[31mred\u001b[0m'),
        lineOf('', { text: Buffer.from([0xff, 0x00, 0x41]) })
      ]
      session.frame({ type: 'chunk', serverId: other, start: 0, lines })
      const end = lines.reduce((sum, line) => sum + lengthOf(line), 0)
      await storedTo(session, other, end)
      const { data, nextPosition } = await next.link.consoleHub.read(other, 0, 9)
      t.equal(nextPosition, end)
      const places = [0, 1, 1 + limits.consoleLineBytes, end - 4]
      t.same(
        data.map(line => line.position),
        places
      )
      t.equal(data[0]?.stream, 'stderr')
      t.equal(data[1]?.line.length, limits.consoleLineBytes / 2)
      t.equal(data[2]?.line, 'rest \u001b[31mred\u001b[0m')
      t.equal(data[3]?.line, '\ufffd\0A')
    })

    await t.test('a server that is gone takes nothing with it', async t => {
      const gone = await addServer(next, nodeId, { name: 'gone' })
      session.frame({ type: 'chunk', serverId: gone, ...game(0, 2) })
      await storedTo(session, gone, game(0, 2).end)
      await next.db.prisma.server.delete({ where: { id: gone } })
      session.frame({ type: 'chunk', serverId: gone, ...game(2, 4) })
      session.frame({ type: 'chunk', serverId, ...game(52, 60) })
      await storedTo(session, serverId, game(0, 60).end)
      t.equal(await next.db.prisma.serverLog.count({ where: { serverId: gone } }), 0)
    })

    await t.test('many servers at once are one statement, and large ones wait in turn', async t => {
      const ids: string[] = []
      for (let count = 0; count < 20; count++) {
        ids.push(await addServer(next, nodeId, { name: `many ${count}` }))
      }
      const lines = Array.from({ length: 15 }, () => lineOf('x'.repeat(1_000)))
      const length = lines.reduce((sum, line) => sum + lengthOf(line), 0)
      for (let turn = 0; turn < 8; turn++) {
        for (const id of ids) {
          session.frame({ type: 'chunk', serverId: id, start: turn * length, lines })
        }
      }
      for (const id of ids) await storedTo(session, id, 8 * length)
      const rows = await next.db.prisma.server.findMany({ where: { id: { in: ids } } })
      t.ok(rows.every(row => row.consoleEnd === BigInt(8 * length)))
    })

    await t.test('the oldest goes when there is too much', async t => {
      const id = await addServer(next, nodeId, { name: 'talkative' })
      const lines = Array.from({ length: 10 }, () => lineOf('y'.repeat(991)))
      for (let turn = 0; turn < 10; turn++) {
        session.frame({ type: 'chunk', serverId: id, start: turn * 9_920, lines })
      }
      await storedTo(session, id, 99_200)
      const growth = () => new Map([[id, 99_200]])
      const kept = async () => {
        const rows = await next.db.prisma.serverLog.findMany({
          where: { serverId: id },
          orderBy: { start: 'asc' }
        })
        return rows.map(row => Number(row.start) / 9_920)
      }
      await createLogRetention(next.db.pool, growth, { bytesPerServer: 35_000 })()
      t.same(await kept(), [7, 8, 9])
      const page = await next.link.consoleHub.read(id, 0, 1)
      t.same(page.gaps, [{ from: 0, to: 7 * 9_920 }])
      t.equal(page.data[0]?.position, 7 * 9_920)
    })
  })
})

t.test('a console that is gone is forgotten', async t => {
  const stored = new Map([['gone', 0]])
  const asked: string[] = []
  const store = createConsoleStore({
    repo: {
      async ends(ids) {
        asked.push(...ids)
        return stored
      },
      append: async growths => growths.map(growth => growth.serverId)
    },
    log: pino({ level: 'silent' })
  })
  t.teardown(() => store.stop())
  const told: number[] = []
  const source = { nodeId: 'n', epoch: 1, stored: (_: string, at: number) => void told.push(at) }
  for (const [from, to] of [
    [0, 2],
    [2, 4]
  ] as const) {
    store.offer(source, { serverId: 'gone', ...game(from, to) })
    await store.flush()
  }
  t.same(asked, ['gone'], 'it is looked up once')
  store.forget('gone')
  stored.clear()
  store.offer(source, { serverId: 'gone', ...game(4, 6) })
  await store.flush()
  t.same(asked, ['gone', 'gone'])
  t.same(told, [game(0, 2).end, game(0, 4).end])
})

t.test('people who watch', async t => {
  const world = await openWorld(t)
  const machine = await addMachine(world)
  const { nodeId } = machine
  const serverId = await addServer(world, nodeId)
  const server = { id: serverId, nodeId }
  const { consoleHub } = world.link
  const agent = await connect(machine)
  agent.frame({ type: 'chunk', serverId, ...game(0, 20) })
  await storedTo(agent, serverId, game(0, 20).end)

  const first = viewer()
  const leave = consoleHub.watch(server, 0, first)
  const watch = await agent.hear('console.watch')
  const creditBytes = limits.consoleCreditBytes
  t.match(watch, { serverId, from: game(0, 20).end, creditBytes, whole: true })
  const { streamId } = watch
  await until('the history came', () => first.texts.length === 20)
  agent.frame({ type: 'live', streamId, ...game(20, 23) })
  agent.frame({ type: 'live', streamId, ...game(22, 25) })
  await until('the live lines came', () => first.texts.length === 25)
  t.same(first.texts, ticks(0, 25))

  await t.test('a second viewer costs the node nothing', async t => {
    const second = viewer()
    const stop = consoleHub.watch(server, game(0, 10).end, second)
    await until('all came', () => second.texts.length === 15)
    agent.frame({ type: 'live', streamId, ...game(25, 26) })
    await until('and goes on', () => second.texts.length === 16)
    t.same(second.texts, ticks(10, 26))
    t.strictSame(
      await agent.hear('console.watch'),
      { streamId, serverId, from: game(0, 25).end, creditBytes },
      'the same stream, for many now'
    )
    stop()
    t.equal(agent.heard('console.unwatch').length, 0)
  })

  await t.test('history that is stored while it is read joins what is live', async t => {
    // What was live is not yet stored: a viewer from the beginning needs both.
    const third = viewer()
    const stop = consoleHub.watch(server, 0, third)
    for (let tick = 26; tick < 60; tick++) {
      agent.frame({ type: 'live', streamId, ...game(tick, tick + 1) })
      if (tick % 5 === 0) agent.frame({ type: 'chunk', serverId, ...game(20, tick) })
    }
    await until('all came', () => third.texts.length >= 60)
    t.same(third.texts, ticks(0, 60))
    t.same(third.gaps, [])
    stop()
  })

  await t.test('a jump of the node is a gap of exactly that', async t => {
    agent.frame({ type: 'live', streamId, ...game(65, 70) })
    await until('it came', () => first.texts.at(-1) === 'tick 69')
    t.same(first.gaps, [{ from: game(0, 60).end, to: game(0, 65).end }])
    t.equal(first.bytes() + gapBytes(first), game(0, 70).end, 'bytes and gaps are everything')
  })

  await t.test('credit comes back for what was taken', async t => {
    let sent = 0
    let given = 0
    let position = game(0, 70).end
    while (sent < limits.consoleCreditBytes) {
      const lines = Array.from({ length: 10 }, () => lineOf('z'.repeat(700)))
      agent.frame({ type: 'live', streamId, start: position, lines })
      position += lines.reduce((sum, line) => sum + lengthOf(line), 0)
      sent += lines.reduce((sum, line) => sum + wireLengthOf(line), 0)
    }
    await until('most of it', () => {
      given += agent.heard('console.credit').reduce((sum, body) => sum + body.bytes, 0) - given
      return given > sent - limits.consoleCreditBytes / 4
    })
    t.ok(given <= sent + game(0, 70).lines.length * 20)
  })

  await t.test('a slow viewer loses the oldest, and nobody else anything', async t => {
    const fresh = await addServer(world, nodeId, { name: 'loud' })
    const fast = viewer()
    const slow = viewer()
    slow.held = 2 ** 21
    const stops = [fast, slow].map(one => consoleHub.watch({ id: fresh, nodeId }, 0, one))
    const { streamId: loud } = await agent.hear('console.watch')
    let position = 0
    const print = (): void => {
      const lines = Array.from({ length: 15 }, () => lineOf('w'.repeat(999)))
      agent.frame({ type: 'live', streamId: loud, start: position, lines })
      position += 15_000
    }
    print()
    // Until then it reads what is stored, and sixty of these are more than the panel keeps for who comes late.
    await until('the fast one is live', () => fast.bytes() === position)
    for (let count = 1; count < 60; count++) print()
    await until('the fast one has all', () => fast.bytes() === position)
    t.same(fast.gaps, [])
    t.equal(slow.texts.length, 0)
    slow.letGo()
    await until('the slow one is at the end', () => slow.last() === position)
    t.equal(slow.gaps.length, 1)
    t.ok(slow.bytes() <= 256 * 1024 && slow.bytes() > 200 * 1024, 'the newest of it')
    t.equal(slow.bytes() + gapBytes(slow), position, 'bytes and gaps are everything')
    for (const stop of stops) stop()
    t.match(await agent.hear('console.unwatch'), { streamId: loud })
    agent.frame({ type: 'live', streamId: loud, start: position, lines: [lineOf('late')] })
  })

  await t.test('a node that comes back goes on where it was', async t => {
    const before = first.texts.length
    const end = first.last()
    agent.cut()
    await until('it is gone', () => !world.link.agents.isOnline(nodeId))
    const offline = viewer()
    const stop = consoleHub.watch(server, game(0, 15).end, offline)
    await until('what is known', () => offline.last() === end)
    t.same(offline.texts, first.texts.slice(15), 'what was not yet stored is remembered')
    const again = await connect(machine)
    const rewatch = await again.hear('console.watch', body => body.serverId === serverId)
    t.equal(rewatch.from, end)
    const lines = [lineOf('back again')]
    again.frame({ type: 'live', streamId: rewatch.streamId, start: end, lines })
    await until('it came', () => first.texts.at(-1) === 'back again')
    t.equal(first.texts.length, before + 1)
    await until('also to whom came meanwhile', () => offline.texts.at(-1) === 'back again')
    t.equal(offline.bytes() + gapBytes(offline), offline.last() - game(0, 15).end)
    stop()
    leave()
    t.match(await again.hear('console.unwatch'), { streamId: rewatch.streamId })
    t.equal(first.texts.length, before + 1)
  })

  await t.test('a server without a node has its history', async t => {
    const alone = viewer()
    const stop = consoleHub.watch({ id: serverId, nodeId: null }, game(0, 50).end, alone)
    await until('it came', () => alone.texts.length === 5)
    t.same(alone.texts, ticks(50, 55))
    stop()
  })
})

interface Viewer extends ConsoleListener {
  texts: string[]
  gaps: { from: number; to: number }[]
  held: number
  /** What it held arrives. */
  letGo(): void
  /** Bytes of console that it saw. */
  bytes(): number
  last(): number
}

function viewer(): Viewer {
  const texts: string[] = []
  const gaps: { from: number; to: number }[] = []
  let bytes = 0
  let last = 0
  let onRoom = () => {}
  return {
    ...{ texts, gaps, held: 0 },
    lines(lines) {
      for (const { line, position } of lines) {
        if (position < last) throw new Error(`position ${position} came after ${last}`)
        texts.push(line)
        bytes += Buffer.byteLength(line) + 1
        last = position + Buffer.byteLength(line) + 1
      }
    },
    gap: gap => void gaps.push(gap),
    bufferedBytes() {
      return this.held
    },
    room() {
      return this.held > 0 ? 0 : Number.POSITIVE_INFINITY
    },
    onRoom(then) {
      onRoom = then
    },
    letGo() {
      this.held = 0
      onRoom()
    },
    bytes: () => bytes,
    last: () => last
  }
}

function gapBytes({ gaps }: Viewer): number {
  return gaps.reduce((sum, gap) => sum + gap.to - gap.from, 0)
}

async function storedTo(agent: FakeSession, serverId: string, position: number): Promise<void> {
  await agent.hear(
    'console.stored',
    body => body.serverId === serverId && body.position === position
  )
}
