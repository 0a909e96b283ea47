import autocannon from 'autocannon'

export interface Load {
  /** Answers with 2xx per second. */
  perSecond: number
  p50Ms: number
  p99Ms: number
}

export interface Target {
  url: string
  method?: 'GET' | 'POST'
  headers?: Record<string, string>
  body?: string
}

const SECONDS = 6

/** Asks the target as fast as `connections` can; an answer that is not 2xx fails the bench. */
export async function load(target: Target, connections: number): Promise<Load> {
  await autocannon({ ...options(target), connections, duration: 1 })
  const result = await autocannon({ ...options(target), connections, duration: SECONDS })
  if (result.non2xx > 0 || result.errors > 0) {
    throw new Error(`${target.url}: ${result.non2xx} answers were not 2xx, ${result.errors} failed`)
  }
  return {
    perSecond: result['2xx'] / SECONDS,
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99
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
