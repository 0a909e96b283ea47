import { atMost } from '../../at-most.ts'
import type { Database } from '../../db/client.ts'
import type { MigrationStatus } from '../../db/migrate.ts'

interface Readiness {
  status: 'ready' | 'not ready'
  database: 'ok' | 'failed'
  migrations: 'ok' | 'failed'
}

export interface HealthService {
  readiness(): Promise<Readiness>
}

const DEADLINE_MS = 3_000

/** Callers at the same time share one look, so that probing costs no more than one query at a time. */
export function createHealthService(
  { pool }: Pick<Database, 'pool'>,
  migrationStatus: () => Promise<MigrationStatus>
): HealthService {
  let looking: Promise<Readiness> | undefined
  return {
    readiness() {
      looking ??= look().finally(() => {
        looking = undefined
      })
      return looking
    }
  }

  async function look(): Promise<Readiness> {
    const database = await worked(async () => {
      await pool.query('SELECT 1')
      return true
    })
    const migrations =
      database === 'ok' ? await worked(async () => (await migrationStatus()).upToDate) : 'failed'
    const status = migrations === 'ok' ? 'ready' : 'not ready'
    return { status, database, migrations }
  }
}

async function worked(probe: () => Promise<boolean>): Promise<'ok' | 'failed'> {
  const isFine = await atMost(
    DEADLINE_MS,
    probe().catch(() => false)
  )
  return isFine ? 'ok' : 'failed'
}
