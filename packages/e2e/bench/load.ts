import autocannon from 'autocannon'
import { cpuMsOf } from './processes.ts'

export interface Load {
  /** Answers with 2xx per second. */
  perSecond: number
  p50Ms: number
  p99Ms: number
  /** Processor time of the target's process for one answer, where it was named. */
  cpuMicros?: number
}

export interface Target {
  url: string
  method?: 'GET' | 'POST'
  headers?: Record<string, string>
  body?: string
  /** The process that answers. */
  pid?: number
}

const SECONDS = 6

/** Asks the target as fast as `connections` can; an answer that is not 2xx fails the bench. */
export async function load(target: Target, connections: number): Promise<Load> {
  const { pid } = target
  await autocannon({ ...options(target), connections, duration: 1 })
  const cpuBefore = pid === undefined ? 0 : cpuMsOf(pid)
  const result = await autocannon({ ...options(target), connections, duration: SECONDS })
  if (result.non2xx > 0 || result.errors > 0) {
    throw new Error(`${target.url}: ${result.non2xx} answers were not 2xx, ${result.errors} failed`)
  }
  const answers = result['2xx']
  return {
    perSecond: answers / SECONDS,
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99,
    ...(pid !== undefined && { cpuMicros: ((cpuMsOf(pid) - cpuBefore) * 1_000) / answers })
  }
}

function options(target: Target) {
  return {
    url: target.url,
    method: target.method ?? ('GET' as const),
    headers: target.headers ?? {},
    ...(target.body && { body: target.body })
  }
}
