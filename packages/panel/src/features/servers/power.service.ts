import type { Audit, CommandView } from '../../agents/contract.ts'
import { ServerBusy, ServerNotFound, ServerNotInstalled, ServerSuspended } from '../../errors.ts'
import { auditEntry, type Caller } from '../caller.ts'
import type { CommandDesk } from './command-desk.ts'
import { planPower } from './power-plan.ts'
import type { LockedServer, ServerChangesRepo } from './server-changes.repo.ts'
import type { PowerBody, ReinstallBody } from './servers.schema.ts'

export interface PowerService {
  power(caller: Caller, serverId: string, body: PowerBody): Promise<CommandView>
  /** Stops the game and runs the alt's install script again. */
  reinstall(caller: Caller, serverId: string, body: ReinstallBody): Promise<CommandView>
}

export interface PowerDeps {
  repo: ServerChangesRepo
  desk: CommandDesk
  audit: Audit
}

export function createPowerService({ repo, desk, audit }: PowerDeps): PowerService {
  /** Wanted state, command and audit line together or not at all; then the node is told. */
  async function act(
    serverId: string,
    work: (
      tx: Parameters<Parameters<ServerChangesRepo['transaction']>[0]>[0],
      server: LockedServer
    ) => Promise<CommandView>
  ): Promise<CommandView> {
    const command = await repo.transaction(async tx => {
      const server = await repo.lock(tx, serverId)
      if (!server) throw new ServerNotFound(serverId)
      checkFree(server)
      return work(tx, server)
    })
    await desk.accepted(command)
    return command
  }

  return {
    power: (caller, serverId, { action, queue = false }) =>
      act(serverId, async (tx, server) => {
        if (server.installState === 'FAILED') throw new ServerNotInstalled(server.name)
        const reach = desk.reach(server, queue)
        const wanted = planPower(server, action)
        await repo.want(tx, serverId, wanted)
        const entry = {
          action: `server.${action}`,
          targetType: 'server',
          targetId: serverId,
          before: { desiredState: server.desiredState, status: server.status },
          after: { desiredState: wanted.desired }
        }
        await audit.write(tx, auditEntry(caller, entry))
        const previous = previousOf(server)
        return desk.enqueue(tx, caller, reach, { serverId, kind: action, wanted, previous })
      }),

    reinstall: (caller, serverId, { wipe = false, queue = false }) =>
      act(serverId, async (tx, server) => {
        const reach = desk.reach(server, queue)
        const { generation, restartSeq } = server
        const wanted = { desired: 'STOPPED' as const, generation: generation + 1, restartSeq }
        await repo.want(tx, serverId, wanted)
        // Files that were laid down once are there until the node says that it failed.
        const hasFiles = server.installState === 'DONE'
        await repo.setInstallState(tx, serverId, hasFiles ? 'RUNNING' : 'PENDING')
        const entry = {
          action: 'server.reinstall',
          targetType: 'server',
          targetId: serverId,
          before: { desiredState: server.desiredState, status: server.status },
          after: { wipe }
        }
        await audit.write(tx, auditEntry(caller, entry))
        const previous = previousOf(server)
        return desk.enqueue(tx, caller, reach, {
          serverId,
          kind: 'reinstall',
          wanted,
          previous,
          wipe
        })
      })
  }
}

function checkFree(server: LockedServer): void {
  const { name, desiredState, suspendedAt, installState } = server
  if (desiredState === 'ABSENT') throw new ServerBusy(name, 'it is being deleted')
  if (suspendedAt !== null) throw new ServerSuspended(name)
  if (installState === 'PENDING' || installState === 'RUNNING') {
    throw new ServerBusy(name, 'it is being installed')
  }
}

function previousOf({ desiredState, restartSeq }: LockedServer) {
  return { desired: desiredState, restartSeq }
}
