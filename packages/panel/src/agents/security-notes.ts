import type { Audit } from './contract.ts'

const WINDOW_MS = 60_000
/** Lines in the audit log for one source and one reason in a minute: a hostile node must not fill it. */
const MAX_LINES = 10
const MAX_SOURCES = 10_000

export interface SecurityNote {
  action:
    | 'security.agent.refused'
    | 'security.agent.foreign-server'
    | 'security.agent.foreign-command'
    | 'security.agent.key-refused'
    | 'security.enrollment.refused'
    | 'security.node.quarantined'
  /** Only when it was proved. */
  nodeId: string | null
  kid?: string
  ip: string
  after: Record<string, unknown>
}

export type SecurityNotes = (note: SecurityNote) => void

export function createSecurityNotes(audit: Pick<Audit, 'note'>, now: () => number): SecurityNotes {
  const sources = new Map<string, { since: number; lines: number }>()
  return ({ action, nodeId, kid, ip, after }) => {
    const key = `${action} ${nodeId ?? ip}`
    const known = sources.get(key)
    const source = known && now() - known.since < WINDOW_MS ? known : { since: now(), lines: 0 }
    if (source.lines >= MAX_LINES) return
    if (sources.size >= MAX_SOURCES) sources.clear()
    sources.set(key, { ...source, lines: source.lines + 1 })
    audit.note({
      actorType: 'AGENT',
      actorId: nodeId,
      actorName: kid ?? null,
      action,
      targetType: 'node',
      targetId: nodeId,
      ip,
      after
    })
  }
}
