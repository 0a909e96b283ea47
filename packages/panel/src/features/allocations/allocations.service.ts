import type { Audit } from '../../agents/contract.ts'
import {
  AllocationNotFound,
  allocationsTaken,
  inUse,
  NodeNotFound,
  TooManyAllocations,
  validationFailed
} from '../../errors.ts'
import { pageOf } from '../../plugins/conventions.ts'
import { auditEntry, type Caller } from '../caller.ts'
import type { AllocationRow, AllocationsRepo } from './allocations.repo.ts'
import {
  type AllocationsBody,
  type AllocationsQuery,
  type AllocationView,
  MAX_PORTS_A_CALL,
  MAX_PORTS_OF_NODE
} from './allocations.schema.ts'
import { canonicalAddress } from './canonical-address.ts'
import { parsePortRanges } from './port-ranges.ts'

export interface AllocationsService {
  list(
    nodeId: string,
    query: AllocationsQuery
  ): Promise<{ data: AllocationView[]; nextCursor: string | null }>
  /** All of the ports or none. */
  create(caller: Caller, nodeId: string, body: AllocationsBody): Promise<AllocationView[]>
  remove(caller: Caller, nodeId: string, allocationId: string): Promise<void>
}

export function createAllocationsService(repo: AllocationsRepo, audit: Audit): AllocationsService {
  return {
    async list(nodeId, query) {
      if (!(await repo.nodeExists(nodeId))) throw new NodeNotFound(nodeId)
      const rows = await repo.list(nodeId, query)
      return pageOf(rows, query, row => ({ key: row.port, id: row.id }), viewOf)
    },

    async create(caller, nodeId, { ip: address, ports: text, protocol = 'both' }) {
      const ip = addressOf(address)
      const ports = portsOf(text)
      if (!(await repo.nodeExists(nodeId))) throw new NodeNotFound(nodeId)
      return repo.transaction(async tx => {
        await repo.lockNode(tx, nodeId)
        const rows = await repo.insert(tx, { nodeId, ip, ports, protocol })
        const made = new Set(rows.map(row => row.port))
        const [first, ...others] = ports.filter(port => !made.has(port))
        if (first !== undefined) throw allocationsTaken([first, ...others])
        if ((await repo.count(tx, nodeId)) > MAX_PORTS_OF_NODE) {
          throw new TooManyAllocations(MAX_PORTS_OF_NODE)
        }
        const entry = {
          action: 'node.allocations.created',
          targetType: 'node',
          targetId: nodeId,
          after: { ip, ports: text, protocol }
        }
        await audit.write(tx, auditEntry(caller, entry))
        return rows.map(viewOf)
      })
    },

    async remove(caller, nodeId, allocationId) {
      await repo.transaction(async tx => {
        await repo.lockNode(tx, nodeId)
        const row = await repo.find(tx, nodeId, allocationId)
        if (!row) throw new AllocationNotFound(allocationId)
        if (row.serverId) {
          const name = row.serverName ?? row.serverId
          const server = { type: 'server', id: row.serverId, name, message: `server ${name}` }
          throw inUse(`Port ${row.port}`, [server])
        }
        await repo.remove(tx, allocationId)
        const { ip, port } = row
        const entry = {
          action: 'node.allocation.deleted',
          targetType: 'node',
          targetId: nodeId,
          before: { ip, port }
        }
        await audit.write(tx, auditEntry(caller, entry))
      })
    }
  }
}

function addressOf(text: string): string {
  const ip = canonicalAddress(text)
  if (ip !== undefined) return ip
  throw validationFailed([{ field: 'body.ip', message: 'is no IP address, e.g. 192.0.2.10' }])
}

function portsOf(text: string): number[] {
  const parsed = parsePortRanges(text, MAX_PORTS_A_CALL)
  if (!parsed.ok) throw validationFailed([{ field: 'body.ports', message: parsed.reason }])
  return parsed.ports
}

function viewOf(row: AllocationRow): AllocationView {
  return { ...row, createdAt: row.createdAt.toISOString() }
}
