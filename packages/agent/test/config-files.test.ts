import { execFile } from 'node:child_process'
import {
  chmod,
  link,
  lstat,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile
} from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { ConfigEdit, ConfigFile } from '@ctrl-alt-play/protocol'
import t, { type Test } from 'tap'
import type { Edit } from '../src/config-files/edit.ts'
import { editText } from '../src/config-files/parsers.ts'
import { createServerFiles } from '../src/config-files/server-files.ts'
import { writeConfigFiles } from '../src/config-files/write-config-files.ts'
import { specHashOf } from '../src/runtime/spec-hash.ts'
import { wantedProbe } from './wanted.ts'

const run = promisify(execFile)

type Value = Edit['value'] | Record<string, Edit['value']>

/** As a template writes it: a value, or values by what stands there now. */
function editsOf(find: Record<string, Value>): Edit[] {
  return Object.entries(find).flatMap(([match, value]) =>
    typeof value === 'object'
      ? Object.entries(value).map(([ifValue, next]) => ({ match, ifValue, value: next }))
      : [{ match, value }]
  )
}

interface Golden {
  parser: string
  says: string
  find: Record<string, Value>
  before: string
  after: string
  left?: RegExp[]
}

const golden: Golden[] = [
  {
    parser: 'file',
    says: 'a line that begins with it becomes the value, and keeps its end',
    find: { 'port ': 'port 7', nobody: 'x', '^name': 'y' },
    before: '# port here\nport 1\r\n port 2\nname x\nport 3',
    after: '# port here\nport 7\r\n port 2\nname x\nport 7'
  },
  {
    parser: 'file',
    says: 'of several that begin it the longest counts, in whatever order they come',
    find: { rcon_password: 'rcon_password "b"', rcon: 'rcon 1', '': 'never' },
    before: 'rcon_password "a"\nrcon 0\n',
    after: 'rcon_password "b"\nrcon 1\n'
  },
  {
    parser: 'file',
    says: 'nothing is put in of itself',
    find: { a: 'a 1' },
    before: '',
    after: ''
  },
  {
    parser: 'properties',
    says: 'comments, order and other ways of writing stay',
    find: { 'server-port': '25570', motd: 'Hä §a\\', 'a b': ' x', level: 'two' },
    before:
      '#Minecraft\n! too\n\nserver-port=25565\nmotd : A \\\n   long one\nlevel world\n#end\nkept=\\u00a7',
    after:
      '#Minecraft\n! too\n\nserver-port=25570\nmotd=H\\u00e4 \\u00a7a\\\\\nlevel=two\n#end\nkept=\\u00a7\na\\ b=\\ x\n'
  },
  {
    parser: 'properties',
    says: 'a line end in a value makes no second key',
    find: { motd: 'x\nop-permission-level=4\r', 'k\ny': '1' },
    before: 'motd=a\r\n',
    after: 'motd=x\\nop-permission-level=4\\r\r\nk\\ny=1\r\n'
  },
  {
    parser: 'properties',
    says: 'only where a value stands, or what of it matches',
    find: { a: { old: 'new', other: 'x' }, b: { 'regex:(\\d+)$': '<$1>$$' }, c: { '': 'none' } },
    before: 'a=old\nb=n 12\n',
    after: 'a=new\nb=n <12>$\n'
  },
  {
    parser: 'properties',
    says: 'a last line that a backslash carries on does not swallow the new one',
    find: { new: '1' },
    before: 'a=b\\',
    after: 'a=b\\\n\nnew=1\n'
  },
  {
    parser: 'ini',
    says: 'a last line that ends in blanks does not swallow the new one',
    find: { 'A.b': '1' },
    before: '[A]\r\na=1  ',
    after: '[A]\r\na=1  \r\nb=1\r\n'
  },
  {
    parser: 'ini',
    says: 'only the first dot outside of brackets parts, what is missing comes at its end',
    find: {
      '[/Script/Engine.GameSession].MaxPlayers': 8,
      '[/Script/Engine.GameSession].New.Key': 'a = b',
      'Server.Name': 'x ; y',
      'Fresh.Open': true,
      top: '1'
    },
    before:
      '; head\n[/Script/Engine.GameSession]\nMaxPlayers=4 \n+List=a\n\n[Server]\r\n  Name = old ; note\r\n',
    after:
      '; head\ntop=1\n[/Script/Engine.GameSession]\nMaxPlayers=8 \n+List=a\nNew.Key=a = b\n\n[Server]\r\n  Name = x ; y\r\n[Fresh]\nOpen=true\n'
  },
  {
    parser: 'ini',
    says: 'an empty file; a value of two lines is not put in',
    find: { 'A.b': '1', 'A.c': 'x\n[Admin]', 'A.d=e': '1', '#c': '1', z: '2' },
    before: '',
    after: 'z = 2\n[A]\nb = 1\n',
    left: [/"A.c" takes one line only/, /"A.d=e" is no place/, /"#c" is no place/]
  },
  {
    parser: 'json',
    says: 'comments, layout and long numbers stay; values keep their type',
    find: {
      port: '7',
      'a.on': '0',
      'a.name': '5',
      'a.new': 'x',
      'a.deep.est': 'true',
      seed2: '007',
      'list[0].p': '1',
      'list[1].p': '2'
    },
    before:
      '{\r\n\t"port": 1, // one\r\n\t"seed": 12345678901234567890,\r\n\t"a": { "on": true, "name": "1" } /* two */,\r\n\t"list": [ { "p": "0" } ] // three\r\n}\r\n',
    after:
      '{\r\n\t"port": 7, // one\r\n\t"seed": 12345678901234567890,\r\n\t"a": { "on": false, "name": "5", "new": "x", "deep": {\r\n\t\t\t"est": true\r\n\t\t} } /* two */,\r\n\t"list": [ { "p": "1" }, {\r\n\t\t\t"p": 2\r\n\t\t} ], // three\r\n\t"seed2": "007"\r\n}\r\n'
  },
  {
    parser: 'json',
    says: 'numbers in each way of writing',
    find: { a: '2', b: 'x' },
    before: '{"a":1e-7,"b":"","c":-1.5E+3,"d":+.5,"e":-Infinity}',
    after: '{"a":2,"b":"x","c":-1.5E+3,"d":+.5,"e":-Infinity}'
  },
  {
    parser: 'json',
    says: 'a wildcard is one level of a list or a map, and makes nothing',
    find: { 'a.*.p': '7', 'b.*': 'x', 'none.*.p': '1', '*.q': { one: 'two' } },
    before: '{"a":{"x":{"p":1},"y":{}},"b":[1,"2"],"c":{"q":"one"}}',
    after: '{"a":{"x":{"p":7},"y":{\n      "p": 7\n    }},"b":["x","x"],"c":{"q":"two"}}'
  },
  {
    parser: 'json',
    says: 'an empty file; what holds values is not written over by a text',
    find: { 'a.b': false, 'a.c': 5, 'l[0]': 'x', 'l[5]': 'y', a: 'z', 'a.b.c': '1', 'n..m': '1' },
    before: ' \n',
    after: '{\n  "a": {\n    "b": false,\n    "c": 5\n  },\n  "l": [\n    "x"\n  ]\n}\n',
    left: [/"l\[5\]" leads through/, /"a" holds other values/, /"a.b.c" leads/, /"n..m" is no path/]
  },
  {
    parser: 'json',
    says: 'names that mean something to JavaScript are names',
    find: { '__proto__.polluted': 'yes', 'constructor.prototype.polluted': 'yes' },
    before: '{}',
    after:
      '{\n  "__proto__": {\n    "polluted": "yes"\n  },\n  "constructor": {\n    "prototype": {\n      "polluted": "yes"\n    }\n  }\n}'
  },
  {
    parser: 'yaml',
    says: 'comments and ways of writing stay; the first of a list is made',
    find: {
      'listeners[0].query_port': '7',
      'listeners[0].host': '0.0.0.0:7',
      'listeners[0].motd': "it's: #1",
      'new[0].name': '007',
      'empty.a': 'yes',
      online: '0',
      'text.a': 'no: colon'
    },
    before:
      "# head\nlisteners:\n- query_port: 25577 # port\n  motd: '&1Another'\n  host: 0.0.0.0:25577\nversion: 1.10\nid: 007\nempty: # nothing\nonline: true\ntext: {a: b}\nalso: &x [1]\nthat: *x\n",
    after:
      '# head\nlisteners:\n- query_port: 7 # port\n  motd: \'it\'\'s: #1\'\n  host: 0.0.0.0:7\nversion: 1.10\nid: 007\nempty:\n  # nothing\n  a: "yes"\nonline: false\ntext: { a: "no: colon" }\nalso: &x [ 1 ]\nthat: *x\nnew:\n- name: "007"\n'
  },
  {
    parser: 'yml',
    says: 'the proxies’ addresses: an expression replaces within what stands there',
    find: {
      'servers.*.address': {
        'regex:^(127\\.0\\.0\\.1|localhost)(:\\d{1,5})?$': '172.18.0.1$2',
        'mc.example:1': 'x'
      }
    },
    before:
      'servers:\n  a:\n    address: localhost:25566\n  b:\n    address: other:1\n  c: {address: 127.0.0.1}\n',
    after:
      'servers:\n  a:\n    address: 172.18.0.1:25566\n  b:\n    address: other:1\n  c: { address: 172.18.0.1 }\n'
  },
  {
    parser: 'yaml',
    says: 'an empty file, Windows line ends, an alias is not looked through',
    find: { 'a.b': 'true', 'a.c': '-5', 'a.d': 'null', 'z.k': '1' },
    before: '# only this\r\nbase: &b {k: 1}\r\nz: *b\r\n',
    after:
      '# only this\r\nbase: &b { k: 1 }\r\nz: *b\r\na:\r\n  b: true\r\n  c: -5\r\n  d: "null"\r\n',
    left: [/"z.k" leads through/]
  },
  {
    parser: 'yaml',
    says: 'a file without a change stays as it is to the last blank',
    find: { a: '1', b: { x: 'y' } },
    before: 'a:   1\nb:    "z"   # c\n\n\n',
    after: 'a:   1\nb:    "z"   # c\n\n\n'
  },
  {
    parser: 'yaml',
    says: 'nothing at all',
    find: { 'a.b': 'x' },
    before: '',
    after: 'a:\n  b: x\n'
  },
  {
    parser: 'xml',
    says: 'comments and layout stay, elements are made, a text is a text',
    find: {
      'a.b': 'x<y&"]]>',
      'a.c': '1',
      'a.d.e': '2',
      'a.s.*': 'all',
      'a.t': { old: 'new' },
      a: 'no',
      'z.b': 'no',
      'a.b c': 'no'
    },
    before:
      '<?xml version="1.0"?>\n<!-- head -->\n<a>\n    <b>1</b><!-- k -->\n    <c/>\n    <s><x>1</x><y q="1"><![CDATA[<2>]]></y></s>\n    <t>old</t>\n</a>\n',
    after:
      '<?xml version="1.0"?>\n<!-- head -->\n<a>\n    <b>x&lt;y&amp;&quot;]]&gt;</b><!-- k -->\n    <c>1</c>\n    <s><x>all</x><y q="1">all</y></s>\n    <t>new</t>\n    <d>\n        <e>2</e>\n    </d>\n</a>\n',
    left: [/"a" holds other elements/, /"z.b" has another root/, /"a.b c" is no path/]
  },
  {
    parser: 'xml',
    says: 'nothing at all',
    find: { 'd.o.n': 'x', 'd.o.m': 5 },
    before: '',
    after: '<d>\n  <o>\n    <n>x</n>\n    <m>5</m>\n  </o>\n</d>\n'
  },
  {
    parser: 'toml',
    says: 'comments and layout stay; new values come at the end of their table',
    find: {
      title: 'it "is"',
      'server.port': '7',
      'server.on': '0',
      'server.new': 'x',
      's[1].name': 'q',
      's.*.kind': { a: 'b' },
      's[2].name': 'third',
      'x.y.z': 'true',
      'server.list': '1',
      'server.in.k': '1',
      flat: 5
    },
    before:
      "# head\ntitle = 'x' # t\n\n[server]\nport = 1 # p\non = true\nlist = [1, # a ]\n  \"]\"]\nin = { k = \"a, b\" }\n\n[[s]]\nname = \"a\"\nkind = 'a'\n[[s]]\nname = '''b'''\n",
    after:
      '# head\ntitle = "it \\"is\\"" # t\nflat = 5\n\n[server]\nport = 7 # p\non = false\nlist = [1, # a ]\n  "]"]\nin = { k = "a, b" }\nnew = "x"\n\n[[s]]\nname = "a"\nkind = "b"\n[[s]]\nname = "q"\n\n[[s]]\nname = "third"\n\n[x.y]\nz = true\n',
    left: [/"server.list" holds other values/, /"server.in.k" lies within/]
  },
  {
    parser: 'toml',
    says: 'a new value goes to its own table, also behind names with dots and blanks without an end',
    find: { 'a.d': '3', 'a.b.e': '4', 'f.h': '5' },
    before: 'a.c = 1\na.b.x = 2\n[f]\ng = 1\n[f.i]\nk = 1\n  ',
    after: 'a.c = 1\na.b.x = 2\na.b.e = 4\na.d = 3\n[f]\ng = 1\nh = 5\n[f.i]\nk = 1\n  '
  },
  {
    parser: 'toml',
    says: 'nothing at all',
    find: { 'a.b': '5', c: 'x\ny', 'a.d-e': '1979-05-27' },
    before: '',
    after: 'c = "x\\ny"\n[a]\nb = 5\nd-e = "1979-05-27"\n'
  }
]

t.test('each parser does just what its rows say, and a second time nothing', async t => {
  for (const { parser, says, find, before, after, left = [] } of golden) {
    const name = `${parser}: ${says}`
    const edited = editText(parser, before, editsOf(find))
    t.equal(edited.text, after, name)
    t.equal(edited.left.length, left.length, `${name}: ${edited.left.join('; ')}`)
    for (const [index, pattern] of left.entries()) t.match(edited.left[index], pattern, name)
    t.equal(editText(parser, edited.text, editsOf(find)).text, after, `${name}, once more`)
  }
  t.equal(Object.hasOwn(Object.prototype, 'polluted'), false)
  const attribute = [{ match: 'a.b', attribute: 'q', value: '"<' }]
  t.equal(
    editText('xml', '<a><b q=\'1\' r="2"/></a>', attribute).text,
    '<a><b q="&quot;&lt;" r="2"/></a>'
  )
  t.equal(editText('xml', '<a><b/></a>', attribute).text, '<a><b q="&quot;&lt;"/></a>')
  t.throws(() => editText('nope', '', []), /has a parser that this node does not know/)
})

t.test('sixty 13, 53: a hostile file is left alone, at once, and says why', async t => {
  const deep = (open: string, close: string, times = 20_000): string =>
    open.repeat(times) + close.repeat(times)
  const any = { 'a.*.b': 'x'.repeat(4_000) }
  const many = Array.from({ length: 20_000 }, (_, n) => `"k${n}":{"b":1}`)
  const bomb = [
    'a: &a [x, x, x, x, x, x, x, x, x]',
    ...[...'bcdefgh'].map((name, at) => {
      const alias = `*${'abcdefgh'[at]}`
      return `${name}: &${name} [${Array(9).fill(alias).join(', ')}]`
    })
  ].join('\n')
  const laughs = `<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "${'&a;'.repeat(99)}"><!ENTITY f SYSTEM "file:///etc/passwd">]>\n<l><m>&b;&f;</m></l>`
  const refused: [string, string, Record<string, Value>, RegExp][] = [
    ['json', deep('[', ']'), { a: 1 }, /nested too deeply/],
    ['json', deep('{"a":', '}'), { a: 1 }, /nested too deeply/],
    ['json', `{"a":{${many.join()}}}`, any, /too large/],
    ['json', '{"a": 1}}', { a: 1 }, /is no JSON: line 1 /],
    ['json', '{"a" 1}', { a: 1 }, /is no JSON/],
    ['json', '{"a":1 "b":2}', { a: 1 }, /is no JSON/],
    ['json', '{,}', { a: 1 }, /is no JSON/],
    ['yaml', deep('[', ']'), { a: 1 }, /nested too deeply/],
    ['yaml', 'a: [1\nb: 2\n', { a: 1 }, /is no YAML: line/],
    ['yaml', 'a: 1\n---\nb: 2\n', { a: 1 }, /more than one/],
    ['yaml', '- a\n'.repeat(60_000), { a: 1 }, /too many values/],
    ['xml', deep('<a>', '</a>'), { a: 1 }, /nested too deeply/],
    ['xml', '<a><b></a></b>', { a: 1 }, /is no XML: line 1/],
    ['xml', '<a>', { a: 1 }, /is no XML/],
    ['xml', '<a/><b/>', { a: 1 }, /two roots/],
    ['toml', `a = ${deep('[', ']')}`, { a: 1 }, /nested too deeply/],
    ['toml', 'a = \nb', { a: 1 }, /is no TOML/],
    ['toml', '[a\nb = 1', { a: 1 }, /is no TOML: line 1/]
  ]
  const began = process.cpuUsage()
  for (const [parser, text, find, reason] of refused) {
    t.throws(() => editText(parser, text, editsOf(find)), reason, `${parser} ${text.slice(0, 20)}`)
  }
  const kept = editText('yaml', bomb, editsOf({ z: 'x' })).text
  t.equal(kept.match(/\*/g)?.length, 63, 'aliases stay what they are')
  const same = editText('xml', laughs, editsOf({ 'l.m': { ha: 'no' }, 'l.n': '1' })).text
  t.equal(same, laughs.replace('</m></l>', '</m>\n  <n>1</n>\n</l>'), 'entities stay what they are')
  const manyKeys = Array.from({ length: 30_000 }, (_, n) => `k${n} = 1\n`).join('')
  const manyEdits = Object.fromEntries(Array.from({ length: 250 }, (_, n) => [`t.n${n}`, n]))
  const grown = editText('toml', `[t]\n${manyKeys}`, editsOf(manyEdits)).text
  t.ok(grown.endsWith('n248 = 248\nn249 = 249\n'), 'a table of many')
  const manyTexts = `<a>${'x<!---->'.repeat(40_000)}</a>`
  const one = editText('xml', manyTexts, editsOf({ a: 'y' })).text
  t.equal(one, `<a>${'<!---->'.repeat(40_000)}y</a>`, 'many texts become one')
  const evil = `${'a'.repeat(8_000)}!`
  for (const [expression, hit] of [
    ['(a+)+$', evil],
    ['(a|a)*$', `${evil}hit`],
    ['(.*a){200}$', evil],
    ['(?=a)', evil],
    ['(a{1,500}){1,500}', evil],
    ['(', evil]
  ] as const) {
    const find = { k: { [`regex:${expression}`]: 'hit' } }
    t.equal(editText('properties', `k=${evil}`, editsOf(find)).text, `k=${hit}`, expression)
  }
  const blanks = ' '.repeat(250_000)
  const lines = '\n'.repeat(200_000)
  for (const parser of ['file', 'properties', 'ini', 'toml', 'xml', 'json', 'yaml']) {
    for (const text of [`a${blanks}b`, `a=${blanks}\\`, `${lines}a`, `a\\\n`.repeat(100_000)]) {
      try {
        editText(parser, text, editsOf({ 'a.b': 'x', a: { 'regex:a$': 'b' } }))
      } catch (err) {
        t.match(err, { name: 'NotEditable' }, parser)
      }
    }
  }
  const { user } = process.cpuUsage(began)
  t.ok(user < 20_000_000, `all of it took ${Math.round(user / 1000)} ms of a processor`)
})

const owner = { uid: process.getuid?.() === 0 ? 123_456 : (process.getuid?.() ?? 0), gid: 0 }

interface Folder {
  outside: string
  inside: string
  write(files: readonly Partial<ConfigFile>[]): Promise<string[]>
}

const set = (match: string, value: ConfigEdit['value']): ConfigEdit => ({ match, value })

/** A server's folder beside one that is none of its business. */
async function serverFolder(t: Test): Promise<Folder> {
  const root = await mkdtemp(join(tmpdir(), 'cap-config-'))
  t.teardown(() => rm(root, { recursive: true, force: true }))
  const [outside, inside] = [join(root, 'outside'), join(root, 'inside')]
  await mkdir(outside)
  await mkdir(inside)
  await writeFile(join(outside, 'canary'), 'key=secret\nother=secret\n')
  return {
    outside,
    inside,
    write: files =>
      writeConfigFiles(
        files.map(file => ({
          path: 'a.properties',
          parser: 'properties',
          createFile: true,
          edits: [set('key', ['new'])],
          ...file
        })),
        { dataPath: inside, ...owner, gateway: async () => '172.20.0.1' }
      )
  }
}

async function untouched(t: Test, { outside }: Folder, says: string): Promise<void> {
  t.equal(await readFile(join(outside, 'canary'), 'utf8'), 'key=secret\nother=secret\n', says)
  t.same(await readdir(outside), ['canary'], says)
}

t.test('files are made and changed in one step, as the game’s own user', async t => {
  const folder = await serverFolder(t)
  const at = (path: string): string => join(folder.inside, path)
  const said = await folder.write([
    { path: '/deep/er/./a.properties', edits: [set('ip', ['at ', null, ':1']), set('n', 5)] },
    { path: 'not-there.yml', parser: 'yaml', createFile: false },
    { path: 'no/such/folder.yml', parser: 'yaml', createFile: false },
    { path: '../outside/canary' },
    { path: 'a/../../outside/canary' },
    { path: 'a\\..\\b' },
    { path: '/' },
    { path: 'nul\0' },
    { path: 'x.bin', parser: 'bin' },
    { path: 'said', problem: 'nobody knows' },
    { path: 'latin.cfg', parser: 'file', createFile: false, edits: [set('n', ['n ü'])] }
  ])
  t.equal(await readFile(at('deep/er/a.properties'), 'utf8'), 'ip=at 172.20.0.1:1\nn=5\n')
  t.same(await readdir(folder.inside), ['deep'], 'nothing else, and nothing left beside')
  t.match(said, [
    /^\.\.\/outside\/canary was left alone: its path does not stay/,
    /^a\/\.\.\/\.\.\/outside/,
    /^a\\\.\.\\b/,
    /^\/ was left alone/,
    /^nul\? was left alone/,
    /^x\.bin was left alone: it has a parser that this node does not know/,
    /^said was left alone: nobody knows/
  ])
  t.match(await stat(at('deep/er/a.properties')), { uid: owner.uid, mode: 0o100644 })
  t.match(await stat(at('deep/er')), { uid: owner.uid })

  await chmod(at('deep/er/a.properties'), 0o4750)
  const { ino } = await stat(at('deep/er/a.properties'))
  const same = { path: 'deep/er/a.properties', edits: [set('n', 5)] }
  await folder.write([same])
  t.equal((await stat(at('deep/er/a.properties'))).ino, ino, 'what is right already is not written')
  await writeFile(at('deep/er/.cap-config-file.new'), 'an agent ended here')
  await mkdir(at('deep/.cap-config-folder.new'))
  await folder.write([{ path: 'deep/late/a.properties' }])
  t.match(await stat(at('deep/late')), { uid: owner.uid }, 'a folder that was begun is finished')
  t.same((await readdir(at('deep'))).sort(), ['er', 'late'])
  await folder.write([{ ...same, edits: [set('n', 6)] }])
  t.match(
    await stat(at('deep/er/a.properties')),
    { mode: 0o100750 },
    'no right to be somebody else'
  )
  t.same(await readdir(at('deep/er')), ['a.properties'])

  const latin = Buffer.from('name=K\xf6ln\nport=1\n', 'latin1')
  await writeFile(at('latin.properties'), latin)
  await folder.write([{ path: 'latin.properties', edits: [set('port', ['2'])] }])
  t.equal(await readFile(at('latin.properties'), 'latin1'), 'name=K\xf6ln\nport=2\n')
  const wide = Buffer.from('\ufeff[A]\r\nName=\u00e4\r\nPort=1\r\n', 'utf16le')
  await writeFile(at('wide.ini'), wide)
  await folder.write([{ path: 'wide.ini', parser: 'ini', edits: [set('A.Port', ['\u00fc'])] }])
  const read = (await readFile(at('wide.ini'))).toString('utf16le')
  t.equal(read, '\ufeff[A]\r\nName=\u00e4\r\nPort=\u00fc\r\n')
})

t.test(
  'sixty 13: what is not an ordinary file in the server’s own folder stays untouched',
  async t => {
    const folder = await serverFolder(t)
    const at = (path: string): string => join(folder.inside, path)
    await symlink('../outside/canary', at('link.properties'))
    await symlink('../outside', at('link'))
    await symlink('loop', at('loop'))
    await symlink('nowhere', at('dangling'))
    await writeFile(at('inside.properties'), 'key=old\n')
    await symlink('inside.properties', at('within'))
    await link(join(folder.outside, 'canary'), at('hard'))
    await mkdir(at('folder'))
    await run('mkfifo', [at('fifo')])
    const server = createServer().listen(at('socket'))
    t.teardown(() => server.close())
    const refused: [string, RegExp][] = [
      ['link.properties', /is a symbolic link/],
      ['link/canary', /is (a symbolic link|no folder)/],
      ['link/new', /is (a symbolic link|no folder)/],
      ['loop', /is a symbolic link/],
      ['dangling', /is a symbolic link/],
      ['within', /is a symbolic link/],
      ['hard', /is a hard link/],
      ['folder', /is a folder/],
      ['fifo', /is no ordinary file/],
      ['socket', /is no ordinary file/],
      ['inside.properties/a', /is no folder/],
      [`${'x'.repeat(256)}`, /is no name of a file/]
    ]
    for (const [path, reason] of refused) {
      for (const parser of ['properties', 'file', 'yaml']) {
        await t.rejects(folder.write([{ path, parser }]), {
          name: 'ConfigFileRefused',
          message: reason
        })
      }
    }
    await t.rejects(folder.write([{ path: 'link.properties' }]), {
      message:
        /^The config file link\.properties cannot be written: what is there is a symbolic link\. /
    })
    t.equal(await readFile(at('inside.properties'), 'utf8'), 'key=old\n')
    await untouched(t, folder, 'nothing outside was read or written')

    const hole = await open(at('hole.properties'), 'w')
    await hole.truncate(2 ** 30)
    await hole.close()
    await writeFile(at('broken.json'), '{ "a": ')
    const said = await folder.write([
      { path: 'hole.properties' },
      { path: 'broken.json', parser: 'json' },
      {
        path: 'big.properties',
        edits: Array.from({ length: 90 }, (_, n) => set(`k${n}`, ['x'.repeat(8_000)]))
      },
      { path: 'after.properties' }
    ])
    t.match(said, [
      /^hole\.properties was left alone: it is larger than 512 KiB/,
      /^broken\.json was left alone: it is no JSON: line 1/,
      /^big\.properties was left alone: it would become too large/
    ])
    t.equal(said.length, 3)
    t.equal((await stat(at('hole.properties'))).size, 2 ** 30, 'the file stays as it is')
    t.equal(await readFile(at('broken.json'), 'utf8'), '{ "a": ')
    t.equal(await readFile(at('after.properties'), 'utf8'), 'key=new\n', 'the others are written')
  }
)

t.test('sixty 3, 13: a path that is swapped while it is walked never leads out', async t => {
  const folder = await serverFolder(t)
  const at = (path: string): string => join(folder.inside, path)
  await mkdir(at('real'))
  await symlink('../outside', at('evil'))
  const swapFolders = async () => {
    const swaps = [
      ['real', 'cfg'],
      ['cfg', 'real'],
      ['evil', 'cfg'],
      ['cfg', 'evil']
    ] as const
    for (const [from, to] of swaps) await rename(at(from), at(to)).catch(() => undefined)
  }
  const swapFile = async () => {
    await writeFile(at('plain'), 'key=mine\n')
    await rename(at('plain'), at('canary'))
    await symlink('../outside/canary', at('link')).catch(() => undefined)
    await rename(at('link'), at('canary'))
  }
  let leaks = 0
  for (const [swap, path] of [
    [swapFolders, 'cfg/canary'],
    [swapFile, 'canary']
  ] as const) {
    let isDone = false
    let swaps = 0
    const attacker = (async () => {
      for (; !isDone; swaps++) await swap()
    })()
    let written = 0
    let refused = 0
    try {
      for (let round = 0; round < 400; round++) {
        const edits = [set('key', [`hit ${round}`])]
        await folder.write([{ path, edits, createFile: round % 3 > 0 }]).then(
          () => written++,
          err => {
            if (err.name !== 'ConfigFileRefused' && err.code !== 'ENOENT') throw err
            refused++
          }
        )
        const facts = await lstat(at(path)).catch(() => undefined)
        const now = facts?.isFile() ? await readFile(at(path), 'utf8').catch(() => '') : ''
        const isOurs = /^key=hit/.test(now)
        if (isOurs && now.includes('secret')) leaks++
      }
    } finally {
      isDone = true
      await attacker
    }
    const count = `${swaps} swaps, ${written} written, ${refused} refused`
    t.ok(swaps > 10 && written > 0 && refused > 0, `${path}: ${count}`)
    await untouched(t, folder, 'nothing outside was written')
  }
  t.equal(leaks, 0, 'nothing outside was read')
})

t.test(
  'a server’s files are written by one at a time: who gave up waiting leaves a write behind',
  async t => {
    const { inside } = await serverFolder(t)
    let answer: (gateway: string) => void = () => undefined
    const asked = new Promise<string>(resolve => {
      answer = resolve
    })
    const folders = { ownerOf: async () => owner, pathOf: async () => inside }
    const write = createServerFiles({ folders, gateway: () => asked })
    const plain = wantedProbe()
    const file = { path: 'a.ini', parser: 'ini', createFile: true, edits: [set('a', [null])] }
    const wanted = { ...plain, spec: { ...plain.spec, configFiles: [file] } }
    const first = write(wanted)
    await t.rejects(write(wanted), { code: 'ENGINE_UNAVAILABLE', message: /still being written/ })
    answer('172.20.0.1')
    t.same(await first, [])
    t.same(await write(wanted), [], 'afterwards the next')
    t.equal(await readFile(join(inside, 'a.ini'), 'utf8'), 'a = 172.20.0.1\n')
  }
)

t.test('a change of what is put into files is a change of the run', async t => {
  const plain = wantedProbe().spec
  const file = { path: 'a', parser: 'file', createFile: true, edits: [set('a', ['1'])] }
  const hash = specHashOf({ ...plain, configFiles: [file] })
  t.equal(specHashOf({ ...plain, configFiles: [] }), specHashOf(plain), 'as the release before')
  t.not(hash, specHashOf(plain))
  t.not(hash, specHashOf({ ...plain, configFiles: [{ ...file, edits: [set('a', ['2'])] }] }))
})
