import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import { systemClock } from '../src/clock.ts'
import { type Journal, JournalFull, openJournal } from '../src/state/journal.ts'
import { quickFolder } from './quick-folder.ts'

const run = promisify(execFile)
const log = pino({ enabled: false })
const deadline = { monotonicMs: 0, bootId: 'boot' }
const ok = { status: 'SUCCEEDED' as const }

const small = { extentBytes: 256, reserveBytes: 256 }

const command = (id: string, kind: 'start' | 'install' = 'start') => ({
  id,
  kind,
  serverId: 'server',
  payload: { for: id },
  deadline
})

const open = (path: string, sizes = {}): Promise<Journal> =>
  openJournal({
    path,
    log,
    clock: systemClock,
    sizes: { extentBytes: 4_096, reserveBytes: 4_096, ...sizes }
  })

async function fresh(t: Test): Promise<string> {
  return join(await quickFolder(t), 'journal')
}

/** What the journal knows, as the panel would be told. */
const told = (journal: Journal) =>
  journal.open().map(({ id, state, outcome }) => [id, state, outcome?.status].filter(Boolean))

t.test('every arrow is found again by the next agent', async t => {
  const path = await fresh(t)
  const first = await open(path)
  for (const id of ['a', 'b', 'c', 'd']) await first.received(command(id))
  await first.started('b')
  await first.started('c')
  await first.done('c', ok)
  await first.started('d')
  await first.done('d', ok)
  await first.confirmed(['d'])
  await first.close()

  const second = await open(path)
  t.same(told(second), [
    ['a', 'RECEIVED'],
    ['b', 'STARTED'],
    ['c', 'DONE', 'SUCCEEDED']
  ])
  t.match(second.find('a'), { payload: { for: 'a' }, seq: 1, deadline })
  t.match(second.find('d'), { state: 'DONE', confirmed: true }, 'confirmed ones are still known')
  t.equal(second.lastSeq(), 4)
  t.notOk(second.isLost())
  await second.close()
})

t.test('what comes while the disk is busy goes to it together', async t => {
  const path = await fresh(t)
  const journal = await open(path)
  const began = process.hrtime.bigint()
  await journal.received(command('alone'))
  const one = Number(process.hrtime.bigint() - began)
  const together = process.hrtime.bigint()
  await Promise.all(Array.from({ length: 500 }, (_, n) => journal.received(command(`c${n}`))))
  const many = Number(process.hrtime.bigint() - together)
  t.ok(many < 250 * one || many < 500e6, `500 in ${many / 1e6} ms, one in ${one / 1e6} ms`)
  await journal.close()
  const again = await open(path)
  t.equal(again.open().length, 501)
  t.same(
    again.open().map(entry => entry.id),
    ['alone', ...Array.from({ length: 500 }, (_, n) => `c${n}`)],
    'in the order in which they came'
  )
  await again.close()
})

t.test('what comes just as the disk has become idle is written too', async t => {
  const journal = await open(await fresh(t))
  for (let turns = 0; turns < 20; turns++) {
    const id = `after ${turns}`
    await journal.received(command(id))
    for (let turn = 0; turn < turns; turn++) await undefined
    await journal.started(id)
    t.equal(journal.find(id)?.state, 'STARTED', id)
  }
  await journal.close()
})

t.test('an end is an end, and what nobody began has none but that', async t => {
  const journal = await open(await fresh(t))
  await journal.done('never heard of', { status: 'CANCELLED' })
  await journal.received(command('never heard of'))
  await journal.started('never heard of')
  await journal.done('never heard of', ok)
  t.same(told(journal), [['never heard of', 'DONE', 'CANCELLED']])
  await journal.close()
})

t.test('a file that has grown is written anew with what still counts', async t => {
  const path = await fresh(t)
  const journal = await open(path, {
    segmentBytes: 20_000,
    reserveBytes: 4_000,
    goOnBytes: 1_000,
    keepMs: -1
  })
  for (let n = 0; n < 100; n++) {
    await journal.received({ ...command(`c${n}`), payload: 'x'.repeat(1_000) })
    await journal.started(`c${n}`)
    await journal.done(`c${n}`, ok)
    if (n !== 50) await journal.confirmed([`c${n}`])
  }
  t.ok((await stat(path)).size < 60_000, 'it does not grow for ever')
  t.same(told(journal), [['c50', 'DONE', 'SUCCEEDED']])
  await journal.close()
  const again = await open(path)
  t.same(told(again), [['c50', 'DONE', 'SUCCEEDED']])
  t.equal(again.lastSeq(), 100, 'numbers are not given out twice')
  await again.close()
})

t.test('tens of thousands that were confirmed are kept and found again', async t => {
  const path = await fresh(t)
  const journal = await open(path)
  const ids = Array.from({ length: 30_000 }, (_, n) =>
    `00000000-0000-7000-8000-${n}`.padEnd(36, '0')
  )
  await Promise.all(ids.map(id => journal.received(command(id))))
  await Promise.all(ids.map(id => journal.done(id, ok)))
  for (let from = 0; from < ids.length; from += 1_000) {
    await journal.confirmed(ids.slice(from, from + 1_000))
  }
  await journal.close()
  const again = await open(path, { goOnBytes: 0 })
  await again.close()
  const third = await open(path)
  t.notOk(third.isLost())
  t.ok(third.find(ids.at(-1) ?? '')?.confirmed)
  t.same(third.open(), [])
  await third.close()
})

t.test('a confirmed command is known for as long as it may come again', async t => {
  const path = await fresh(t)
  let wallMs = 1_000_000
  const clock = { monotonicMs: () => 0, wallMs: () => wallMs }
  const sizes = { goOnBytes: 0 }
  for (const [advanceMs, isKnown] of [
    [0, true],
    [23 * 3_600_000, true],
    [2 * 3_600_000, false]
  ] as const) {
    wallMs += advanceMs
    const journal = await openJournal({ path, log, clock, sizes })
    if (advanceMs === 0) {
      await journal.received(command('a'))
      await journal.done('a', ok)
      await journal.confirmed(['a'])
    }
    t.equal(journal.find('a') !== undefined, isKnown)
    await journal.close()
  }
})

/** Undefined where nobody may make one. */
async function smallDisk(t: Test): Promise<string | undefined> {
  const dir = await mkdtemp(join(tmpdir(), 'cap-journal-'))
  t.teardown(() => rm(dir, { recursive: true }))
  try {
    await run('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', dir])
  } catch {
    t.pass('a small disk', { skip: 'only root can make one' })
    return
  }
  t.teardown(() => run('umount', [dir]))
  return dir
}

t.test('a full disk is met before a command is taken on, never after', async t => {
  const dir = await smallDisk(t)
  if (dir === undefined) return
  const path = join(dir, 'journal')
  const journal = await open(path, { reserveBytes: 8_000, extentBytes: 8_192 })
  const taken: string[] = []
  let refusal: unknown
  for (let n = 0; n < 100 && !refusal; n++) {
    await journal.received({ ...command(`c${n}`), payload: 'x'.repeat(1_000) }).then(
      () => taken.push(`c${n}`),
      (err: unknown) => {
        refusal = err
      }
    )
  }
  t.ok(refusal instanceof JournalFull)
  t.ok(taken.length > 10, `${taken.length} were taken on`)
  for (const id of taken.slice(-5)) {
    await journal.started(id)
    await journal.done(id, { status: 'FAILED', errorCode: 'X', message: 'y'.repeat(500) })
  }
  await journal.close()
  const again = await open(path)
  t.equal(again.open().length, taken.length, 'what was refused is not there')
  t.equal(again.find(taken.at(-1) ?? '')?.state, 'DONE', 'the ends found their place')
  await again.close()
  const { ino } = await stat(path)
  const large = await open(path, { goOnBytes: 1_000 })
  t.equal(large.open().length, taken.length, 'it starts although it cannot be written anew')
  await large.confirmed(taken.slice(0, 1))
  await large.close()
  t.equal((await stat(path)).ino, ino, 'the file is the same')
  t.same(await readdir(dir), ['journal'])
})

t.test('damage on a full disk is not forgotten before the new journal is there', async t => {
  const dir = await smallDisk(t)
  if (dir === undefined) return
  const path = join(dir, 'journal')
  const journal = await open(path, small)
  await journal.received(command('s'))
  await journal.received(command('i', 'install'))
  await journal.received(command('d'))
  await journal.started('d')
  await journal.done('d', ok)
  await journal.close()
  const damaged = await readFile(path)
  damaged.writeUInt8(damaged.readUInt8(20) ^ 0xff, 20)
  await writeFile(path, damaged)
  const filler = join(dir, 'filler')
  await t.rejects(writeFile(filler, Buffer.alloc(2 ** 20)), { code: 'ENOSPC' })

  for (const start of ['first', 'second']) await t.rejects(open(path), { code: 'ENOSPC' }, start)
  t.same(await readFile(path), damaged, 'it is where it was')

  await rm(filler)
  const next = await open(path, small)
  t.ok(next.isLost(), 'the panel will be told')
  t.same(told(next), [
    ['s', 'RECEIVED'],
    ['i', 'DONE', 'UNKNOWN'],
    ['d', 'DONE', 'SUCCEEDED']
  ])
  await next.close()
  const again = await open(path, small)
  t.ok(again.isLost(), 'until it knows')
  await again.close()
  const aside = (await readdir(dir)).filter(name => name !== 'journal')
  t.equal(aside.length, 1, 'kept aside once')
  t.match(aside, [/^journal\.damaged-/])
  t.same(await readFile(join(dir, aside[0] ?? '')), damaged, 'as it was found')
})

t.test('damage anywhere: it starts, and a once-only act is never begun again', async t => {
  const path = await fresh(t)
  const journal = await open(path, small)
  await journal.received(command('s'))
  await journal.received(command('i', 'install'))
  await journal.started('i')
  await journal.close()
  const whole = await readFile(path)
  const end = whole.lastIndexOf('}') + 1

  const mayBegin = (read: Journal) =>
    read.open().some(({ id, state }) => id === 'i' && state === 'RECEIVED')

  await t.test('each byte flipped', async t => {
    const dir = await quickFolder(t)
    let losses = 0
    for (let at = 0; at < end; at++) {
      const file = join(dir, `flip-${at}`)
      const bytes = Buffer.from(whole)
      bytes.writeUInt8(bytes.readUInt8(at) ^ 0xff, at)
      await writeFile(file, bytes)
      const read = await open(file, small)
      if (mayBegin(read)) t.fail(`byte ${at}: the install would begin again`)
      if (read.isLost()) losses++
      else t.fail(`byte ${at}: the damage was not seen`)
      if (at % 16 === 0) {
        const aside = (await readdir(dir)).filter(name => name.startsWith(`flip-${at}.d`))
        t.equal(aside.length, 1, 'the damaged file is kept aside')
        await read.received(command('new'))
        await read.lossKnown()
        await read.close()
        const next = await open(file)
        t.notOk(next.isLost(), 'said once')
        t.equal(next.find('new')?.state, 'RECEIVED')
        await next.close()
      } else await read.close()
    }
    t.equal(losses, end)
  })

  await t.test('cut at each byte: a torn write was never answered, so it is forgotten', async t => {
    const dir = await quickFolder(t)
    for (let length = 0; length < end; length++) {
      const file = join(dir, `cut-${length}`)
      await writeFile(file, whole)
      await truncate(file, length)
      const read = await open(file, small)
      if (read.isLost()) t.fail(`cut at ${length}: taken for damage`)
      await read.received(command('new'))
      await read.close()
      const next = await open(file)
      if (next.find('new')?.state !== 'RECEIVED') t.fail(`cut at ${length}: not gone on with`)
      await next.close()
    }
    t.pass(`${end} lengths`)
  })

  await t.test('a write that stopped half-way leaves zeros behind it', async t => {
    const dir = await quickFolder(t)
    const started = whole.lastIndexOf('{"type":"started"')
    for (let length = started; length < end - 1; length++) {
      const file = join(dir, `torn-${length}`)
      const bytes = Buffer.from(whole)
      bytes.fill(0, length)
      await writeFile(file, bytes)
      const read = await open(file)
      if (read.isLost() || read.find('i')?.state !== 'RECEIVED') t.fail(`torn at ${length}`)
      await read.close()
    }
    t.pass('not taken for damage')
  })
})
