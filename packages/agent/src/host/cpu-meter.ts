import { cpus } from 'node:os'

/** How busy all cores together were since the last question, in percent. */
export function createCpuMeter(sample: () => CpuTimes = readTimes): () => number {
  let before = sample()
  let latest = 0
  return () => {
    const now = sample()
    const total = now.total - before.total
    if (total <= 0) return latest
    latest = Math.round((1 - (now.idle - before.idle) / total) * 1_000) / 10
    before = now
    return latest
  }
}

export interface CpuTimes {
  idle: number
  total: number
}

/** From node:os: systeminformation starts a shell for this each time. */
function readTimes(): CpuTimes {
  const times = cpus().map(cpu => cpu.times)
  const idle = times.reduce((sum, time) => sum + time.idle, 0)
  const busy = times.reduce((sum, time) => sum + time.user + time.nice + time.sys + time.irq, 0)
  return { idle, total: idle + busy }
}
