import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { createDatabaseIfMissing } from './create-database.ts'
import {
  type Cluster,
  initialise,
  openCluster,
  type PostgresLog,
  removeRemains,
  replaceFile,
  SUPERUSER
} from './postgres/cluster.ts'
import { lockFolder } from './postgres/folder-lock.ts'
import { freePort } from './postgres/free-port.ts'
import { launch, READY_MS } from './postgres/launch.ts'
import { endPostgres, isPostgresOf, poll, readPostmaster } from './postgres/process.ts'
import { keepRunning } from './postgres/watch.ts'

const DATABASE = 'ctrl_alt_play'
const STOP_MS = 20_000

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

export interface EmbeddedPostgresOptions {
  /** Belongs to this server alone; made when missing. */
  dir: string
  /** Wished for at the first start; another is taken when it is not free. */
  port?: number
  /** Further PostgreSQL settings, e.g. fsync=off in tests. */
  settings?: Record<string, string>
  log: PostgresLog
}

export interface EmbeddedPostgres {
  url: string
  stop(): Promise<void>
}

/**
 * Starts a real PostgreSQL that only this machine can reach, or takes over the one that a killed
 * panel left running in the same folder. It is started again should it die before stop().
 */
export async function startEmbeddedPostgres(
  options: EmbeddedPostgresOptions
): Promise<EmbeddedPostgres> {
  const { log } = options
  const dir = resolve(options.dir)
  const settings = { ...defaultSettings, ...options.settings }
  const cluster = await openCluster({ dir, settings, log })
  const lock = await lockFolder(dir)
  try {
    const port = (await adopt(cluster)) ?? (await startFresh(cluster, options.port))
    const url = urlOf(cluster, port)
    await createDatabaseIfMissing(url)
    const stopWatching = keepRunning(cluster, port)
    return {
      url,
      async stop() {
        await stopWatching()
        const ended = await endPostgres(cluster.dataDir, STOP_MS)
        await lock.release()
        if (!ended) throw new Error(`PostgreSQL in ${dir} does not end.`)
      }
    }
  } catch (err) {
    await lock.release()
    throw err
  }
}

/** The port of a server that a killed panel left behind; none when it does not answer. */
async function adopt(cluster: Cluster): Promise<number | undefined> {
  const { dataDir, log } = cluster
  const left = await readPostmaster(dataDir)
  if (!left || !(await isPostgresOf(dataDir, left.pid))) return undefined
  await poll(async () => {
    const now = await readPostmaster(dataDir)
    return now?.ready === true || !(await isPostgresOf(dataDir, left.pid))
  }, READY_MS)
  const now = await readPostmaster(dataDir)
  if (now?.ready !== true || !(await isPostgresOf(dataDir, now.pid))) return undefined
  try {
    await createDatabaseIfMissing(urlOf(cluster, now.port))
  } catch (err) {
    log.warn({ err, pid: now.pid }, 'the database that was left running does not answer: ending it')
    return undefined
  }
  log.info({ pid: now.pid, port: now.port }, 'took over the database that was left running')
  return now.port
}

function urlOf({ password }: Cluster, port: number): string {
  return embeddedUrl(password, port)
}

export function embeddedUrl(password: string, port: number): string {
  return `postgresql://${SUPERUSER}:${password}@127.0.0.1:${port}/${DATABASE}`
}

async function startFresh(cluster: Cluster, wishedPort: number | undefined): Promise<number> {
  await removeRemains(cluster)
  await initialise(cluster)
  const portFile = join(cluster.dir, 'port')
  const kept = Number(await readFile(portFile, 'utf8').catch(() => ''))
  for (const wanted of [kept || wishedPort || 0, 0, 0]) {
    const port = await freePort(wanted)
    if (!(await launch(cluster, port))) continue
    if (port !== kept) await replaceFile(portFile, String(port))
    return port
  }
  throw new Error('PostgreSQL found no free port on 127.0.0.1: another program takes them.')
}
