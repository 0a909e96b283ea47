import pg from 'pg'
import { connect } from '../create-database.ts'
import type { Say } from './backups.ts'
import type { PgbackrestSettings } from './pgbackrest-config.ts'

/** Change that is a minute old is archived, so at most that much is lost with a disk. */
const ARCHIVE_TIMEOUT = '60s'
const INSUFFICIENT_PRIVILEGE = '42501'

export interface Server {
  cluster: PgbackrestSettings['cluster']
  isSuperuser: boolean
  archiveMode: string
  archiveCommand: string
}

interface ServerRow {
  dataDir: string
  port: string
  sockets: string
  superuser: string
  isSuperuser: boolean
  archiveMode: string
  archiveCommand: string
}

export async function askServer(url: string): Promise<Server> {
  const client = await connect(url)
  try {
    const { rows } = await client.query<ServerRow>(
      `SELECT current_setting('data_directory') AS "dataDir", current_setting('port') AS port,
        current_setting('unix_socket_directories') AS sockets,
        (SELECT rolname FROM pg_roles WHERE oid = 10) AS superuser,
        (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS "isSuperuser",
        current_setting('archive_mode') AS "archiveMode",
        current_setting('archive_command') AS "archiveCommand"`
    )
    const [row] = rows
    if (!row) throw new Error('PostgreSQL said nothing of itself.')
    const { dataDir, port, superuser, ...rest } = row
    const socketDir = row.sockets.split(',')[0]?.trim() ?? ''
    return { ...rest, cluster: { dataDir, port, superuser, socketDir } }
  } catch (err) {
    if (!(err instanceof Error && 'code' in err) || err.code !== INSUFFICIENT_PRIVILEGE) throw err
    const { username } = new URL(url)
    throw new Error(
      `The panel's role may not see where PostgreSQL keeps its data. Allow it once: sudo -u postgres psql -c 'GRANT pg_read_all_settings TO "${decodeURIComponent(username)}"'`,
      { cause: err }
    )
  } finally {
    await client.end()
  }
}

/** Throws what has to be done by hand, if anything: a restart always, settings where the role may not make them. */
export async function prepareArchiving(options: {
  url: string
  server: Server
  command: string
  say: Say
}): Promise<void> {
  const { url, server, command, say } = options
  const isOn = server.archiveMode === 'on' || server.archiveMode === 'always'
  // In a container it may stand behind a question whether there is a place for backups.
  if (isOn && server.archiveCommand.endsWith(command)) return
  if (isOn && server.archiveCommand !== '' && !server.archiveCommand.includes('pgbackrest')) {
    throw new Error(
      `PostgreSQL archives its WAL otherwise already (archive_command is ${server.archiveCommand}). To use these backups set it to: ${command}`
    )
  }
  const settings = {
    archive_mode: 'on',
    archive_command: command,
    archive_timeout: ARCHIVE_TIMEOUT
  }
  const statements = [
    ...Object.entries(settings).map(
      ([name, value]) => `ALTER SYSTEM SET ${name} = ${pg.escapeLiteral(value)}`
    ),
    'SELECT pg_reload_conf()'
  ]
  const restart =
    'Restart PostgreSQL once (on Debian: systemctl restart postgresql), since it archives only then, and run this again.'
  if (!server.isSuperuser) {
    throw new Error(
      `PostgreSQL does not archive its WAL yet. Run this once, as its superuser (sudo -u postgres psql):\n\n${statements.map(line => `  ${line};`).join('\n')}\n\n${isOn ? 'Then run this again.' : restart}`
    )
  }
  const client = await connect(url)
  try {
    for (const statement of statements) await client.query(statement)
  } finally {
    await client.end()
  }
  say(`Set ${Object.keys(settings).join(', ')} in PostgreSQL.`)
  if (!isOn) throw new Error(restart)
}
