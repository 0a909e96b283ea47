import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  access,
  constants,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  writeFile
} from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { BaseLogger } from 'pino'
import { findPostgresBinaries, type PostgresBinaries, postgresEnvironment } from './binaries.ts'
import { endPostgres } from './process.ts'
import { choosePostgresUser, type PostgresUser } from './user.ts'

const run = promisify(execFile)

export const SUPERUSER = 'postgres'
const INITDB_MS = 120_000
const STOP_MS = 20_000

export type PostgresLog = Pick<BaseLogger, 'info' | 'warn' | 'error'>

export interface ClusterOptions {
  /** Belongs to this server alone; made when missing. */
  dir: string
  settings: Record<string, string>
  log: PostgresLog
}

/** A folder with a PostgreSQL in it, running or not. */
export interface Cluster extends ClusterOptions {
  dataDir: string
  logFile: string
  password: string
  binaries: PostgresBinaries
  user: PostgresUser
}

export async function openCluster(options: ClusterOptions): Promise<Cluster> {
  const { dir } = options
  const binaries = findPostgresBinaries()
  const password = await openFolder(dir)
  const user = await choosePostgresUser(binaries.postgres, dir)
  const [dataDir, logFile] = [join(dir, 'data'), join(dir, 'postgres.log')]
  return { ...options, dataDir, logFile, password, binaries, user }
}

/** Gives back the password that is kept in the folder. */
async function openFolder(dir: string): Promise<string> {
  try {
    await makeFolder(dir)
    await access(dir, constants.R_OK | constants.W_OK | constants.X_OK)
    return await readOrMake(join(dir, 'password'), () => randomBytes(24).toString('hex'))
  } catch (err) {
    const reason = err instanceof Error ? err.message : String(err)
    throw new Error(
      `The database folder ${dir} cannot be used (${reason}): give it to this user or choose another DATA_DIR.`,
      { cause: err }
    )
  }
}

/** Orphans of a killed server still write: they end first, then its stale lock can go. */
export async function removeRemains(cluster: Cluster): Promise<void> {
  if (!(await endPostgres(cluster.dataDir, STOP_MS))) {
    throw new Error(`An old PostgreSQL in ${cluster.dir} does not end: end it by hand.`)
  }
  await rm(join(cluster.dataDir, 'postmaster.pid'), { force: true })
  for (const name of await readdir(cluster.dir)) {
    if (name.startsWith('initdb-')) await rm(join(cluster.dir, name), { recursive: true })
  }
}

/** Made beside its place and then moved there, so that an interrupted start leaves no half of it. */
export async function initialise(cluster: Cluster): Promise<void> {
  const { dir, dataDir, user, log } = cluster
  const version = await readFile(join(dataDir, 'PG_VERSION'), 'utf8').catch(() => '')
  if (version !== '') {
    await checkVersion(cluster, version.trim())
    await giveFiles(cluster, dataDir)
    return
  }
  log.info({ dir }, 'making the database')
  const draft = join(dir, `initdb-${process.pid}`)
  await mkdir(join(draft, 'data'), { recursive: true, mode: 0o700 })
  await writeFile(join(draft, 'password'), `${cluster.password}\n`, { mode: 0o600 })
  await giveFiles(cluster, draft)
  const [file = '', ...args] = initdbCommand(cluster, draft)
  const options = { ...user.spawn, cwd: '/', env: postgresEnvironment, timeout: INITDB_MS }
  await run(file, args, options).catch((err: Error & { stderr?: string }) => {
    const reason = err.stderr?.trim().split('\n').at(-1) || err.message
    throw new Error(`The database could not be made: ${reason}`, { cause: err })
  })
  await rename(join(draft, 'data'), dataDir)
  await rm(draft, { recursive: true })
}

function initdbCommand(cluster: Cluster, draft: string): string[] {
  return [
    ...cluster.user.prefix,
    cluster.binaries.initdb,
    ...['-D', join(draft, 'data'), '-U', SUPERUSER, '-A', 'scram-sha-256'],
    `--pwfile=${join(draft, 'password')}`,
    // The same order of text everywhere, whatever locales the machine has.
    ...['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
    '--no-instructions',
    ...(cluster.settings.fsync === 'off' ? ['--no-sync'] : [])
  ]
}

async function checkVersion(cluster: Cluster, version: string): Promise<void> {
  const { user, binaries, dir } = cluster
  const [file = '', ...args] = [...user.prefix, binaries.postgres, '-V']
  const { stdout } = await run(file, args, { ...user.spawn, env: postgresEnvironment })
  const major = /(\d+)/.exec(stdout)?.[1]
  if (major === version) return
  throw new Error(
    `The database in ${dir} was made by PostgreSQL ${version}, and this release brings ${major}: dump it with the release that made it and load it here.`
  )
}

/** Root gives the files to whom PostgreSQL will run as; it may have been another one before. */
async function giveFiles({ user, dir }: Cluster, path: string): Promise<void> {
  if (process.getuid?.() !== 0) return
  const owner = `${user.uid}:${user.gid}`
  if ((await stat(dir)).uid !== user.uid) await run('chown', [owner, dir])
  if ((await stat(path)).uid !== user.uid || path !== join(dir, 'data')) {
    await run('chown', ['-R', owner, path])
  }
}

/** Step by step: Node's own recursive way never ends where a file system refuses, as /proc does. */
async function makeFolder(dir: string): Promise<void> {
  const made = await mkdir(dir, { mode: 0o700 }).catch((err: NodeJS.ErrnoException) => err)
  if (!made) return
  if (made.code === 'EEXIST' && (await stat(dir)).isDirectory()) return
  if (made.code !== 'ENOENT' || dirname(dir) === dir) throw made
  await makeFolder(dirname(dir))
  await mkdir(dir, { mode: 0o700 })
}

async function readOrMake(file: string, make: () => string): Promise<string> {
  const kept = await readFile(file, 'utf8').catch((err: NodeJS.ErrnoException) => {
    if (err.code === 'ENOENT') return ''
    throw err
  })
  if (kept.trim() !== '') return kept.trim()
  const value = make()
  await replaceFile(file, value)
  return value
}

/** The file appears whole or not at all, and only its owner reads it. */
export async function replaceFile(file: string, value: string): Promise<void> {
  const draft = await open(`${file}.new`, 'w', 0o600)
  await draft.writeFile(`${value}\n`)
  await draft.sync()
  await draft.close()
  await rename(`${file}.new`, file)
}
