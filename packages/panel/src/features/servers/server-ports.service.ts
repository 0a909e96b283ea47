import type { Audit, PanelEvents } from '../../agents/contract.ts'
import {
  AllocationNotFound,
  allocationsTaken,
  PrimaryPort,
  ServerBusy,
  ServerNotFound,
  ServerWithoutNode,
  TooManyPorts
} from '../../errors.ts'
import { auditEntry, type Caller } from '../caller.ts'
import { lockNode } from '../nodes/node-lock.ts'
import { checkPortsOfNode, choosePorts } from './port-choice.ts'
import type { AskedPort } from './port-plan.ts'
import type { PushWanted } from './push-wanted.ts'
import type { LockedServer, ServerChangesRepo, Tx } from './server-changes.repo.ts'
import type { OwnPort, ServerPortsRepo } from './server-ports.repo.ts'
import type { ServersRepo } from './servers.repo.ts'

/** As many as it can be made with. */
const MAX_PORTS_OF_SERVER = 64

/** Then nobody listens on its ports. */
const atRest: ReadonlySet<string> = new Set(['STOPPED', 'CRASHED', 'INSTALL_FAILED'])

/** What a server that is there is given of ports, and what is taken from it. A game that runs follows at its next start. */
export interface ServerPortsService {
  /** Without a port: one that is free. */
  add(caller: Caller, serverId: string, asked: Partial<AskedPort>): Promise<void>
  makePrimary(caller: Caller, serverId: string, allocationId: string): Promise<void>
  /** Not the primary one, and not while a game may hold it. */
  remove(caller: Caller, serverId: string, allocationId: string): Promise<void>
}

export interface ServerPortsDeps {
  repo: Pick<ServerChangesRepo, 'transaction' | 'lock' | 'update'>
  servers: Pick<ServersRepo, 'find'>
  ports: ServerPortsRepo
  audit: Audit
  events: Pick<PanelEvents, 'publish'>
  push: PushWanted
}

interface Place {
  server: LockedServer
  node: { id: string; name: string }
  own: OwnPort[]
}

/** What it makes of the ports; the new number of the primary one where that changes. */
type Change = (
  tx: Tx,
  place: Place
) => Promise<{ primary?: number; before?: object; after?: object }>

export function createServerPortsService(deps: ServerPortsDeps): ServerPortsService {
  const { repo, servers, ports, audit, events, push } = deps

  async function change(
    caller: Caller,
    { serverId, allocationId, name }: { serverId: string; allocationId?: string; name: string },
    work: Change
  ): Promise<void> {
    const known = await servers.find(serverId)
    if (!known) throw new ServerNotFound(serverId)
    const { nodeId } = known
    if (nodeId === null) {
      throw allocationId ? new AllocationNotFound(allocationId) : new ServerWithoutNode(known.name)
    }
    await repo.transaction(async tx => {
      // In the order in which servers are made: the node, then the server.
      await lockNode(tx, nodeId)
      const server = await repo.lock(tx, serverId)
      if (!server) throw new ServerNotFound(serverId)
      if (server.desiredState === 'ABSENT') throw new ServerBusy(server.name, 'it is being deleted')
      const node = { id: nodeId, name: server.nodeName ?? nodeId }
      const own = await ports.ofServer(tx, serverId)
      const { primary, ...told } = await work(tx, { server, node, own })
      await repo.update(tx, serverId, primary === undefined ? {} : { port: primary }, true)
      const entry = { action: `server.port.${name}`, targetType: 'server', targetId: serverId }
      await audit.write(tx, auditEntry(caller, { ...entry, ...told }))
    })
    events.publish({ type: 'access.changed', serverId })
    await push(nodeId, serverId)
  }

  return {
    add: (caller, serverId, { port, protocol }) =>
      change(caller, { serverId, name: 'added' }, async (tx, { server, node, own }) => {
        if (own.length >= MAX_PORTS_OF_SERVER) throw new TooManyPorts(MAX_PORTS_OF_SERVER)
        const asked = port === undefined ? undefined : [{ port, protocol }]
        const steps = await choosePorts(ports, tx, { node, asked })
        await checkPortsOfNode(ports, tx, { nodeId: node.id, steps })
        const hasPrimary = own.some(({ isPrimary }) => isPrimary)
        const [step] = steps
        const isDone = await ports.assign(tx, { id: server.id, nodeId: node.id, hasPrimary }, steps)
        if (!step || !isDone) throw allocationsTaken([step?.port ?? 0])
        return { after: { port: step.port }, ...(!hasPrimary && { primary: step.port }) }
      }),

    makePrimary: (caller, serverId, allocationId) =>
      change(caller, { serverId, allocationId, name: 'primary' }, async (tx, { own }) => {
        const found = own.find(({ id }) => id === allocationId)
        if (!found) throw new AllocationNotFound(allocationId)
        const before = own.find(({ isPrimary }) => isPrimary)
        await ports.setPrimary(tx, serverId, allocationId)
        return {
          primary: found.port,
          before: { port: before?.port ?? null },
          after: { port: found.port }
        }
      }),

    remove: (caller, serverId, allocationId) =>
      change(caller, { serverId, allocationId, name: 'removed' }, async (tx, { server, own }) => {
        const found = own.find(({ id }) => id === allocationId)
        if (!found) throw new AllocationNotFound(allocationId)
        if (found.isPrimary) throw new PrimaryPort(found.port)
        if (!atRest.has(server.status)) {
          throw new ServerBusy(server.name, 'stop it first, for its game holds the port')
        }
        await ports.release(tx, serverId, allocationId)
        return { before: { port: found.port } }
      })
  }
}
