import { Agent, request } from 'node:http'
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

/** The median of calls of which each waits for the one before: autocannon counts whole milliseconds. */
export async function oneByOne(target: Target): Promise<{ p50Ms: number; cpuMicros?: number }> {
  const { pid } = target
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const tookMs: number[] = []
  const untilMs = async (endMs: number): Promise<void> => {
    while (performance.now() < endMs) {
      const began = performance.now()
      await call(target, agent)
      tookMs.push(performance.now() - began)
    }
  }
  try {
    await untilMs(performance.now() + 1_000)
    tookMs.length = 0
    const cpuBefore = pid === undefined ? 0 : cpuMsOf(pid)
    await untilMs(performance.now() + SECONDS * 1_000)
    const used = pid !== undefined && {
      cpuMicros: ((cpuMsOf(pid) - cpuBefore) * 1_000) / tookMs.length
    }
    const [p50Ms = Number.NaN] = tookMs.sort((a, b) => a - b).slice(tookMs.length / 2)
    return { p50Ms, ...used }
  } finally {
    agent.destroy()
  }
}

function call({ url, method, headers, body }: Target, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, agent, timeout: 10_000 }, answer => {
      answer.resume().once('end', resolve)
      const status = answer.statusCode ?? 0
      if (status < 200 || status > 299) reject(new Error(`${url} answered ${status}`))
    })
    sent.once('error', reject).once('timeout', () => sent.destroy(new Error(`${url} is silent`)))
    sent.end(body)
  })
}

function options(target: Target) {
  return {
    url: target.url,
    method: target.method ?? ('GET' as const),
    headers: target.headers ?? {},
    ...(target.body && { body: target.body })
  }
}
