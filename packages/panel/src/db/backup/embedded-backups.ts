import { execFile } from 'node:child_process'
import { chown, copyFile, cp, mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { connect } from '../create-database.ts'
import { startEmbeddedPostgres } from '../embedded.ts'
import { lockFolder } from '../postgres/folder-lock.ts'
import { postgresProcesses } from '../postgres/process.ts'
import { reachDatabase } from '../reach-database.ts'
import {
  backupFor,
  dueKind,
  expiredBackups,
  spokenTime,
  stampOf,
  timeOfStamp
} from './backup-plan.ts'
import type { BackupConfig, Backups, RestoreWish, Say } from './backups.ts'
import { compareWithManifest, writeBaseBackup } from './base-backup.ts'
import { readTables, spokenTables, type TablesRead } from './read-tables.ts'
import { exists, keptBeside, swapFolder } from './swap-folder.ts'

const LONG_TERM_EVERY_DAYS = 30
const UNPACK_MS = 6 * 3_600_000
const silent = { info() {}, warn() {}, error() {} }

interface EmbeddedBackup {
  folder: string
  /** When it had ended, which is the moment that it holds. */
  at: Date
}

/** Of the built-in database: whole copies that PostgreSQL makes while it runs, and checksums of each file. */
export function embeddedBackups({ dataDir, backup }: BackupConfig, say: Say): Backups {
  const dir = join(dataDir, 'postgres')
  const places = [backup.dir ?? join(dataDir, 'backups'), backup.longTermDir].flatMap(
    place => place ?? []
  )
  const [first = '', longTerm] = places

  async function backUp(): Promise<void> {
    await mkdir(first, { recursive: true, mode: 0o700 })
    await giveTo(first, join(dir, 'data'))
    const made = await writeInto(first)
    say(`Backed up into ${made.folder}.`)
    await expire(first, backup.days, say)
    if (longTerm === undefined) return
    await mkdir(longTerm, { recursive: true, mode: 0o700 })
    const last = backupFor(await readBackups(longTerm), undefined)
    if (dueKind(last?.at, new Date(), LONG_TERM_EVERY_DAYS) === 'full') {
      await copyInto(longTerm, made)
      say(`Copied into ${longTerm}.`)
    }
    await expire(longTerm, backup.longTermDays, say)
  }

  async function writeInto(place: string): Promise<EmbeddedBackup> {
    const draft = join(place, `unfinished-${process.pid}`)
    await rm(draft, { recursive: true, force: true })
    const options = { databaseUrl: undefined, dataDir, create: false, log: silent }
    const database = await reachDatabase(options)
    try {
      await writeBaseBackup(database.url, draft)
      // Without it nobody gets into the database once the folder beside it is lost too.
      await copyFile(join(dir, 'password'), join(draft, 'password'))
    } catch (err) {
      await rm(draft, { recursive: true, force: true })
      throw err
    } finally {
      await database.stop()
    }
    const at = new Date()
    const folder = join(place, stampOf(at))
    await rename(draft, folder)
    return { folder, at }
  }

  async function verify(): Promise<string[]> {
    const problems: string[] = []
    for (const place of places) {
      const backups = await readBackups(place)
      if (backups.length === 0) problems.push(`There is no backup in ${place}.`)
      for (const one of backups) problems.push(...(await verifyOne(place, one)))
    }
    return problems
  }

  async function verifyOne(place: string, { folder }: EmbeddedBackup): Promise<string[]> {
    const into = await mkdtemp(join(place, 'verify-'))
    try {
      await unpack(folder, into)
      say(`${folder}: whole, ${spokenTables(await openAndRead(into))}.`)
      return []
    } catch (err) {
      return [`${folder} is damaged: ${err instanceof Error ? err.message : String(err)}`]
    } finally {
      await rm(into, { recursive: true, force: true })
    }
  }

  async function planRestore({ to, into, repository }: RestoreWish) {
    if (into !== undefined) {
      throw new Error('The built-in database goes where DATA_DIR says: set that instead of --into.')
    }
    const place = places[(repository ?? 1) - 1]
    if (place === undefined) throw new Error(`There is no place ${repository} for backups.`)
    const backups = await readBackups(place)
    const chosen = backupFor(backups, to)
    if (!chosen) throw new Error(nothingFor(place, backups, to))
    const text = `${chosen.folder} would be put in the place of ${join(dir, 'data')}:
the database as it was at ${spokenTime(chosen.at)}, and nothing of what was written later.
The folder of now would be kept beside it.`
    return { text, execute: () => restore(chosen) }
  }

  async function restore(chosen: EmbeddedBackup): Promise<string | undefined> {
    await mkdir(dir, { recursive: true, mode: 0o700 })
    const target = join(dir, 'data')
    const lock = await lockFolder(dir)
    const beside = join(dir, `restored-${stampOf(new Date())}`)
    try {
      if ((await postgresProcesses(target)).length > 0) {
        throw new Error(`PostgreSQL runs on ${target}: start the panel and stop it in order first.`)
      }
      await mkdir(beside, { mode: 0o700 })
      await unpack(chosen.folder, beside)
      say(`Unpacked and compared with its checksums: ${beside}`)
      say(`Opened beside: ${spokenTables(await openAndRead(beside))}.`)
      const kept = await swapFolder(target, join(beside, 'data'))
      await rename(join(beside, 'password'), join(dir, 'password'))
      return kept
    } finally {
      await rm(beside, { recursive: true, force: true })
      await lock.release()
    }
  }

  return { backUp, verify, planRestore, keptFolders: () => keptBeside(join(dir, 'data')) }
}

/** Where root runs PostgreSQL as somebody else, that one writes the backup. */
async function giveTo(folder: string, like: string): Promise<void> {
  const owner = await stat(like).catch(() => undefined)
  if (process.getuid?.() === 0 && owner) await chown(folder, owner.uid, owner.gid)
}

async function readBackups(place: string): Promise<EmbeddedBackup[]> {
  const names = await readdir(place).catch(() => [])
  return names.sort().flatMap(name => {
    const at = timeOfStamp(name)
    return at ? [{ folder: join(place, name), at }] : []
  })
}

async function expire(place: string, days: number, say: Say): Promise<void> {
  for (const { folder } of expiredBackups(await readBackups(place), new Date(), days)) {
    await rm(folder, { recursive: true })
    say(`Removed ${folder}: it is older than ${days} days, and a later one is as well.`)
  }
}

async function copyInto(place: string, { folder, at }: EmbeddedBackup): Promise<void> {
  const draft = join(place, `unfinished-${process.pid}`)
  await rm(draft, { recursive: true, force: true })
  await cp(folder, draft, { recursive: true, preserveTimestamps: true })
  await rename(draft, join(place, stampOf(at)))
}

/** Into `data` and `password`, as the built-in PostgreSQL has them; throws when anything is not as it was written. */
async function unpack(folder: string, into: string): Promise<void> {
  const data = join(into, 'data')
  await mkdir(data, { mode: 0o700 })
  const archive = join(folder, 'base.tar.gz')
  await promisify(execFile)('tar', ['-xzf', archive, '-C', data, '--no-same-owner'], {
    timeout: UNPACK_MS
  }).catch((err: Error & { stderr?: string }) => {
    const reason = err.stderr?.trim().split('\n')[0] || err.message
    throw new Error(`base.tar.gz cannot be unpacked (${reason})`, { cause: err })
  })
  const differences = await compareWithManifest(data, join(folder, 'backup_manifest'))
  if (differences.length > 0) {
    const more = differences.length > 5 ? ` and ${differences.length - 5} more` : ''
    throw new Error(`${differences.slice(0, 5).join(', ')}${more}`)
  }
  if (!(await exists(join(folder, 'password')))) throw new Error('password is missing')
  await copyFile(join(folder, 'password'), join(into, 'password'))
}

/** Lets PostgreSQL recover what was unpacked, on a port of its own, and reads it all. */
async function openAndRead(dir: string): Promise<TablesRead> {
  const server = await startEmbeddedPostgres({ dir, log: silent })
  try {
    const client = await connect(server.url)
    return await readTables(client).finally(() => client.end())
  } finally {
    await server.stop()
  }
}

function nothingFor(place: string, backups: EmbeddedBackup[], to: Date | undefined): string {
  const [oldest] = backups
  if (!oldest || !to) return `There is no backup in ${place}: npm run db:backup makes one.`
  return `No backup in ${place} is from before ${spokenTime(to)}: the oldest is from ${spokenTime(oldest.at)}.`
}
