import { answerOf, api } from '../../api/client.ts'
import { pagedQuery } from '../../api/paged-query.ts'
import type { Named } from './pick.tsx'

export interface AuditFilter {
  actor: Named | undefined
  server: Named | undefined
  /** A whole action, or its beginning up to a point. */
  action: string
  /** As a field for date and time has them: of this place, without a zone. */
  from: string
  to: string
}

export const everything: AuditFilter = {
  actor: undefined,
  server: undefined,
  action: '',
  from: '',
  to: ''
}

function asAsked({ actor, server, action, from, to }: AuditFilter) {
  return {
    ...(actor && { actorId: actor.id }),
    ...(server && { targetType: 'server', targetId: server.id }),
    ...(action && { action }),
    ...(from && { from: new Date(from).toISOString() }),
    ...(to && { to: new Date(to).toISOString() })
  }
}

export function auditQuery(filter: AuditFilter) {
  const asked = asAsked(filter)
  return pagedQuery(['audit', asked], ({ signal, page }) =>
    answerOf(api.GET('/api/v1/audit-logs', { signal, params: { query: { ...page, ...asked } } }))
  )
}

/** Of all that fits, for programs. */
export function exportAddress(filter: AuditFilter): string {
  return `/api/v1/audit-logs/export?${new URLSearchParams(asAsked(filter))}`
}
