import { execFile } from 'node:child_process'
import {
  chmod,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  utimes,
  writeFile
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { loadConfig } from '../src/config.ts'
import {
  backupFor,
  dueKind,
  expiredBackups,
  stampOf,
  timeOfStamp,
  walGaps
} from '../src/db/backup/backup-plan.ts'
import { serveBackups } from '../src/db/backup/backup-service.ts'
import { openBackups } from '../src/db/backup/backups.ts'
import { readPassphrase } from '../src/db/backup/passphrase.ts'
import { execute, openPgbackrest, verifyProblems } from '../src/db/backup/pgbackrest.ts'
import {
  archiveCommand,
  pgbackrestConfig,
  readPgbackrestConfig,
  restoreCommand
} from '../src/db/backup/pgbackrest-config.ts'
import { startEmbeddedPostgres } from '../src/db/embedded.ts'
import { endPostgres } from '../src/db/postgres/process.ts'
import { installFolder } from '../src/folders.ts'
import { fastSettings, silentLog } from './postgres-settings.ts'

// biome-ignore lint/style/noProcessEnv: what a program is started with, and what the runner found.
const { PATH = '', HOME = '', TEST_PGBACKREST } = process.env
const newest = { to: undefined, into: undefined, repository: undefined }

async function place(t: Test): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'cap-test-backups-'))
  t.teardown(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }))
  return folder
}

/** As it is typed; what it leaves is the world of a test. */
async function drill(folder: string, ...args: string[]) {
  const script = join(installFolder, 'scripts', 'db-drill.mjs')
  // tap puts a hook into every Node that its tests start; these are to be as people start them.
  const plain = ['-u', 'NODE_OPTIONS', process.execPath, script, '--keep', folder, ...args]
  const { stdout } = await promisify(execFile)('env', plain, { env: { PATH, HOME } })
  const lines = (await readFile(join(folder, 'environment'), 'utf8')).trim().split('\n')
  const env = Object.fromEntries(lines.map(line => line.split(/=(.*)/s).slice(0, 2)))
  const said: string[] = []
  const backups = openBackups(loadConfig(env), line => said.push(line))
  return { stdout, said, backups, env: env as Record<string, string> }
}

/** One bit in the middle of a file; the answer puts it back. */
async function damage(file: string): Promise<() => Promise<void>> {
  const whole = await readFile(file)
  const broken = Buffer.from(whole)
  const middle = Math.floor(broken.length / 2)
  broken.writeUInt8(broken.readUInt8(middle) ^ 1, middle)
  await writeFile(file, broken)
  return () => writeFile(file, whole)
}

async function filesIn(folder: string): Promise<string[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true })
  return found.filter(one => one.isFile()).map(one => join(one.parentPath, one.name))
}

t.test('when a backup is due, which go, and which leads back', async t => {
  const day = (number: number, hour = 3) => new Date(Date.UTC(2026, 0, number, hour))
  t.equal(dueKind(undefined, day(1), 7), 'full')
  t.equal(dueKind(day(1), day(7), 7), 'diff')
  t.equal(dueKind(day(1), day(8, 2), 7), 'full', 'a job that is an hour early counts')

  const backups = [5, 1, 9, 3].map(number => ({ at: day(number) }))
  const expired = (days: number) => expiredBackups(backups, day(10), days).map(({ at }) => at)
  t.same(expired(30), [])
  t.same(expired(4), [day(1), day(3)], 'the newest of the older ones leads to the first day')
  t.same(expired(1), [day(1), day(3), day(5)], 'and so on')
  t.same(expiredBackups([{ at: day(1) }], day(300), 30), [], 'the last one never goes')
  t.same(backupFor(backups, undefined), { at: day(9) })
  t.same(backupFor(backups, day(4)), { at: day(3) })
  t.equal(backupFor(backups, day(1, 2)), undefined)
  t.same(timeOfStamp(stampOf(day(4))), day(4))
  t.equal(timeOfStamp('unfinished-1'), undefined)
})

t.test('a piece of WAL that is missing is seen', async t => {
  const wal = (timeline: number, log: number, segment: number) =>
    [timeline, log, segment].map(part => part.toString(16).toUpperCase().padStart(8, '0')).join('')
  const names = [wal(1, 0, 0xfe), wal(1, 0, 0xff), wal(1, 1, 0), `${wal(1, 1, 1)}-abc.zst`]
  t.same(walGaps(names, wal(1, 0, 0)), [])
  t.same(walGaps([...names, wal(2, 1, 1), wal(2, 1, 2), '00000002.history'], wal(1, 0, 0)), [])
  const gap = [`between ${wal(1, 0, 0xff)} and ${wal(1, 1, 1)}`]
  t.same(walGaps(names.toSpliced(2, 1), wal(1, 0, 0)), gap)
  t.same(
    walGaps(names.toSpliced(2, 1), wal(1, 1, 1)),
    [],
    'before what is needed nothing is missed'
  )
  t.match(walGaps([wal(1, 0, 8), wal(1, 1, 0)], wal(1, 0, 0)), [/^between/])
})

t.test("pgBackRest's configuration is made from the panel's", async t => {
  const cluster = { dataDir: '/pg/15', port: '5433', socketDir: '/run/pg', superuser: 'postgres' }
  const settings = { cluster, dir: '/b', days: 30, passphrase: 'secret' }
  const text = pgbackrestConfig({ ...settings, longTermDir: '/far', longTermDays: 365 })
  for (const line of [
    ...['repo1-path=/b', 'repo1-cipher-type=aes-256-cbc', 'repo1-cipher-pass=secret'],
    ...['repo1-retention-full-type=time', 'repo1-retention-full=30', 'repo2-path=/far'],
    ...['repo2-cipher-pass=secret', 'repo2-retention-full=365', 'pg1-path=/pg/15']
  ]) {
    t.ok(text.split('\n').includes(line), line)
  }
  t.same(readPgbackrestConfig(text), { cluster, places: ['/b', '/far'], passphrase: 'secret' })
  t.equal(readPgbackrestConfig('[global]\nrepo1-path=/x\n'), undefined)
  const alone = pgbackrestConfig({ ...settings, longTermDir: undefined, longTermDays: 365 })
  t.notMatch(alone, /repo2/)
  t.throws(
    () =>
      pgbackrestConfig({ ...settings, dir: '/b\nx=y', longTermDir: undefined, longTermDays: 1 }),
    /repo1-path must be one line/
  )
  t.equal(
    archiveCommand('/etc/x.conf'),
    'pgbackrest --config="/etc/x.conf" --stanza=ctrl-alt-play archive-push %p'
  )
  t.match(restoreCommand('/etc/x.conf', '/pg/new'), /--pg1-path="\/pg\/new" archive-get %f "%p"$/)

  const said = `stanza: s\nstatus: error\n  archiveId: 15-1, total WAL checked: 5, total valid WAL: 4
    missing: 0, checksum invalid: 0, size invalid: 0, other: 1
  backup: 2026F, status: invalid, total files checked: 9, total valid files: 7
    missing: 1, checksum invalid: 1, size invalid: 0, other: 0\n`
  t.same(verifyProblems(said), [
    'the archived WAL is damaged (other: 1)',
    'backup 2026F is invalid (missing: 1, checksum invalid: 1)'
  ])
  t.same(verifyProblems('2026-01-01 00:00:00 P00  ERROR: [055]: no file'), [
    'pgBackRest says: ERROR: [055]: no file'
  ])
})

t.test('the pass phrase is made once, and nobody else may read it', async t => {
  const file = join(await place(t), 'folder', 'passphrase')
  const said: string[] = []
  const made = await readPassphrase(file, line => said.push(line))
  t.equal((await stat(file)).mode & 0o777, 0o600)
  t.match(said, [/Keep a copy/])
  t.equal(await readPassphrase(file, line => said.push(line)), made)
  t.equal(said.length, 1)
  await t.rejects(
    readPassphrase(file, () => {}, 'another'),
    /is not the pass phrase that backups/
  )
  await t.rejects(
    readPassphrase(`${file}-2`, () => {}, made),
    /is gone: put it back/
  )
  await chmod(file, 0o640)
  await t.rejects(
    readPassphrase(file, () => {}),
    /may be read by others: chmod 600/
  )
  await chmod(file, 0o600)
  await writeFile(file, 'short\n')
  await t.rejects(
    readPassphrase(file, () => {}),
    /one line of 20 characters or more/
  )
})

t.test('a backup a day: what fails or is damaged is said and tried again', async t => {
  const dir = await mkdtemp(join(tmpdir(), 'cap-backup-service-'))
  t.teardown(() => rm(dir, { recursive: true }))
  const verifiedFile = join(dir, 'verified')
  const said: string[] = []
  let tries = 0
  let isDamaged = false
  const backups = {
    async backUp() {
      tries += 1
      if (tries === 1) throw new Error('the database is away')
    },
    async verify() {
      return tries === 2 || isDamaged ? ['a backup is damaged'] : []
    }
  }
  const say = (line: string) => void said.push(line)
  /** Lets it run until so many pauses were taken; answers how long they would have been. */
  const pausesOf = async (count: number): Promise<number[]> => {
    const stop = new AbortController()
    const pauses: number[] = []
    const pause = async (ms: number) => {
      if (pauses.push(ms) === count) stop.abort()
    }
    await serveBackups({ backups, verifiedFile, say, pause }, stop.signal)
    return pauses
  }
  const [minute, hour, day] = [60_000, 3_600_000, 86_400_000]
  const yesterday = new Date(Date.now() - day)

  t.same(await pausesOf(4), [10 * minute, day, 0, hour])
  t.same(said, ['No backup: the database is away', 'DAMAGED: a backup is damaged'])
  t.equal(tries, 3)
  t.same(await pausesOf(1), [hour], 'started again within the day: it is not due')
  t.equal(tries, 3)
  await utimes(verifiedFile, yesterday, yesterday)
  t.same(await pausesOf(2), [0, hour])
  t.equal(tries, 4)

  isDamaged = true
  await utimes(verifiedFile, yesterday, yesterday)
  t.same(await pausesOf(1), [day], 'what is damaged is so tomorrow too')
  t.equal(tries, 5)
  await t.rejects(stat(verifiedFile), { code: 'ENOENT' }, 'and counts for nothing')
})

t.test('the built-in database comes back from its backup', async t => {
  const folder = await place(t)
  const { stdout, said, backups, env } = await drill(folder)
  t.match(stdout, /\nrecovered 600 of 600 rows\n$/)
  const [name = ''] = await readdir(env.BACKUP_DIR ?? '')
  t.same(await readdir(env.BACKUP_LONG_TERM_DIR ?? ''), [name], 'the second place has it as well')
  const archive = join(env.BACKUP_DIR ?? '', name, 'base.tar.gz')
  t.equal((await stat(join(archive, '..'))).mode & 0o077, 0, 'nobody else enters')

  t.same(await backups.verify(), [])
  t.match(said, [/whole, \d+ tables with \d+ rows were read/, /whole/])
  const mendArchive = await damage(archive)
  t.match(await backups.verify(), [new RegExp(`${name} is damaged: `)])
  const data = join(env.DATA_DIR ?? '', 'postgres', 'data')
  const before = await stat(data)
  await t.rejects((await backups.planRestore(newest)).execute())
  t.equal((await stat(data)).ino, before.ino, 'a damaged one takes the place of nothing')
  await mendArchive()
  const mendList = await damage(join(archive, '..', 'backup_manifest'))
  t.match(await backups.verify(), [/its list of checksums \(backup_manifest\) is damaged/])
  await mendList()

  const server = await startEmbeddedPostgres({
    dir: join(env.DATA_DIR ?? '', 'postgres'),
    settings: fastSettings,
    log: silentLog
  })
  await t.rejects((await backups.planRestore(newest)).execute(), /is using the database in/)
  await server.stop()
  t.equal((await stat(data)).ino, before.ino)
  await t.rejects(
    backups.planRestore({ ...newest, to: new Date(0) }),
    /No backup in .* is from before 1970/
  )
  const [kept = ''] = await backups.keptFolders(undefined)
  t.match(kept, /data\.before-\d+T\d+Z$/, 'what the restore of the drill put aside')
  t.same(await readdir(env.BACKUP_DIR ?? ''), [name], 'and nothing is left of all that')
})

const skip = TEST_PGBACKREST ? false : 'pgBackRest is not here'
t.test("Debian's PostgreSQL comes back to a moment, by pgBackRest", { skip }, async t => {
  const folder = await place(t)
  t.teardown(() => endPostgres(join(folder, 'cluster', 'data'), 20_000))
  const { stdout, said, backups, env } = await drill(folder, '--pgbackrest')
  t.match(stdout, /\nrecovered 1000 of 1000 rows\n$/)
  t.notMatch(stdout, 'rows are there that must not be')
  const [first = '', second = ''] = [env.BACKUP_DIR, env.BACKUP_LONG_TERM_DIR]
  const config = env.BACKUP_CONFIG_FILE ?? ''
  const { uid, gid, mode } = await stat(config)
  t.equal(mode & 0o777, 0o600, 'who reads the configuration has the pass phrase')
  const pgbackrest = openPgbackrest(config, { uid, gid })

  t.same(await backups.verify(), [])
  t.match(said, [/backups: whole\. 1 backups/, /long-term: whole\. 1 backups/])
  const stored = [...(await filesIn(first)), ...(await filesIn(second))]
  const readable = (await Promise.all(stored.map(file => readFile(file)))).filter(
    text => text.includes('seeded-text') || text.includes('drill.invalid')
  )
  t.ok(stored.length > 100)
  t.same(readable.length, 0, 'nothing in the repositories can be read')

  const file = stored.find(path => path.startsWith(first) && path.endsWith('/1259.zst')) ?? ''
  const mend = await damage(file)
  t.match(await backups.verify(), [/backups: backup \d+-\d+F is invalid \(checksum invalid: 1\)/])
  await mend()
  const wal = stored.filter(
    path => path.startsWith(first) && /\/00000001[0-9A-F]{16}-\w+\.zst$/.test(path)
  )
  const lost = wal.sort().at(-2) ?? ''
  await rename(lost, join(folder, 'lost'))
  t.match(await backups.verify(), [/archived WAL is missing between/])
  await rename(join(folder, 'lost'), lost)

  await t.rejects((await backups.planRestore(newest)).execute(), /PostgreSQL runs on .*stop panel/)
  await t.rejects(backups.planRestore({ ...newest, to: new Date(0) }), /No backup is from before/)

  await backups.backUp('full')
  const labels = async (repository: number) =>
    (await pgbackrest.list()).filter(one => one.repository === repository).map(one => one.label)
  const [old, young] = await labels(1)
  const expireAfter = async (days: number) => {
    const args = ['-f', `+${days}d`, 'pgbackrest', `--config=${config}`, '--stanza=ctrl-alt-play']
    t.match(await execute('faketime', [...args, 'expire'], { uid, gid }), { code: 0 })
  }
  await expireAfter(29)
  t.same(await labels(1), [old, young])
  await expireAfter(31)
  t.same(await labels(1), [young], 'what no day of the last thirty needs is gone')
  t.equal((await labels(2)).length, 2, 'the second place keeps it for a year')
  t.same(await backups.verify(), [], 'and what is left is whole')
})
