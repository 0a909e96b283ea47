import type { Failpoint } from '@ctrl-alt-play/protocol'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import { type AgentLinkDeps, createAgentLink } from './agents/agent-link.ts'
import type { Audit, PanelEvents } from './agents/contract.ts'
import type { PanelIdentity } from './agents/identity-file.ts'
import type { Database } from './db/client.ts'
import { createAllocationsRepo } from './features/allocations/allocations.repo.ts'
import { allocationsRoutes } from './features/allocations/allocations.routes.ts'
import { createAllocationsService } from './features/allocations/allocations.service.ts'
import { commandsRoutes } from './features/commands/commands.routes.ts'
import { createCommandsService } from './features/commands/commands.service.ts'
import { consoleRoutes } from './features/console/console.routes.ts'
import { createConsoleService } from './features/console/console.service.ts'
import { eggExportRoutes, eggImportRoutes, eggUpdateRoutes } from './features/eggs/eggs.routes.ts'
import { createEggsService } from './features/eggs/eggs.service.ts'
import { createAgentDownload } from './features/enrollment/agent-download.ts'
import { agentDownloadRoutes } from './features/enrollment/enrollment.routes.ts'
import { createEventStream } from './features/events/event-stream.ts'
import { eventsRoutes } from './features/events/events.routes.ts'
import { createSocketQuota } from './features/live/socket-quota.ts'
import { createNodesRepo } from './features/nodes/nodes.repo.ts'
import { nodesRoutes } from './features/nodes/nodes.routes.ts'
import { createNodesService } from './features/nodes/nodes.service.ts'
import type { ServerFactsRepo } from './features/permissions/server-access.ts'
import { createCommandDesk } from './features/servers/command-desk.ts'
import { createCreationService } from './features/servers/creation.service.ts'
import { createLifecycleRepo } from './features/servers/lifecycle.repo.ts'
import { createServerLifecycle } from './features/servers/lifecycle.ts'
import { createPlacementRepo } from './features/servers/placement.repo.ts'
import { createPowerService } from './features/servers/power.service.ts'
import { createPushWanted } from './features/servers/push-wanted.ts'
import { createRemovalService } from './features/servers/removal.service.ts'
import { createServerActs } from './features/servers/server-acts.ts'
import { createServerChangesRepo } from './features/servers/server-changes.repo.ts'
import { createServerPortsRepo } from './features/servers/server-ports.repo.ts'
import { serverPortsRoutes } from './features/servers/server-ports.routes.ts'
import { createServerPortsService } from './features/servers/server-ports.service.ts'
import { createServersRepo } from './features/servers/servers.repo.ts'
import { serversRoutes } from './features/servers/servers.routes.ts'
import { createServersService } from './features/servers/servers.service.ts'
import { createSettingsService } from './features/servers/settings.service.ts'
import { createWantedRepo } from './features/servers/wanted.repo.ts'
import { createWantedStates } from './features/servers/wanted.ts'
import { createStatsHistoryRepo } from './features/stats-history/stats-history.repo.ts'
import { statsHistoryRoutes } from './features/stats-history/stats-history.routes.ts'
import { createStatsHistoryService } from './features/stats-history/stats-history.service.ts'
import { altsRoutes } from './features/templates/alts.routes.ts'
import { createAltsService } from './features/templates/alts.service.ts'
import { ctrlsRoutes } from './features/templates/ctrls.routes.ts'
import { createCtrlsService } from './features/templates/ctrls.service.ts'
import { createImportedAlts } from './features/templates/imported-alts.ts'
import { tagsRoutes } from './features/templates/tags.routes.ts'
import { createTemplatesRepo } from './features/templates/templates.repo.ts'
import { createFetchPublic, type PublicNet } from './net/fetch-public.ts'
import type { ServerAccess } from './plugins/access.ts'
import type { Vault } from './secrets/vault.ts'

export interface FeaturesDeps {
  db: Database
  vault: Vault
  audit: Audit
  events: PanelEvents
  log: FastifyBaseLogger
  access: ServerAccess
  facts: ServerFactsRepo
  identity: PanelIdentity
  publicUrl: () => string
  /** How the link to the agents keeps time; tests are quicker. */
  link?: Pick<AgentLinkDeps, 'timing' | 'logRetention'>
  /** The network that users' addresses lead to; tests have another. */
  publicNet?: PublicNet
  failpoint?: Failpoint | undefined
}

/** Nodes, templates, servers and their consoles, with the link that carries them out. */
export function createFeatures(deps: FeaturesDeps) {
  const { db, vault, audit, events, log, access, facts, identity, publicUrl, failpoint } = deps
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions()
  const link = createAgentLink({
    ...{ db, identity, audit, events, log, failpoint },
    wanted: createWantedStates(createWantedRepo(db, vault, log), { timeZone }),
    lifecycle: createServerLifecycle({
      repo: createLifecycleRepo(db),
      outbox: () => link.outbox,
      events
    }),
    ...deps.link
  })
  const { agents, outbox, enrollment, consoleHub: hub } = link

  const serversRepo = createServersRepo(db, vault)
  const changes = createServerChangesRepo(db, vault)
  const templates = createTemplatesRepo(db, vault)
  const desk = createCommandDesk({ outbox, agents, failpoint })
  const alts = createAltsService({ repo: templates, audit })
  const imported = createImportedAlts({ repo: templates, audit })
  const fetchPublic = createFetchPublic(deps.publicNet)
  const eggs = createEggsService({ imported, alts, fetchPublic })
  const servers = createServersService(serversRepo, agents)
  const ports = createServerPortsRepo()
  const creation = createCreationService({
    ...{ alts, desk, agents, audit },
    repo: changes,
    ports,
    placement: createPlacementRepo()
  })
  const takeIn = createServerActs({ repo: changes, desk, audit })
  const power = createPowerService({ takeIn, desk })
  const settings = createSettingsService({
    ...{ alts, agents, outbox, audit, events, log },
    repo: changes,
    servers: serversRepo
  })
  const removal = createRemovalService({ repo: changes, desk, outbox, audit, events })
  const download = createAgentDownload()
  const nodes = createNodesService({
    ...{ agents, outbox, audit, events, enrollment, download, publicUrl },
    repo: createNodesRepo(db)
  })
  const quota = createSocketQuota()

  return {
    link,
    creation,
    removal,
    outbox,
    async register(app: FastifyInstance, api: string): Promise<void> {
      await app.register(link.routes)
      await app.register(agentDownloadRoutes, { prefix: '/agent/v1', download })
      await app.register(nodesRoutes, { prefix: `${api}/nodes`, nodes })
      const allocationsRepo = createAllocationsRepo(db)
      const allocations = createAllocationsService(allocationsRepo, audit)
      await app.register(allocationsRoutes, { prefix: `${api}/nodes`, allocations })
      const ctrls = createCtrlsService(templates, audit)
      await app.register(ctrlsRoutes, { prefix: `${api}/ctrls`, ctrls })
      await app.register(eggImportRoutes, { prefix: `${api}/ctrls`, eggs })
      await app.register(altsRoutes, { prefix: `${api}/alts`, alts })
      await app.register(tagsRoutes, { prefix: `${api}/alt-tags`, alts })
      await app.register(eggUpdateRoutes, { prefix: `${api}/alts`, eggs })
      await app.register(eggExportRoutes, { prefix: `${api}/alts`, eggs })
      await app.register(serversRoutes, {
        prefix: `${api}/servers`,
        ...{ servers, creation, power, settings, removal, outbox }
      })
      const serverPorts = createServerPortsService({
        ...{ ports, audit, events, servers: serversRepo },
        repo: changes,
        push: createPushWanted({ agents, log })
      })
      await app.register(serverPortsRoutes, {
        prefix: `${api}/servers`,
        ...{ ports: serverPorts, servers }
      })
      const commands = createCommandsService({ outbox, access, facts, audit })
      await app.register(commandsRoutes, { prefix: api, commands, outbox })
      await app.register(consoleRoutes, {
        prefix: `${api}/servers`,
        console: createConsoleService({ hub, agents, audit }),
        ...{ hub, agents, access, events, log, quota }
      })
      const samples = createStatsHistoryRepo(db)
      const history = createStatsHistoryService(samples, allocationsRepo.nodeExists)
      await app.register(statsHistoryRoutes, { prefix: api, history })
      const stream = createEventStream({ events, access, agents, facts, log })
      await app.register(eventsRoutes, { prefix: `${api}/events`, stream, quota })
    }
  }
}
