import { execFile } from 'node:child_process'
import { readFile, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { postgresEnvironment } from './binaries.ts'

const run = promisify(execFile)
const CHECK_MS = 10_000

interface Ids {
  uid: number
  gid: number
}

/** How to run PostgreSQL, which refuses to be root, from here. */
export interface PostgresUser extends Ids {
  /** What goes before the program. */
  prefix: string[]
  /** Whom Node becomes for it; the ids beside are who owns the files, as seen from outside. */
  spawn: Partial<Ids>
}

/**
 * An ordinary user runs it as himself. Root runs it in a user namespace where root has an ordinary
 * user's number, because that works in folders only root may enter; where that is no way, as the
 * owner of a folder above or as a service user.
 */
export async function choosePostgresUser(postgres: string, dir: string): Promise<PostgresUser> {
  const own = { uid: process.getuid?.() ?? -1, gid: process.getgid?.() ?? -1 }
  if (own.uid !== 0) return { prefix: [], spawn: {}, ...own }

  const users = await knownUsers()
  const service = ['postgres', 'nobody'].flatMap(name => users.get(name) ?? [])
  const ids = [...users.values()]
  const owners = (await ownersAbove(dir)).flatMap(
    owner => ids.find(({ uid }) => uid === owner) ?? []
  )
  const namespaces = service.slice(-1).map(({ uid, gid }) => ({
    prefix: ['unshare', '--user', `--map-user=${uid}`, `--map-group=${gid}`],
    spawn: {},
    ...own
  }))
  const switched = [...owners, ...service].map(user => ({ prefix: [], spawn: user, ...user }))
  for (const candidate of [...namespaces, ...switched]) {
    if (await canRun(candidate, postgres, dirname(dir))) return candidate
  }
  throw new Error(
    `PostgreSQL refuses to run as root, and here it can run neither in a user namespace nor as another user who may enter ${dirname(dir)}: start as an ordinary user, or set DATABASE_URL.`
  )
}

/** PostgreSQL runs only as a user with a name. */
async function knownUsers(): Promise<Map<string, Ids>> {
  const passwd = await readFile('/etc/passwd', 'utf8').catch(() => '')
  const rows = passwd.split('\n').map(line => line.split(':'))
  return new Map(
    rows.map(([name = '', , uid, gid]) => [name, { uid: Number(uid), gid: Number(gid) }])
  )
}

/** Whose home a checkout that root starts may lie in. */
async function ownersAbove(dir: string): Promise<number[]> {
  const { uid } = await stat(dir)
  const above = dirname(dir) === dir ? [] : await ownersAbove(dirname(dir))
  return uid === 0 ? above : [uid, ...above]
}

async function canRun(user: PostgresUser, postgres: string, folder: string): Promise<boolean> {
  const check = ['sh', '-c', '"$1" -V && test -x "$2"', 'sh', postgres, folder]
  const [file = '', ...args] = [...user.prefix, ...check]
  const options = { ...user.spawn, cwd: '/', env: postgresEnvironment, timeout: CHECK_MS }
  return run(file, args, options).then(
    () => true,
    () => false
  )
}
