import { isIP } from 'node:net'
import type { Agents, Audit, Outbox, PanelEvents } from '../../agents/contract.ts'
import type { Prisma } from '../../db/generated/client.ts'
import { inUse, NameTaken, NodeNotFound, NodeOnline, validationFailed } from '../../errors.ts'
import { pageOf } from '../../plugins/conventions.ts'
import { auditEntry, type Caller } from '../caller.ts'
import type { AgentDownload } from '../enrollment/agent-download.ts'
import { enrollmentLine } from '../enrollment/enrollment-line.ts'
import { orNameTaken } from '../names.ts'
import type { NodeRow, NodesRepo } from './nodes.repo.ts'
import type {
  CreatedNode,
  EnrollmentView,
  LostNode,
  NodeBody,
  NodeDetail,
  NodePatch,
  NodesQuery,
  NodeView
} from './nodes.schema.ts'

/** Makes the one-time tokens that machines join with. */
interface EnrollmentTokens {
  createEnrollmentToken(
    tx: Prisma.TransactionClient,
    nodeId: string,
    createdById: string | null
  ): Promise<{ token: string; expiresAt: Date }>
  /** The panel's public key, base64. */
  panelKey: string
}

export interface NodesService {
  create(caller: Caller, body: NodeBody): Promise<CreatedNode>
  list(query: NodesQuery): Promise<{ data: NodeView[]; nextCursor: string | null }>
  view(id: string): Promise<NodeDetail>
  update(caller: Caller, id: string, patch: NodePatch): Promise<NodeDetail>
  remove(caller: Caller, id: string): Promise<void>
  /** A further token, e.g. for a machine that was set up anew: enrolling it retires the old key. */
  addEnrollmentToken(caller: Caller, id: string): Promise<EnrollmentView>
  /** Its key opens no session any more, and the one that is open ends. */
  revoke(caller: Caller, id: string): Promise<NodeDetail>
  /** Given up for good: what it had begun is UNKNOWN from now on, and its servers can be removed by force. */
  declareLost(caller: Caller, id: string): Promise<LostNode>
}

export interface NodesDeps {
  repo: NodesRepo
  agents: Pick<Agents, 'revoke' | 'newestResources' | 'orphans' | 'isOnline' | 'refusal'>
  outbox: Pick<Outbox, 'abandon'>
  audit: Audit
  events: PanelEvents
  enrollment: EnrollmentTokens
  download: AgentDownload
  publicUrl: () => string
}

export function createNodesService(deps: NodesDeps): NodesService {
  const { repo, agents, outbox, audit, events, enrollment, download, publicUrl } = deps

  async function need(id: string): Promise<NodeRow> {
    const row = await repo.find(id)
    if (!row) throw new NodeNotFound(id)
    return row
  }

  async function detailOf(id: string): Promise<NodeDetail> {
    return { ...viewOf(await need(id)), orphans: agents.orphans(id) }
  }

  function viewOf(row: NodeRow): NodeView {
    const { lastSeen, enrolledAt, lostAt, journalLost, createdAt, updatedAt, ...rest } = row
    return {
      ...rest,
      resources: agents.newestResources(row.id) ?? row.resources,
      lastSeen: lastSeen?.toISOString() ?? null,
      enrolledAt: enrolledAt?.toISOString() ?? null,
      lostAt: lostAt?.toISOString() ?? null,
      journalLost: journalLost?.toISOString() ?? null,
      agentRefused: agents.refusal(row.id) ?? null,
      createdAt: createdAt.toISOString(),
      updatedAt: updatedAt.toISOString()
    }
  }

  async function newToken(
    tx: Prisma.TransactionClient,
    caller: Caller,
    nodeId: string,
    sha256: string
  ): Promise<EnrollmentView> {
    const { userId } = caller.actor
    const { token, expiresAt } = await enrollment.createEnrollmentToken(tx, nodeId, userId)
    const { panelKey } = enrollment
    const line = enrollmentLine({ publicUrl: publicUrl(), token, panelKey, sha256 })
    return { token, expiresAt: expiresAt.toISOString(), panelKey, ...line }
  }

  return {
    async create(caller, { name, ipAddress = null }) {
      checkAddress(ipAddress)
      const { sha256 } = await download.bundle()
      const made = await repo.transaction(async tx => {
        const node = await repo.insert(tx, { name, ipAddress })
        if (!node) throw new NameTaken(name)
        const after = { name, ipAddress }
        await audit.write(tx, nodeEntry(caller, 'node.created', node.id, { after }))
        return { id: node.id, enrollment: await newToken(tx, caller, node.id, sha256) }
      })
      return { node: viewOf(await need(made.id)), enrollment: made.enrollment }
    },

    async list(query) {
      const byName = query.sort.endsWith('name')
      return pageOf(
        await repo.list(query),
        query,
        row => ({ key: byName ? row.name : row.createdAt.toISOString(), id: row.id }),
        viewOf
      )
    },

    view: detailOf,

    async update(caller, id, patch) {
      checkAddress(patch.ipAddress ?? null)
      const before = await need(id)
      const work = repo.transaction(async tx => {
        await repo.update(tx, id, patch)
        const { name, ipAddress, maintenance } = before
        const change = { before: { name, ipAddress, maintenance }, after: patch }
        await audit.write(tx, nodeEntry(caller, 'node.updated', id, change))
      })
      await orNameTaken(patch.name ?? before.name, work)
      return detailOf(id)
    },

    async remove(caller, id) {
      await repo.transaction(async tx => {
        const node = await repo.lock(tx, id)
        if (!node) throw new NodeNotFound(id)
        const servers = await repo.serversOf(tx, id)
        if (servers.length > 0) {
          throw inUse(`Node ${node.name}`, servers.map(asDependant))
        }
        await repo.remove(tx, id)
        const before = { name: node.name }
        await audit.write(tx, nodeEntry(caller, 'node.deleted', id, { before }))
      })
      agents.revoke(id)
    },

    async addEnrollmentToken(caller, id) {
      const { sha256 } = await download.bundle()
      return repo.transaction(async tx => {
        if (!(await repo.lock(tx, id))) throw new NodeNotFound(id)
        const made = await newToken(tx, caller, id, sha256)
        const after = { expiresAt: made.expiresAt }
        await audit.write(tx, nodeEntry(caller, 'node.enrollment-token.created', id, { after }))
        return made
      })
    },

    async revoke(caller, id) {
      await repo.transaction(async tx => {
        if (!(await repo.lock(tx, id))) throw new NodeNotFound(id)
        const keys = await repo.revokeAgents(tx, id)
        await audit.write(tx, nodeEntry(caller, 'node.revoked', id, { after: { keys } }))
      })
      agents.revoke(id)
      return detailOf(id)
    },

    async declareLost(caller, id) {
      await repo.transaction(async tx => {
        const node = await repo.lock(tx, id)
        if (!node) throw new NodeNotFound(id)
        if (agents.isOnline(id)) throw new NodeOnline(node.name)
        await repo.markLost(tx, id)
        const change = { before: { status: node.status }, after: { isLost: true } }
        await audit.write(tx, nodeEntry(caller, 'node.declared-lost', id, change))
      })
      const abandonedCommands = await outbox.abandon(id)
      const node = viewOf(await need(id))
      events.publish({ type: 'node.status', nodeId: id, status: node.status })
      return { node, abandonedCommands }
    }
  }
}

function nodeEntry(
  caller: Caller,
  action: string,
  nodeId: string,
  change: { before?: unknown; after?: unknown } = {}
) {
  return auditEntry(caller, { action, targetType: 'node', targetId: nodeId, ...change })
}

function checkAddress(ipAddress: string | null): void {
  if (ipAddress === null || isIP(ipAddress) !== 0) return
  throw validationFailed([
    { field: 'body.ipAddress', message: 'is no IP address, e.g. 192.0.2.10 or 2001:db8::10' }
  ])
}

function asDependant(server: { id: string; name: string }) {
  return { type: 'server', id: server.id, name: server.name, message: `server ${server.name}` }
}
