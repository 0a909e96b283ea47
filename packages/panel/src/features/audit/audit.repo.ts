import type { Database } from '../../db/client.ts'
import type { AuditLog, Prisma } from '../../db/generated/client.ts'
import type { CursorPlace } from '../../plugins/conventions.ts'
import type { AuditFilter } from './audit.schema.ts'

export interface AuditRepo {
  /** Newest first. */
  list(query: AuditFilter & { limit: number }, after: CursorPlace | undefined): Promise<AuditLog[]>
}

export function createAuditRepo({ prisma }: Database): AuditRepo {
  return {
    list(query, after) {
      return prisma.auditLog.findMany({
        where: { AND: [filterOf(query), ...(after ? [afterPlace(after)] : [])] },
        orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
        take: query.limit + 1
      })
    }
  }
}

function filterOf(query: AuditFilter): Prisma.AuditLogWhereInput {
  const { actorId, actorType, action, targetType, targetId, from, to } = query
  return {
    ...(actorId && { OR: [{ actorId }, { apiKeyId: actorId }] }),
    ...(actorType && { actorType }),
    ...(action && { action: action.endsWith('.') ? { startsWith: action } : action }),
    ...(targetType && { targetType }),
    ...(targetId && { targetId }),
    createdAt: { ...(from && { gte: new Date(from) }), ...(to && { lt: new Date(to) }) }
  }
}

function afterPlace(place: CursorPlace): Prisma.AuditLogWhereInput {
  const createdAt = new Date(place.key)
  return { OR: [{ createdAt: { lt: createdAt } }, { createdAt, id: { lt: place.id } }] }
}
