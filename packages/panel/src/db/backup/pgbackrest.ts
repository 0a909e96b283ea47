import { execFile } from 'node:child_process'
import { Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { postgresEnvironment } from '../postgres/binaries.ts'
import type { BackupKind } from './backups.ts'
import { STANZA } from './pgbackrest-config.ts'

/** A backup of terabytes may take this long. */
const LONGEST_MS = 24 * 3_600_000

/** Who owns a data folder, and so runs PostgreSQL and pgBackRest on it. */
export interface Owner {
  uid: number
  gid: number
}

const Info = Type.Array(
  Type.Object({
    backup: Type.Array(
      Type.Object({
        label: Type.String(),
        type: Type.String(),
        error: Type.Optional(Type.Union([Type.Boolean(), Type.Null()])),
        database: Type.Object({ 'repo-key': Type.Integer() }),
        archive: Type.Object({ start: Type.String() }),
        timestamp: Type.Object({ stop: Type.Integer() })
      })
    )
  })
)

export interface PgbackrestBackup {
  repository: number
  label: string
  kind: BackupKind
  /** When it had ended. */
  at: Date
  firstWal: string
  /** It holds pages with wrong checksums: the database itself was damaged. */
  isOfDamaged: boolean
}

interface Outcome {
  code: number
  stdout: string
  stderr: string
}

export interface Pgbackrest {
  /** Throws what it said when it fails. */
  run(args: string[]): Promise<string>
  list(): Promise<PgbackrestBackup[]>
  /** What is wrong with a repository; its exit code is 0 in any case. */
  verify(repository: number): Promise<string[]>
  /** Names of all archived pieces of WAL. */
  archived(repository: number): Promise<string[]>
}

export function openPgbackrest(configFile: string, owner: Owner): Pgbackrest {
  const call = (args: string[]) =>
    execute('pgbackrest', [`--config=${configFile}`, `--stanza=${STANZA}`, ...args], owner)

  async function run(args: string[]): Promise<string> {
    const { code, stdout, stderr } = await call(args)
    if (code !== 0) throw new Error(`pgBackRest says: ${plain(stdout + stderr)}`)
    return stdout
  }

  async function list(): Promise<PgbackrestBackup[]> {
    const info = Value.Parse(Info, JSON.parse(await run(['info', '--output=json'])))
    return info.flatMap(({ backup }) =>
      backup.map(one => ({
        repository: one.database['repo-key'],
        label: one.label,
        kind: one.type === 'full' ? ('full' as const) : ('diff' as const),
        // It tells whole seconds, of which it may have ended at the last moment.
        at: new Date((one.timestamp.stop + 1) * 1000),
        firstWal: one.archive.start,
        isOfDamaged: one.error === true
      }))
    )
  }

  async function verify(repository: number): Promise<string[]> {
    const { code, stdout, stderr } = await call([
      ...[`--repo=${repository}`, 'verify', '--output=text', '--verbose']
    ])
    if (code === 0 && /^status: ok$/m.test(stdout)) return []
    return verifyProblems(stdout + stderr)
  }

  async function archived(repository: number): Promise<string[]> {
    const output = await run([
      ...[`--repo=${repository}`, 'repo-ls', '--recurse', '--output=json', `archive/${STANZA}`]
    ])
    const names = Object.keys(
      Value.Parse(Type.Record(Type.String(), Type.Unknown()), JSON.parse(output))
    )
    return names.map(name => name.slice(name.lastIndexOf('/') + 1))
  }

  return { run, list, verify, archived }
}

/** Only what is wrong of what it tells; all of it where it tells nothing that is known. */
export function verifyProblems(output: string): string[] {
  const lines = output.split('\n').map(line => line.trim())
  const problems = lines.flatMap((line, index) => {
    const counts = lines[index + 1] ?? ''
    const wrong = [...counts.matchAll(/([a-z ]+): ([1-9]\d*)/g)].map(
      ([, what = '', count]) => `${what.trim()}: ${count}`
    )
    const [, wal] = /^archiveId: (\S+), total/.exec(line) ?? []
    const [, label, status] = /^backup: (\S+), status: ([^,]+)/.exec(line) ?? []
    if (wal && wrong.length > 0) return [`the archived WAL is damaged (${wrong.join(', ')})`]
    if (label && status !== 'valid') return [`backup ${label} is ${status} (${wrong.join(', ')})`]
    return []
  })
  return problems.length > 0 ? problems : [`pgBackRest says: ${plain(output) || 'nothing at all'}`]
}

/** Its lines without time and process. */
function plain(output: string): string {
  return output
    .split('\n')
    .map(line => line.replace(/^\S+ \S+ P\d+\s+/, '').trim())
    .filter(line => line !== '')
    .join('\n')
}

/** Runs a program as the data folder's owner, whom only root can become. */
export function execute(file: string, args: string[], { uid, gid }: Owner): Promise<Outcome> {
  const isRoot = process.getuid?.() === 0
  const options = {
    ...(isRoot ? { uid, gid } : {}),
    cwd: '/',
    env: postgresEnvironment,
    maxBuffer: 256 * 1024 * 1024,
    timeout: LONGEST_MS
  }
  return new Promise((resolve, reject) => {
    execFile(file, args, options, (err, stdout, stderr) => {
      const code = err ? err.code : 0
      if (typeof code === 'number') resolve({ code, stdout, stderr })
      else if (code === 'ENOENT') reject(new Error(notInstalled(file), { cause: err }))
      else reject(err)
    })
  })
}

function notInstalled(program: string): string {
  return `${program} is not installed: on Debian, apt-get install pgbackrest.`
}
