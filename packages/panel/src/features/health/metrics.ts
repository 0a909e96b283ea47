import type { FastifyInstance } from 'fastify'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { PanelEvents } from '../../agents/contract.ts'
import type { Database } from '../../db/client.ts'
import { isFinal } from '../../plugins/command-answer.ts'
import { addDatabaseMetrics } from './database-metrics.ts'

export interface Metrics {
  contentType: string
  read(): Promise<string>
  close(): void
}

export interface FleetCounts {
  nodes: { status: string; count: number }[]
  servers: { status: string; count: number }[]
  /** Those without an outcome. */
  openCommands: { status: string; count: number }[]
}

export interface MetricsDeps {
  app: FastifyInstance
  events: PanelEvents
  db: Pick<Database, 'pool' | 'onStatement'>
  /** Asked at each reading. */
  countFleet: () => Promise<FleetCounts>
}

/** Figures of the process, of HTTP and of the fleet, as Prometheus reads them. */
export function createMetrics({ app, events, db, countFleet }: MetricsDeps): Metrics {
  const registers = [new Registry()]
  const [registry = new Registry()] = registers
  collectDefaultMetrics({ register: registry })
  const stopDatabase = addDatabaseMetrics(registry, db)
  const durations = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'How long answers took',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60],
    registers
  })
  const ended = new Counter({
    name: 'cap_commands_ended_total',
    help: 'Commands that reached their outcome since the panel started',
    labelNames: ['kind', 'status'],
    registers
  })
  const gauge = (name: string, help: string) =>
    new Gauge({ name, help, labelNames: ['status'], registers })
  const nodes = gauge('cap_nodes', 'Nodes by status')
  const servers = gauge('cap_servers', 'Servers by status')
  const open = gauge('cap_commands_open', 'Commands without an outcome by status')

  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'unknown'
    const status = `${Math.floor(reply.statusCode / 100)}xx`
    durations.observe({ method: request.method, route, status }, reply.elapsedTime / 1_000)
  })
  const unsubscribe = events.subscribe(event => {
    if (event.type !== 'command' || !isFinal(event.command)) return
    ended.inc({ kind: event.command.kind, status: event.command.status })
  })

  return {
    contentType: registry.contentType,
    async read() {
      const counts = await countFleet()
      show(nodes, counts.nodes)
      show(servers, counts.servers)
      show(open, counts.openCommands)
      return registry.metrics()
    },
    close() {
      unsubscribe()
      stopDatabase()
      registry.clear()
    }
  }
}

function show(gauge: Gauge, rows: { status: string; count: number }[]): void {
  gauge.reset()
  for (const { status, count } of rows) gauge.set({ status }, count)
}
