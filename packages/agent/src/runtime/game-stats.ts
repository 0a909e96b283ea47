import type { ServerStats } from '@ctrl-alt-play/protocol'
import type { ContainerStats } from 'dockerode'

/** The two counters that a share of CPU is worked out from. */
export interface CpuSample {
  atMs: number
  usageNs: number
}

export interface Reading {
  sample: CpuSample
  memoryMiB: number
  networkRxBytes: number
  networkTxBytes: number
}

const MIB = 1_048_576

/** Undefined when the engine has no figures: the container does not run. */
export function readStats(stats: ContainerStats): Reading | undefined {
  const usageNs = stats.cpu_stats?.cpu_usage?.total_usage
  const used = stats.memory_stats?.usage
  const atMs = Date.parse(stats.read)
  if (usageNs === undefined || used === undefined || !(atMs > 0)) return
  const networks = Object.values(stats.networks ?? {})
  return {
    sample: { atMs, usageNs },
    memoryMiB: round(Math.max(0, used - cacheOf(stats)) / MIB),
    networkRxBytes: networks.reduce((sum, { rx_bytes }) => sum + rx_bytes, 0),
    networkTxBytes: networks.reduce((sum, { tx_bytes }) => sum + tx_bytes, 0)
  }
}

/** 100 is one core. The first sample of a run has nothing to compare with. */
export function cpuPercent(before: CpuSample | undefined, now: CpuSample): number {
  if (!before || now.atMs <= before.atMs || now.usageNs < before.usageNs) return 0
  return round((now.usageNs - before.usageNs) / ((now.atMs - before.atMs) * 10_000))
}

export function uptimeSeconds(
  startedAt: string | null,
  atMs: number
): ServerStats['uptimeSeconds'] {
  if (startedAt === null) return 0
  return Math.max(0, Math.round((atMs - Date.parse(startedAt)) / 1000))
}

/** File cache that the kernel gives back under pressure, as `docker stats` leaves it out too. */
function cacheOf({ memory_stats: { stats } }: ContainerStats): number {
  // cgroup v1 has the total_ form, v2 the short one; the types know neither well.
  const figures = (stats ?? {}) as unknown as Record<string, number | undefined>
  return figures.total_inactive_file ?? figures.inactive_file ?? 0
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
