import type { Static } from '@sinclair/typebox'
import type { Audit } from '../../agents/contract.ts'
import type { AuditLog } from '../../db/generated/client.ts'
import { type CursorPlace, encodeCursor, pageOf } from '../../plugins/conventions.ts'
import { auditEntry, type Caller } from '../caller.ts'
import type { AuditRepo } from './audit.repo.ts'
import type { AuditFilter, AuditPage, AuditQuery, AuditRow } from './audit.schema.ts'

export interface AuditService {
  list(query: AuditQuery): Promise<Static<typeof AuditPage>>
  /** Lines of JSON, newest first, of what was stored when it was asked for: the last half second may be missing. Noted itself. */
  export(caller: Caller, filter: AuditFilter): AsyncIterable<string>
}

const EXPORT_ROWS = 1_000

export function createAuditService(repo: AuditRepo, audit: Pick<Audit, 'note'>): AuditService {
  async function* linesOf(filter: AuditFilter): AsyncIterable<string> {
    let query: AuditQuery = { ...filter, sort: '-createdAt', limit: EXPORT_ROWS - 1 }
    for (;;) {
      // One row more is asked for than a page has, to know whether another page follows.
      const rows = await repo.list(query)
      const last = rows.at(-1)
      if (last) yield rows.map(row => `${JSON.stringify(auditRow(row))}\n`).join('')
      if (!last || rows.length < EXPORT_ROWS) return
      query = { ...query, cursor: encodeCursor(query.sort, placeOf(last)) }
    }
  }

  return {
    async list(query) {
      return pageOf(await repo.list(query), query, placeOf, auditRow)
    },
    export(caller, filter) {
      const entry = { action: 'audit.exported', targetType: 'audit', targetId: null, after: filter }
      audit.note(auditEntry(caller, entry))
      // What is noted meanwhile would never end.
      return linesOf({ ...filter, to: earlier(filter.to, new Date().toISOString()) })
    }
  }
}

function earlier(one: string | undefined, other: string): string {
  return one !== undefined && Date.parse(one) < Date.parse(other) ? one : other
}

function placeOf({ createdAt, id }: AuditLog): CursorPlace {
  return { key: createdAt.toISOString(), id }
}

function auditRow({ createdAt, apiKeyId, apiKeyName, ...row }: AuditLog): AuditRow {
  const { actorType: type, actorId, actorName } = row
  const isPerson = type === 'USER' || type === 'API_KEY'
  const actor = {
    type,
    ...(type === 'API_KEY' ? { id: apiKeyId, name: apiKeyName } : { id: actorId, name: actorName }),
    userId: isPerson ? actorId : null,
    username: isPerson ? actorName : null
  }
  return { ...row, actor, at: createdAt.toISOString() }
}
