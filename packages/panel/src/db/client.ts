import { PrismaPg } from '@prisma/adapter-pg'
import pg from 'pg'
import { PrismaClient } from './generated/client.ts'
import { createTransact, type Transact } from './transaction.ts'
import { type StatementListener, watchedClient } from './watched-client.ts'

export interface DatabaseOptions {
  url: string
  /** Connections that the pool may open; 10 unless told. */
  poolSize?: number
  /** How long a caller waits for a free or a new connection. */
  connectionTimeoutMs?: number
  /** The server ends a statement that runs longer. */
  statementTimeoutMs?: number
  /** How long a statement waits for somebody else's lock. */
  lockTimeoutMs?: number
  /** The server ends a transaction that its owner left open. */
  idleInTransactionTimeoutMs?: number
  /** Told of connections that broke while nobody used them; the pool replaces them by itself. */
  onError?: (err: Error) => void
}

/** Prisma for what is clear in it, the pool for hot paths: both use the same connections. */
export interface Database {
  prisma: PrismaClient
  pool: pg.Pool
  transaction: Transact
  /** Told of every statement that has ended, from the pool and from Prisma; answers the stop. */
  onStatement(listener: StatementListener): () => void
  close(): Promise<void>
}

/** Opens no connection yet: the first query does. */
export function openDatabase(options: DatabaseOptions): Database {
  const connectionTimeoutMs = options.connectionTimeoutMs ?? 10_000
  const statementTimeoutMs = options.statementTimeoutMs ?? 15_000
  const listeners = new Set<StatementListener>()
  const pool = new pg.Pool({
    Client: watchedClient(statement => {
      for (const listener of listeners) listener(statement)
    }),
    connectionString: options.url,
    application_name: 'ctrl-alt-play',
    max: options.poolSize ?? 10,
    keepAlive: true,
    idleTimeoutMillis: 60_000,
    connectionTimeoutMillis: connectionTimeoutMs,
    statement_timeout: statementTimeoutMs,
    // The client's own deadline: it also ends the wait for a server that no longer answers at all.
    query_timeout: statementTimeoutMs + 5_000,
    lock_timeout: options.lockTimeoutMs ?? 10_000,
    idle_in_transaction_session_timeout: options.idleInTransactionTimeoutMs ?? 15_000
  })
  // The pool hears only of connections that nobody uses: one that breaks between two statements would end us.
  pool.on('connect', client => client.on('error', err => options.onError?.(err)))
  pool.on('error', () => undefined)
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool) })
  return {
    prisma,
    pool,
    transaction: createTransact(prisma),
    onStatement(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    async close() {
      await prisma.$disconnect()
      await pool.end()
    }
  }
}
