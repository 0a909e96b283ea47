import jpeg from 'jpeg-js'
import { PNG } from 'pngjs'
import t from 'tap'
import { sampleCtrls } from '../src/db/sample-alts.ts'
import { valueAgainstRules } from '../src/features/servers/variable-rules.ts'
import { addUser, buildPanel, type Json, login, type Person } from './helper.ts'

const CTRLS = '/api/v1/ctrls'
const ALTS = '/api/v1/alts'
const NOBODY = '0190aaaa-0000-7000-8000-000000000000'

async function addCtrl(admin: Person, name = 'Shooters'): Promise<Json> {
  const answer = await admin.request('POST', CTRLS, { name })
  if (answer.status !== 201) throw new Error(JSON.stringify(answer.body))
  return answer.body
}

const asksForLicence = (alt: Json): boolean =>
  alt.variables.some(({ envVariable }: Json) => envVariable === 'EULA')

/** Variables without which nobody can make a server. */
const defaultsToFill = (variables: Json[]): string[] =>
  variables
    .filter(({ defaultValue, rules }) => valueAgainstRules(defaultValue, rules) !== undefined)
    .map(({ envVariable }) => envVariable)

const altBody = (ctrlId: string, rest: object = {}) => ({
  ctrlId,
  name: 'Game',
  dockerImage: 'registry.example/game:1',
  startup: '/game -p {{SERVER_PORT}} "name {{NAME}}"',
  variables: [
    {
      name: 'Server name',
      envVariable: 'NAME',
      defaultValue: 'A world',
      rules: 'required|string|max:32'
    }
  ],
  ...rest
})

t.test('game categories come and go, but not while a template is in them', async t => {
  const panel = await buildPanel(t)
  const admin = await login(panel)
  const ctrl = await addCtrl(admin)
  t.match(ctrl, { name: 'Shooters', description: '', altsCount: 0 })
  t.match(await admin.request('POST', CTRLS, { name: 'Shooters' }), {
    status: 409,
    body: { code: 'NAME_TAKEN' }
  })
  const changed = await admin.request('PATCH', `${CTRLS}/${ctrl.id}`, { description: 'Bang\nbang' })
  t.match(changed, { status: 200, body: { name: 'Shooters', description: 'Bang\nbang' } })
  t.match(await admin.request('PATCH', `${CTRLS}/${ctrl.id}`, { name: 'Teeworlds' }), {
    status: 409,
    body: { code: 'NAME_TAKEN' }
  })
  const names = (await admin.request('GET', CTRLS)).body.data.map((row: Json) => row.name)
  const own = sampleCtrls.map(({ name }) => name)
  t.same(names, [...own, 'Shooters'].sort())
  const found = (await admin.request('GET', `${CTRLS}?search=shoot`)).body
  t.match(found, { data: [{ id: ctrl.id }], nextCursor: null })

  const alt = await admin.request('POST', ALTS, altBody(ctrl.id))
  t.equal(alt.status, 201)
  t.match(await admin.request('DELETE', `${CTRLS}/${ctrl.id}`), {
    status: 409,
    body: {
      code: 'IN_USE',
      message: /Ctrl Shooters is in use by Game/,
      details: [{ type: 'alt', id: alt.body.id, name: 'Game' }]
    }
  })
  t.equal((await admin.request('DELETE', `${ALTS}/${alt.body.id}`)).status, 204)
  t.equal((await admin.request('DELETE', `${CTRLS}/${ctrl.id}`)).status, 204)
  t.match(await admin.request('GET', `${CTRLS}/${ctrl.id}`), {
    status: 404,
    body: { code: 'CTRL_NOT_FOUND' }
  })
})

t.test('a template is made, read, changed and kept while servers use it', async t => {
  const panel = await buildPanel(t)
  const admin = await login(panel)
  const ctrl = await addCtrl(admin)
  const install = { image: 'registry.example/installer:1', script: 'echo one\r\necho two\r\n' }
  const files = [
    {
      path: 'server.properties',
      parser: 'properties',
      find: [
        { match: 'motd', replaceWith: '{{server.build.env.NAME}} on {{config.docker.interface}}' },
        { match: 'port', ifValue: 'regex:^1(\\d+)$', replaceWith: '{{env.SERVER_PORT}}' },
        { match: 'slots', replaceWith: 8 },
        { match: 'ports.open', ifValue: 'yes', replaceWith: true },
        { match: 'ports.open', ifValue: 'no', replaceWith: false }
      ]
    },
    {
      path: 'extra.json',
      parser: 'json',
      createFile: false,
      find: [{ match: 'a', replaceWith: '' }]
    }
  ]
  const made = await admin.request(
    'POST',
    ALTS,
    altBody(ctrl.id, {
      dockerImages: { newest: 'registry.example/game:2' },
      config: {
        done: ['ready', 'regex:^Done \\(\\d+s\\)$'],
        stop: { type: 'command', value: 'quit' },
        readOnlyRoot: true,
        files
      },
      install
    })
  )
  t.equal(made.status, 201)
  const { id } = made.body
  t.match(made.body, {
    ctrlId: ctrl.id,
    ctrlName: 'Shooters',
    startupMode: 'ARGV',
    dockerImages: { newest: 'registry.example/game:2' },
    config: {
      done: ['ready', 'regex:^Done \\(\\d+s\\)$'],
      stop: { type: 'command', value: 'quit', graceSeconds: 30 },
      tty: false,
      readOnlyRoot: true
    },
    install: { entrypoint: 'bash', script: 'echo one\necho two\n' },
    variables: [
      {
        envVariable: 'NAME',
        defaultValue: 'A world',
        rules: ['required', 'string', 'max:32'],
        userViewable: true,
        userEditable: true
      }
    ],
    version: 1,
    serversCount: 0
  })
  t.strictSame(made.body.config.files, files)
  const { body: egg } = await admin.request('GET', `${ALTS}/${id}/export`)
  t.match(egg, /ports\.open:\n\s+"?yes"?: true\n\s+"?no"?: false/)

  const changed = await admin.request('PATCH', `${ALTS}/${id}`, { config: { tty: true } })
  t.match(changed.body, {
    config: { done: made.body.config.done, tty: true, readOnlyRoot: true, files },
    version: 2,
    variables: [{ envVariable: 'NAME' }]
  })
  const hidden = { name: 'Password', envVariable: 'RCON', userViewable: false }
  const without = { install: null, startup: '/game {{RCON}}', variables: [hidden] }
  t.match(await admin.request('PATCH', `${ALTS}/${id}`, without), {
    status: 400,
    body: {
      details: [{ field: 'body.config.files.0.find.0', message: /names no variable/ }]
    }
  })
  const other = await admin.request('PATCH', `${ALTS}/${id}`, { ...without, config: { files: [] } })
  t.match(other.body, { install: null, variables: [{ envVariable: 'RCON', userViewable: false }] })
  t.equal(other.body.variables.length, 1)
  t.match(await admin.request('POST', ALTS, altBody(ctrl.id)), {
    status: 409,
    body: { code: 'NAME_TAKEN' }
  })
  const listed = await admin.request('GET', `${ALTS}?ctrlId=${ctrl.id}`)
  t.same(
    listed.body.data.map((row: Json) => row.id),
    [id]
  )

  const user = await addUser(panel, { username: 'player' })
  const player = await login(panel, 'player')
  const seen = await player.request('GET', `${ALTS}/${id}`)
  t.match(seen, { status: 200, body: { name: 'Game', install: null } })
  t.same(seen.body.variables, [], 'what is hidden from users is not told')
  t.notOk('files' in seen.body.config, 'nor what is put into files')
  for (const [method, path, body] of [
    ['POST', CTRLS, { name: 'Mine' }],
    ['PATCH', `${CTRLS}/${ctrl.id}`, { name: 'Mine' }],
    ['DELETE', `${CTRLS}/${ctrl.id}`],
    ['POST', ALTS, altBody(ctrl.id, { name: 'Mine' })],
    ['PATCH', `${ALTS}/${id}`, { name: 'Mine' }],
    ['DELETE', `${ALTS}/${id}`]
  ] as [string, string, unknown?][]) {
    t.match(
      await player.request(method, path, body),
      { status: 403, body: { code: 'FORBIDDEN', message: /admin-templates/ } },
      `${method} ${path}`
    )
  }

  const server = await panel.db.prisma.server.create({
    data: {
      ...{ name: 'World', altId: id, ownerId: user.id, dockerImage: 'x', startup: 'x' },
      ...{ memoryMiB: 64, cpuPercent: 100, diskMiB: 64 }
    }
  })
  t.match(await admin.request('DELETE', `${ALTS}/${id}`), {
    status: 409,
    body: { code: 'IN_USE', details: [{ type: 'server', id: server.id, name: 'World' }] }
  })
})

t.test('the catalogue finds a template by name, words and tags', async t => {
  const panel = await buildPanel(t)
  const admin = await login(panel)
  const ctrl = await addCtrl(admin)
  const rows = [
    { name: 'Blocks', description: 'Dig and build', tags: ['sandbox', 'voxel', 'sandbox'] },
    { name: 'Wheels', description: '100% racing', tags: ['racing'] },
    { name: 'Kart', tags: ['racing', 'arcade_1'] }
  ]
  for (const row of rows) {
    t.equal((await admin.request('POST', ALTS, altBody(ctrl.id, row))).status, 201)
  }
  await addUser(panel, { username: 'player' })
  const player = await login(panel, 'player')
  const namesOf = async (query: string) =>
    (await player.request('GET', `${ALTS}?ctrlId=${ctrl.id}&${query}`)).body.data.map(
      (row: Json) => row.name
    )
  for (const [query, found] of [
    ['search=blo', ['Blocks']],
    ['search=build', ['Blocks']],
    ['search=voxel', ['Blocks']],
    ['search=racing', ['Kart', 'Wheels']],
    ['search=0%25', ['Wheels']],
    ['search=e_1', ['Kart']],
    ['search=e%25g', []],
    ['tag=racing', ['Kart', 'Wheels']],
    ['tag=rac', []],
    ['tag=racing&search=kart', ['Kart']]
  ] as [string, string[]][]) {
    t.same(await namesOf(query), found, query)
  }
  const tags = (await player.request('GET', '/api/v1/alt-tags')).body.data
  t.same(tags, [
    { tag: 'racing', altsCount: 2 },
    { tag: 'arcade_1', altsCount: 1 },
    { tag: 'sandbox', altsCount: 1 },
    { tag: 'voxel', altsCount: 1 }
  ])
})

t.test(
  'every game that comes with the panel could be made through the API, and is the same as an egg',
  async t => {
    const panel = await buildPanel(t)
    const admin = await login(panel)
    const ctrl = await addCtrl(admin)
    const alts = (await admin.request('GET', `${ALTS}?limit=200`)).body.data
    t.same(
      alts.map(({ name }: Json) => name),
      sampleCtrls.flatMap(own => own.alts.map(({ name }) => name)).sort()
    )
    for (const alt of alts) {
      const { id, ctrlName, version, serversCount, createdAt, updatedAt, ...body } = alt
      const copy = await admin.request('POST', ALTS, { ...body, ctrlId: ctrl.id })
      t.match(copy, { status: 201, body: { ...body, ctrlId: ctrl.id } }, alt.name)
      t.same(defaultsToFill(alt.variables), asksForLicence(alt) ? ['EULA'] : [], alt.name)
      for (const image of [
        alt.dockerImage,
        ...Object.values(alt.dockerImages),
        alt.install?.image
      ]) {
        t.notMatch(image ?? '', /^[^/]*[.:][^/]*\//, `${alt.name}: ${image} names no registry`)
      }
      for (const format of ['PTDL_v2', 'PLCN_v3']) {
        const file = await admin.request('GET', `${ALTS}/${id}/export?format=${format}`)
        const content = typeof file.body === 'string' ? file.body : JSON.stringify(file.body)
        const away = await addCtrl(admin, `${alt.name} ${format}`)
        const path = `${CTRLS}/${away.id}/alts/import`
        const back = await admin.request('POST', path, { content })
        t.equal(back.status, 201, JSON.stringify(back.body))
        t.same(back.body.warnings, [], `${alt.name} ${format}`)
        t.match(back.body.alt, { ...body, ctrlId: away.id })
      }
    }
  }
)

t.test('sixty 52: a picture is drawn anew, small, and nothing but its colours is left', async t => {
  const panel = await buildPanel(t)
  const admin = await login(panel)
  const alt = (await admin.request('POST', ALTS, altBody((await addCtrl(admin)).id))).body
  t.equal(alt.icon, null)
  const at = `${ALTS}/${alt.id}`
  const give = (bytes: Buffer, type = 'image/png') =>
    admin.request('PATCH', at, { icon: `data:${type};base64,${bytes.toString('base64')}` })
  const fetched = async (path: string) => {
    const answer = await fetch(panel.url + path, { headers: { cookie: admin.cookie } })
    const bytes = Buffer.from(await answer.arrayBuffer())
    return { headers: Object.fromEntries(answer.headers), bytes }
  }

  const large = PNG.sync.write(painted(300, 200))
  const end = large.length - 12
  const words = Buffer.from('\0\0\0\x22tEXtComment\0<script>alert(1)</script>', 'latin1')
  const talkative = Buffer.concat([
    ...[large.subarray(0, end), words, Buffer.alloc(4), large.subarray(end)],
    Buffer.from('PK\x03\x04 something behind it')
  ])
  const drawn = await give(large)
  t.match(drawn, { status: 200, body: { icon: /^\/api\/v1\/alts\/[\w-]+\/icon\/[0-9a-f]{32}$/ } })
  t.equal(drawn.body.version, 1, 'what the catalogue shows makes no version')
  const { headers, bytes } = await fetched(drawn.body.icon)
  t.match(headers, {
    ...{ 'content-type': 'image/png', 'x-content-type-options': 'nosniff' },
    'cache-control': 'private, max-age=31536000, immutable'
  })
  const small = PNG.sync.read(bytes)
  t.match(small, { width: 128, height: 85 })
  t.same([...small.data.subarray(0, 4)], [200, 10, 10, 255], 'its colours')
  t.match(await give(talkative), { status: 400 }, 'a damaged one is none')
  t.equal((await admin.request('GET', at)).body.icon, drawn.body.icon, 'the old one stays')

  const photo = jpeg.encode({ width: 60, height: 60, data: painted(60, 60).data }, 90).data
  const other = await give(photo, 'image/jpeg')
  t.not(other.body.icon, drawn.body.icon, 'another picture has another address')
  t.match(PNG.sync.read((await fetched(other.body.icon)).bytes), { width: 60 })
  t.match(await admin.request('GET', drawn.body.icon), { status: 404 })

  const bomb = PNG.sync.write(painted(8, 8))
  bomb.writeUInt32BE(60_000, 16)
  const interlaced = PNG.sync.write(painted(8, 8))
  interlaced.writeUInt8(1, 28)
  for (const [what, hostile] of [
    ['a bomb', bomb],
    ['too large', PNG.sync.write(painted(1_025, 4))],
    ['interlaced', interlaced],
    ['cut off', large.subarray(0, 60)],
    ['a page', Buffer.from('<script>alert(1)</script>')],
    ['nearly nothing', Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')]
  ] as const) {
    t.match(await give(hostile), { status: 400, body: { details: [{ field: 'body.icon' }] } }, what)
  }
  for (const icon of [
    'data:image/svg+xml;base64,PHN2Zy8+',
    'https://games.example/icon.png',
    'x'
  ]) {
    t.match(await admin.request('PATCH', at, { icon }), { status: 400 }, icon)
  }
  t.match((await admin.request('PATCH', at, { icon: null })).body, { icon: null })
})

function painted(width: number, height: number): PNG {
  const png = new PNG({ width, height })
  for (let at = 0; at < png.data.length; at += 4) png.data.set([200, 10, 10, 255], at)
  return png
}

t.test('a template that could not work is refused, and says where it is wrong', async t => {
  const panel = await buildPanel(t)
  const admin = await login(panel)
  const ctrl = await addCtrl(admin)
  const before = await panel.db.prisma.alt.count()
  const variable = (rest: object) => ({ variables: [{ name: 'X', envVariable: 'NAME', ...rest }] })
  const config = (rest: object) => ({ config: rest })
  const stop = (rest: object) => config({ stop: rest })
  const oneEdit = { match: 'k', replaceWith: 'x' }
  const oneFile = { path: 'game.ini', parser: 'ini', find: [oneEdit] }
  const longFile = { ...oneFile, find: [{ match: 'k', replaceWith: 'x'.repeat(8_000) }] }
  const file = (rest: object) => config({ files: [{ ...oneFile, ...rest }] })
  const edit = (rest: object, ...others: object[]) =>
    file({ find: [{ ...oneEdit, ...rest }, ...others] })
  const rows: [object, string][] = [
    [{ startup: '' }, 'body.startup'],
    [{ startup: '   ' }, 'body.startup'],
    [{ startup: '/game "open' }, 'body.startup'],
    [{ startup: '{{NAME}} -x' }, 'body.startup'],
    [{ startup: '/game {{OTHER}}' }, 'body.startup'],
    [{ startupMode: 'SHELL' }, 'body.startupMode'],
    [{ dockerImage: '--privileged' }, 'body.dockerImage'],
    [{ dockerImage: 'Game Image' }, 'body.dockerImage'],
    [{ dockerImages: { a: '' } }, 'body.dockerImages.a'],
    [config({ done: 'ready' }), 'body.config.done'],
    [config({ done: Array(17).fill('x') }), 'body.config.done'],
    [config({ done: ['two\nlines'] }), 'body.config.done.0'],
    [config({ privileged: true }), 'body.config.privileged'],
    [config({ done: ['ready', 'regex:(?=ready)'] }), 'body.config.done.1'],
    [config({ done: ['regex:(a{1,500}){1,500}'] }), 'body.config.done.0'],
    [config({ files: {} }), 'body.config.files'],
    [file({ path: '' }), 'body.config.files.0.path'],
    [file({ path: '../outside' }), 'body.config.files.0.path'],
    [file({ path: 'a/../../b' }), 'body.config.files.0.path'],
    [file({ path: 'a\u0000b' }), 'body.config.files.0.path'],
    [file({ parser: 'sed' }), 'body.config.files.0.parser'],
    [file({ createFile: 'no' }), 'body.config.files.0.createFile'],
    [file({ mode: 511 }), 'body.config.files.0.mode'],
    [file({ find: [] }), 'body.config.files.0.find'],
    [file({ find: Array(257).fill({ match: 'k', replaceWith: '' }) }), 'body.config.files.0.find'],
    [edit({ replaceWith: null }), 'body.config.files.0.find.0.replaceWith'],
    [edit({ replaceWith: '{{server.build.env.GONE}}' }), 'body.config.files.0.find.0'],
    [edit({ replaceWith: '{{config.token}}' }), 'body.config.files.0.find.0'],
    [edit({ replaceWith: '{{NAME}}' }), 'body.config.files.0.find.0'],
    [edit({ ifValue: 'regex:(a)\\1' }), 'body.config.files.0.find.0'],
    [edit({}, { match: 'k', replaceWith: 'y' }), 'body.config.files.0.find.1'],
    [edit({}, { match: 'k', ifValue: 'x', replaceWith: 'y' }), 'body.config.files.0.find.1'],
    [config({ files: [oneFile, oneFile] }), 'body.config.files.1.path'],
    [
      config({ files: Array.from({ length: 6 }, (_, at) => ({ ...longFile, path: `${at}` })) }),
      'body.config.files'
    ],
    [stop({ type: 'signal', value: 'SIGFOO' }), 'body.config.stop'],
    [stop({ type: 'shell', value: 'reboot' }), 'body.config.stop'],
    [stop({ type: 'command', value: 'a\nb' }), 'body.config.stop'],
    [stop({ type: 'command', value: 'quit', graceSeconds: 0 }), 'body.config.stop'],
    [{ install: { image: 'x', script: '' } }, 'body.install'],
    [variable({ envVariable: 'LD_PRELOAD' }), 'body.variables.0.envVariable'],
    [variable({ envVariable: 'SERVER_PORT' }), 'body.variables.0.envVariable'],
    [variable({ envVariable: 'A-B' }), 'body.variables.0.envVariable'],
    [variable({ rules: 'required|exists:users' }), 'body.variables.0.rules'],
    [variable({ rules: ['regex:/(/'] }), 'body.variables.0.rules'],
    [variable({ defaultValue: 'a\nb' }), 'body.variables.0.defaultValue'],
    [{ variables: [variable({}).variables[0], variable({}).variables[0]] }, 'body.variables'],
    [{ ctrlId: 'x' }, 'body.ctrlId'],
    [{ version: 7 }, 'body.version']
  ]
  for (const [rest, field] of rows) {
    const answer = await admin.request('POST', ALTS, altBody(ctrl.id, rest))
    t.match(answer, { status: 400, body: { code: 'VALIDATION_FAILED' } }, JSON.stringify(rest))
    t.ok(answer.body.details?.[0]?.field.startsWith(field), `${field}: ${answer.body.message}`)
  }
  t.match(await admin.request('POST', ALTS, altBody(NOBODY)), {
    status: 404,
    body: { code: 'CTRL_NOT_FOUND' }
  })
  t.equal(await panel.db.prisma.alt.count(), before)

  const { body: alt } = await admin.request('POST', ALTS, altBody(ctrl.id))
  const path = `${ALTS}/${alt.id}`
  for (const [patch, field] of [
    [{}, 'body'],
    [{ startup: '/game {{GONE}}' }, 'body.startup'],
    [{ variables: [] }, 'body.startup'],
    [{ id: NOBODY }, 'body.id']
  ] as const) {
    const answer = await admin.request('PATCH', path, patch)
    t.match(answer, { status: 400, body: { details: [{ field }] } }, JSON.stringify(patch))
  }
  t.match(await admin.request('PATCH', `${ALTS}/${NOBODY}`, { name: 'x' }), {
    status: 404,
    body: { code: 'ALT_NOT_FOUND' }
  })
  t.same((await admin.request('GET', path)).body, alt)
})
