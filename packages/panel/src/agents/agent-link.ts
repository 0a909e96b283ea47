import { closeCodes, type Failpoint } from '@ctrl-alt-play/protocol'
import type { FastifyBaseLogger, FastifyPluginAsync } from 'fastify'
import type { Database } from '../db/client.ts'
import { defaultLogRetention, type LogRetention } from '../db/retention.ts'
import { createAdmission } from './admission.ts'
import { createAgents } from './agents.ts'
import type {
  Agents,
  Audit,
  ConsoleHub,
  Outbox,
  PanelEvents,
  ServerLifecycle,
  WantedStates
} from './contract.ts'
import { createEnrollmentRepo } from './enrollment.repo.ts'
import { enrollmentRoutes } from './enrollment.routes.ts'
import { createEnrollment, type Enrollment } from './enrollment.ts'
import { createEpochs } from './epochs.ts'
import { createGateway } from './gateway.ts'
import { createHandshake } from './handshake.ts'
import type { PanelIdentity } from './identity-file.ts'
import { createServices } from './link-services.ts'
import { createLogRetention } from './log-retention.ts'
import { createRounds } from './rounds.ts'
import { defaultTiming, type LinkTiming, spreadSeconds } from './timing.ts'
import { createTwinDetector } from './twins.ts'

export interface AgentLinkDeps {
  db: Database
  identity: PanelIdentity
  wanted: WantedStates
  lifecycle: ServerLifecycle
  audit: Audit
  events: PanelEvents
  log: FastifyBaseLogger
  /** Milliseconds that only grow. */
  now?: () => number
  timing?: Partial<LinkTiming>
  logRetention?: LogRetention
  failpoint?: Failpoint | undefined
}

/** Everything between the panel and its agents. */
export interface AgentLink {
  agents: Agents
  outbox: Outbox
  consoleHub: ConsoleHub
  enrollment: Enrollment
  /** POST /agent/v1/enroll and GET /agent/v1/connect; register @fastify/websocket before. */
  routes: FastifyPluginAsync
  /** Call it before the first agent can come. */
  start(): Promise<void>
  /** Says good-bye to every agent and writes what waits. Call it before the app and the database close. */
  stop(): Promise<void>
  /** One round of what `start` repeats: signs of life, pings, deadlines. */
  tick(): Promise<void>
  /** One round of what `start` repeats: missed and overdue commands, revoked keys. */
  sweep(): Promise<void>
  /** Writes the statuses and consoles that wait. */
  flush(): Promise<void>
}

export function createAgentLink(deps: AgentLinkDeps): AgentLink {
  const { db, identity, log, failpoint } = deps
  const now = deps.now ?? (() => performance.now())
  const timing = { ...defaultTiming, ...deps.timing }
  const services = createServices({ ...deps, now, timing })
  const { registry, outbox, consoleHub, consoleStore, statuses, facts, note } = services
  const twins = createTwinDetector()
  const agents = createAgents({ registry, outbox, facts, now })
  const { keys, nodes } = services
  const epochs = createEpochs({ keys, nodes, replicaId: identity.panelId })
  const countNodes = registry.count
  const handshake = createHandshake({
    identity,
    epochs,
    keys,
    nodes,
    facts,
    note,
    log,
    countNodes,
    now,
    failpoint
  })
  let isStopping = false

  const gateway = createGateway({
    handshake,
    handshakeMs: timing.handshakeMs,
    admit: createAdmission({ services, agents, twins }),
    isStopping: () => isStopping
  })
  const enrollment = createEnrollment({
    ...{ identity, note, audit: deps.audit, failpoint },
    repo: createEnrollmentRepo(db),
    onEnrolled(nodeId, kid) {
      twins.acquit(kid)
      const session = registry.get(nodeId)
      if (session?.kid !== kid) session?.end(closeCodes.revoked, 'the node was enrolled anew')
    }
  })
  const { pool } = db
  const retention = deps.logRetention ?? defaultLogRetention
  const trimLogs = createLogRetention(pool, consoleStore.takeGrowth, retention)
  const rounds = createRounds({ services, twins, pool, trimLogs })

  async function flush(): Promise<void> {
    await statuses.flush()
    await consoleStore.flush()
  }

  return {
    ...{ agents, outbox, consoleHub, enrollment, flush },
    tick: rounds.tick,
    sweep: rounds.sweep,
    async routes(app) {
      await app.register(gateway)
      await app.register(enrollmentRoutes, { enrollment })
    },
    async start() {
      await services.liveness.start()
      rounds.start()
    },
    async stop() {
      isStopping = true
      const spread = spreadSeconds(registry.count())
      for (const session of [...registry.all()]) {
        session.wire.send('goaway', { spreadSeconds: spread, reason: 'the panel is stopping' })
        session.end(closeCodes.goingAway, 'the panel is stopping')
      }
      outbox.stop()
      consoleHub.stop()
      await rounds.stop()
      await services.queue.idle()
      await Promise.all([statuses.stop(), consoleStore.stop(), services.heartbeats.flush()])
      log.info('the link to the agents is closed')
    }
  }
}
