import { randomBytes } from 'node:crypto'
import type { Config } from './config.ts'
import type { Database } from './db/client.ts'
import { seed } from './db/seed.ts'
import { isCommonPassword } from './features/auth/new-password.ts'
import type { Passwords } from './features/auth/passwords.ts'

const GUESSED_FIRST =
  'ADMIN_PASSWORD is among the first that anybody would guess. Take several words, or leave it out: a random one is made then.'

/** The administrator that this start has made. */
export interface FirstAdmin {
  username: string
  /** To be shown once; absent when ADMIN_PASSWORD gave it. */
  password?: string
  mustChangePassword: boolean
}

/** Fills what every panel needs; an administrator only when there is no user yet. */
export async function seedPanel(
  config: Pick<Config, 'admin' | 'sampleData'>,
  db: Database,
  passwords: Passwords
): Promise<FirstAdmin | undefined> {
  const { username, email, password: given } = config.admin
  const password = given ?? randomBytes(12).toString('base64url')
  const mustChangePassword = given === undefined
  const { adminCreated } = await seed(db.prisma, {
    admin: async () => {
      if (await isCommonPassword(password)) throw new Error(GUESSED_FIRST)
      const passwordHash = await passwords.hash(password)
      return { username, email, passwordHash, mustChangePassword }
    },
    development: config.sampleData
  })
  if (!adminCreated) return undefined
  return { username, mustChangePassword, ...(mustChangePassword && { password }) }
}
