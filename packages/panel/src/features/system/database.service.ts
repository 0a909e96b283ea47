import type { Database } from '../../db/client.ts'
import { readServerRoom } from '../../db/server-room.ts'
import type { SlowStatements } from '../../db/slow-statements.ts'
import type { DatabaseRepo } from './database.repo.ts'
import type { DatabaseView } from './database.schema.ts'

export interface DatabaseService {
  view(): Promise<DatabaseView>
  close(): void
}

export interface DatabaseServiceDeps {
  db: Pick<Database, 'pool' | 'onStatement'>
  repo: DatabaseRepo
  slow: SlowStatements
  slowStatementMs: number
}

const SHOWN = 20

export function createDatabaseService(deps: DatabaseServiceDeps): DatabaseService {
  const { db, repo, slow, slowStatementMs } = deps
  const totals = { ended: 0, failed: 0, ms: 0 }
  const stop = db.onStatement(({ ms, error }) => {
    totals.ended += 1
    totals.ms += ms
    if (error) totals.failed += 1
  })

  return {
    async view() {
      const [room, state, costliest] = await Promise.all([
        readServerRoom(db.pool),
        repo.state(),
        repo.costliest(SHOWN)
      ])
      const { ended, failed, ms } = totals
      return {
        version: state.version,
        startedAt: state.startedAt.toISOString(),
        sizeMiB: state.sizeMiB,
        connections: { allowed: room.allowedConnections, open: state.openConnections },
        pool: {
          size: db.pool.options.max,
          open: db.pool.totalCount,
          idle: db.pool.idleCount,
          waiting: db.pool.waitingCount
        },
        statements: {
          ended,
          failed,
          meanMs: ended > 0 ? ms / ended : 0,
          slowAboveMs: slowStatementMs
        },
        slowest: slow
          .list()
          .slice(0, SHOWN)
          .map(({ lastAt, ...statement }) => ({ ...statement, lastAt: lastAt.toISOString() })),
        costliest: costliest ?? null
      }
    },
    close: stop
  }
}
