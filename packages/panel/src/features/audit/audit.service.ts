import type { Static } from '@sinclair/typebox'
import type { AuditLog } from '../../db/generated/client.ts'
import { decodeCursor, pageOf } from '../../plugins/conventions.ts'
import type { AuditRepo } from './audit.repo.ts'
import type { AuditPage, AuditQuery, AuditRow } from './audit.schema.ts'

export interface AuditService {
  list(query: AuditQuery): Promise<Static<typeof AuditPage>>
}

export function createAuditService(repo: AuditRepo): AuditService {
  return {
    async list(query) {
      const rows = await repo.list(query, decodeCursor(query.sort, query.cursor, 'date'))
      return pageOf(
        rows,
        query,
        row => ({ key: row.createdAt.toISOString(), id: row.id }),
        auditRow
      )
    }
  }
}

function auditRow({ createdAt, ...row }: AuditLog): AuditRow {
  return { ...row, at: createdAt.toISOString() }
}
