import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import type {
  Agents,
  Audit,
  ConsoleHub,
  Outbox,
  PanelEvents,
  ServerLifecycle,
  WantedStates
} from '../agents/contract.ts'
import type { Database } from '../db/client.ts'
import type { ServerAccess } from '../plugins/access.ts'
import { createAllocationsRepo } from './allocations/allocations.repo.ts'
import { allocationsRoutes } from './allocations/allocations.routes.ts'
import { createAllocationsService } from './allocations/allocations.service.ts'
import { commandsRoutes } from './commands/commands.routes.ts'
import { createCommandsService } from './commands/commands.service.ts'
import { consoleRoutes } from './console/console.routes.ts'
import { createConsoleService } from './console/console.service.ts'
import { type AgentDownload, createAgentDownload } from './enrollment/agent-download.ts'
import { agentDownloadRoutes } from './enrollment/enrollment.routes.ts'
import { createEventStream } from './events/event-stream.ts'
import { eventsRoutes } from './events/events.routes.ts'
import { createSocketQuota } from './live/socket-quota.ts'
import { createNodesRepo } from './nodes/nodes.repo.ts'
import { nodesRoutes } from './nodes/nodes.routes.ts'
import {
  createNodesService,
  type EnrollmentTokens,
  type NodesService
} from './nodes/nodes.service.ts'
import { createServerFactsRepo } from './permissions/server-facts.repo.ts'
import { createCommandDesk } from './servers/command-desk.ts'
import { type CreationService, createCreationService } from './servers/creation.service.ts'
import { createLifecycleRepo } from './servers/lifecycle.repo.ts'
import { createServerLifecycle } from './servers/lifecycle.ts'
import { createPlacementRepo } from './servers/placement.repo.ts'
import { createPowerService, type PowerService } from './servers/power.service.ts'
import { createRemovalService } from './servers/removal.service.ts'
import { createServerChangesRepo } from './servers/server-changes.repo.ts'
import { createServerPortsRepo } from './servers/server-ports.repo.ts'
import { createServersRepo } from './servers/servers.repo.ts'
import { serversRoutes } from './servers/servers.routes.ts'
import { createServersService, type ServersService } from './servers/servers.service.ts'
import { createAltChange, createSettingsService } from './servers/settings.service.ts'
import { createWantedRepo } from './servers/wanted.repo.ts'
import { createWantedStates } from './servers/wanted.ts'
import { altsRoutes } from './templates/alts.routes.ts'
import { type AltsService, createAltsService } from './templates/alts.service.ts'
import { ctrlsRoutes } from './templates/ctrls.routes.ts'
import { createCtrlsService } from './templates/ctrls.service.ts'
import { createTemplatesRepo } from './templates/templates.repo.ts'

/** What the link needs of the features before it is made. */
export function createLinkSide(deps: {
  db: Database
  events: PanelEvents
  /** Asked when needed: the link makes it. */
  outbox: () => Pick<Outbox, 'enqueue' | 'wake'>
}): { states: WantedStates; lifecycle: ServerLifecycle } {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions()
  return {
    states: createWantedStates(createWantedRepo(deps.db), { timeZone }),
    lifecycle: createServerLifecycle({ ...deps, repo: createLifecycleRepo(deps.db) })
  }
}

export interface ProductDeps {
  db: Database
  log: FastifyBaseLogger
  events: PanelEvents
  audit: Audit
  access: ServerAccess
  link: { outbox: Outbox; agents: Agents; hub: ConsoleHub; enrollment: EnrollmentTokens }
  /** Where browsers and agents reach the panel; known once it listens. */
  publicUrl: () => string
  download?: AgentDownload
}

/** What the panel's own start asks for without HTTP. */
export interface Product {
  nodes: NodesService
  alts: AltsService
  servers: ServersService
  creation: CreationService
  power: PowerService
}

/** Nodes, templates, servers and what is done with them: their parts, and their routes on the app. */
export async function registerProduct(app: FastifyInstance, deps: ProductDeps): Promise<Product> {
  const { db, log, events, audit, access, link, publicUrl } = deps
  const { outbox, agents, hub, enrollment } = link
  const download = deps.download ?? createAgentDownload()
  const quota = createSocketQuota()

  const nodes = createNodesService({
    ...{ agents, outbox, audit, events, enrollment, download, publicUrl },
    repo: createNodesRepo(db)
  })
  const allocations = createAllocationsService(createAllocationsRepo(db), audit)

  const changes = createServerChangesRepo(db)
  const templates = createTemplatesRepo(db)
  const ctrls = createCtrlsService(templates, audit)
  const onChange = createAltChange(changes, { agents, log })
  const alts = createAltsService({ repo: templates, audit, onChange })

  const desk = createCommandDesk(outbox, agents)
  const serversRepo = createServersRepo(db)
  const servers = createServersService(serversRepo, agents)
  const acts = { repo: changes, desk, outbox, audit, events }
  const power = createPowerService(acts)
  const creation = createCreationService({
    ...acts,
    ...{ alts, agents },
    ports: createServerPortsRepo(),
    placement: createPlacementRepo()
  })
  const settings = createSettingsService({
    ...{ repo: changes, servers: serversRepo, alts, agents, audit, events, log }
  })
  const removal = createRemovalService(acts)
  const commands = createCommandsService({ outbox, access, servers })
  const consoles = createConsoleService({ hub, agents, servers, audit })
  const stream = createEventStream({ events, access, facts: createServerFactsRepo(db), log })
  app.addHook('onClose', async () => stream.close())

  const api = '/api/v1'
  await app.register(agentDownloadRoutes, { prefix: '/agent/v1', download })
  await app.register(nodesRoutes, { prefix: `${api}/nodes`, nodes })
  await app.register(allocationsRoutes, { prefix: `${api}/nodes`, allocations })
  await app.register(ctrlsRoutes, { prefix: `${api}/ctrls`, ctrls })
  await app.register(altsRoutes, { prefix: `${api}/alts`, alts })
  const parts = { servers, creation, power, settings, removal, outbox }
  await app.register(serversRoutes, { prefix: `${api}/servers`, ...parts })
  await app.register(commandsRoutes, { prefix: api, commands, outbox })
  const visit = { console: consoles, hub, agents, servers, access, events, log }
  await app.register(consoleRoutes, { prefix: `${api}/servers`, ...visit, quota })
  await app.register(eventsRoutes, { prefix: `${api}/events`, stream, quota })
  return { nodes, alts, servers, creation, power }
}
