import { access, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { embeddedUrl, startEmbeddedPostgres } from './embedded.ts'
import type { PostgresLog } from './postgres/cluster.ts'
import { ownerOf } from './postgres/folder-lock.ts'
import { isPostgresOf, readPostmaster } from './postgres/process.ts'

export interface ReachOptions {
  /** A PostgreSQL of one's own; without it the embedded one in DATA_DIR is meant. */
  databaseUrl: string | undefined
  dataDir: string
  /** Whether an embedded database that is not there yet is made. */
  create: boolean
  log: PostgresLog
}

export interface ReachedDatabase {
  url: string
  /** For people, without the password. */
  where: string
  /** Ends what was started for this. */
  stop(): Promise<void>
}

/** The database that `npm start` would use, also beside a panel that runs on it. */
export async function reachDatabase(options: ReachOptions): Promise<ReachedDatabase> {
  const { databaseUrl, dataDir, create, log } = options
  if (databaseUrl !== undefined) {
    const { hostname, port, pathname } = new URL(databaseUrl)
    const where = `the database ${pathname.slice(1)} at ${hostname}:${port || 5432}`
    return { url: databaseUrl, where, stop: async () => undefined }
  }
  const dir = join(dataDir, 'postgres')
  const where = `the database in ${dir}`
  const isMade = await access(join(dir, 'data', 'PG_VERSION')).then(
    () => true,
    () => false
  )
  if (!isMade && !create) {
    throw new Error(
      `There is no database in ${dir} yet: npm run db:migrate makes it, and so does npm start. Another one is named by DATABASE_URL or DATA_DIR.`
    )
  }
  const running = await runningUrl(dir)
  if (running) return { url: running, where, stop: async () => undefined }
  const server = await startEmbeddedPostgres({ dir, log })
  return { url: server.url, where, stop: () => server.stop() }
}

/** Of one that a living panel serves; it is not ours to end. */
async function runningUrl(dir: string): Promise<string | undefined> {
  if ((await ownerOf(dir)) === undefined) return undefined
  const dataDir = join(dir, 'data')
  const postmaster = await readPostmaster(dataDir)
  if (!postmaster?.ready || !(await isPostgresOf(dataDir, postmaster.pid))) return undefined
  const password = (await readFile(join(dir, 'password'), 'utf8')).trim()
  return embeddedUrl(password, postmaster.port)
}
