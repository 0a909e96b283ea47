import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { isDeepStrictEqual, promisify } from 'node:util'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import type { EggAlt } from '../src/features/eggs/egg-alt.ts'
import { readEgg } from '../src/features/eggs/read-egg.ts'
import { eggOf, exportFormats, writeEgg } from '../src/features/eggs/write-egg.ts'
import { addUser, buildPanel, type Json, login, type Person } from './helper.ts'
import { startHttps } from './https-server.ts'
import { testAdmin } from './test-database.ts'
import { testVault } from './test-vault.ts'

// biome-ignore lint/style/noProcessEnv: what a program is started with.
const { PATH = '', HOME = '' } = process.env
const at = new Date('2026-11-26T10:00:00Z')
const fileOf = (name: string) => readFile(new URL(`./eggs/${name}`, import.meta.url), 'utf8')
const png = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex').toString('base64')
const dataUri = (type: string, text: string | Buffer) =>
  `data:${type};base64,${Buffer.from(text).toString('base64')}`

function taken(text: string): EggAlt & { warnings: Json[] } {
  const read = readEgg(text)
  if (!read.ok) throw new Error(`${read.place} ${read.message}`)
  return { ...read.alt, warnings: read.warnings }
}

const kindsOf = (text: string) => taken(text).warnings.map(({ kind }) => kind)

/** The least that is an egg. */
const least = {
  meta: { version: 'PTDL_v2' },
  name: 'Least',
  docker_images: { Debian: 'registry.example/games:debian' },
  startup: './game',
  config: { files: '{}', startup: '{"done": "ready"}', logs: '{}', stop: 'stop' },
  scripts: { installation: { script: '', container: '', entrypoint: '' } },
  variables: []
}
const egg = (rest: object = {}) => JSON.stringify({ ...least, ...rest })
const config = (rest: object) => egg({ config: { ...least.config, ...rest } })
const variable = (rest: object) =>
  egg({ variables: [{ name: 'X', env_variable: 'X', default_value: '', rules: '', ...rest }] })

/** One with every field, and something in each place that nobody knows. */
const everything = {
  _comment: 'ignored',
  meta: { version: 'PLCN_v3', update_url: 'https://games.example/egg.json', channel: 'beta' },
  exported_at: '2026-01-01T00:00:00+00:00',
  name: '  Everything\u202e at once ',
  author: 'games@example.invalid',
  uuid: '0E6B33A1-8C43-4E5D-9A43-1B5E3A1C7D02',
  description: '<b>All</b> of it, with 2 lines\r\nin Windows’ way. 👾',
  image: `data:image/png;base64,${png}`,
  tags: ['one', 'two'],
  features: ['eula', 'pid_limit', 'fastdl'],
  docker_images: {
    'Java 21': ' registry.example/java:21',
    'Java 8': '~registry.example/java:8',
    Wrong: '--privileged'
  },
  file_denylist: ['*.key', 'eula.txt'],
  startup_commands: { Play: 'java -jar {{JAR}} && echo "$(date)"', Try: 'java -version' },
  config: {
    files: {
      '/server.properties': {
        parser: 'properties',
        find: {
          'server-port': '{{server.build.default.port}}',
          'max-players': 20,
          'white-list': false,
          secret: '{{config.token}}',
          other: '{{env.NOWHERE}} and {{QUERY_PORT}}'
        }
      },
      'proxy.yml': {
        parser: 'yaml',
        create_file: false,
        find: { 'servers.*.address': { 'regex:^127': '{{config.docker.interface}}', old: 'new' } }
      },
      '../../etc/passwd': { parser: 'sed', find: { root: 'x' } },
      'skipped.txt': 'no object'
    },
    startup: { done: ['ready', 'a\u001b[0m', 'also ready'], strip_ansi: true, userInteraction: [] },
    logs: { custom: true, location: 'logs/latest.log' },
    stop: '^^C',
    limits: { memory: 1 }
  },
  scripts: {
    installation: {
      script: '#!/bin/ash\r\necho "$JAR"\r\n',
      container: 'registry.example/installers:alpine',
      entrypoint: 'ash',
      privileged: true
    },
    uninstall: 'rm -r'
  },
  variables: [
    { name: 'Hidden', env_variable: 'JAR', default_value: 'old.jar', rules: 'required', sort: 1 },
    {
      name: 'Jar',
      description: 'Which',
      env_variable: 'JAR',
      default_value: 'server.jar',
      user_viewable: 1,
      user_editable: true,
      rules: ['required', 'regex:/^(a|b)\\.jar$/'],
      field_type: 'file',
      sort: 2,
      hint: '<script>alert(1)</script>'
    },
    {
      name: 'Host',
      env_variable: 'motd',
      default_value: 25565,
      rules: { 1: 'required', 2: 'no_such_rule' },
      sort: 3
    },
    { name: '', env_variable: 'ONLINE', default_value: true, rules: 'boolean', sort: 4 },
    { name: 'B', env_variable: 'A-B', default_value: 'two\nlines', rules: '', sort: 5 },
    { name: 'Port', env_variable: 'SERVER_PORT', default_value: null, rules: 'nullable', sort: 6 }
  ],
  made_by: { hand: ['javascript:alert(1)'] }
}

function staysEqual(t: Test, text: string, message: string): void {
  const { warnings: _, ...alt } = taken(text)
  for (const format of exportFormats) {
    const written = writeEgg(alt, format, at)
    const { warnings: _w, ...again } = taken(written)
    t.strictSame(again, alt, `${message}, by way of ${format}`)
    const { warnings: _j, ...asJson } = taken(JSON.stringify(eggOf(alt, format, at)))
    t.strictSame(asJson, alt, `${message}, by way of ${format} as JSON`)
    t.equal(writeEgg(again, format, at), written, `${message}: the second export is the first`)
    // As the database's JSON columns give it back: without the order of names.
    const { warnings: _d, ...asStored } = taken(writeEgg(reordered(alt), format, at))
    t.strictSame(asStored, alt, `${message}, by way of ${format} and the database`)
  }
}

function reordered<T>(value: T): T {
  if (Array.isArray(value)) return value.map(reordered) as T
  if (typeof value !== 'object' || value === null) return value
  const sorted = Object.entries(value).sort(([a], [b]) => a.length - b.length || (a < b ? -1 : 1))
  return Object.fromEntries(sorted.map(([key, part]) => [key, reordered(part)])) as T
}

t.test('an egg becomes the alt that it describes', async t => {
  const teeworlds = taken(await fileOf('teeworlds.json'))
  t.strictSame(teeworlds, {
    name: 'Teeworlds',
    description: 'Shooting round things on UDP.',
    uuid: null,
    dockerImage: 'registry.example/games:debian',
    dockerImages: { Debian: 'registry.example/games:debian' },
    startup: './teeworlds_srv -f server.cfg "sv_map {{MAP}}"',
    startupMode: 'SHELL_ENV',
    config: {
      done: ['server name is'],
      stop: { type: 'signal', value: 'SIGINT', graceSeconds: 30 },
      tty: true,
      readOnlyRoot: true,
      files: [
        {
          path: 'server.cfg',
          parser: 'file',
          find: [
            { match: 'sv_port', replaceWith: 'sv_port {{server.build.default.port}}' },
            { match: 'sv_name', replaceWith: 'sv_name {{server.build.env.SERVER_NAME}}' }
          ]
        }
      ]
    },
    installContainer: 'registry.example/installers:debian',
    installEntrypoint: 'bash',
    installScript: '#!/bin/bash\ncd /mnt/server\ncp /usr/games/teeworlds-server teeworlds_srv\n',
    features: [],
    variables: [
      {
        ...{ name: 'Server name', envVariable: 'SERVER_NAME', description: 'What players read.' },
        ...{ defaultValue: 'A server', rules: ['required', 'string', 'max:60'] },
        ...{ userViewable: true, userEditable: true }
      },
      {
        ...{ name: 'Map', envVariable: 'MAP', description: '', defaultValue: 'dm1' },
        ...{ rules: ['required', 'in:dm1,dm2,ctf1'], userViewable: true, userEditable: false }
      }
    ],
    source: {
      author: 'games@example.invalid',
      words: { images: [['Debian', 'registry.example/games:debian ']] }
    },
    warnings: []
  })

  const openttd = taken(await fileOf('openttd.yaml'))
  t.match(openttd, {
    uuid: '5b0c1d52-8f0e-4c7a-9d7b-2f6f4f1d8a11',
    description: 'Railways, roads,\nships and planes.',
    dockerImage: 'registry.example/openttd:15',
    startup: './openttd -D 0.0.0.0:{{SERVER_PORT}} -G {{SEED}}',
    config: {
      done: ['Map generated, starting game', 'Map loaded, starting game'],
      stop: { type: 'command', value: 'quit' },
      files: [{ parser: 'ini', find: [{}, { match: 'network.max_clients', replaceWith: 16 }] }]
    },
    installEntrypoint: 'ash',
    source: {
      updateUrl: 'https://games.example/eggs/openttd.yaml',
      tags: ['simulation', 'transport'],
      fileDenylist: ['openttd.key'],
      imageLabels: ['Newest', 'Older'],
      startupCommands: [['New game'], ['Saved game']]
    },
    warnings: []
  })
  t.strictSame(
    openttd.variables.map(({ envVariable, defaultValue }) => [envVariable, defaultValue]),
    [
      ['SEED', '007'],
      ['SAVE', 'autosave'],
      ['SERVER_NAME', 'A server']
    ],
    "in the egg's own order, a number as it was written"
  )
})

t.test('what will not work is said, and everything is kept', async t => {
  const text = JSON.stringify(everything)
  const alt = taken(text)
  t.match(alt, {
    name: 'Everything  at once',
    uuid: everything.uuid.toLowerCase(),
    description: everything.description,
    dockerImage: 'registry.example/java:21',
    dockerImages: { 'Java 21': 'registry.example/java:21', 'Java 8': 'registry.example/java:8' },
    startup: everything.startup_commands.Play,
    config: {
      done: ['ready', 'also ready'],
      stripAnsi: true,
      stop: { type: 'signal', value: 'SIGINT' },
      files: [
        { path: '/server.properties', find: [{}, { replaceWith: 20 }, { replaceWith: false }] },
        {
          createFile: false,
          find: [
            { ifValue: 'regex:^127', replaceWith: '{{config.docker.interface}}' },
            { ifValue: 'old', replaceWith: 'new' }
          ]
        },
        { path: '../../etc/passwd' }
      ]
    },
    variables: [
      { envVariable: 'JAR', defaultValue: 'server.jar', userViewable: true, userEditable: true },
      { envVariable: 'motd', defaultValue: '25565', rules: ['required', 'no_such_rule'] },
      { name: 'ONLINE', envVariable: 'ONLINE', defaultValue: '1', userViewable: false },
      { envVariable: 'A-B', defaultValue: 'two\nlines' },
      { envVariable: 'SERVER_PORT', defaultValue: '' }
    ],
    source: { icon: everything.image }
  })
  t.strictSame(
    alt.warnings.map(({ kind, place }) => `${kind} ${place}`),
    [
      'text-changed name',
      'image-local docker_images.Java 8',
      'image-refused docker_images.Wrong',
      'file-parser config.files.../../etc/passwd',
      'file-path config.files.../../etc/passwd',
      'file-skipped config.files.skipped.txt',
      'variable-twice variables.JAR',
      'variable-case variables.motd',
      'variable-name variables.A-B',
      'variable-default variables.A-B.default_value',
      'variable-name variables.SERVER_PORT',
      'variable-rule variables.motd.rules',
      'file-placeholder config.files./server.properties.secret',
      'file-placeholder config.files./server.properties.other',
      'file-placeholder config.files./server.properties.other',
      'done-unusable config.startup.done',
      'feature-unknown features'
    ]
  )
  for (const { message } of alt.warnings) t.match(message, /^[^\p{C}]{5,}$/u)

  for (const format of exportFormats) {
    const out = JSON.stringify(eggOf(alt, format, at))
    for (const text of textsOf(everything)) {
      if (['ignored', 'PLCN_v3', everything.exported_at].includes(text)) continue
      const wanted = JSON.stringify(text.replaceAll('\r\n', '\n')).slice(1, -1)
      const isThere = out.includes(wanted) || out.includes(JSON.stringify(wanted).slice(1, -1))
      t.ok(isThere || out.includes(JSON.stringify(text).slice(1, -1)), `${format}: ${text}`)
    }
  }
})

function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsOf) : []
}

t.test('import, export and import again give the same alt', async t => {
  staysEqual(t, await fileOf('teeworlds.json'), 'Teeworlds')
  staysEqual(t, await fileOf('openttd.yaml'), 'OpenTTD')
  staysEqual(t, JSON.stringify(everything), 'one with every field')
  staysEqual(t, egg(), 'the least one')
  const installation = { script: ' ', container: 'registry.example/x:1', entrypoint: 'ash' }
  const rows: Record<string, string> = {
    'PTDL_v1, one image': egg({ docker_images: undefined, image: 'registry.example/a:1' }),
    'PTDL_v1, several': egg({ docker_images: undefined, images: ['b:1', 'a:1'] }),
    'an image with and without a name': egg({ docker_images: { 'c:1': ' c:1', C: 'c:1' } }),
    'a list of images': egg({ docker_images: ['b:1', ' a:1'] }),
    'a long label': egg({ docker_images: { ['x'.repeat(100)]: 'a:1', 'a:1': 'a:1' } }),
    'lists as PHP writes them': egg({ tags: {}, features: {}, file_denylist: { 1: 'a', 3: 'b' } }),
    'a denylist of one text': egg({ file_denylist: 'a\nb' }),
    'no config files': config({ files: '[]', startup: '', logs: '[]' }),
    'no config at all': egg({ config: undefined, scripts: undefined, variables: undefined }),
    'inner JSON that is none': config({ files: '{"a":', startup: '{done}', logs: 'x' }),
    'a stop that is none': config({ stop: '^X' }),
    'several signals': config({ stop: '^C & ^C' }),
    'a signal': config({ stop: '^SIGKILL' }),
    'no stop': config({ stop: '' }),
    'an empty done': config({ startup: { done: '' } }),
    'no script': egg({ scripts: { installation } }),
    'a script without a container': egg({ scripts: { installation: { script: 'true' } } }),
    'no UUID': egg({ uuid: 'none' }),
    'a long name': egg({ name: '👾'.repeat(100), description: '👾'.repeat(3_000) }),
    'arguments that name a variable in capitals': egg({
      startup: './x {{MAX_SLOTS}}',
      variables: [{ name: 'Slots', env_variable: 'max_slots', default_value: '8' }],
      ctrl_alt_play: { startup_mode: 'ARGV' }
    }),
    'a rule with a bar': variable({ rules: ['regex:/a|b/'] }),
    'words that YAML reads otherwise': variable({ name: 'no', default_value: '1_000', rules: '~' }),
    'ends of lines': variable({ description: 'a\r\nb\n\n c \n', default_value: ' #x: ' })
  }
  for (const [name, text] of Object.entries(rows)) staysEqual(t, text, name)

  // Names that every object has are names like others; tap's own comparison trips over them.
  const odd = taken(egg({ constructor: { toString: 1 }, hasOwnProperty: null }))
  for (const format of exportFormats) {
    t.ok(isDeepStrictEqual(taken(writeEgg(odd, format, at)), odd), format)
  }

  const { warnings: _, ...alt } = taken(JSON.stringify(everything))
  const first = alt.variables[0]
  if (!first) throw new Error('it has variables')
  const changed: EggAlt = {
    ...alt,
    name: 'Another name',
    dockerImage: 'registry.example/java:8',
    startup: './other',
    startupMode: 'ARGV',
    config: {
      ...{ done: [], tty: false, readOnlyRoot: false },
      stop: { type: 'command', value: '^quit', graceSeconds: 5 }
    },
    ...{ installContainer: null, installEntrypoint: null, installScript: null },
    variables: [first]
  }
  for (const format of exportFormats) {
    const { warnings: _w, ...again } = taken(writeEgg(changed, format, at))
    const { source: _s, ...columns } = changed
    const { source, ...columnsAgain } = again
    t.strictSame(columnsAgain, columns, 'what was changed since is what is exported')
    t.match(source, { author: alt.source.author, unknown: alt.source.unknown })
  }
})

const oddTexts = [
  ...['', ' ', '~', 'null', 'no', '1_000', '0x1f', '1.10', '2026-01-01', '- a', 'a: b', '# a'],
  ...[
    '{',
    '[]',
    '{}',
    '"',
    "'",
    '\\',
    '|',
    '>',
    '&a',
    '*a',
    '!!str a',
    '%',
    '@',
    '`',
    '\t',
    '\r\n'
  ],
  ...[
    'a\nb\n',
    '\n a',
    'a \n',
    '---',
    '...',
    '<<',
    '=',
    '\ufeff',
    '\u2028',
    '\u0085',
    '\u007f',
    '👾'
  ]
]

t.test('whatever stands in its fields, an egg is refused or comes back the same', async t => {
  const text = fc.oneof(fc.string(), fc.string({ unit: 'grapheme' }), fc.constantFrom(...oddTexts))
  const anything = fc.oneof(
    text,
    fc.jsonValue({ maxDepth: 3 }),
    fc.array(text),
    fc.dictionary(text, text)
  )
  const maybe = (named: Record<string, fc.Arbitrary<unknown>>) =>
    fc.record(named, { requiredKeys: [] })
  const part = (...names: string[]) =>
    fc.oneof(
      { weight: 4, arbitrary: maybe(Object.fromEntries(names.map(name => [name, anything]))) },
      { weight: 1, arbitrary: anything }
    )
  const variables = fc.array(
    fc.record({
      ...{ env_variable: fc.constantFrom('A', 'B', 'c', 'D D', '__proto__'), name: anything },
      ...{ description: anything, default_value: anything, rules: anything, sort: anything },
      ...{ user_viewable: anything, field_type: anything }
    })
  )
  const eggs = maybe({
    ...{ name: text, description: anything, author: anything, uuid: anything, tags: anything },
    ...{ image: anything, features: anything, file_denylist: anything, startup: anything },
    docker_images: fc.oneof(
      anything,
      fc.dictionary(text, fc.constantFrom('a:1', '~b', ' c', '-d'))
    ),
    ...{ startup_commands: anything, extra: anything, variables: fc.oneof(variables, anything) },
    config: maybe({
      files: fc.oneof(anything, fc.dictionary(text, part('parser', 'find', 'create_file', 'x'))),
      startup: part('done', 'strip_ansi', 'x'),
      ...{ logs: anything, stop: anything, x: anything }
    }),
    scripts: maybe({ installation: part('script', 'container', 'entrypoint', 'x'), x: anything }),
    ctrl_alt_play: part('startup_mode', 'tty', 'read_only_root', 'grace_seconds', 'stop')
  })
  let taken = 0
  fc.assert(
    fc.property(eggs, fields => {
      const { __proto__: _, ...plain } = JSON.parse(egg(fields))
      const read = readEgg(JSON.stringify(plain))
      if (!read.ok) return
      taken += 1
      for (const format of exportFormats) {
        const again = readEgg(writeEgg(reordered(read.alt), format, at))
        if (!again.ok) throw new Error(`${format}: ${again.place} ${again.message}`)
        if (!isDeepStrictEqual(again.alt, read.alt)) {
          throw new Error(`${format}: ${JSON.stringify([read.alt, again.alt], null, 1)}`)
        }
      }
    }),
    { numRuns: 1_000 }
  )
  t.ok(taken > 100, `${taken} of 1,000 were eggs that could be taken`)
})

t.test('five versions say the same in their own ways', async t => {
  const { warnings: _, ...wanted } = taken(await fileOf('teeworlds.json'))
  const said = JSON.parse(await fileOf('teeworlds.json'))
  const inner = (text: string) => JSON.parse(text)
  const objects = {
    ...said.config,
    ...{ files: inner(said.config.files), startup: inner(said.config.startup), logs: {} }
  }
  const lists = said.variables.map((one: Json) => ({ ...one, rules: one.rules.split('|') }))
  const of = (version: string, rest: object) => ({ ...said, meta: { version }, ...rest })
  const versions = [
    of('PLCN_v1', { uuid: null, tags: [] }),
    of('PLCN_v2', { config: objects, variables: lists }),
    of('PLCN_v3', {
      ...{ config: objects, variables: lists, startup: undefined },
      startup_commands: { Default: said.startup }
    })
  ]
  for (const version of versions) {
    const read = readEgg(JSON.stringify(version))
    t.match(read, { ok: true, version: version.meta.version, warnings: [] })
    t.strictSame(read.ok && read.alt, wanted, version.meta.version)
  }
  const old = { ...of('PTDL_v1', { docker_images: undefined }), image: 'registry.example/games:1' }
  t.match(readEgg(JSON.stringify(old)), {
    version: 'PTDL_v1',
    alt: { dockerImage: 'registry.example/games:1', dockerImages: {}, config: wanted.config }
  })
  t.match(taken(`\uFEFF${egg()}`), { name: 'Least', warnings: [] })
  t.strictSame(kindsOf(`${egg().slice(0, -1)},}`), ['json-mended'])
})

t.test('a default is not held against its rules at import', async t => {
  t.strictSame(kindsOf(variable({ rules: 'required|integer', default_value: 'many' })), [])
})

t.test('stops and configs mean what their authors meant', async t => {
  const stops: [string, string][] = [
    ['^C', 'SIGINT'],
    ['^c', 'SIGINT'],
    ['^^C', 'SIGINT'],
    ['^SIGTERM', 'SIGTERM'],
    ['^sigkill', 'SIGKILL'],
    ['^X', 'SIGINT'],
    ['', 'SIGTERM'],
    ['end', 'end'],
    ['two\nlines', 'SIGTERM']
  ]
  for (const [said, value] of stops) t.equal(taken(config({ stop: said })).config.stop.value, value)
  t.strictSame(kindsOf(config({ stop: '^X' })), ['stop-guessed'])
  t.strictSame(kindsOf(config({ startup: '{}' })), ['done-missing'])
  const dones: [unknown, string[], string[]][] = [
    ['ready', ['ready'], []],
    ['regex:^Done \\(\\d+s\\)$', ['regex:^Done \\(\\d+s\\)$'], []],
    [['no', 'regex:a|b'], ['no', 'regex:a|b'], []],
    ['regex:', ['regex:'], []],
    [['a', 'regex:(?=b)'], ['a'], ['done-unusable', 'done-unusable']],
    [['regex:(a', 'b'], ['b'], ['done-unusable', 'done-unusable']],
    ['regex:(.)\\1', [], ['done-unusable', 'done-unusable']],
    [Array(20).fill('regex:(a{1,99}){99}'), [], Array(17).fill('done-unusable')]
  ]
  for (const [done, read, kinds] of dones) {
    const text = config({ startup: JSON.stringify({ done }) })
    t.strictSame(taken(text).config.done, read, JSON.stringify(done))
    t.strictSame(kindsOf(text), kinds, JSON.stringify(done))
    staysEqual(t, text, JSON.stringify(done))
  }
  const find = { a: { 'regex:(?!a)': 'b', 'regex:^a$': 'c' } }
  const files = JSON.stringify({ 'a.ini': { parser: 'ini', find } })
  t.match(taken(config({ files })).warnings, [
    { kind: 'file-expression', place: 'config.files.a.ini.a', message: /it looks ahead/ }
  ])
  t.strictSame(kindsOf(egg({ startup: ' ' })), ['startup-missing'])
})

t.test('sixty 52: a hostile egg is refused, and says where', async t => {
  const deep = (count: number) => `${'['.repeat(count)}1${']'.repeat(count)}`
  const bomb = ['a: &a [x, x, x, x, x, x, x, x, x, x]']
  for (const name of 'bcdefghij') {
    const before = String.fromCharCode(name.charCodeAt(0) - 1)
    bomb.push(`${name}: &${name} [${Array(10).fill(`*${before}`).join(', ')}]`)
  }
  const yaml = (rest: string) => `meta: {version: PTDL_v2}\nname: x\n${rest}`
  const many = (count: number) =>
    Array.from({ length: count }, (_, at) => ({ env_variable: `A${at}` }))
  const rows: [string, string, string, RegExp][] = [
    ['too large', egg({ x: 'x'.repeat(1_048_576) }), 'egg', /larger than 1024 KiB/],
    ['deep JSON', `{"x":${deep(100_000)}}`, 'egg', /32 levels/],
    ['deep flow YAML', yaml(`x: ${deep(100_000)}`), 'egg', /32 levels/],
    ['deep block YAML', yaml(`x:\n${'- '.repeat(200_000)}`), 'egg', /32 levels/],
    ['deep keys', yaml(`x: ${'? '.repeat(100_000)}`), 'egg', /32 levels/],
    ['a YAML bomb', yaml(bomb.join('\n')), 'egg', /alias/i],
    ['many aliases', yaml(`a: &a 1\nb: [${'*a, '.repeat(101)}]`), 'egg', /100 YAML aliases/],
    ['an alias within itself', yaml('a: &a [*a]'), 'egg', /alias|levels|YAML/i],
    [
      'many keys',
      yaml(Array.from({ length: 90_000 }, (_, at) => `k${at}: 1`).join('\n')),
      'egg',
      /parts/
    ],
    ['many errors', yaml('] '.repeat(200_000)), 'egg', /YAML|parts/],
    ['a folded text', yaml(`a: >\n${'    x\n  y\n'.repeat(90_000)}`), 'egg', /YAML|parts/],
    ['many values', egg({ x: Array(30_000).fill(0) }), 'egg', /20000 values/],
    ['deep inner JSON is only a text', config({ files: deep(100) }).slice(0, -2), 'egg', /JSON/],
    ['NUL', egg({ description: 'a\0b' }), 'egg', /NUL/],
    ['half a pair', egg({ author: '\ud800' }), 'egg', /pair/],
    [
      '__proto__',
      egg().replace('"name"', '"__proto__":{"isAdmin":true},"name"'),
      'egg',
      /__proto__/
    ],
    ['__proto__ in YAML', yaml('__proto__: {isAdmin: true}'), 'egg', /__proto__/],
    ['a long key', egg({ ['x'.repeat(2_000)]: 1 }), 'egg', /longer than 1024/],
    ['two documents', `${yaml('')}---\n${yaml('')}`, 'egg', /one YAML document/],
    ['nothing', '', 'egg', /./],
    ['no egg', '{"hello": "world"}', 'meta.version', /no egg/],
    ['a list', '[]', 'meta.version', /no egg/],
    ['HTML', '<!doctype html><script>alert(1)</script>', 'meta.version', /no egg/],
    ['another version', egg({ meta: { version: 'PTDL_v9' } }), 'meta.version', /PTDL_v1/],
    ['no name', egg({ name: ' \u202e ' }), 'name', /missing/],
    ['no image', egg({ docker_images: {} }), 'docker_images', /no image/],
    ['only flags', egg({ docker_images: { a: '--privileged' } }), 'docker_images', /no image/],
    [
      'many images',
      egg({ docker_images: Array.from({ length: 65 }, (_, at) => `a:${at}`) }),
      'docker_images',
      /64/
    ],
    ['a long startup', egg({ startup: 'x'.repeat(9_000) }), 'startup', /8192/],
    ['many variables', egg({ variables: many(201) }), 'variables', /200/],
    [
      'a variable without a name',
      egg({ variables: [{ name: 'X' }] }),
      'variables.',
      /env_variable/
    ],
    ['a variable that is none', egg({ variables: ['X'] }), 'variables.', /env_variable/],
    [
      'a long variable',
      variable({ env_variable: 'X'.repeat(129) }),
      `variables.${'X'.repeat(129)}`,
      /128/
    ],
    ['many rules', variable({ rules: 'a|'.repeat(65) }), 'variables.X.rules', /too many/],
    ['many tags', egg({ tags: Array(65).fill('x') }), 'tags', /64/],
    [
      'an install image of flags',
      egg({ scripts: { installation: { script: 'x', container: '-v /:/host' } } }),
      ...(['scripts.installation.container', /image reference/] as const)
    ],
    [
      'a long script',
      egg({ scripts: { installation: { script: 'x'.repeat(65_537), container: 'a:1' } } }),
      ...(['scripts.installation.script', /65536/] as const)
    ],
    [
      'arguments that no shell splits',
      egg({ startup: './x "', ctrl_alt_play: { startup_mode: 'ARGV' } }),
      ...(['startup', /never closed/] as const)
    ]
  ]
  for (const [name, text, place, message] of rows) {
    // With a reader that trusts its input some of these take minutes, or end the process.
    t.match(readEgg(text), { ok: false, place, message }, name)
  }
})

t.test(
  'of an egg full of expressions only some are tried, and of its warnings some are told',
  async t => {
    const rules = (at: number) => Array.from({ length: 60 }, (_, rule) => `regex:/${at} (${rule}/`)
    const variables = Array.from({ length: 200 }, (_, at) => ({
      env_variable: `A${at}`,
      rules: rules(at)
    }))
    const { warnings } = taken(egg({ variables }))
    t.equal(warnings.length, 201)
    t.match(warnings.at(-1), { kind: 'warnings-cut', message: /gives 101 more/ })
    t.strictSame(kindsOf(egg({ variables: variables.slice(0, 3) })).length, 180)
  }
)

t.test('sixty 52: pictures and links that could do harm are left out of an egg', async t => {
  const icons: [string, string, string[]][] = [
    ['PNG', `data:image/png;base64,${png}`, []],
    ['JPEG', dataUri('image/jpeg', Buffer.from('ffd8ffe0', 'hex')), []],
    ['WebP', dataUri('image/webp', 'RIFF1234WEBPVP8 '), []],
    ['HTML as PNG', dataUri('image/png', '<script>alert(1)</script>'), ['icon-dropped']],
    ['a GIF as PNG', dataUri('image/png', 'GIF89a'), ['icon-dropped']],
    ['HTML', dataUri('text/html', '<script>alert(1)</script>'), ['icon-dropped']],
    ['PHP', dataUri('application/x-php', '<?php'), ['icon-dropped']],
    ['a link', 'https://games.example/icon.png', ['icon-dropped']],
    ['a script', 'javascript:alert(1)', ['icon-dropped']],
    ['a large one', `data:image/png;base64,${png}${'A'.repeat(600_000)}`, ['icon-dropped']],
    ['a drawing', dataUri('image/svg+xml', '<svg><path d="M0 0"/></svg>'), ['icon-hidden']],
    ['a script in it', dataUri('image/svg+xml', '<svg><script/></svg>'), ['icon-dropped']],
    ['a handler', dataUri('image/svg+xml', '<svg onload="x()"/>'), ['icon-dropped']],
    ['HTML as a drawing', dataUri('image/svg+xml', '<html><svg></svg>'), ['icon-dropped']],
    ['entities', dataUri('image/svg+xml', '<!DOCTYPE x><svg/>'), ['icon-dropped']]
  ]
  for (const [name, image, kinds] of icons) {
    const alt = taken(egg({ image, icon: null }))
    t.strictSame(kindsOf(egg({ image })), kinds, name)
    t.equal(alt.source.icon, kinds.length === 0 ? image : undefined, name)
    const out = eggOf(alt, 'PTDL_v2', at).image
    t.equal(out, kinds.includes('icon-dropped') ? undefined : image, `${name}, exported`)
    staysEqual(t, egg({ image }), name)
  }
  for (const link of [
    'javascript:alert(1)',
    'data:text/html,x',
    'file:///etc/passwd',
    'x',
    '//x'
  ]) {
    const text = egg({ meta: { version: 'PTDL_v2', update_url: link } })
    t.strictSame(kindsOf(text), ['link-dropped'], link)
    t.notOk(writeEgg(taken(text), 'PLCN_v3', at).includes(link.slice(0, 11)) && link.length > 3)
  }
  const own = { startup_mode: 'ARGV', tty: 'yes', bind: '/' }
  t.match(taken(egg({ ctrl_alt_play: own })), {
    startupMode: 'SHELL_ENV',
    warnings: [{ kind: 'extension-ignored' }]
  })
  t.ok(isDeepStrictEqual(Object.getPrototypeOf(taken(egg()).source), Object.prototype))
})

// ---------------------------------------------------------------- through the API

async function world(t: Test) {
  const panel = await buildPanel(t)
  const admin = await login(panel)
  const ctrl = (await admin.request('POST', '/api/v1/ctrls', { name: 'Eggs' })).body
  const imports = `/api/v1/ctrls/${ctrl.id}/alts/import`
  const exported = (person: Person, id: string, format = '') =>
    person.request('GET', `/api/v1/alts/${id}/export${format && `?format=${format}`}`)
  return { panel, admin, ctrl, imports, exported }
}

t.test('an egg is taken through the API, exported, and comes in again as the same', async t => {
  const { panel, admin, ctrl, imports, exported } = await world(t)
  const content = JSON.stringify(everything)
  const made = await admin.request('POST', imports, { content })
  t.match(made, {
    status: 201,
    body: { outcome: 'created', alt: { ctrlId: ctrl.id, version: 1, startupMode: 'SHELL_ENV' } }
  })
  t.equal(made.body.warnings.length, 17)
  const { id } = made.body.alt
  const stored = async () => {
    const { source, installScript, variables, ...alt } =
      await panel.db.prisma.alt.findUniqueOrThrow({
        where: { id },
        select: {
          ...{ name: true, uuid: true, source: true, config: true, dockerImages: true },
          ...{ installScript: true, startup: true, dockerImage: true, features: true, tags: true },
          variables: { orderBy: { sort: 'asc' }, omit: { altId: true } }
        }
      })
    return {
      ...alt,
      source: testVault.open('Alt.source', id, String(source)),
      installScript: testVault.open('Alt.installScript', id, String(installScript)),
      variables: variables.map(({ id: variableId, defaultValue, ...variable }) => ({
        ...variable,
        defaultValue: testVault.open('AltVariable.defaultValue', variableId, defaultValue)
      }))
    }
  }
  const before = await stored()
  for (const [format, type] of [
    ['PTDL_v2', /^\{\n/],
    ['PLCN_v3', /^_comment: /]
  ] as const) {
    const out = await exported(admin, id, format)
    t.match(out, { status: 200, body: type })
    t.match(Object.fromEntries(out.headers), {
      'content-type': 'text/plain; charset=utf-8',
      'content-disposition': /^attachment; filename="egg-everything-at-once\.(json|yaml)"$/,
      'x-content-type-options': 'nosniff'
    })
    const again = await admin.request('POST', imports, { content: out.body })
    t.match(again, { status: 200, body: { outcome: 'updated', alt: { id } } })
    t.strictSame(await stored(), before, `${format}: nothing is lost in the database`)
  }
  t.equal((await admin.request('GET', `/api/v1/alts/${id}`)).body.version, 1, 'nothing has changed')

  const view = (await admin.request('GET', `/api/v1/alts/${id}`)).body
  t.strictSame(view.features, everything.features, 'features are shown')
  t.strictSame(view.config.files, (before.config as Json).files, 'and so are config files')
  const change = async (files: Json[]) =>
    (await admin.request('PATCH', `/api/v1/alts/${id}`, { config: { files } })).body
  const kept = view.config.files.slice(0, 2)
  t.match(await change([...kept, { ...kept[0], path: 'new' }]), {
    details: [{ field: 'body.config.files.2.find.3' }, { field: 'body.config.files.2.find.4' }]
  })
  t.match(
    await change([...kept].reverse()),
    { config: { files: [{ path: 'proxy.yml' }, { path: '/server.properties' }] } },
    'what an import has taken may stay'
  )
  t.match(await change(view.config.files), { details: [{ field: 'body.config.files.2.parser' }] })
  await admin.request('POST', imports, { content })

  const renamed = await admin.request('PATCH', `/api/v1/alts/${id}`, {
    config: { stop: { type: 'command', value: 'end' } },
    description: 'Other',
    variables: []
  })
  t.match(renamed, { status: 200, body: { config: { stop: { value: 'end' } } } })
  const { config: after } = (await stored()) as { config: Json }
  t.strictSame(after.files, (before.config as Json).files, 'a change of one part keeps the others')
  const newer = (await exported(admin, id)).body as unknown as string
  t.match(newer, /stop: end\n/)
  t.equal(renamed.body.version, 4)
  await admin.request('POST', imports, { content: newer.replace('stop: end', 'stop: quit') })
  const { data: versions } = (await admin.request('GET', `/api/v1/alts/${id}/versions`)).body
  t.match(versions[0], { version: 5, changes: ['it is stopped in another way'] }, 'an import too')

  const rows = await panel.db.prisma.auditLog.findMany({ where: { action: 'alt.imported' } })
  t.equal(rows.length, 5)
  t.notMatch(JSON.stringify(rows), /server\.jar|bin.ash/, 'neither defaults nor scripts are told')
})

t.test('an egg is fetched from its address, asked for a newer one, and takes it over', async t => {
  let served = ''
  const server = await startHttps(t, (_, answer) => answer.end(served))
  const panel = await buildPanel(t, { publicNet: server.net })
  const admin = await login(panel)
  const ctrl = (await admin.request('POST', '/api/v1/ctrls', { name: 'Eggs' })).body
  const imports = `/api/v1/ctrls/${ctrl.id}/alts/import`
  const url = server.url('/egg.json')
  const meta = { version: 'PTDL_v2', update_url: url }
  served = egg({ meta })
  const made = await admin.request('POST', imports, { url })
  t.match(made, { status: 201, body: { outcome: 'created', alt: { version: 1 } } })
  const at = `/api/v1/alts/${made.body.alt.id}`
  const check = () => admin.request('GET', `${at}/update`)
  t.match(await check(), { status: 200, body: { url, isNewer: false, changes: [] } })

  const dot =
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGP4z8DwHwAFAAH/iZk9HQAAAABJRU5ErkJggg=='
  const icon = `data:image/png;base64,${dot}`
  const pictured = await admin.request('PATCH', at, { icon })
  t.match(pictured, { status: 200, body: { icon: /icon/ } })
  served = egg({ meta, startup: './other', description: 'New', variables: [] })
  const newer = await check()
  t.match(newer, {
    status: 200,
    body: { isNewer: true, changes: ['another startup line', 'another description'] }
  })
  t.match((await admin.request('GET', at)).body, { startup: least.startup, version: 1 })
  t.match(await admin.request('POST', `${at}/update`), {
    status: 200,
    body: { outcome: 'updated', alt: { id: made.body.alt.id, startup: './other', version: 2 } }
  })
  t.equal((await admin.request('GET', at)).body.icon, pictured.body.icon, 'a chosen picture stays')
  t.match((await check()).body, { isNewer: false })

  served = 'a secret page that is no egg'
  const none = await check()
  t.match(none, { status: 422, body: { code: 'EGG_REFUSED' } })
  t.notMatch(JSON.stringify(none.body), /secret/)
  for (const [body, status, details] of [
    [{}, 400, [{ field: 'body', message: 'needs either content or url' }]],
    [{ url, content: egg() }, 400, [{ field: 'body' }]],
    [{ url: 'https://127.0.0.2/' }, 422, [{ field: 'body.url', message: /port/ }]],
    [{ url: url.replace('games.test', '10.0.0.1') }, 422, [{ field: 'body.url' }]],
    [{ url: 'http://games.test/' }, 422, [{ message: /must begin with https/ }]]
  ] as const) {
    t.match(await admin.request('POST', imports, body), { status, body: { details } })
  }
  const plain = await admin.request('POST', imports, { content: egg({ name: 'Without' }) })
  const refused = await admin.request('GET', `/api/v1/alts/${plain.body.alt.id}/update`)
  t.match(refused, { status: 409, body: { code: 'NO_UPDATE_ADDRESS' } })

  const uuid = '0E6B33A1-8C43-4E5D-9A43-1B5E3A1C7D02'
  served = egg({ name: 'Known', meta, uuid })
  const known = (await admin.request('POST', imports, { url })).body.alt
  served = egg({ name: 'Known', meta, uuid: uuid.replace('0E6B', 'FE6B') })
  const other = await admin.request('POST', `/api/v1/alts/${known.id}/update`)
  t.match(other, { status: 422, body: { details: [{ field: 'uuid' }] } })
})

t.test('a name that is taken, and an egg that is none, are refused in words', async t => {
  const { panel, admin, imports, exported } = await world(t)
  t.match(await admin.request('POST', imports, { content: egg() }), { status: 201 })
  t.match(await admin.request('POST', imports, { content: egg() }), {
    status: 409,
    body: { code: 'NAME_TAKEN', message: 'The name Least is taken' }
  })
  t.match(await admin.request('POST', imports, { content: egg({ name: '' }) }), {
    status: 422,
    body: { code: 'EGG_REFUSED', message: /name is missing/, details: [{ field: 'name' }] }
  })
  const nowhere = '/api/v1/ctrls/0190aaaa-0000-7000-8000-000000000000/alts/import'
  t.match(await admin.request('POST', nowhere, { content: egg() }), {
    status: 404,
    body: { code: 'CTRL_NOT_FOUND' }
  })
  t.match(await admin.request('POST', imports, { content: 'x'.repeat(5_000_000) }), {
    status: 413,
    body: { code: 'BODY_TOO_LARGE' }
  })
  await addUser(panel, { username: 'player' })
  const player = await login(panel, 'player')
  const [{ id = '' } = {}] = await panel.db.prisma.alt.findMany({ where: { name: 'Least' } })
  for (const answer of [
    await player.request('POST', imports, { content: egg({ name: 'Mine' }) }),
    await player.request('POST', `${imports}-many`, { files: [{ name: 'x', content: egg() }] }),
    await exported(player, id)
  ]) {
    t.match(answer, { status: 403, body: { code: 'FORBIDDEN', message: /admin-templates/ } })
  }
})

t.test('of many eggs each has its own result, and those of one UUID are one alt', async t => {
  const { panel, admin, imports } = await world(t)
  const uuid = '5b0c1d52-8f0e-4c7a-9d7b-2f6f4f1d8a11'
  const files = [
    { name: 'a/egg.json', content: await fileOf('teeworlds.json') },
    { name: 'b/egg.yaml', content: await fileOf('openttd.yaml') },
    { name: 'same.json', content: await fileOf('teeworlds.json') },
    { name: 'newer.json', content: egg({ uuid, name: 'OpenTTD 16' }) },
    { name: 'none.json', content: '{}' }
  ]
  const { status, body } = await admin.request('POST', `${imports}-many`, { files })
  t.equal(status, 200)
  t.match(body.data, [
    { name: 'a/egg.json', outcome: 'created', warnings: [] },
    { name: 'b/egg.yaml', outcome: 'created' },
    { name: 'same.json', outcome: 'refused', error: { code: 'NAME_TAKEN' } },
    { name: 'newer.json', outcome: 'updated', altId: body.data[1].altId },
    { name: 'none.json', outcome: 'refused', error: { code: 'EGG_REFUSED', message: /meta/ } }
  ])
  const parallel = { content: egg({ uuid: '5b0c1d52-8f0e-4c7a-9d7b-2f6f4f1d8a12', name: 'P' }) }
  const answers = await Promise.all(
    [1, 2, 3, 4].map(() => admin.request('POST', imports, parallel))
  )
  t.strictSame(answers.map(answer => answer.status).sort(), [200, 200, 200, 201])
  t.equal(await panel.db.prisma.alt.count({ where: { name: 'P' } }), 1)
})

t.test('sixty 52: HTML in every text of an egg stays text, on the way in and out', async t => {
  const { admin, imports, exported } = await world(t)
  const html = '"><img src=x onerror=alert(1)>'
  const said = {
    ...{ name: html, author: html, description: html, tags: [html], features: [html] },
    ...{ docker_images: { [html]: 'registry.example/games:1' }, file_denylist: [html] },
    ...{ startup: html, [html]: html },
    config: {
      files: { [html]: { parser: html, find: { [html]: html } } },
      startup: { done: html },
      stop: html
    },
    scripts: {
      installation: { script: html, container: 'registry.example/x:1', entrypoint: html }
    },
    variables: [
      {
        name: html,
        description: html,
        env_variable: 'X',
        default_value: html,
        rules: [html],
        [html]: html
      },
      { name: html, env_variable: html, default_value: '', rules: '' }
    ]
  }
  const made = await admin.request('POST', imports, { content: egg(said) })
  t.equal(made.status, 201)
  t.match(made.headers.get('content-type'), /^application\/json/)
  t.equal(made.headers.get('x-content-type-options'), 'nosniff')
  const { name, description, variables } = made.body.alt
  t.strictSame(
    { name, description },
    { name: html, description: html },
    'as it was, for people to see'
  )
  t.equal(variables[0].defaultValue, html)
  for (const format of exportFormats) {
    const out = await exported(admin, made.body.alt.id, format)
    t.match(out.headers.get('content-type'), /^text\/plain/)
    t.match(
      out.headers.get('content-disposition'),
      /^attachment; filename="egg-img-src-x-onerror-alert-1\./
    )
  }
})

t.test('the games that come with the panel come out as eggs and in again', async t => {
  const { admin, imports, exported } = await world(t)
  const { data } = (await admin.request('GET', '/api/v1/alts?limit=200')).body
  t.ok(data.length >= 5)
  for (const alt of data) {
    for (const format of exportFormats) {
      const out = await exported(admin, alt.id, format)
      const { body } = await admin.request('POST', imports, { content: out.body })
      const { id, ctrlId, ctrlName, version, serversCount, createdAt, updatedAt, ...same } = alt
      t.match(body, { outcome: 'created', alt: same, warnings: [] }, `${alt.name}, ${format}`)
      t.strictSame(body.alt.variables, alt.variables)
      await admin.request('DELETE', `/api/v1/alts/${body.alt.id}`)
    }
  }
})

t.test('npm run eggs tries a folder of them, and imports it into a panel', async t => {
  const { panel, admin } = await world(t)
  const currentPassword = testAdmin.password
  const key = await admin.request('POST', '/api/v1/api-keys', { name: 'eggs', currentPassword })
  const pathOf = (path: string) => fileURLToPath(new URL(path, import.meta.url))
  const run = (...args: string[]) => {
    // tap puts a hook into every Node that its tests start; this one is to be as people start it.
    const plain = ['-u', 'NODE_OPTIONS', process.execPath, pathOf('../../../scripts/eggs.mjs')]
    const env = { PATH, HOME, CAP_API_KEY: key.body.secret }
    return promisify(execFile)('env', [...plain, ...args], { env }).then(
      ({ stdout }) => ({ code: 0, text: stdout }),
      ({ code, stdout, stderr }) => ({ code, text: stdout + stderr })
    )
  }
  const folder = pathOf('./eggs')
  const target = ['--panel', panel.url, '--ctrl', 'From elsewhere']
  const first = await run(folder, ...target)
  const tried = '2 of 2 imported, 2 of 2 round trips equal, 2 of 2 without loss'
  t.match(first, { code: 0, text: new RegExp(tried) })
  t.match(first.text, /From elsewhere at .*: 2 created, 0 updated, 0 refused/)
  const again = await run(folder, ...target)
  t.match(again, { code: 1, text: /1 updated, 1 refused/ }, 'one without a UUID is another one')
  t.match(again.text, /refused {2}teeworlds\.json: The name Teeworlds is taken/)
  t.match(await run('--help'), { code: 0, text: /npm run eggs -- FOLDER[\s\S]*--ctrl NAME/ })
  t.match(await run(pathOf('.'), '--panel', panel.url), { code: 1, text: /--ctrl NAME/ })
  t.match(await run(pathOf('./nowhere')), { code: 1, text: /cannot be read/ })
})
