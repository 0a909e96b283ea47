import pg from 'pg'

const CONNECT_MS = 10_000
const MISSING_DATABASE = '3D000'
const DUPLICATE_DATABASE = '42P04'

/** Connects to the database that the URL names, and makes it first where it is missing. */
export async function createDatabaseIfMissing(url: string): Promise<void> {
  try {
    const client = await connect(url)
    await client.end()
  } catch (err) {
    if (!hasCode(err, MISSING_DATABASE)) throw unreachable(url, err)
    await createDatabase(url)
  }
}

async function createDatabase(url: string): Promise<void> {
  const name = databaseName(url)
  const maintenance = new URL(url)
  maintenance.pathname = '/postgres'
  const client = await connect(maintenance.href)
  try {
    await client.query(`CREATE DATABASE ${pg.escapeIdentifier(name)}`)
  } catch (err) {
    if (hasCode(err, DUPLICATE_DATABASE)) return
    throw new Error(`The database "${name}" is missing and could not be made: make it by hand.`, {
      cause: err
    })
  } finally {
    await client.end()
  }
}

export async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'ctrl-alt-play',
    connectionTimeoutMillis: CONNECT_MS
  })
  // A connection that breaks later fails the next query; without a listener it would end the process.
  client.on('error', () => undefined)
  await client.connect()
  return client
}

function databaseName(url: string): string {
  return decodeURIComponent(new URL(url).pathname.slice(1)) || 'postgres'
}

function unreachable(url: string, cause: unknown): Error {
  const { hostname, port } = new URL(url)
  const reason = cause instanceof Error ? cause.message || cause.name : String(cause)
  return new Error(
    `PostgreSQL at ${hostname}:${port || 5432} does not let the panel in (${reason}): check DATABASE_URL and that the server runs.`,
    { cause }
  )
}

function hasCode(err: unknown, code: string): boolean {
  return err instanceof Error && 'code' in err && err.code === code
}
