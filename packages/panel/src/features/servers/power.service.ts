import type { CommandView } from '../../agents/contract.ts'
import { ServerBusy, ServerNotInstalled, ServerSuspended } from '../../errors.ts'
import type { Caller } from '../caller.ts'
import type { CommandDesk } from './command-desk.ts'
import { planPower } from './power-plan.ts'
import type { ServerAct } from './server-acts.ts'
import type { LockedServer } from './server-changes.repo.ts'
import type { PowerBody, ReinstallBody } from './servers.schema.ts'

export interface PowerService {
  power(caller: Caller, serverId: string, body: PowerBody): Promise<CommandView>
  /** Stops the game and runs the alt's install script again. */
  reinstall(caller: Caller, serverId: string, body: ReinstallBody): Promise<CommandView>
}

export interface PowerDeps {
  takeIn(act: ServerAct): Promise<CommandView>
  desk: Pick<CommandDesk, 'reach'>
}

export function createPowerService({ takeIn, desk }: PowerDeps): PowerService {
  return {
    power: (caller, serverId, { action, queue = false }) =>
      takeIn({
        caller,
        serverId,
        decide(server) {
          checkFree(server)
          if (server.installState === 'FAILED') throw new ServerNotInstalled(server.name)
          const reach = desk.reach(server, queue)
          const wanted = planPower(server, action)
          return { kind: action, reach, wanted, after: { desiredState: wanted.desired } }
        }
      }),

    reinstall: (caller, serverId, { wipe = false, queue = false }) =>
      takeIn({
        caller,
        serverId,
        decide(server) {
          checkFree(server)
          const { generation, restartSeq } = server
          return {
            kind: 'reinstall',
            reach: desk.reach(server, queue),
            wanted: { desired: 'STOPPED', generation: generation + 1, restartSeq },
            // Files that were laid down once are there until the node says that it failed.
            installState: server.installState === 'DONE' ? 'RUNNING' : 'PENDING',
            wipe,
            after: { wipe }
          }
        }
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
