import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { Database } from '../../db/client.ts'

/** The pool's use, and times and failures of statements, for Prometheus; answers the stop. */
export function addDatabaseMetrics(
  registry: Registry,
  { pool, onStatement }: Pick<Database, 'pool' | 'onStatement'>
): () => void {
  const registers = [registry]
  const durations = new Histogram({
    name: 'cap_database_statement_seconds',
    help: 'How long statements took, from the call to the answer',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 15],
    registers
  })
  const failures = new Counter({
    name: 'cap_database_failures_total',
    help: "Statements that failed, by the class of PostgreSQL's code (none: the connection broke)",
    labelNames: ['class'],
    registers
  })
  new Gauge({
    name: 'cap_database_connections',
    help: "The pool's connections by what they do, and the statements that wait for one",
    labelNames: ['state'],
    registers,
    collect() {
      this.set({ state: 'busy' }, pool.totalCount - pool.idleCount)
      this.set({ state: 'idle' }, pool.idleCount)
      this.set({ state: 'waiting' }, pool.waitingCount)
    }
  })
  new Gauge({
    name: 'cap_database_pool_size',
    help: 'How many connections the pool may open',
    registers
  }).set(pool.options.max)
  return onStatement(({ ms, error }) => {
    durations.observe(ms / 1_000)
    if (error) failures.inc({ class: classOf(error) })
  })
}

/** A SQLSTATE's first two letters: few enough to count each. */
function classOf(error: Error): string {
  const code = 'code' in error ? String(error.code) : ''
  return /^[0-9A-Z]{5}$/.test(code) ? code.slice(0, 2) : 'none'
}
