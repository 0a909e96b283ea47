import type { Config } from '../config.ts'
import { createPasswords } from '../features/auth/passwords.ts'
import { type FirstAdmin, seedPanel } from '../first-admin.ts'
import { openDatabase } from './client.ts'
import { migrationStatus } from './migrate.ts'

/** The seed from outside the panel, into a database of this release. */
export async function seedDatabase(
  url: string,
  config: Pick<Config, 'admin' | 'sampleData'>
): Promise<FirstAdmin | undefined> {
  const database = openDatabase({ url, poolSize: 2 })
  try {
    const { pending } = await migrationStatus(database.pool)
    if (pending.length > 0) {
      throw new Error(
        `${pending.length} migrations wait, so there is no place for the seed yet: npm run db:migrate first.`
      )
    }
    return await seedPanel(config, database, createPasswords())
  } finally {
    await database.close()
  }
}
