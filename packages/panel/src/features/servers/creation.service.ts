import type { Agents, Audit, CommandView } from '../../agents/contract.ts'
import {
  AllocationNotFound,
  allocationsTaken,
  forbidden,
  NodeInMaintenance,
  NodeNotFound,
  NoNodeFits,
  validationFailed
} from '../../errors.ts'
import { auditEntry, type Caller } from '../caller.ts'
import { can } from '../permissions/can.ts'
import type { AltsService } from '../templates/alts.service.ts'
import type { CommandDesk } from './command-desk.ts'
import { checkImage } from './images.ts'
import { checkRoom } from './owner-limit.ts'
import type { PlacementRepo, PlaceRow } from './placement.repo.ts'
import { type Candidate, placeServer } from './placement.ts'
import { checkPortsOfNode, choosePorts } from './port-choice.ts'
import { type PortStep, takenAmong } from './port-plan.ts'
import { newServerId, type ServerChangesRepo, type Tx } from './server-changes.repo.ts'
import type { ServerPortsRepo } from './server-ports.repo.ts'
import { changedValues } from './server-values.ts'
import type { ServerBody } from './servers.schema.ts'
import { reachesAllVariables } from './variable-access.ts'

export interface CreationService {
  /** The record, its ports and its install command, all or nothing. */
  create(caller: Caller, body: ServerBody): Promise<{ serverId: string; command: CommandView }>
}

export interface CreationDeps {
  repo: ServerChangesRepo
  ports: ServerPortsRepo
  placement: PlacementRepo
  alts: Pick<AltsService, 'template'>
  desk: CommandDesk
  agents: Pick<Agents, 'isOnline' | 'newestResources'>
  audit: Audit
}

const standardLimits = { swapMiB: 0, pidsLimit: 512 }

export function createCreationService(deps: CreationDeps): CreationService {
  const { repo, ports, placement, alts, desk, agents, audit } = deps

  function candidateOf(node: PlaceRow): Candidate {
    const { id, name, maintenance, memoryPromisedMiB, servers } = node
    const resources = agents.newestResources(id) ?? node.resources
    return {
      id,
      name,
      maintenance,
      memoryPromisedMiB,
      servers,
      online: agents.isOnline(id) && node.status !== 'QUARANTINED',
      hasDocker: resources?.docker != null,
      memoryTotalMiB: resources?.memoryTotalMiB ?? null
    }
  }

  /** Where it goes: as asked, where the asked ports are, or where there is room. */
  async function chooseNode(tx: Tx, body: ServerBody): Promise<string> {
    if (body.nodeId !== undefined) return body.nodeId
    const [first] = body.allocationIds ?? []
    if (first !== undefined) {
      const [port] = await ports.byIds(tx, [first])
      if (!port) throw new AllocationNotFound(first)
      return port.nodeId
    }
    await placement.lockPlacement(tx)
    const placed = placeServer((await placement.nodes(tx)).map(candidateOf), body)
    if (!placed.ok) throw new NoNodeFits(placed.reason)
    return placed.nodeId
  }

  async function takeNode(tx: Tx, body: ServerBody): Promise<PlaceRow> {
    const nodeId = await chooseNode(tx, body)
    await placement.lockNode(tx, nodeId)
    const [node] = await placement.nodes(tx, nodeId)
    if (!node) throw new NodeNotFound(nodeId)
    if (node.maintenance) throw new NodeInMaintenance(node.name)
    return node
  }

  /** Node and ports. Who does not manage nodes hears of none by its name, nor whether an id is one. */
  async function findPlace(tx: Tx, { actor }: Caller, body: ServerBody) {
    try {
      const node = await takeNode(tx, body)
      const place = { name: body.name, nodeId: node.id, nodeName: node.name }
      const reach = desk.reach({ ...place, nodeStatus: node.status }, body.queue ?? false)
      const steps = body.allocationIds
        ? await namedPorts(tx, node, body.allocationIds)
        : await choosePorts(ports, tx, { node, asked: body.ports })
      await checkPortsOfNode(ports, tx, { nodeId: node.id, steps })
      return { node, reach, steps }
    } catch (error) {
      if (can(actor, 'admin-nodes') || !isAboutNodes(error, body)) throw error
      throw new NoNodeFits('what it needs is not there or not free')
    }
  }

  async function namedPorts(tx: Tx, node: PlaceRow, ids: string[]): Promise<PortStep[]> {
    const found = new Map((await ports.byIds(tx, ids)).map(port => [port.id, port]))
    const named = ids.map(id => {
      const port = found.get(id)
      if (!port) throw new AllocationNotFound(id)
      if (port.nodeId !== node.id) {
        const message = `must all be of one node: ${port.ip}:${port.port} is of another`
        throw validationFailed([{ field: 'body.allocationIds', message }])
      }
      return port
    })
    const numbers = named.map(({ port }) => port)
    const [first, ...others] = takenAmong(await ports.byNumbers(tx, node.id, numbers), named)
    if (first !== undefined) throw allocationsTaken([first, ...others])
    return named.map(({ id, port }) => ({ do: 'take', id, port, protocol: undefined }))
  }

  async function takeOwner(tx: Tx, { actor }: Caller, asked: string | undefined): Promise<string> {
    const ownerId = asked ?? actor.userId
    if (ownerId === null) {
      throw validationFailed([{ field: 'body.ownerId', message: 'must say whose server it is' }])
    }
    // Whoever may not change all servers makes them only for themselves.
    if (ownerId !== actor.userId && !can(actor, 'server-update')) throw forbidden('server-update')
    checkRoom(await repo.lockOwner(tx, ownerId), ownerId)
    return ownerId
  }

  return {
    async create(caller, body) {
      checkPorts(body)
      const alt = await alts.template(body.altId)
      const dockerImage = checkImage(alt, body.dockerImage)
      const values = changedValues({
        variables: alt.variables,
        current: {},
        given: body.environment ?? {},
        mayEditAll: reachesAllVariables(caller.actor),
        isNew: true
      })
      const id = newServerId()
      const command = await repo.transaction(async tx => {
        // Whoever changed the template meanwhile has kept the version that was looked at.
        const newest = await repo.newestVersion(tx, body.altId)
        const ownerId = await takeOwner(tx, caller, body.ownerId)
        const { node, reach, steps } = await findPlace(tx, caller, body)
        const desiredState = body.start ? 'RUNNING' : 'STOPPED'
        const { name, altId } = body
        const limits = { ...standardLimits, ...limitsOf(body) }
        await repo.insert(tx, {
          ...{ id, name, altId, ownerId, nodeId: node.id, desiredState, dockerImage },
          ...limits,
          startup: alt.startup,
          altVersion: newest === alt.version ? null : alt.version,
          port: steps[0]?.port ?? null
        })
        if (!(await ports.assign(tx, { id, nodeId: node.id }, steps))) {
          const [first = 0, ...others] = steps.map(step => step.port)
          throw allocationsTaken([first, ...others])
        }
        await repo.replaceValues(tx, id, values)
        const after = {
          name,
          altId,
          altVersion: alt.version,
          ownerId,
          nodeId: node.id,
          limits,
          start: body.start ?? false
        }
        const entry = { action: 'server.created', targetType: 'server', targetId: id, after }
        await audit.write(tx, auditEntry(caller, entry))
        const act = {
          serverId: id,
          kind: 'install' as const,
          wanted: { desired: 'STOPPED' as const, generation: 1, restartSeq: 0 },
          previous: { desired: 'STOPPED' as const, restartSeq: 0 }
        }
        return desk.enqueue(tx, { caller, reach, act })
      })
      await desk.accepted(command)
      return { serverId: id, command }
    }
  }
}

/** A refusal that tells more than the caller's own words: all but taken ports that were asked of any node. */
function isAboutNodes(error: unknown, { nodeId, allocationIds }: ServerBody): boolean {
  const { statusCode = 500, code } = error as { statusCode?: number; code?: string }
  const isOwnWords = code === 'ALLOCATION_TAKEN' && !nodeId && !allocationIds
  return statusCode < 500 && !isOwnWords
}

function checkPorts({ allocationIds, ports = [] }: ServerBody): void {
  if (allocationIds && ports.length > 0) {
    throw validationFailed([
      { field: 'body.ports', message: 'and allocationIds cannot both be given' }
    ])
  }
  const numbers = ports.map(({ port }) => port)
  const twice = numbers.find((port, index) => numbers.indexOf(port) !== index)
  if (twice === undefined) return
  throw validationFailed([
    { field: 'body.ports', message: `name ${twice} twice: give it the protocol "both"` }
  ])
}

function limitsOf(body: ServerBody) {
  const { memoryMiB, cpuPercent, diskMiB, swapMiB, pidsLimit } = body
  return {
    memoryMiB,
    cpuPercent,
    diskMiB,
    ...(swapMiB !== undefined && { swapMiB }),
    ...(pidsLimit !== undefined && { pidsLimit })
  }
}
