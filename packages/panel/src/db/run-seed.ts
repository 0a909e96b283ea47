import { randomBytes } from 'node:crypto'
import bcrypt from 'bcrypt'
import { openDatabase } from './client.ts'
import { seed } from './seed.ts'

const BCRYPT_COST = 12

export interface RunSeedOptions {
  url: string
  /** Without one the administrator gets a random password, to be changed at the first login. */
  adminPassword?: string | undefined
  development?: boolean
}

/** Seeds from outside the panel; gives back the password that it made up, if it did. */
export async function runSeed(options: RunSeedOptions): Promise<{ password?: string }> {
  const password = options.adminPassword ?? randomBytes(12).toString('base64url')
  const isMadeUp = options.adminPassword === undefined
  const database = openDatabase({ url: options.url, poolSize: 2 })
  try {
    const { adminCreated } = await seed(database.prisma, {
      admin: async () => ({
        username: 'admin',
        email: 'admin@example.invalid',
        passwordHash: await bcrypt.hash(password, BCRYPT_COST),
        mustChangePassword: isMadeUp
      }),
      development: options.development ?? false
    })
    return adminCreated && isMadeUp ? { password } : {}
  } finally {
    await database.close()
  }
}
