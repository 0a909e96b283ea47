import { NodeNotFound } from '../../errors.ts'
import type { StatsHistoryRepo } from './stats-history.repo.ts'
import type { StatsHistory, StatsHistoryQuery } from './stats-history.schema.ts'

export interface StatsHistoryService {
  ofServer(serverId: string, query: StatsHistoryQuery): Promise<StatsHistory>
  ofNode(nodeId: string, query: StatsHistoryQuery): Promise<StatsHistory>
}

const HOUR_MS = 3_600_000

/** A sample is written each minute: the last hour is shown as it was written. */
const ranges = {
  '1h': { lengthMs: HOUR_MS, stepSeconds: 60, binSeconds: 1 },
  '24h': { lengthMs: 24 * HOUR_MS, stepSeconds: 300, binSeconds: 300 },
  '7d': { lengthMs: 7 * 24 * HOUR_MS, stepSeconds: 1_800, binSeconds: 1_800 }
} as const

export function createStatsHistoryService(
  repo: StatsHistoryRepo,
  nodeExists: (id: string) => Promise<boolean>,
  now: () => number = Date.now
): StatsHistoryService {
  async function history(subjectId: string, { range }: StatsHistoryQuery): Promise<StatsHistory> {
    const { lengthMs, stepSeconds, binSeconds } = ranges[range]
    const [from, to] = [new Date(now() - lengthMs), new Date(now())]
    const rows = await repo.list(subjectId, { from, to, binSeconds })
    const data = rows.map(({ at, rxPerSecond, txPerSecond, ...figures }) => ({
      ...{ at: at.toISOString(), ...figures },
      networkRxBytesPerSecond: rxPerSecond,
      networkTxBytesPerSecond: txPerSecond
    }))
    return { from: from.toISOString(), to: to.toISOString(), stepSeconds, data }
  }

  return {
    ofServer: history,
    async ofNode(nodeId, query) {
      if (!(await nodeExists(nodeId))) throw new NodeNotFound(nodeId)
      return history(nodeId, query)
    }
  }
}
