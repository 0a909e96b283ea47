import type { Audit, AuditEntry } from '../../agents/contract.ts'
import type { Database } from '../../db/client.ts'
import type { CursorPlace } from '../../plugins/conventions.ts'
import { madeBefore } from '../keyset.ts'

export interface SessionRow {
  id: string
  userId: string
  ip: string
  userAgent: string
  createdAt: Date
  lastUsedAt: Date
  expiresAt: Date
}

export interface SessionsRepo {
  /** Those that open something, newest first; ones not used since `usedAfter` do not. */
  list(
    userId: string,
    page: { limit: number; after: CursorPlace | undefined; usedAfter: Date }
  ): Promise<SessionRow[]>
  /** False when there is no such live login of the user. */
  end(userId: string, sessionId: string, entry: AuditEntry): Promise<boolean>
  /** All of the user's but the one to keep; answers how many. */
  endAll(userId: string, keepId: string | undefined, entry: AuditEntry): Promise<number>
}

export const sessionColumns = {
  id: true,
  userId: true,
  ip: true,
  userAgent: true,
  createdAt: true,
  lastUsedAt: true,
  expiresAt: true
} as const

export function createSessionsRepo({ prisma, transaction }: Database, audit: Audit): SessionsRepo {
  return {
    list(userId, { limit, after, usedAfter }) {
      return prisma.session.findMany({
        where: {
          userId,
          revokedAt: null,
          expiresAt: { gt: new Date() },
          lastUsedAt: { gt: usedAfter },
          ...(after && madeBefore(after))
        },
        orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
        take: limit + 1,
        select: sessionColumns
      })
    },
    end(userId, sessionId, entry) {
      return transaction(async tx => {
        const { count } = await tx.session.updateMany({
          where: { id: sessionId, userId, revokedAt: null },
          data: { revokedAt: new Date() }
        })
        if (count > 0) await audit.write(tx, entry)
        return count > 0
      })
    },
    endAll(userId, keepId, entry) {
      return transaction(async tx => {
        const { count } = await tx.session.updateMany({
          where: { userId, revokedAt: null, ...(keepId && { id: { not: keepId } }) },
          data: { revokedAt: new Date() }
        })
        if (count > 0) await audit.write(tx, { ...entry, after: { count } })
        return count
      })
    }
  }
}
