import { createHash, randomBytes } from 'node:crypto'
import { login } from '../test/world/api.ts'
import { PASSWORD, type World } from '../test/world/world.ts'
import { placeholders } from './placeholders.ts'

/** In whose name a judge asks. */
export interface Actor {
  name: string
  role: 'ADMIN' | 'USER'
  /** What a judge sends, with placeholders. */
  headers: Record<string, string>
  /** Whoever it is at the moment. */
  current(): Identity
  /** Somebody new of the same rights: the login of `lost` is gone, or is made to wait. Many may find that at once. */
  renew(lost: Identity, reason: string): Promise<void>
}

export interface Identity {
  id: string
  username: string
  secret: string
  cookie: string
}

export interface ActorOptions {
  role: Actor['role']
  by: 'key' | 'cookie'
  /** Somebody new has to own what the one before owned. */
  onRenewed?: (identity: Identity) => Promise<void>
}

/** PASSWORD at bcrypt's lowest cost: thousands of logins with it are to be no work. */
const QUICK_HASH = '$2b$04$B3LBoHEPA2rDLdu4aHqH5udyg1i8sxzCnAtzBwqnXzvjFDYhGQxda'
const COOKIE = 'ctrl_alt_play_session'
const MOST_RENEWALS = 500

let made = 0

export async function createActor(
  world: World,
  { role, by, onRenewed = async () => undefined }: ActorOptions
): Promise<Actor> {
  let identity = await addIdentity(world, role, by)
  let renewals = 0
  let renewing: Promise<void> | undefined

  async function replace(reason: string): Promise<void> {
    renewals += 1
    if (renewals > MOST_RENEWALS)
      throw new Error(`${MOST_RENEWALS} logins were not enough, the last answer: ${reason}`)
    identity = await addIdentity(world, role, by)
    await onRenewed(identity)
  }

  const authorization = `Bearer ${placeholders.key}`
  return {
    role,
    name: `${role === 'ADMIN' ? 'an administrator' : 'a user'} by ${by}`,
    headers: by === 'key' ? { authorization } : { cookie: `${COOKIE}=${placeholders.cookie}` },
    current: () => identity,
    async renew(lost, reason) {
      if (lost !== identity && !renewing) return
      renewing ??= replace(reason).finally(() => {
        renewing = undefined
      })
      await renewing
    }
  }
}

async function addIdentity(
  world: World,
  role: ActorOptions['role'],
  by: ActorOptions['by']
): Promise<Identity> {
  const { id, username } = await addUser(world, role)
  const secret = `cap_${randomBytes(32).toString('base64url')}`
  const hash = createHash('sha256').update(secret).digest('hex')
  const sql = `INSERT INTO "ApiKey" (id, "userId", name, "secretHash") VALUES (gen_random_uuid(), $1, 'judge', $2)`
  await world.database.query(sql, [id, hash])
  if (by === 'key') return { id, username, secret, cookie: '' }
  const person = await login(world.url, username, PASSWORD)
  return { id, username, secret, cookie: person.cookie().slice(COOKIE.length + 1) }
}

/** A user with PASSWORD, straight in the database: nothing is hashed. */
export async function addUser(
  { database }: World,
  role: ActorOptions['role']
): Promise<{ id: string; username: string }> {
  made += 1
  const username = `judged-${made}`
  const [row] = await database.query(
    `INSERT INTO "User" (id, username, email, "passwordHash", "roleId")
     SELECT gen_random_uuid(), $1, $2, $3, id FROM "Role" WHERE name = $4 RETURNING id`,
    [username, `${username}@example.invalid`, QUICK_HASH, role]
  )
  return { id: String(row?.id), username }
}
