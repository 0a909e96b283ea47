import { setTimeout as pause } from 'node:timers/promises'
import { Prisma, type PrismaClient } from './generated/client.ts'

/**
 * Does the work as one, or nothing of it. PostgreSQL undoes one of two that stand in each other's
 * way: that one is done again from its beginning, so the work changes nothing but the database.
 */
export type Transact = <T>(work: (tx: Prisma.TransactionClient) => Promise<T>) => Promise<T>

/** How long a change waits for a connection, and may take: it may have to wait for its turn at a lock. */
const PATIENCE = { maxWait: 10_000, timeout: 15_000 }
const MOST_TRIES = 4
const LONGEST_PAUSE_MS = 50
/** PostgreSQL's serialization_failure and deadlock_detected; each undoes the whole transaction. */
const UNDONE = ['40001', '40P01']

export function createTransact(prisma: PrismaClient): Transact {
  return async work => {
    for (let tries = 1; ; tries++) {
      try {
        return await prisma.$transaction(work, PATIENCE)
      } catch (err) {
        if (tries === MOST_TRIES || !wasUndone(err)) throw err
        await pause(Math.random() * tries * LONGEST_PAUSE_MS)
      }
    }
  }
}

function wasUndone(err: unknown): boolean {
  if (!(err instanceof Prisma.PrismaClientKnownRequestError)) return false
  const { driverAdapterError } = (err.meta ?? {}) as { driverAdapterError?: { cause?: unknown } }
  const { originalCode } = (driverAdapterError?.cause ?? {}) as { originalCode?: string }
  return err.code === 'P2034' || UNDONE.includes(originalCode ?? '')
}
