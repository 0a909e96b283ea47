import type { Database } from '../../db/client.ts'
import { type AuditLog, Prisma } from '../../db/generated/client.ts'
import { keyset, type ListRequest, sortColumn } from '../keyset.ts'
import type { AuditFilter } from './audit.schema.ts'

export interface AuditRepo {
  /** One more than asked for, when there are more. */
  list(query: AuditFilter & ListRequest<'-createdAt'>): Promise<AuditLog[]>
}

const columns = Prisma.raw(`
  l.id, l."actorType", l."actorId", l."actorName", l."apiKeyId", l."apiKeyName", l.action,
  l."targetType", l."targetId", l.ip, l.before, l.after, l."requestId", l."createdAt"`)

const sortColumns = { createdAt: sortColumn('l."createdAt"', 'timestamptz') }

export function createAuditRepo({ pool }: Pick<Database, 'pool'>): AuditRepo {
  return {
    async list(query) {
      const { isAfter, orderAndLimit } = keyset(query, sortColumns, 'l.id')
      const those = Prisma.join([isAfter, ...filters(query)], ' AND ')
      const page = (of: Prisma.Sql) =>
        Prisma.sql`SELECT ${columns} FROM "AuditLog" l WHERE ${of} AND ${those} ${orderAndLimit}`
      const { rows } = await pool.query<AuditLog>(pageOf(query.actorId, page, orderAndLimit))
      return rows
    }
  }
}

/**
 * Whoever it is, by login or by key: each has its index, in the order of the list, so the page is
 * made of two. With OR the database would read all that the actor ever did.
 */
function pageOf(
  actorId: string | undefined,
  page: (of: Prisma.Sql) => Prisma.Sql,
  orderAndLimit: Prisma.Sql
): { text: string; values: unknown[] } {
  const sql =
    actorId === undefined
      ? page(Prisma.sql`TRUE`)
      : Prisma.sql`SELECT ${columns} FROM (
          (${page(Prisma.sql`l."actorId" = ${actorId}::uuid`)}) UNION ALL
          (${page(Prisma.sql`l."apiKeyId" = ${actorId}::uuid AND l."actorId" IS DISTINCT FROM ${actorId}::uuid`)})
        ) l ${orderAndLimit}`
  return { text: sql.text, values: sql.values }
}

function filters(query: AuditFilter): Prisma.Sql[] {
  const { actorType, action, targetType, targetId, from, to } = query
  return [
    ...(actorType ? [Prisma.sql`l."actorType" = ${actorType}::"ActorType"`] : []),
    ...(action ? [actionIs(action)] : []),
    ...(targetType ? [Prisma.sql`l."targetType" = ${targetType}`] : []),
    ...(targetId ? [Prisma.sql`l."targetId" = ${targetId}`] : []),
    ...(from ? [Prisma.sql`l."createdAt" >= ${new Date(from)}`] : []),
    ...(to ? [Prisma.sql`l."createdAt" < ${new Date(to)}`] : [])
  ]
}

/** The whole action, or its beginning up to a point; the schema lets no wildcards in. */
function actionIs(action: string): Prisma.Sql {
  return action.endsWith('.')
    ? Prisma.sql`l.action LIKE ${`${action}%`}`
    : Prisma.sql`l.action = ${action}`
}
