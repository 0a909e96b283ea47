import type { AgentBody, Orphan, ServerReport } from '@ctrl-alt-play/protocol'
import type { JournalEntry } from './journal.ts'

/** A node with more than this is not one of ours. */
const MAX_SERVERS = 10_000
const MAX_COMMANDS = 20_000

/** All that a node told of itself. */
export interface Snapshot {
  reports: Map<string, ServerReport>
  commands: JournalEntry[]
  orphans: Orphan[]
}

export interface SnapshotCollector {
  /** The whole one with its last part. */
  add(part: AgentBody<'snapshot'>): Snapshot | undefined | 'too large'
}

export function createSnapshotCollector(): SnapshotCollector {
  let current = emptySnapshot()
  return {
    add(part) {
      for (const report of part.servers) current.reports.set(report.serverId, report)
      current.commands.push(...part.commands)
      current.orphans.push(...part.orphans)
      const { reports, commands, orphans } = current
      const total = commands.length + orphans.length
      if (reports.size > MAX_SERVERS || total > MAX_COMMANDS) return 'too large'
      if (!part.last) return undefined
      const whole = current
      current = emptySnapshot()
      return whole
    }
  }
}

/** A container for a server that the panel does not have, e.g. after a database was restored. */
export function orphanOf(report: ServerReport): Orphan {
  return {
    containerId: report.containerId ?? '',
    name: `cap-${report.serverId}`,
    image: '',
    running: report.state === 'RUNNING' || report.state === 'STARTING',
    reason: 'The panel has no such server'
  }
}

function emptySnapshot(): Snapshot {
  return { reports: new Map(), commands: [], orphans: [] }
}
