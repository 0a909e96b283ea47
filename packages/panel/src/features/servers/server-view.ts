import { type Actor, can } from '../permissions/can.ts'
import { serverPermissions } from '../permissions/catalog.ts'
import type { ServerDetailRow, ServerRow } from './servers.repo.ts'
import type { ServerSummary, ServerView } from './servers.schema.ts'
import { reachesAllVariables } from './variable-access.ts'

export function summaryOf(row: ServerRow): ServerSummary {
  const { nodeId, nodeName, nodeStatus, nodeIp } = row
  const hasNode = nodeId !== null && nodeName !== null && nodeStatus !== null
  return {
    id: row.id,
    name: row.name,
    status: row.status,
    lastKnownStatus: row.lastKnownStatus,
    statusReason: row.statusReason,
    desiredState: row.desiredState,
    installState: row.installState,
    suspendedAt: timeOf(row.suspendedAt),
    deletedAt: timeOf(row.deletedAt),
    node: hasNode ? { id: nodeId, name: nodeName, status: nodeStatus, ipAddress: nodeIp } : null,
    alt: {
      id: row.altId,
      name: row.altName,
      version: row.altVersion ?? row.altNewest,
      newestVersion: row.altNewest,
      hasUpdate: (row.altVersion ?? row.altNewest) < row.altNewest
    },
    owner: { id: row.ownerId, username: row.ownerName },
    port: row.port,
    allocations: row.allocations,
    limits: {
      memoryMiB: row.memoryMiB,
      swapMiB: row.swapMiB,
      cpuPercent: row.cpuPercent,
      diskMiB: row.diskMiB,
      pidsLimit: row.pidsLimit
    },
    dockerImage: row.dockerImage,
    dockerContainerId: row.dockerContainerId,
    startedAt: timeOf(row.startedAt),
    exitCode: row.exitCode,
    oomKilled: row.oomKilled,
    crashCount: row.crashCount,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString()
  }
}

/** Values are for those who may change the server; what users may not see is not for all of them. */
export function viewFor(actor: Actor, row: ServerDetailRow): ServerView {
  return {
    ...summaryOf(row),
    startup: row.startup,
    environment: can(actor, 'server-update', row) ? valuesFor(actor, row) : null,
    consoleEnd: row.consoleEnd,
    permissions: serverPermissions.filter(permission => can(actor, permission, row))
  }
}

function valuesFor(actor: Actor, row: ServerDetailRow): Record<string, string> {
  const seesAll = reachesAllVariables(actor)
  return Object.fromEntries(
    Object.entries(row.variables)
      .filter(([, variable]) => seesAll || variable.viewable)
      .map(([name, variable]) => [name, variable.value])
  )
}

function timeOf(time: Date | null): string | null {
  return time?.toISOString() ?? null
}
