import type { AgentBody, Orphan, ServerReport } from '@ctrl-alt-play/protocol'
import { boundedOutcome } from './bounded-outcome.ts'
import type { JournalEntry } from './journal.ts'

/** A node with more than this is not one of ours. */
const MAX_SERVERS = 10_000
const MAX_COMMANDS = 20_000
/** As JSON: room for ten thousand servers that all say why, and as many commands. What is read from it takes many times as much. */
const MAX_BYTES = 8 * 2 ** 20

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
  let bytes = 0
  return {
    add(part) {
      const news = part.commands.map(bounded)
      bytes += Buffer.byteLength(JSON.stringify({ ...part, commands: news }))
      for (const report of part.servers) current.reports.set(report.serverId, report)
      current.commands.push(...news)
      current.orphans.push(...part.orphans)
      const { reports, commands, orphans } = current
      const total = commands.length + orphans.length
      const isTooLarge = reports.size > MAX_SERVERS || total > MAX_COMMANDS || bytes > MAX_BYTES
      if (isTooLarge) return 'too large'
      if (!part.last) return undefined
      const whole = current
      current = emptySnapshot()
      bytes = 0
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

function bounded(entry: JournalEntry): JournalEntry {
  return entry.outcome ? { ...entry, outcome: boundedOutcome(entry.outcome) } : entry
}

function emptySnapshot(): Snapshot {
  return { reports: new Map(), commands: [], orphans: [] }
}
