import { chown, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { backupFor, dueKind, spokenTime, walGaps } from './backup-plan.ts'
import type { BackupConfig, BackupKind, Backups, RestoreWish, Say } from './backups.ts'
import { readPassphrase } from './passphrase.ts'
import { type Owner, openPgbackrest, type Pgbackrest, type PgbackrestBackup } from './pgbackrest.ts'
import {
  archiveCommand,
  type PgbackrestSettings,
  pgbackrestConfig,
  readPgbackrestConfig
} from './pgbackrest-config.ts'
import { restoreFrom } from './pgbackrest-restore.ts'
import { askServer, prepareArchiving } from './server-archiving.ts'
import { exists, keptBeside } from './swap-folder.ts'

const FULL_EVERY_DAYS = 7
const LONG_TERM_EVERY_DAYS = 30

type Cluster = PgbackrestSettings['cluster']

/** Of a PostgreSQL of one's own: pgBackRest does it, and this says what it is to do. */
export function pgbackrestBackups(
  { databaseUrl, backup }: BackupConfig & { databaseUrl: string },
  say: Say
): Backups {
  const { configFile: file, longTermDir } = backup
  const dir = backup.dir ?? '/var/lib/pgbackrest'
  const wantedPlaces = [dir, longTermDir].flatMap(place => place ?? [])

  async function writeConfig(cluster: Cluster, owner: Owner): Promise<void> {
    const written = await readFile(file, 'utf8').catch(() => '')
    const known = readPgbackrestConfig(written)?.passphrase
    const passphrase = await readPassphrase(backup.passphraseFile, say, known)
    const text = pgbackrestConfig({ ...backup, dir, cluster, passphrase })
    if (written === text) return
    await mkdir(dirname(file), { recursive: true })
    const draft = `${file}.new`
    await rm(draft, { force: true })
    await writeFile(draft, text, { mode: 0o600, flush: true })
    await giveTo(draft, owner)
    await rename(draft, file)
    say(`Wrote ${file}.`)
  }

  async function backUp(kind: BackupKind | undefined): Promise<void> {
    const server = await askServer(databaseUrl)
    const { cluster } = server
    if (!(await exists(cluster.dataDir))) throw new Error(elsewhere(cluster.dataDir))
    const owner = await ownerOfCluster(cluster.dataDir)
    await writeConfig(cluster, owner)
    for (const place of [...wantedPlaces, join(dir, 'lock')]) await makeFolder(place, owner)
    await prepareArchiving({ url: databaseUrl, server, command: archiveCommand(file), say })
    const pgbackrest = openPgbackrest(file, owner)
    await pgbackrest.run(['stanza-create'])
    const before = await pgbackrest.list()
    for (const [index, place] of wantedPlaces.entries()) {
      await backUpInto(pgbackrest, { repository: index + 1, place, before, kind })
    }
    const after = await pgbackrest.list()
    for (const { repository, label } of before) {
      const isKept = after.some(one => one.repository === repository && one.label === label)
      if (!isKept) say(`Removed ${label} from ${wantedPlaces[repository - 1]}: its time is over.`)
    }
    const made = after.filter(({ label }) => !before.some(one => one.label === label))
    const damaged = made.find(({ isOfDamaged }) => isOfDamaged)
    if (damaged) throw new Error(damagedDatabase(damaged.label))
  }

  async function backUpInto(
    pgbackrest: Pgbackrest,
    options: {
      repository: number
      place: string
      before: PgbackrestBackup[]
      kind?: BackupKind | undefined
    }
  ): Promise<void> {
    const { repository, place, before } = options
    const isLongTerm = repository === 2
    const fulls = before.filter(one => one.repository === repository && one.kind === 'full')
    const last = backupFor(fulls, undefined)
    const everyDays = isLongTerm ? LONG_TERM_EVERY_DAYS : FULL_EVERY_DAYS
    const kind = options.kind ?? dueKind(last?.at, new Date(), everyDays)
    if (isLongTerm && kind === 'diff') {
      say(`${place} has a full backup from ${last && spokenTime(last.at)}, and all WAL since.`)
      return
    }
    await pgbackrest.run([`--repo=${repository}`, `--type=${kind}`, 'backup'])
    say(
      `Backed up into ${place} (${kind === 'full' ? 'full' : 'what changed since the last full one'}).`
    )
  }

  async function verify(): Promise<string[]> {
    const { pgbackrest, places } = await openKnown(undefined)
    const backups = await pgbackrest.list()
    const problems: string[] = []
    for (const [index, place] of places.entries()) {
      const repository = index + 1
      const mine = backups.filter(one => one.repository === repository)
      const found = await verifyOne(pgbackrest, repository, mine)
      problems.push(...found.map(text => `${place}: ${text}`))
      if (found.length === 0)
        say(`${place}: whole. ${mine.length} backups, the newest from ${newest(mine)}.`)
    }
    return problems
  }

  /** What db:backup has written down; on a new machine, what there is to know of the cluster to come. */
  async function openKnown(into: string | undefined) {
    const read = async () => readPgbackrestConfig(await readFile(file, 'utf8').catch(() => ''))
    if (!(await read()) && into !== undefined) {
      const usual = { port: '5432', socketDir: '/var/run/postgresql', superuser: 'postgres' }
      await writeConfig({ ...usual, dataDir: into }, await ownerOfCluster(into))
    }
    const known = await read()
    if (!known) {
      throw new Error(
        `${file} is not there yet: npm run db:backup writes it. On a new machine, say where the data folder is to stand: npm run db:restore -- --into FOLDER`
      )
    }
    const { places, cluster } = known
    const { dataDir } = cluster
    if (into !== undefined && into !== dataDir) {
      throw new Error(`${file} says that the data folder is ${dataDir}: remove it if that is over.`)
    }
    const owner = await ownerOfCluster(dataDir)
    return { owner, dataDir, places, pgbackrest: openPgbackrest(file, owner) }
  }

  async function planRestore(wish: RestoreWish) {
    const { to, repository } = wish
    const opened = await openKnown(wish.into)
    const backups = await opened.pgbackrest.list()
    const usable = backups.filter(one => repository === undefined || one.repository === repository)
    const chosen = backupFor(usable, to)
    if (!chosen) throw new Error(nothingFor(usable, to))
    const until = to ? `as it was at ${to.toISOString()}` : 'as it was when WAL was last archived'
    const text = `The database in ${opened.dataDir} would be put back ${until},
from the backup of ${spokenTime(chosen.at)} in ${opened.places[chosen.repository - 1]} and the archived WAL.
Nothing of what was written later would be in it. The folder of now would be kept beside it.`
    return {
      text,
      execute: () => restoreFrom({ ...opened, configFile: file, databaseUrl, chosen, to, say })
    }
  }

  return {
    backUp,
    verify,
    planRestore,
    async keptFolders(into) {
      return keptBeside((await openKnown(into)).dataDir)
    }
  }
}

async function verifyOne(
  pgbackrest: Pgbackrest,
  repository: number,
  backups: PgbackrestBackup[]
): Promise<string[]> {
  const first = repository === 2 ? backups.at(-1) : backups[0]
  if (!first) return ['there is no backup']
  const gaps = walGaps(await pgbackrest.archived(repository), first.firstWal)
  return [
    ...(await pgbackrest.verify(repository)),
    ...gaps.map(gap => `archived WAL is missing ${gap}`)
  ]
}

const newest = (backups: PgbackrestBackup[]) => {
  const last = backupFor(backups, undefined)
  return last ? spokenTime(last.at) : ''
}

/** Of the folder, or of the one that it is to be made in. */
async function ownerOfCluster(dataDir: string): Promise<Owner> {
  const found = await stat(dataDir).catch(() => stat(dirname(dataDir)))
  const own = process.getuid?.()
  if (found.uid === 0) {
    throw new Error(
      `${dataDir} belongs to root, and PostgreSQL runs as nobody like that: give it to the user who runs PostgreSQL.`
    )
  }
  if (own !== 0 && own !== found.uid) {
    throw new Error(`${dataDir} belongs to another user: run this as that one, or as root.`)
  }
  return { uid: found.uid, gid: found.gid }
}

async function makeFolder(folder: string, owner: Owner): Promise<void> {
  const made = await mkdir(folder, { recursive: true, mode: 0o700 })
  // An empty one was made for this, by Docker for one.
  if (made !== undefined || (await readdir(folder)).length === 0) await giveTo(folder, owner)
}

async function giveTo(path: string, { uid, gid }: Owner): Promise<void> {
  if (process.getuid?.() === 0) await chown(path, uid, gid)
}

function damagedDatabase(label: string): string {
  return `${label} was made, but pages of the database itself have wrong checksums: restore from before, and look at the disk.`
}

function elsewhere(dataDir: string): string {
  return `PostgreSQL keeps its data in ${dataDir}, which cannot be seen here: run this on the machine of the database, as root.`
}

function nothingFor(backups: PgbackrestBackup[], to: Date | undefined): string {
  const [oldest] = backups
  if (!oldest || !to) return 'There is no backup yet: npm run db:backup makes one.'
  return `No backup is from before ${spokenTime(to)}: the oldest is from ${spokenTime(oldest.at)}.`
}
