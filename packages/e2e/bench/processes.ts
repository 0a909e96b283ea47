import { readFileSync } from 'node:fs'
import { until } from '../test/world/until.ts'

/** Processor time that a process has used, of both kinds. The kernel counts it in hundredths of a second. */
export function cpuMsOf(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}

export function rssMiBOf(pid: number): number {
  const [, kib] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kib) / 1_024
}

/** Samples a process's resident memory; `stop` answers the most that it was, in MiB. */
export function watchRss(pid: number): { stop(): number } {
  let most = rssMiBOf(pid)
  const timer = setInterval(() => {
    most = Math.max(most, rssMiBOf(pid))
  }, 100)
  return {
    stop() {
      clearInterval(timer)
      return most
    }
  }
}

/** Resident memory once it has stopped growing, in MiB. */
export async function settledRss(pid: number): Promise<number> {
  let last = Number.POSITIVE_INFINITY
  return until(
    'memory is steady',
    () => {
      const now = rssMiBOf(pid)
      const steady = Math.abs(now - last) < 0.5
      last = now
      return steady && now
    },
    { everyMs: 1_000, deadlineMs: 20_000 }
  )
}
