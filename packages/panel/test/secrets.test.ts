import { execFile } from 'node:child_process'
import { createCipheriv, hkdfSync, randomBytes, randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { connect } from '../src/db/create-database.ts'
import { prismaFolder } from '../src/db/migrations-folder.ts'
import { createPanelEvents } from '../src/events.ts'
import { createAuthRepo } from '../src/features/auth/auth.repo.ts'
import { auditEntry, type RequestCaller } from '../src/features/caller.ts'
import { createServerChangesRepo } from '../src/features/servers/server-changes.repo.ts'
import { createSecondFactor } from '../src/features/two-factor/second-factor.ts'
import { createTwoFactorRepo } from '../src/features/two-factor/two-factor.repo.ts'
import {
  createTwoFactorService,
  type TwoFactorDeps
} from '../src/features/two-factor/two-factor.service.ts'
import { keyIdOf, openText, sealText } from '../src/secrets/envelope.ts'
import { openKeyring } from '../src/secrets/keyring.ts'
import { makeKeysFile, newKey, readKeysFile, replaceKeysFile } from '../src/secrets/keys-file.ts'
import { openVault } from '../src/secrets/open-vault.ts'
import { runRotateCommand } from '../src/secrets/rotate-command.ts'
import {
  dropKeys,
  giveUpKey,
  type RotateOptions,
  rotateKeys,
  showKeys
} from '../src/secrets/rotate-keys.ts'
import {
  hashedColumns,
  publicColumns,
  type SealedPlace,
  sealedColumns
} from '../src/secrets/sealed-columns.ts'
import { countByKey } from '../src/secrets/sealed-rows.ts'
import { createVault } from '../src/secrets/vault.ts'
import { addServerOf, codeAt, forgetSteps, setUpTotp, stepNow } from './access-world.ts'
import { addUser, buildPanel, login, stranger, type TestPanel } from './helper.ts'
import { silentLog } from './postgres-settings.ts'
import { freshDatabase, testAdmin } from './test-database.ts'
import { keyOf, testVault } from './test-vault.ts'

// The machine may be busy with other files.
t.setTimeout(180_000)

const SECRET = 'what logins were signed with, long enough'

async function folder(t: Test): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'cap-secrets-'))
  t.teardown(() => rm(dir, { recursive: true, force: true }))
  return dir
}

/** A log that remembers what was said. */
function heard() {
  const said: string[] = []
  const say = (fields: object, text?: string) =>
    void said.push(
      `${text} ${JSON.stringify(fields, (_, value) => (value instanceof Error ? value.message : value))}`
    )
  return { said, log: { info: say, warn: say, error: say } as typeof silentLog }
}

/** As the first releases sealed: with a key of SESSION_SECRET. */
function sealedBefore(purpose: string, place: string, text: string): string {
  const key = Buffer.from(hkdfSync('sha256', SECRET, '', purpose, 32))
  const iv = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(place))
  const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  return Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64')
}

t.test('an envelope opens with its key, in its place, unchanged, and not otherwise', async t => {
  const [key, other] = [keyOf('one'), keyOf('other')]
  for (const text of ['', 'a', 'pässwörd 🗝', 'x'.repeat(100_000)]) {
    const envelope = sealText(key, 'T:c:1', text)
    t.match(envelope, /^sealed:1:[0-9a-f]{12}:[\w-]{38,}$/)
    t.equal(openText(key, 'T:c:1', envelope), text)
    t.equal(keyIdOf(envelope), key.id)
    if (text.length > 5) t.notMatch(envelope, text)
  }
  const envelope = sealText(key, 'T:c:1', 'secret')
  t.not(envelope, sealText(key, 'T:c:1', 'secret'), 'never the same twice')
  for (const place of ['T:c:2', 'T:d:1', 'U:c:1', '']) {
    t.equal(openText(key, place, envelope), undefined, `moved to ${place}`)
  }
  t.equal(openText(other, 'T:c:1', envelope), undefined, 'another key')
  const renamed = { id: other.id, bytes: key.bytes }
  const relabelled = envelope.replace(key.id, other.id)
  t.equal(openText(renamed, 'T:c:1', relabelled), undefined, 'the name of its key is bound as well')
  const start = envelope.length - Buffer.from('secret').length
  const bytes = Buffer.from(envelope.split(':')[3] ?? '', 'base64url')
  for (let at = 0; at < bytes.length; at++) {
    const changed = Buffer.from(bytes)
    changed[at] = (changed[at] ?? 0) ^ 1
    const text = `sealed:1:${key.id}:${changed.toString('base64url')}`
    if (openText(key, 'T:c:1', text) !== undefined) t.fail(`byte ${at} was changed`)
  }
  for (const text of [envelope.slice(0, start), envelope.slice(0, 26), 'sealed:2:', 'plain', '']) {
    t.equal(openText(key, 'T:c:1', text), undefined)
  }
})

t.test('every column that sounds like a secret is sealed, hashed or said to be none', async t => {
  const schema = await readFile(join(prismaFolder, 'schema.prisma'), 'utf8')
  const models = [...schema.matchAll(/^model (\w+) \{\n([\s\S]*?)^\}/gm)]
  const names = new Set(models.map(([, name]) => name))
  const columns = new Map<string, string>()
  const ids = new Map<string, string>()
  for (const [, model = '', body = ''] of models) {
    for (const [, name = '', type = '', rest = ''] of body.matchAll(/^ {2}(\w+)\s+(\w+)(.*)$/gm)) {
      if (names.has(type)) continue
      columns.set(`${model}.${name}`, type)
      if (/ @id\b/.test(rest)) ids.set(model, name)
    }
    const compound = /@@id\(\[([^\]]+)\]/.exec(body)?.[1]
    if (compound) ids.set(model, compound.replaceAll(/\s/g, ''))
  }
  t.ok(columns.size > 150, 'the schema was read')

  const lists = [sealedColumns, hashedColumns, publicColumns].map(list => Object.keys(list))
  const listed = lists.flat()
  t.strictSame([...new Set(listed)], listed, 'each stands in one list')
  for (const column of listed) t.ok(columns.has(column), `${column} is in schema.prisma`)
  const telling =
    /secret|passw|token|key|totp|hash|kid$|private|credential|cipher|pin$|otp|value$|script$/i
  const forgotten = [...columns.keys()].filter(
    column => telling.test(column.split('.')[1] ?? '') && !listed.includes(column)
  )
  t.strictSame(
    forgotten,
    [],
    'none is forgotten: put it into one of the lists of sealed-columns.ts'
  )
  for (const [column, { table, column: name, id, isJson }] of Object.entries<SealedPlace>(
    sealedColumns
  )) {
    t.equal(`${table}.${name}`, column)
    t.equal(columns.get(column), isJson ? 'Json' : 'String', `${column} can hold an envelope`)
    t.equal(Object.keys(id).join(), ids.get(table), `${column} is bound to its row`)
  }
})

t.test('the keys are a file for its owner alone, made once, and damage is said', async t => {
  const dir = await folder(t)
  const path = join(dir, 'deep', 'keys.json')
  const made = await Promise.all(Array.from({ length: 8 }, () => makeKeysFile(path)))
  t.equal(new Set(made.map(({ current }) => current)).size, 1, 'whoever is late takes the first')
  t.equal((await stat(path)).mode & 0o777, 0o600)
  t.strictSame(await readdir(dirname(path)), ['keys.json'], 'no draft is left')

  const { said, log } = heard()
  const keyring = openKeyring(path, log)
  const vault = createVault(keyring)
  const row = randomUUID()
  const first = vault.seal('User.totpSecret', row, 'one')
  const file = made[0]
  const second = newKey()
  if (!file) return
  await replaceKeysFile(path, { ...file, current: second.id, keys: [...file.keys, second] })
  t.equal((await stat(path)).mode & 0o777, 0o600)
  const after = vault.seal('User.totpSecret', row, 'two')
  t.equal(keyIdOf(after), second.id, 'a new key is used at once')
  t.equal(vault.open('User.totpSecret', row, first), 'one')
  t.equal(vault.open('User.totpSecret', row, after), 'two')
  t.equal(vault.open('User.totpPendingSecret', row, after), undefined, 'of another column')
  t.equal(vault.open('User.totpSecret', row, 'plain'), undefined)
  t.equal(vault.open('ServerVariable.value', 'x/Y', 'plain'), 'plain', 'of a release before')

  const kept = await readFile(path, 'utf8')
  const [key = ''] = file.keys.map(({ key }) => key)
  const damages = ['', '{}', kept.slice(0, -20), kept.replace(key, `${key.slice(0, -2)}AA`)]
  for (const damage of damages) {
    await writeFile(path, damage)
    t.throws(() => readKeysFile(path), /are damaged: restore the file/)
    t.equal(keyIdOf(vault.seal('User.totpSecret', row, 'three')), second.id)
  }
  t.match(said.join('\n'), /cannot be read: those known before go on to serve/)
  t.notMatch(said.join('\n'), key.slice(0, 20))
  await rm(path)
  t.equal(vault.open('User.totpSecret', row, vault.seal('User.totpSecret', row, 'x')), 'x')
  t.equal(readKeysFile(path), undefined)
})

/** A panel of before, with everything that it kept plain or sealed in its way. */
async function olderPanel(t: Test) {
  const { url } = await freshDatabase(t)
  const panel = await buildPanel(t, { databaseUrl: url })
  const { id: userId } = await addUser(panel, { username: 'ann' })
  const serverId = await addServerOf(panel, userId)
  const { prisma } = panel.db
  const totp = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'
  await prisma.user.update({
    where: { id: userId },
    data: { totpSecret: sealedBefore('second factor', userId, totp) }
  })
  const data = Array.from({ length: 1_200 }, (_, n) => ({
    ...{ serverId, name: `VARIABLE_${String(n).padStart(4, '0')}`, value: `plain value ${n}` }
  }))
  await prisma.serverVariable.createMany({ data })
  const alt = await prisma.alt.findFirstOrThrow()
  await prisma.alt.update({ where: { id: alt.id }, data: { installScript: 'plain script' } })
  const kept = { content: '"plain value"', installScript: 'plain script' }
  await prisma.altVersion.create({ data: { altId: alt.id, version: 7, ...kept } })
  const request = { route: 'POST /', bodyHash: 'x', expiresAt: new Date(Date.now() + 1e9) }
  await prisma.idempotencyKey.create({
    data: {
      ...{ actorId: userId, key: 'k', ...request, responseStatus: 201 },
      responseBody: sealedBefore('idempotency', `${userId}:k`, '{"plain":"answer"}')
    }
  })
  return { panel, url, userId, serverId, altId: alt.id, totp }
}

/** Every text in the tables that hold sealed columns. */
async function dumpOf({ db }: TestPanel): Promise<string> {
  const tables = [...new Set(Object.values(sealedColumns).map(({ table }) => table))]
  const rows = await Promise.all(
    tables.map(async table => (await db.pool.query(`SELECT t::text FROM "${table}" t`)).rows)
  )
  return JSON.stringify(rows)
}

const valuesOf = async ({ db }: TestPanel, serverId: string) =>
  db.prisma.serverVariable.findMany({ where: { serverId }, orderBy: { name: 'asc' } })

t.test('what a release before kept plain is sealed at the next start, once', async t => {
  const { panel, userId, serverId, altId, totp } = await olderPanel(t)
  const path = join(await folder(t), 'encryption-keys.json')
  const { said, log } = heard()
  const options = { path, db: panel.db.pool, secret: SECRET, log }
  const { updatedAt } = await panel.db.prisma.user.findUniqueOrThrow({ where: { id: userId } })
  const vault = await openVault(options)
  t.notMatch(await dumpOf(panel), /plain (value|script)|A Ctrl-Alt-Play server/)
  const values = await valuesOf(panel, serverId)
  t.strictSame(
    values.map(({ name, value }) =>
      vault.open('ServerVariable.value', `${serverId}/${name}`, value)
    ),
    values.map((_, n) => `plain value ${n}`)
  )
  const user = await panel.db.prisma.user.findUniqueOrThrow({ where: { id: userId } })
  t.equal(vault.open('User.totpSecret', userId, user.totpSecret ?? ''), totp)
  t.same(user.updatedAt, updatedAt, 'nobody has changed this user')
  const answer = await panel.db.prisma.idempotencyKey.findFirstOrThrow()
  t.equal(
    vault.open('IdempotencyKey.responseBody', answer.id, String(answer.responseBody)),
    '{"plain":"answer"}'
  )
  const alt = await panel.db.prisma.alt.findUniqueOrThrow({ where: { id: altId } })
  t.equal(vault.open('Alt.installScript', altId, alt.installScript ?? ''), 'plain script')
  const version = await panel.db.prisma.altVersion.findFirstOrThrow({ where: { version: 7 } })
  t.equal(vault.open('AltVersion.content', `${altId}/7`, version.content), '"plain value"')
  t.notOk(vault.open('AltVersion.content', `${altId}/8`, version.content), 'as no other version')
  t.match(said.join('\n'), /made the key[\s\S]*sealed secrets that were not.*"values":1\d\d\d/)
  t.notMatch(said.join('\n'), /plain value|GEZDGNBV/)

  said.length = 0
  const before = await dumpOf(panel)
  await openVault(options)
  t.equal(await dumpOf(panel), before, 'the second start has nothing to do')
  t.strictSame(said, [])
  await chmod(path, 0o644)
  await openVault(options)
  t.match(said.join('\n'), /others may read the encryption keys/)

  await t.test('a value that was moved or copied does not open, and is left alone', async t => {
    const [one, two] = values
    if (!one || !two) return t.fail('there are none')
    await panel.db.prisma.serverVariable.update({
      where: { serverId_name: { serverId, name: two.name } },
      data: { value: one.value }
    })
    said.length = 0
    await runOnce(panel, { ...options, say: line => said.push(line) }, rotateKeys)
    t.match(said.join('\n'), /1 do not open: their key is lost, or they were moved or changed/)
    const [kept, moved] = await valuesOf(panel, serverId)
    t.equal(moved?.value, one.value)
    t.equal(vault.open('ServerVariable.value', `${serverId}/${two.name}`, one.value), undefined)

    const repo = createServerChangesRepo(panel.db, vault)
    await panel.db.transaction(async tx => {
      const now = await repo.values(tx, serverId)
      t.ok(Object.hasOwn(now, one.name))
      t.notOk(Object.hasOwn(now, two.name))
      await repo.replaceValues(tx, serverId, { ...now, MORE: 'x' })
    })
    const after = new Map((await valuesOf(panel, serverId)).map(row => [row.name, row.value]))
    t.equal(after.get(two.name), one.value, 'a change of others does not lose it')
    t.equal(after.get(one.name), kept?.value, 'what did not change is not written')
    t.ok(after.has('MORE'))
  })
})

type Rotate = (options: RotateOptions) => Promise<void>

/** One run of the command: its connection, and with it its lock, ends with it. */
async function runOnce(
  panel: TestPanel,
  options: Omit<RotateOptions, 'db'>,
  command: Rotate
): Promise<void> {
  const db = await connect(panel.databaseUrl)
  await command({ ...options, db }).finally(() => db.end())
}

t.test('a missing key: nothing starts, nothing new is made, and there is a way out', async t => {
  const { panel, url, userId, serverId, altId } = await olderPanel(t)
  const dir = await folder(t)
  const path = join(dir, 'encryption-keys.json')
  const options = { path, db: panel.db.pool, secret: SECRET, log: silentLog }
  await openVault(options)
  const lost = readKeysFile(path)?.current ?? ''
  await rm(path)
  const told = new RegExp(
    `holds secrets \\(.*1200 of ServerVariable\\.value.*there is no .*Missing: ${lost}\\..*Restore that file.*ENCRYPTION_KEYS_FILE.*--give-up ${lost}`,
    's'
  )
  await t.rejects(openVault(options), told)
  t.notOk(existsSync(path), 'a new key would hide it')
  await makeKeysFile(path)
  await t.rejects(openVault(options), /a key that is not in .*encryption-keys\.json/)
  await rm(path)

  const said: string[] = []
  const command = { ...options, say: (line: string) => said.push(line) }
  await t.rejects(runOnce(panel, command, rotateKeys), /Restore that file from its backup/)
  await runOnce(panel, command, showKeys)
  t.match(said.join('\n'), new RegExp(`${lost}  MISSING\\n    \\d+ of Alt.installScript`))
  await t.rejects(
    runOnce(panel, command, run => giveUpKey(run, 'abcdefabcdef')),
    /Nothing in the database is sealed with abcdefabcdef/
  )
  said.length = 0
  await npm(url, dir, ['--give-up', lost]).then(({ code, stdout }) => {
    t.equal(code, 0)
    t.match(stdout, /1200 of ServerVariable\.value: deleted\. These servers have their template's/)
    t.match(stdout, /1 of AltVersion\.content: kept\. Servers on these versions do not run until/)
    t.match(stdout, /1 of User\.totpSecret: kept\. These people log in with a recovery code/)
  })
  t.same(await valuesOf(panel, serverId), [])
  const alt = await panel.db.prisma.alt.findUniqueOrThrow({ where: { id: altId } })
  t.match(alt.installScript, /exit 1/, 'a server without its script does not count as installed')
  const { totpSecret } = await panel.db.prisma.user.findUniqueOrThrow({ where: { id: userId } })
  t.equal(keyIdOf(totpSecret ?? ''), lost, 'the password alone opens nothing')
  const { said: logged, log } = heard()
  const vault = await openVault({ ...options, log })
  t.match(logged.join('\n'), /they stay, and do not open.*"column":"User.totpSecret","values":1/)
  t.equal(vault.open('User.totpSecret', userId, totpSecret ?? ''), undefined)
  const noted = await panel.db.prisma.auditLog.findMany({ where: { action: 'secrets.given-up' } })
  t.match(noted, [{ actorType: 'SYSTEM', after: { keyId: lost } }])
})

/** `npm run secrets:rotate` as it is typed. */
async function npm(databaseUrl: string, dataDir: string, args: string[] = []) {
  // biome-ignore lint/style/noProcessEnv: what a program is started with.
  const { PATH = '', HOME = '' } = process.env
  const env = { PATH, HOME, DATABASE_URL: databaseUrl, DATA_DIR: dataDir }
  const script = join(dirname(prismaFolder), 'scripts', 'secrets-rotate.mjs')
  // tap puts a hook into every Node that its tests start; this is to be as people start it.
  const plain = ['-u', 'NODE_OPTIONS', process.execPath, script, ...args]
  return promisify(execFile)('env', plain, { env }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (err: { code: number; stdout: string; stderr: string }) => err
  )
}

t.test('keys are rotated while the panel works, also by one that is killed half-way', async t => {
  const { url } = await freshDatabase(t)
  const dir = await folder(t)
  const path = join(dir, 'encryption-keys.json')
  const first = (await makeKeysFile(path)).current
  const vault = createVault(openKeyring(path, silentLog))
  const panel = await buildPanel(t, { databaseUrl: url, vault })
  const admin = await login(panel)
  const { id: userId } = await addUser(panel, { username: 'ann' })
  const ann = await login(panel, 'ann')
  const { secret } = await setUpTotp(panel, ann)
  const script = 'echo a secret of the script'
  const ctrl = await admin.request('POST', '/api/v1/ctrls', { name: 'Games' })
  const { body: alt } = await admin.request('POST', '/api/v1/alts', {
    ...{ ctrlId: ctrl.body.id, name: 'Game', dockerImage: 'registry.example/game:1' },
    ...{ startup: '/game', install: { image: 'registry.example/game:1', script } },
    variables: [
      { name: 'RCON', envVariable: 'RCON', defaultValue: 'a secret default', userViewable: false },
      { name: 'OTHER', envVariable: 'OTHER', defaultValue: 'another secret' }
    ]
  })
  const servers = await Promise.all(Array.from({ length: 40 }, () => addServerOf(panel, userId)))
  await panel.db.prisma.server.updateMany({ data: { altId: alt.id } })
  const once = () => ({ 'idempotency-key': randomUUID() })
  const change = (id: string, value: string) =>
    admin.request('PATCH', `/api/v1/servers/${id}`, { environment: { RCON: value } }, once())
  for (const id of servers) t.equal((await change(id, `first of ${id}`)).status, 200)
  const dump = await dumpOf(panel)
  t.notMatch(dump, /a secret|another secret|first of/)
  t.notMatch(dump, secret)

  const say = () => undefined
  const options = { path, secret: SECRET, say, log: silentLog, batch: 7 }
  const killed = new AbortController()
  const killAt = (words: RegExp) => (line: string) => {
    if (words.test(line)) killed.abort(new Error('killed'))
  }
  await t.rejects(
    runOnce(
      panel,
      { ...options, say: killAt(/ServerVariable/), signal: killed.signal },
      rotateKeys
    ),
    /killed/
  )
  const second = readKeysFile(path)?.current ?? ''
  t.not(second, first)
  const half = (await countByKey(panel.db.pool)).filter(
    row => row.column === 'ServerVariable.value'
  )
  t.strictSame(half.map(({ keyId }) => keyId).sort(), [first, second].sort(), 'half of each')
  const read = async (id: string) => (await admin.request('GET', `/api/v1/servers/${id}`)).body
  for (const id of servers) {
    t.match(await read(id), { environment: { RCON: `first of ${id}`, OTHER: 'another secret' } })
  }
  await runOnce(panel, options, async ({ db }) => {
    await db.query('SELECT pg_advisory_lock(4242031)')
    await t.rejects(runOnce(panel, options, rotateKeys), /Another secrets:rotate is at work/)
  })

  // What people do goes on, and the typed command finishes what was cut off, then makes a third key.
  const stopped = new AbortController()
  const changed = new Map<string, string>()
  const work = (async () => {
    for (let n = 0; !stopped.signal.aborted; n++) {
      const id = servers[n % servers.length] ?? ''
      t.equal((await change(id, `change ${n}`)).status, 200)
      changed.set(id, `change ${n}`)
    }
  })()
  const finished = await npm(url, dir)
  t.match(finished, { code: 0, stdout: /That was a rotation to .* which had not been finished/ })
  t.equal(readKeysFile(path)?.current, second)
  const again = await npm(url, dir)
  stopped.abort()
  await work
  t.match(again.stdout, new RegExp(`is current; ${second} is kept[\\s\\S]*Sealed (\\d+) of \\1`))
  const third = readKeysFile(path)?.current ?? ''
  const left = (await countByKey(panel.db.pool)).map(({ keyId }) => keyId)
  t.strictSame([...new Set(left)], [third], 'nothing needs the old keys')
  t.ok(changed.size > 0, 'there was work meanwhile')
  for (const id of servers) {
    const RCON = changed.get(id) ?? `first of ${id}`
    t.match(await read(id), { environment: { RCON, OTHER: 'another secret' } })
  }
  const kept = await admin.request('GET', `/api/v1/alts/${alt.id}`)
  t.match(kept.body, { install: { script }, variables: [{ defaultValue: 'a secret default' }, {}] })
  const entered = await stranger(panel.url).request('POST', '/api/v1/auth/login', {
    ...{ username: 'ann', password: testAdmin.password, totp: codeAt(secret, stepNow()) }
  })
  t.equal(entered.status, 200, 'the second factor is the same')

  const shown: string[] = []
  await runRotateCommand({
    ...{ url, values: { show: true }, say: line => void shown.push(line), log: silentLog },
    config: { dataDir: dir, encryptionKeysFile: undefined, sessionSecret: SECRET }
  })
  const stdout = shown.join('\n')
  t.match(stdout, new RegExp(`${first}  opens only, made .*, seals nothing`))
  t.match(stdout, new RegExp(`${third}  current, made .*\\n    \\d+ of Alt.installScript`))
  await runOnce(panel, options, dropKeys)
  t.strictSame(
    readKeysFile(path)?.keys.map(({ id }) => id),
    [third]
  )
  t.equal((await stat(path)).mode & 0o777, 0o600)
  const help = await npm(url, dir, ['--help'])
  t.match(help, { code: 0, stdout: /^npm run secrets:rotate[\s\S]*--give-up KEY/ })
  const noted = await admin.request('GET', '/api/v1/audit-logs?action=secrets.')
  t.match(
    noted.body.data.map((row: { action: string }) => row.action),
    ['secrets.keys-dropped', 'secrets.rotated', 'secrets.rotated']
  )
  const text = JSON.stringify([finished, again, stdout, noted.body, panel.logged()])
  for (const { key } of readKeysFile(path)?.keys ?? []) t.notMatch(text, key, 'no key is told')
})

t.test('a code that is typed while its secret is sealed anew counts, once', async t => {
  const panel = await buildPanel(t)
  const { db } = panel
  const { id } = await addUser(panel, { username: 'ann' })
  const ann = await login(panel, 'ann')
  const { body } = await ann.request('POST', '/api/v1/auth/totp', {
    currentPassword: testAdmin.password
  })
  const audit = { write: async () => {}, note: () => {} }
  const repo = createTwoFactorRepo(db, audit)
  const read = () => db.prisma.user.findUniqueOrThrow({ where: { id } })
  /** As a rotation does it. */
  const sealAnew = async (column: 'totpSecret' | 'totpPendingSecret') => {
    const sealed = testVault.seal(`User.${column}`, id, body.secret)
    await db.prisma.user.update({ where: { id }, data: { [column]: sealed } })
  }
  const factor = createSecondFactor({ repo, logins: createAuthRepo(db, audit), vault: testVault })
  let rotations = 1
  const twoFactor = createTwoFactorService({
    ...{ factor, vault: testVault, events: createPanelEvents(silentLog) },
    // A confirmation asks neither.
    ...({} as Pick<TwoFactorDeps, 'proofs' | 'users'>),
    repo: {
      ...repo,
      async findPending(userId) {
        const found = await repo.findPending(userId)
        if (rotations-- > 0) await sealAnew('totpPendingSecret')
        return found
      }
    }
  })
  const { id: sessionId } = await db.prisma.session.findFirstOrThrow({ where: { userId: id } })
  const actor = { type: 'USER', userId: id, username: 'ann', sessionId, ip: '127.0.0.1' }
  const caller = { actor } as unknown as RequestCaller
  const { recoveryCodes } = await twoFactor.confirm(caller, codeAt(body.secret, stepNow()))
  t.equal(recoveryCodes.length, 10)

  await forgetSteps(panel)
  const { totpSecret } = await read()
  const holder = { id, totpSecret: totpSecret ?? '' }
  await sealAnew('totpSecret')
  const used = auditEntry(caller, { action: 'used', targetType: 'user', targetId: id })
  const code = codeAt(body.secret, stepNow())
  t.equal(await factor.take(holder, code, used), true, 'read before, taken after')
  t.equal(await factor.take(holder, code, used), false, 'and not twice')
})
