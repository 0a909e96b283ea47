import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { BaseLogger } from 'pino'
import { createDatabaseIfMissing } from './create-database.ts'
import { lockFolder } from './folder-lock.ts'
import {
  choosePostgresUser,
  findPostgresBinaries,
  type PostgresBinaries,
  type PostgresUser,
  systemPath
} from './postgres-binaries.ts'
import { endPostgres, isPostgresOf, poll, readPostmaster } from './postgres-process.ts'

const run = promisify(execFile)

const SUPERUSER = 'postgres'
const DATABASE = 'ctrl_alt_play'
/** Long enough for the recovery after a power cut. */
const READY_MS = 120_000
const STOP_MS = 20_000
const WATCH_MS = 1_000
const MAX_LOG_BYTES = 1024 * 1024

/** Small and careful; fsync stays on. Errors of statements reach the client and need no line here. */
const defaultSettings: Record<string, string> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '60',
  shared_buffers: '64MB',
  maintenance_work_mem: '32MB',
  max_wal_size: '512MB',
  io_method: 'sync',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_checkpoints: 'off',
  log_min_messages: 'log'
}

export type EmbeddedPostgresLog = Pick<BaseLogger, 'info' | 'warn' | 'error'>

export interface EmbeddedPostgresOptions {
  /** Belongs to this server alone; made when missing. */
  dir: string
  /** Wished for at the first start; another is taken when it is not free. */
  port?: number
  /** Further PostgreSQL settings, e.g. fsync=off in tests. */
  settings?: Record<string, string>
  log: EmbeddedPostgresLog
}

export interface EmbeddedPostgres {
  url: string
  stop(): Promise<void>
}

interface Cluster {
  dir: string
  dataDir: string
  logFile: string
  password: string
  binaries: PostgresBinaries
  user: PostgresUser
  settings: Record<string, string>
  log: EmbeddedPostgresLog
}

/**
 * Starts a real PostgreSQL that only this machine can reach, or takes over the one that a killed
 * panel left running in the same folder. It is started again should it die before stop().
 */
export async function startEmbeddedPostgres(
  options: EmbeddedPostgresOptions
): Promise<EmbeddedPostgres> {
  const cluster = await openCluster(options)
  const lock = await lockFolder(cluster.dir)
  try {
    const port = (await adopt(cluster)) ?? (await startFresh(cluster, options.port))
    const url = `postgresql://${SUPERUSER}:${cluster.password}@127.0.0.1:${port}/${DATABASE}`
    await createDatabaseIfMissing(url)
    const stopWatching = watch(cluster, port)
    return {
      url,
      async stop() {
        await stopWatching()
        const ended = await endPostgres(cluster.dataDir, STOP_MS)
        await lock.release()
        if (!ended) throw new Error(`PostgreSQL in ${cluster.dir} does not end.`)
      }
    }
  } catch (err) {
    await lock.release()
    throw err
  }
}

async function openCluster(options: EmbeddedPostgresOptions): Promise<Cluster> {
  const { dir } = options
  const binaries = findPostgresBinaries()
  const user = await choosePostgresUser(binaries.postgres)
  try {
    await mkdir(dir, { recursive: true, mode: 0o700 })
    return {
      dir,
      dataDir: join(dir, 'data'),
      logFile: join(dir, 'postgres.log'),
      password: await readOrMake(join(dir, 'password'), () => randomBytes(24).toString('hex')),
      binaries,
      user,
      settings: { ...defaultSettings, ...options.settings },
      log: options.log
    }
  } catch (err) {
    const reason = err instanceof Error ? err.message : String(err)
    throw new Error(
      `The database folder ${dir} cannot be used (${reason}): give it to this user or choose another DATA_DIR.`,
      { cause: err }
    )
  }
}

/** The file appears whole or not at all. */
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

async function replaceFile(file: string, value: string): Promise<void> {
  const draft = await open(`${file}.new`, 'w', 0o600)
  await draft.writeFile(`${value}\n`)
  await draft.sync()
  await draft.close()
  await rename(`${file}.new`, file)
}

/** The port of a server that a killed panel left behind, once it answers. */
async function adopt(cluster: Cluster): Promise<number | undefined> {
  const left = await readPostmaster(cluster.dataDir)
  if (!left || !(await isPostgresOf(cluster.dataDir, left.pid))) return undefined
  await poll(async () => {
    const now = await readPostmaster(cluster.dataDir)
    return now?.ready === true || !(await isPostgresOf(cluster.dataDir, left.pid))
  }, READY_MS)
  const now = await readPostmaster(cluster.dataDir)
  if (now?.ready !== true || !(await isPostgresOf(cluster.dataDir, now.pid))) return undefined
  cluster.log.info({ pid: now.pid, port: now.port }, 'took over the database that was left running')
  return now.port
}

async function startFresh(cluster: Cluster, wishedPort: number | undefined): Promise<number> {
  await removeRemains(cluster)
  await initialise(cluster)
  const portFile = join(cluster.dir, 'port')
  const kept = Number(await readFile(portFile, 'utf8').catch(() => ''))
  for (const wanted of [kept || wishedPort || 0, 0, 0]) {
    const port = await freePort(wanted)
    if (await launch(cluster, port)) {
      if (port !== kept) await replaceFile(portFile, String(port))
      return port
    }
  }
  throw new Error('PostgreSQL found no free port on 127.0.0.1: another program takes them.')
}

/** Orphans of a killed server still write: they end first, then its stale lock can go. */
async function removeRemains(cluster: Cluster): Promise<void> {
  if (!(await endPostgres(cluster.dataDir, STOP_MS))) {
    throw new Error(`An old PostgreSQL in ${cluster.dir} does not end: end it by hand.`)
  }
  await rm(join(cluster.dataDir, 'postmaster.pid'), { force: true })
  for (const name of await readdir(cluster.dir)) {
    if (name.startsWith('initdb-')) await rm(join(cluster.dir, name), { recursive: true })
  }
}

/** Made beside its place and then moved there, so that an interrupted start leaves no half of it. */
async function initialise(cluster: Cluster): Promise<void> {
  const { dataDir, user, log } = cluster
  const version = await readFile(join(dataDir, 'PG_VERSION'), 'utf8').catch(() => '')
  if (version !== '') {
    await checkVersion(cluster, version.trim())
    const { uid } = await stat(dataDir)
    if (uid !== user.uid && process.getuid?.() === 0) await giveFiles(cluster, dataDir)
    return
  }
  log.info({ dir: cluster.dir }, 'making the database')
  const draft = join(cluster.dir, `initdb-${process.pid}`)
  const passwordFile = join(draft, 'password')
  await mkdir(join(draft, 'data'), { recursive: true, mode: 0o700 })
  await writeFile(passwordFile, `${cluster.password}\n`, { mode: 0o600 })
  await giveFiles(cluster, draft)
  const args = ['-D', join(draft, 'data'), '-U', SUPERUSER, '-A', 'scram-sha-256']
  args.push(`--pwfile=${passwordFile}`, '--encoding=UTF8', '--locale=C', '--no-instructions')
  args.push('--locale-provider=builtin', '--builtin-locale=C.UTF-8')
  if (cluster.settings.fsync === 'off') args.push('--no-sync')
  const [file = '', ...rest] = [...user.prefix, cluster.binaries.initdb, ...args]
  await run(file, rest, { ...user.spawn, env: environment(), timeout: READY_MS }).catch(
    (err: Error & { stderr?: string }) => {
      throw new Error(`The database could not be made: ${lastLine(err.stderr) || err.message}`, {
        cause: err
      })
    }
  )
  await rename(join(draft, 'data'), dataDir)
  await rm(draft, { recursive: true })
}

async function checkVersion(cluster: Cluster, version: string): Promise<void> {
  const [file = '', ...args] = [...cluster.user.prefix, cluster.binaries.postgres, '-V']
  const { stdout } = await run(file, args, { ...cluster.user.spawn, env: environment() })
  const major = /(\d+)/.exec(stdout)?.[1]
  if (major === version) return
  throw new Error(
    `The database in ${cluster.dir} was made by PostgreSQL ${version}, and this release brings ${major}: dump it with the release that made it and load it here.`
  )
}

async function giveFiles({ user, dir }: Cluster, path: string): Promise<void> {
  if (process.getuid?.() !== 0) return
  await run('chown', ['-R', `${user.uid}:${user.gid}`, path])
  // The service user must also reach it; the way above is the machine's own matter.
  if (user.uid !== 0) await run('chown', [`${user.uid}:${user.gid}`, dir])
}

/** False when the port went to another program meanwhile. */
async function launch(cluster: Cluster, port: number): Promise<boolean> {
  const { user, dataDir, logFile } = cluster
  const size = await stat(logFile).then(
    found => found.size,
    () => 0
  )
  if (size > MAX_LOG_BYTES) await rename(logFile, `${logFile}.1`)
  const output = await open(logFile, 'a', 0o600)
  const logStart = (await output.stat()).size
  const settings = Object.entries(cluster.settings).flatMap(pair => ['-c', pair.join('=')])
  const args = [...user.prefix, cluster.binaries.postgres, '-D', dataDir, '-p', String(port)]
  const [file = '', ...rest] = [...args, ...settings]
  // A session of its own: Ctrl-C on the terminal reaches the panel alone, which stops it in order.
  const child = spawn(file, rest, {
    ...user.spawn,
    cwd: '/',
    detached: true,
    env: environment(),
    stdio: ['ignore', output.fd, output.fd]
  })
  const ended = endOf(child)
  child.unref()
  await output.close()

  const isReady = async () =>
    ended.reason !== undefined || (await readPostmaster(dataDir))?.ready === true
  const inTime = await poll(isReady, READY_MS)
  if (inTime && ended.reason === undefined) return true
  const said = (await readFile(logFile)).subarray(logStart).toString()
  if (said.includes('Address already in use')) return false
  await endPostgres(dataDir, 0)
  const reason = lastLine(said, 'FATAL:') || ended.reason || 'it was not ready in time'
  throw new Error(`The built-in PostgreSQL did not start: ${reason}. Its log is ${logFile}.`)
}

function endOf(child: ChildProcess): { reason?: string } {
  const ended: { reason?: string } = {}
  child.once('error', err => {
    ended.reason = err.message
  })
  child.once('exit', (code, signalName) => {
    ended.reason = `it ended with ${signalName ?? `code ${code}`}`
  })
  return ended
}

/** Starts the server again on the same port when it died; gives back what ends the watch. */
function watch(cluster: Cluster, port: number): () => Promise<void> {
  let waitRounds = 0
  let failures = 0
  let work: Promise<void> | undefined
  const timer = setInterval(() => {
    if (work !== undefined || waitRounds-- > 0) return
    work = look().finally(() => {
      work = undefined
    })
  }, WATCH_MS)
  timer.unref()

  async function look(): Promise<void> {
    const postmaster = await readPostmaster(cluster.dataDir)
    if (postmaster && (await isPostgresOf(cluster.dataDir, postmaster.pid))) return
    cluster.log.warn({ port }, 'the database ended by itself: starting it again')
    try {
      await removeRemains(cluster)
      if (!(await launch(cluster, port))) throw new Error(`Port ${port} is taken.`)
      failures = 0
    } catch (err) {
      failures += 1
      waitRounds = Math.min(2 ** failures, 30)
      cluster.log.error({ err }, 'the database did not start again')
    }
  }

  return async () => {
    clearInterval(timer)
    await work
  }
}

/** The wanted port when it is free, else any. */
async function freePort(wanted: number): Promise<number> {
  const server = createServer()
  const listening = new Promise<number>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host: '127.0.0.1', port: wanted, exclusive: true }, () => {
      const address = server.address()
      resolve(typeof address === 'object' && address ? address.port : wanted)
    })
  })
  try {
    return await listening
  } catch (err) {
    if (wanted === 0) throw err
    return freePort(0)
  } finally {
    server.close()
  }
}

function environment(): NodeJS.ProcessEnv {
  return { PATH: systemPath, LC_ALL: 'C', TZ: 'UTC' }
}

function lastLine(text: string | undefined, mark = ''): string {
  const lines = (text ?? '').split('\n').filter(line => line.trim() !== '' && line.includes(mark))
  const last = lines.at(-1) ?? ''
  return last.slice(mark === '' ? 0 : last.indexOf(mark) + mark.length).trim()
}
