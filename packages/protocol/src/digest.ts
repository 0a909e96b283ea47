import { createHash } from 'node:crypto'
import type { ServerReport } from './server-report.ts'

/** The same for the same set of reports in any order: both ends compare it to find out that they differ. */
export function digestOf(reports: Iterable<ServerReport>): string {
  const lines = [...reports]
    .filter(report => report.state !== 'ABSENT')
    .map(report =>
      [
        report.serverId,
        report.state,
        report.generation,
        report.restartSeq,
        report.containerId ?? '-'
      ].join(' ')
    )
    .sort()
  return createHash('sha256').update(lines.join('\n')).digest('base64url').slice(0, 22)
}
