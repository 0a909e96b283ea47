import { spawn } from 'node:child_process'
import { chown, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from '../create-database.ts'
import { postgresEnvironment } from '../postgres/binaries.ts'
import { endPostgres, poll, readPostmaster } from '../postgres/process.ts'
import { execute, type Owner } from './pgbackrest.ts'
import { readTables, type TablesRead } from './read-tables.ts'
import { exists } from './swap-folder.ts'

const RECOVERY_MS = 6 * 3_600_000
const STOP_MS = 60_000

export interface TrialOptions {
  /** A restored data folder, with what pgBackRest wrote into it for the recovery. */
  dataDir: string
  owner: Owner
  restoreCommand: string
  /** Which role and database of it are looked at. */
  user: string
  database: string
  /** Whether it is to stop at a moment, rather than at the end of the archived WAL. */
  hasTarget: boolean
}

export interface TrialOutcome extends TablesRead {
  lastTransaction: Date | undefined
}

/**
 * Opens a restored database as a read-only standby that nobody else can reach, brings it to where it is to go,
 * and reads it. It decides nothing: the real start recovers to the same place and only then begins to write.
 */
export async function tryRestored(options: TrialOptions): Promise<TrialOutcome> {
  const { dataDir, owner } = options
  const bin = await serverPrograms(dataDir)
  const folder = await mkdtemp(join(tmpdir(), 'cap-restore-'))
  await chown(folder, owner.uid, owner.gid)
  const signal = join(dataDir, 'standby.signal')
  try {
    await writeFile(join(folder, 'postgresql.conf'), await trialSettings(bin, options))
    // The folder of the socket is its owner's alone.
    await writeFile(join(folder, 'pg_hba.conf'), 'local all all trust\n')
    await writeFile(join(folder, 'pg_ident.conf'), '')
    await writeFile(signal, '')
    await start(join(bin, 'postgres'), folder, options)
    return await look(folder, options)
  } finally {
    await endPostgres(dataDir, STOP_MS)
    await rm(signal, { force: true })
    await rm(folder, { recursive: true, force: true })
  }
}

/** Of the version that made the folder. */
async function serverPrograms(dataDir: string): Promise<string> {
  const version = (await readFile(join(dataDir, 'PG_VERSION'), 'utf8')).trim()
  const folders = [`/usr/lib/postgresql/${version}/bin`, `/usr/pgsql-${version}/bin`]
  for (const folder of folders) if (await exists(join(folder, 'postgres'))) return folder
  throw new Error(
    `PostgreSQL ${version} is not installed here: on Debian, apt-get install postgresql-${version}.`
  )
}

/** A standby must allow at least as much as the server that wrote the WAL did. */
async function trialSettings(bin: string, options: TrialOptions): Promise<string> {
  const { dataDir, owner } = options
  const { stdout } = await execute(join(bin, 'pg_controldata'), ['-D', dataDir], owner)
  const least = ['max_connections', 'max_worker_processes', 'max_wal_senders'].concat(
    'max_prepared_xacts',
    'max_locks_per_xact'
  )
  const lines = least.map(name => {
    const value = new RegExp(`^${name} setting: +(\\d+)$`, 'm').exec(stdout)?.[1]
    return (
      value &&
      `${name.replace('_xacts', '_transactions').replace('_xact', '_transaction')} = ${value}`
    )
  })
  return `${lines.filter(Boolean).join('\n')}\n`
}

async function start(postgres: string, folder: string, options: TrialOptions): Promise<void> {
  const { dataDir, owner, restoreCommand } = options
  const settings = {
    config_file: join(folder, 'postgresql.conf'),
    hba_file: join(folder, 'pg_hba.conf'),
    ident_file: join(folder, 'pg_ident.conf'),
    external_pid_file: '',
    listen_addresses: '',
    unix_socket_directories: folder,
    port: '5432',
    shared_preload_libraries: '',
    logging_collector: 'off',
    log_destination: 'stderr',
    hot_standby: 'on',
    archive_mode: 'off',
    primary_conninfo: '',
    restore_command: restoreCommand,
    recovery_target_action: 'pause'
  }
  const log = join(folder, 'log')
  const output = await open(log, 'a', 0o600)
  const args = Object.entries(settings).flatMap(pair => ['-c', pair.join('=')])
  const child = spawn(postgres, ['-D', dataDir, ...args], {
    ...(process.getuid?.() === 0 ? owner : {}),
    cwd: '/',
    detached: true,
    env: postgresEnvironment,
    stdio: ['ignore', output.fd, output.fd]
  })
  child.unref()
  const ended: { reason?: string } = {}
  child.once('error', err => {
    ended.reason = err.message
  })
  child.once('exit', code => {
    ended.reason ??= `it ended with code ${code}`
  })
  await output.close()
  const isOver = async () =>
    ended.reason !== undefined || (await readPostmaster(dataDir))?.ready === true
  const inTime = await poll(isOver, RECOVERY_MS)
  if (inTime && ended.reason === undefined) return
  const said = await readFile(log, 'utf8')
  const fatal = said
    .split('\n')
    .filter(line => /FATAL|PANIC/.test(line))
    .at(-1)
  throw new Error(
    `What was restored does not start: ${fatal?.replace(/^.*?(FATAL|PANIC): +/, '') ?? ended.reason ?? 'it was not ready in time'}`
  )
}

async function look(folder: string, options: TrialOptions): Promise<TrialOutcome> {
  const { user, database, hasTarget } = options
  const url = new URL(`postgresql:///${encodeURIComponent(database)}`)
  url.searchParams.set('host', folder)
  url.searchParams.set('user', user)
  const client = await connect(url.href)
  try {
    const state = { isPaused: false, isAtEnd: false, last: undefined as Date | undefined }
    const hasArrived = async () => {
      const { rows } = await client.query<{
        pause: string
        wait: string | null
        last: Date | null
      }>(
        `SELECT pg_get_wal_replay_pause_state() AS pause, pg_last_xact_replay_timestamp() AS last,
          (SELECT wait_event FROM pg_stat_activity WHERE backend_type = 'startup') AS wait`
      )
      state.last = rows[0]?.last ?? undefined
      state.isPaused = rows[0]?.pause === 'paused'
      state.isAtEnd = rows[0]?.wait === 'RecoveryRetrieveRetryInterval'
      return state.isPaused || state.isAtEnd
    }
    if (!(await poll(hasArrived, RECOVERY_MS))) throw new Error('The recovery came to no end.')
    if (hasTarget && !state.isPaused) throw new Error(tooLate(state.last))
    return { ...(await readTables(client)), lastTransaction: state.last }
  } finally {
    await client.end()
  }
}

function tooLate(last: Date | undefined): string {
  const until = last
    ? `The last change in the archive is from ${last.toISOString()}`
    : 'The archive holds no later change'
  return `${until}, before the moment that was asked for: without --to you get all there is.`
}
