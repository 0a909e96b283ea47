import { isDeepStrictEqual } from 'node:util'
import {
  type AgentBody,
  batchesOf,
  digestOf,
  type Orphan,
  type ServerReport
} from '@ctrl-alt-play/protocol'
import type { Uplink } from './uplink.ts'

/** Tells the panel what is true: the newest of each server, and all of it on each new session. */
export interface Reporter {
  update(report: ServerReport): void
  updateOrphans(orphans: Orphan[]): void
  forget(serverId: string): void
  /** All that is known, for a panel that has forgotten what an older session said. */
  sendSnapshot(commands: AgentBody<'snapshot'>['commands']): void
  /** By which both ends find out that they differ. */
  digest(): string
  close(): void
}

/** JSON of one part, well below what a message may have. */
const PART_BYTES = 48 * 1024
const MOST_ORPHANS = 100

export function createReporter(send: Uplink): Reporter {
  const latest = new Map<string, ServerReport>()
  const unsent = new Set<string>()
  let orphans: Orphan[] = []
  let areOrphansUnsent = false
  let flushing: NodeJS.Immediate | undefined

  /** What changes together is told together. */
  function schedule(): void {
    flushing ??= setImmediate(flush)
  }

  function flush(): void {
    flushing = undefined
    const reports = [...unsent].flatMap(serverId => latest.get(serverId) ?? [])
    for (const servers of batchesOf(reports, PART_BYTES)) {
      if (servers.length === 0) continue
      if (!send('report', { servers })) return
      for (const { serverId } of servers) unsent.delete(serverId)
    }
    if (areOrphansUnsent) areOrphansUnsent = !send('report', { servers: [], orphans: told() })
  }

  function told(): Orphan[] {
    return batchesOf(orphans.slice(0, MOST_ORPHANS), PART_BYTES)[0] ?? []
  }

  return {
    update(report) {
      if (isDeepStrictEqual(latest.get(report.serverId), report)) return
      latest.set(report.serverId, report)
      unsent.add(report.serverId)
      schedule()
    },
    updateOrphans(next) {
      if (isDeepStrictEqual(orphans, next)) return
      orphans = next
      areOrphansUnsent = true
      schedule()
    },
    forget(serverId) {
      latest.delete(serverId)
      unsent.delete(serverId)
    },
    sendSnapshot(commands) {
      for (const servers of batchesOf([...latest.values()], PART_BYTES)) {
        send('snapshot', { servers, commands: [], orphans: [], last: false })
      }
      for (const part of batchesOf(commands, PART_BYTES)) {
        send('snapshot', { servers: [], commands: part, orphans: [], last: false })
      }
      send('snapshot', { servers: [], commands: [], orphans: told(), last: true })
      unsent.clear()
      areOrphansUnsent = false
    },
    digest: () => digestOf(latest.values()),
    close() {
      clearImmediate(flushing)
    }
  }
}
