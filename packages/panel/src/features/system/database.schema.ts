import { type Static, Type } from '@sinclair/typebox'
import { Nullable, Timestamp } from '../../plugins/conventions.ts'

const Count = Type.Integer({ minimum: 0 })
const Milliseconds = Type.Number({ minimum: 0 })

/** How the panel's database is and what it costs. */
export const DatabaseView = Type.Object({
  version: Type.String({ description: "The server's version, e.g. 18.1." }),
  startedAt: Timestamp,
  sizeMiB: Type.Number({ minimum: 0 }),
  connections: Type.Object({
    allowed: Type.Integer({ description: 'What this user may open on the server.' }),
    open: Type.Integer({ description: 'All that are open on the server, of whomever.' })
  }),
  pool: Type.Object({
    size: Type.Integer({ description: 'DATABASE_POOL_SIZE.' }),
    open: Count,
    idle: Count,
    waiting: Type.Integer({ minimum: 0, description: 'Statements that wait for a connection.' })
  }),
  statements: Type.Object(
    {
      ended: Count,
      failed: Count,
      meanMs: Milliseconds,
      slowAboveMs: Type.Integer({ description: 'DATABASE_SLOW_STATEMENT_MS; 0: off.' })
    },
    { description: 'Since the panel started.' }
  ),
  slowest: Type.Array(
    Type.Object({
      statement: Type.String({ description: 'With places for its values, never the values.' }),
      times: Count,
      longestMs: Milliseconds,
      lastAt: Timestamp
    })
  ),
  costliest: Nullable(
    Type.Array(
      Type.Object({
        statement: Type.String(),
        calls: Count,
        meanMs: Milliseconds,
        totalMs: Milliseconds
      }),
      { description: "From pg_stat_statements; null where the server doesn't have it." }
    )
  )
})
export type DatabaseView = Static<typeof DatabaseView>
