import type { Operation } from './operations.ts'

interface Answer {
  asked: { method: string; path: string; body: string }
  operation: Operation | undefined
  answered: { status: number; body: Buffer }
  ms: number
}

/** What a judge has done, and what came of it. */
export interface Seen {
  operationOf(method: string, path: string): Operation | undefined
  answer(answer: Answer): void
  /** It wanted to go elsewhere. */
  outside(what: string): void
  /** A request got no answer at all. */
  problem(what: string): void
  report(): SeenReport
}

export interface SeenReport {
  requests: number
  /** 2xx, 4xx by their number, … */
  byStatus: Record<string, number>
  /** Of each operation's requests. */
  byOperation: Record<string, Record<string, number>>
  /** How long the answers of each took together. */
  msByOperation: Record<string, number>
  /** The panel failed. */
  failures: string[]
  outside: string[]
  problems: string[]
}

const KEPT = 50

export function createSeen(operations: Operation[]): Seen {
  const byStatus: Record<string, number> = {}
  const byOperation: Record<string, Record<string, number>> = {}
  const msByOperation: Record<string, number> = {}
  const failures: string[] = []
  const outside: string[] = []
  const problems: string[] = []
  const patterns = operations.map(operation => ({ operation, pattern: patternOf(operation.url) }))
  const state = { requests: 0 }

  return {
    operationOf(method, path) {
      const [place = ''] = path.split('?')
      const fits = patterns.filter(({ pattern }) => pattern.test(place))
      const mine = fits.filter(({ operation }) => operation.method === method)
      // GET /api-keys/x may be tried as well: the exact one goes first.
      return mine.sort((a, b) => bracesOf(a.operation) - bracesOf(b.operation))[0]?.operation
    },
    answer({ asked, operation, answered, ms }) {
      state.requests += 1
      const { status } = answered
      count(byStatus, status)
      const name = operation?.name ?? 'elsewhere'
      byOperation[name] ??= {}
      count(byOperation[name], status)
      msByOperation[name] = Math.round((msByOperation[name] ?? 0) + ms)
      if (status < 500) return
      const said = answered.body.toString('utf8').slice(0, 300)
      const sent = `${asked.method} ${asked.path} ${asked.body}`.slice(0, 1_000)
      keep(failures, `${status} ${said} to ${sent}`)
    },
    outside: what => keep(outside, what),
    problem: what => keep(problems, what),
    report: () => ({
      ...{
        requests: state.requests,
        byStatus,
        byOperation,
        msByOperation,
        failures,
        outside,
        problems
      }
    })
  }
}

function patternOf(url: string): RegExp {
  const source = url
    .split('/')
    .map(part => (part.startsWith('{') ? '[^/]+' : part.replaceAll('.', '\\.')))
  return new RegExp(`^${source.join('/')}$`)
}

function bracesOf({ url }: Operation): number {
  return url.split('{').length
}

function count(into: Record<string, number>, status: number): void {
  into[status] = (into[status] ?? 0) + 1
}

function keep(list: string[], what: string): void {
  if (list.length < KEPT) list.push(what)
}
