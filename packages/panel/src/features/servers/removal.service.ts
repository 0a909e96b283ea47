import type { Audit, CommandView, Outbox, PanelEvents } from '../../agents/contract.ts'
import { CommandNotFound, forbidden, ServerNotFound } from '../../errors.ts'
import { auditEntry, type Caller } from '../caller.ts'
import { can } from '../permissions/can.ts'
import type { CommandDesk } from './command-desk.ts'
import type { LockedServer, ServerChangesRepo, Tx } from './server-changes.repo.ts'
import type { DeleteQuery } from './servers.schema.ts'

export interface RemovalService {
  /**
   * The node removes container and files, then the record goes. Asked again, it answers the deletion that is under way.
   * With `force` a server of a node that is lost for good goes at once: undefined.
   */
  remove(caller: Caller, serverId: string, query: DeleteQuery): Promise<CommandView | undefined>
  /** The same of a server that waits for its node, if that is wanted once its row is held; else undefined. */
  removeIf(
    caller: Caller,
    serverId: string,
    isWanted: (tx: Tx, server: LockedServer) => Promise<boolean>
  ): Promise<CommandView | undefined>
}

export interface RemovalDeps {
  repo: ServerChangesRepo
  desk: CommandDesk
  outbox: Pick<Outbox, 'find'>
  audit: Audit
  events: PanelEvents
}

type Outcome =
  | { did: 'nothing' }
  | { did: 'forget'; ownerId: string }
  | { did: 'enqueue'; command: CommandView }
  | { did: 'find'; commandId: string }

export function createRemovalService(deps: RemovalDeps): RemovalService {
  const { repo, desk, outbox, audit, events } = deps

  /** The record alone: nobody can say what still lies on the machine. */
  async function forget(tx: Tx, caller: Caller, server: LockedServer): Promise<Outcome> {
    const { id, name, nodeId, nodeName, ownerId } = server
    if (!can(caller.actor, 'server-delete')) throw forbidden('server-delete')
    const entry = {
      action: 'server.forgotten',
      targetType: 'server',
      targetId: id,
      before: { name, ownerId },
      after: { possiblyLeftBehind: `container cap-${id}`, nodeId, nodeName }
    }
    await audit.write(tx, auditEntry(caller, entry))
    await repo.remove(tx, id)
    return { did: 'forget', ownerId }
  }

  async function enqueue(
    tx: Tx,
    caller: Caller,
    server: LockedServer,
    queue: boolean
  ): Promise<Outcome> {
    const { id, name, desiredState, restartSeq } = server
    const reach = desk.reach(server, queue)
    const generation = server.generation + 1
    await repo.wantGone(tx, id, generation)
    const entry = {
      action: 'server.delete',
      targetType: 'server',
      targetId: id,
      before: { name, ownerId: server.ownerId, desiredState }
    }
    await audit.write(tx, auditEntry(caller, entry))
    const act = {
      serverId: id,
      kind: 'delete' as const,
      wanted: { desired: 'ABSENT' as const, generation, restartSeq },
      // What a deletion that failed has left is still to be deleted.
      previous: { desired: desiredState, restartSeq }
    }
    return { did: 'enqueue', command: await desk.enqueue(tx, { caller, reach, act }) }
  }

  async function decide(
    tx: Tx,
    caller: Caller,
    serverId: string,
    { force = false, queue = false }: DeleteQuery
  ): Promise<Outcome> {
    const server = await repo.lock(tx, serverId)
    if (!server) throw new ServerNotFound(serverId)
    const isLost = server.nodeId === null || server.nodeLostAt !== null
    if (force && isLost) return forget(tx, caller, server)
    const commandId =
      server.desiredState === 'ABSENT' ? await repo.openDeletion(tx, serverId) : undefined
    return commandId ? { did: 'find', commandId } : enqueue(tx, caller, server, queue)
  }

  async function follow(serverId: string, outcome: Outcome): Promise<CommandView | undefined> {
    switch (outcome.did) {
      case 'nothing':
        return undefined
      case 'forget':
        events.publish({ type: 'server.deleted', serverId, ownerId: outcome.ownerId })
        return undefined
      case 'enqueue':
        await desk.accepted(outcome.command)
        return outcome.command
      case 'find': {
        const command = await outbox.find(outcome.commandId)
        if (!command) throw new CommandNotFound(outcome.commandId)
        return command
      }
    }
  }

  return {
    async remove(caller, serverId, query) {
      const outcome = await repo.transaction(tx => decide(tx, caller, serverId, query))
      return follow(serverId, outcome)
    },
    async removeIf(caller, serverId, isWanted) {
      const outcome = await repo.transaction(async (tx): Promise<Outcome> => {
        const server = await repo.lock(tx, serverId)
        if (!server || !(await isWanted(tx, server))) return { did: 'nothing' }
        return decide(tx, caller, serverId, { queue: true })
      })
      return follow(serverId, outcome)
    }
  }
}
