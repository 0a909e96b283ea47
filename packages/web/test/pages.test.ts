import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import type { ServerRow } from '../src/api/client.ts'
import { mustReread, without, withStatus } from '../src/api/servers-lists.ts'
import {
  joined,
  livePoints,
  someOf,
  storedPoints,
  summaryOf,
  withGaps
} from '../src/features/charts/points.ts'
import { createConsoleFeed, type ShownItem } from '../src/features/console/console-feed.ts'
import { createInputHistory } from '../src/features/console/input-history.ts'
import { deviceOf } from '../src/features/session/device.ts'
import { bodyOf, changesOf, newDraft } from '../src/features/templates/alt-draft.ts'
import { batchesOf } from '../src/features/templates/import-batches.ts'
import { formatBytes, formatMiB, formatPercent, formatSpan } from '../src/ui/amounts.ts'

const at = '2026-01-01T00:00:00.000Z'

function lines(...texts: [number, string][]) {
  return {
    type: 'lines' as const,
    lines: texts.map(([position, line]) => ({ position, line, at, stream: 'stdout' as const }))
  }
}
const line = (text: string): ShownItem => ({ kind: 'line', text })

t.test('a console goes on where it was cut off', async t => {
  const feed = createConsoleFeed()
  t.equal(feed.resumeAt(), undefined, 'whoever has seen nothing asks for the newest')
  t.same(feed.take(lines([100, 'one'], [104, 'two'])), [line('one'), line('two')])
  t.equal(feed.resumeAt(), 104)
  t.same(feed.take(lines([104, 'two'], [108, ''])), [line('')], 'what was shown is not shown again')
  t.same(feed.take({ type: 'gap', from: 109, to: 209 }), [{ kind: 'gap', bytes: 100 }])
  t.equal(feed.resumeAt(), 208, 'a gap is not asked for again')
  t.same(feed.take({ type: 'gap', from: 109, to: 209 }), [])
  t.same(feed.take({ type: 'gap', from: 150, to: 219 }), [{ kind: 'gap', bytes: 10 }])
  t.same(feed.take(lines([209, 'late'], [219, 'next'])), [line('next')])
  t.equal(feed.beginsAt(), 100)
})

t.test('a console that begins with a gap begins there', async t => {
  const feed = createConsoleFeed()
  t.same(feed.take({ type: 'gap', from: 0, to: 50 }), [{ kind: 'gap', bytes: 50 }])
  t.same(feed.take(lines([50, 'kept'])), [line('kept')])
  t.equal(feed.beginsAt(), 0)
})

t.test('what was typed comes back, and what was being typed after it', async t => {
  const history = createInputHistory()
  t.equal(history.older('dra'), 'dra', 'nothing before')
  for (const typed of ['list', 'list', 'stop']) history.add(typed)
  t.equal(history.older('dra'), 'stop')
  t.equal(history.older('stop'), 'list', 'twice the same is once')
  t.equal(history.older('list'), 'list', 'the first stays')
  t.equal(history.newer('list'), 'stop')
  t.equal(history.newer('stop'), 'dra')
  t.equal(history.newer('dra'), 'dra')
})

t.test('amounts are read as people of the language write them', async t => {
  t.equal(formatMiB(64, 'en'), '64 MiB')
  t.equal(formatMiB(1_536, 'en'), '1.5 GiB')
  t.equal(formatMiB(1_536, 'de'), '1,5 GiB')
  t.equal(formatMiB(3 * 1024 * 1024, 'en'), '3 TiB')
  t.equal(formatBytes(999, 'en'), '999 B')
  t.equal(formatBytes(2_048, 'en'), '2 KiB')
  t.equal(formatBytes(5 * 1024 * 1024, 'en'), '5 MiB')
  t.equal(formatPercent(0.4, 'en'), '0.4%')
  t.equal(formatPercent(250, 'en'), '250%')
})

t.test('spans are told by their two largest units', async t => {
  t.equal(formatSpan(0), '0 s')
  t.equal(formatSpan(59), '59 s')
  t.equal(formatSpan(3_600), '1 h')
  t.equal(formatSpan(93_784), '1 d 2 h')
})

t.test('a chart goes on with what is pushed, and shows gaps as gaps', async t => {
  const stored = storedPoints({
    ...{ from: at, to: at, stepSeconds: 60 },
    data: [0, 60, 300].map(seconds => ({
      at: new Date(Date.parse(at) + seconds * 1_000).toISOString(),
      ...{ cpuPercent: 1, memoryMiB: 2, diskMiB: null },
      ...{ networkRxBytesPerSecond: 3, networkTxBytesPerSecond: null }
    }))
  })
  const sample = (seconds: number, networkRxBytes: number) => ({
    at: new Date(Date.parse(at) + seconds * 1_000).toISOString(),
    ...{ cpuPercent: 5, memoryMiB: 6, diskMiB: 7, networkRxBytes, networkTxBytes: 0 }
  })
  const live = livePoints([sample(290, 0), sample(310, 200), sample(320, 100), sample(330, 150)])
  t.same(
    live.map(({ down }) => down),
    [null, 10, null, 5],
    'no speed where the count began again'
  )
  const points = joined(stored, live)
  const begin = Date.parse(at) / 1_000
  t.same(
    withGaps(points, 60).map(point => [point.at - begin, 'cpuPercent' in point]),
    [
      ...[
        [0, true],
        [60, true],
        [120, false],
        [300, true]
      ],
      ...[
        [310, true],
        [320, true],
        [330, true]
      ]
    ]
  )
  t.same(summaryOf([1, null, 3, undefined]), { now: 3, average: 2, most: 3 })
  t.equal(summaryOf([null]), undefined)
  t.same(someOf([1, 2, 3, 4, 5, 6], 3), [6, 4, 2])
  t.same(someOf([1, 2], 3), [2, 1])
})

t.test('a list follows what is heard, and is read again only where it must be', async t => {
  const row = (id: string, status: ServerRow['status']) => ({ id, status }) as ServerRow
  const list = (nextCursor: string | null, ...data: ServerRow[]) => ({
    pages: [{ data, nextCursor }]
  })
  const [whole, begun] = [null, 'more'].map(cursor => list(cursor, row('a', 'RUNNING')))
  if (!whole || !begun) throw new Error('unreachable')
  const change = { status: 'STOPPED', statusReason: null, startedAt: null } as const
  t.equal(withStatus(whole, 'a', change).pages[0]?.data[0]?.status, 'STOPPED')
  t.equal(withStatus(whole, 'b', change), whole, 'the same when nothing is different')
  t.same(without(whole, 'a').pages[0]?.data, [])
  const cases: [string, boolean, Parameters<typeof mustReread>][] = [
    ['one that is listed', false, [whole, {}, { id: 'a', status: 'STOPPED' }]],
    ['a new one', true, [whole, {}, { id: 'b', status: 'INSTALLING' }]],
    ['one further down', false, [begun, {}, { id: 'b', status: 'RUNNING' }]],
    ['one that leaves', true, [begun, { status: 'RUNNING' }, { id: 'a', status: 'STOPPED' }]],
    ['one that enters', true, [whole, { status: 'RUNNING' }, { id: 'b', status: 'RUNNING' }]],
    ['one of another state', false, [whole, { status: 'RUNNING' }, { id: 'b', status: 'STOPPED' }]],
    [
      'one that is not searched for',
      false,
      [whole, { search: 'x' }, { id: 'b', status: 'STOPPED' }]
    ]
  ]
  for (const [title, expected, given] of cases) t.equal(mustReread(...given), expected, title)
})

t.test('the styles of each component that a page uses come along', async t => {
  const src = join(import.meta.dirname, '../src')
  const styles = join(import.meta.dirname, '../node_modules/@mantine/core/styles')
  const names = await readdir(src, { recursive: true })
  const sources = await Promise.all(
    names.filter(name => name.endsWith('.tsx')).map(name => readFile(join(src, name), 'utf8'))
  )
  const used = new Set(
    sources
      .flatMap(text => [...text.matchAll(/import \{([^}]*)\} from '@mantine\/core'/g)])
      .flatMap(([, list = '']) => list.match(/\b[A-Z]\w+/g) ?? [])
      .filter(name => existsSync(join(styles, `${name}.css`)))
  )
  t.ok(used.has('Button'))
  const imported = await readFile(join(src, 'ui/mantine.css'), 'utf8')
  for (const name of used) t.match(imported, `/${name}.css"`, `${name} is in mantine.css`)
})

t.test('a device is called what its owner calls it', async t => {
  const mac =
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)'
  const cases: [string, ReturnType<typeof deviceOf>][] = [
    [`${mac} Version/17.1 Safari/605.1.15`, { browser: 'Safari', system: 'macOS' }],
    [`${mac} Chrome/120.0 Safari/537.36 Edg/120.0`, { browser: 'Edge', system: 'macOS' }],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 CriOS/119.0 Mobile/15E148',
      { browser: 'Chrome', system: 'iOS' }
    ],
    [
      'Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 SamsungBrowser/23.0 Chrome/115.0 Mobile Safari/537.36',
      { browser: 'Samsung Internet', system: 'Android' }
    ],
    [
      'Mozilla/5.0 (X11; Linux x86_64; rv:121.0) Gecko/20100101 Firefox/121.0',
      { browser: 'Firefox', system: 'Linux' }
    ],
    ['curl/8.4.0', { browser: 'curl', system: undefined }],
    ['Mozilla/5.0 <img src=x>', { browser: undefined, system: undefined }],
    ['', { browser: undefined, system: undefined }]
  ]
  for (const [text, expected] of cases) t.same(deviceOf(text), expected, text)
})

t.test('files go a few at a time, and an odd one goes alone', async t => {
  const file = (name: string, length: number) => ({ name, content: 'x'.repeat(length) })
  const small = Array.from({ length: 45 }, (_, at) => file(`small ${at}`, 100))
  const named = (files: Parameters<typeof batchesOf>[0]) =>
    batchesOf(files).map(batch => batch.map(({ name }) => name))
  t.same(
    batchesOf(small).map(batch => batch.length),
    [20, 20, 5]
  )
  t.same(named([file('a', 9), file('empty', 0), file('b', 9), file('large', 700_000)]), [
    ['a', 'b'],
    ['empty'],
    ['large']
  ])
  const half = [file('a', 500_000), file('b', 500_000), file('c', 500_000)]
  t.same(named(half), [['a', 'b'], ['c']])
  t.same(batchesOf([]), [])
})

t.test('of a template only what was changed is sent', async t => {
  const before = { ...newDraft('ctrl'), name: 'Arena', startup: './arena', dockerImage: 'debian' }
  t.same(changesOf(before, { ...before, name: 'Arena ' }), {}, 'blanks around a name are none')
  t.same(changesOf(before, { ...before, done: 'ready\n\nup' }), {
    config: { done: ['ready', 'up'], stop: before.stop }
  })
  const variable = {
    ...{ key: 'MAP', name: 'Map', envVariable: 'MAP', description: '', defaultValue: 'dm' },
    ...{ rules: 'required\nregex:/^(dm|ctf)$/\n', userViewable: true, userEditable: false }
  }
  const { key: _, ...sent } = variable
  t.same(changesOf(before, { ...before, variables: [variable] }), {
    variables: [{ ...sent, rules: ['required', 'regex:/^(dm|ctf)$/'] }]
  })
  t.same(bodyOf({ ...before, dockerImages: 'Java 21 = java:21\ndebian:12' }).dockerImages, {
    'Java 21': 'java:21',
    'debian:12': 'debian:12'
  })
  t.same(bodyOf({ ...before, tags: ' fast, , free' }).tags, ['fast', 'free'])
})
