import type { DataFolders } from './data-folder.ts'
import type { Driver } from './driver.ts'
import { DriverError } from './driver-error.ts'
import type { Engine } from './engine.ts'
import { createFolderSizes } from './folder-size.ts'
import { type CpuSample, cpuPercent, readStats, uptimeSeconds } from './game-stats.ts'

const TIMEOUT_MS = 15_000
const MIB = 1_048_576

export interface StatsReader {
  stats: Driver['stats']
  forgetContainer(containerId: string): void
  forgetServer(serverId: string): void
}

export function createStatsReader({ docker, call }: Engine, folders: DataFolders): StatsReader {
  const samples = new Map<string, CpuSample>()
  const sizes = createFolderSizes()

  return {
    forgetContainer: containerId => void samples.delete(containerId),
    forgetServer: serverId => sizes.forget(serverId),
    async stats({ id, serverId, startedAt }) {
      const reading = await call(TIMEOUT_MS, () =>
        docker.getContainer(id).stats({ stream: false, 'one-shot': true })
      )
        .then(readStats)
        .catch(orGone)
      if (!reading) {
        samples.delete(id)
        return
      }
      const { sample, ...figures } = reading
      const before = samples.get(id)
      samples.set(id, sample)
      const diskBytes = sizes.bytesOf(serverId, await folders.pathOf(serverId))
      return {
        serverId,
        at: new Date(sample.atMs).toISOString(),
        ...figures,
        cpuPercent: cpuPercent(before, sample),
        diskMiB: Math.round((diskBytes / MIB) * 100) / 100,
        uptimeSeconds: uptimeSeconds(startedAt, sample.atMs)
      }
    }
  }
}

function orGone(error: unknown): undefined {
  if (error instanceof DriverError && error.code === 'NO_SUCH_CONTAINER') return
  throw error
}
