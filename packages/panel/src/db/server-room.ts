import type pg from 'pg'

/** How many connections this user may open on this server. */
export interface ServerRoom {
  /** max_connections of the server. */
  serverConnections: number
  /** What is left of it for us: less what is reserved, and within the limits of our user and database. */
  allowedConnections: number
}

/** Beside the pool: migrations, retention, and a hand that looks after the server. */
const BESIDE_THE_POOL = 3

const ROOM = `
  SELECT current_setting('max_connections')::int AS most, r.rolsuper AS super,
    current_setting('superuser_reserved_connections')::int
      + coalesce(current_setting('reserved_connections', true)::int, 0) AS reserved,
    r.rolconnlimit AS "ofUser", d.datconnlimit AS "ofDatabase"
  FROM pg_roles r, pg_database d WHERE r.rolname = current_user AND d.datname = current_database()`

export async function readServerRoom(pool: Pick<pg.Pool, 'query'>): Promise<ServerRoom> {
  const { rows } = await pool.query(ROOM)
  const { most, super: isSuperuser, reserved, ofUser, ofDatabase } = rows[0]
  // -1: no limit. A superuser may also use what is reserved.
  const limits = [ofUser, ofDatabase].filter(limit => limit >= 0 && !isSuperuser)
  const allowedConnections = Math.min(isSuperuser ? most : most - reserved, ...limits)
  return { serverConnections: most, allowedConnections }
}

/** What is wrong with a pool of this size, in words; undefined when it fits. */
export function poolProblem(
  poolSize: number,
  { serverConnections, allowedConnections }: ServerRoom
): string | undefined {
  const most = allowedConnections - BESIDE_THE_POOL
  if (poolSize <= most) return undefined
  const room = `The database server lets this user open ${allowedConnections} connections (max_connections is ${serverConnections}), and the panel needs ${BESIDE_THE_POOL} beside its pool`
  if (most < 2) return `${room}: give it more, the smallest pool has 2.`
  return `${room}: DATABASE_POOL_SIZE must be ${most} or less and not "${poolSize}", or the server's limit higher.`
}
