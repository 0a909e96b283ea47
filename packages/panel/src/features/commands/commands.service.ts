import type { Audit, CancelNote, CommandView, Outbox } from '../../agents/contract.ts'
import { CommandFinal, CommandNotFound, ServerNotFound } from '../../errors.ts'
import type { ServerAccess } from '../../plugins/access.ts'
import { isFinal } from '../../plugins/command-answer.ts'
import { decodeCursor, pageOf } from '../../plugins/conventions.ts'
import { auditEntry, type Caller } from '../caller.ts'
import type { ListRequest } from '../keyset.ts'
import { can, type Requester } from '../permissions/can.ts'
import type { PermissionName } from '../permissions/catalog.ts'
import type { ServerFactsRepo } from '../permissions/server-access.ts'

export interface CommandsService {
  view(actor: Requester, id: string): Promise<CommandView>
  listOfServer(
    serverId: string,
    list: ListRequest
  ): Promise<{ data: CommandView[]; nextCursor: string | null }>
  /** Whoever may do the act may also call it off. */
  cancel(caller: { actor: Requester; requestId: string }, id: string): Promise<CommandView>
}

export interface CommandsDeps {
  outbox: Pick<Outbox, 'find' | 'listOfServer' | 'cancel'>
  access: Pick<ServerAccess, 'requireServer'>
  facts: ServerFactsRepo
  audit: Audit
}

const permissionOf: Record<string, PermissionName> = {
  start: 'server-power',
  stop: 'server-power',
  restart: 'server-power',
  kill: 'server-power',
  install: 'server-reinstall',
  reinstall: 'server-reinstall',
  delete: 'server-delete'
}

export function createCommandsService(deps: CommandsDeps): CommandsService {
  const { outbox, access, facts, audit } = deps

  /** A command that may not be seen is not there. */
  async function need(actor: Requester, id: string): Promise<CommandView> {
    const command = await outbox.find(id)
    if (!command || !(await maySee(actor, command))) throw new CommandNotFound(id)
    return command
  }

  async function maySee(actor: Requester, { serverId, actorId }: CommandView): Promise<boolean> {
    if (can(actor, 'admin-nodes')) return true
    if (serverId === null) return false
    try {
      await access.requireServer(actor, serverId, 'server-view')
      return true
    } catch (err) {
      // The server may be gone by this very command: whoever gave it hears its end.
      if (!(err instanceof ServerNotFound)) throw err
      return actorId === actor.userId && !(await facts.find(serverId))
    }
  }

  return {
    view: need,

    async listOfServer(serverId, list) {
      const before = decodeCursor(list.sort, list.cursor, 'date')?.id
      const rows = await outbox.listOfServer(serverId, {
        limit: list.limit + 1,
        ...(before !== undefined && { before })
      })
      return pageOf(
        rows,
        list,
        row => ({ key: row.createdAt.toISOString(), id: row.id }),
        row => row
      )
    },

    async cancel(caller, id) {
      const { actor } = caller
      const command = await need(actor, id)
      const { kind, serverId } = command
      const permission = permissionOf[kind] ?? 'admin-nodes'
      if (serverId !== null) await access.requireServer(actor, serverId, permission)
      if (isFinal(command)) throw new CommandFinal(id)
      const cancelled = await outbox.cancel(id, cancelNote(audit, caller))
      if (!cancelled) throw new CommandNotFound(id)
      return cancelled
    }
  }
}

/** The line in the audit log of a command that is called off. */
export function cancelNote(audit: Pick<Audit, 'write'>, caller: Caller): CancelNote {
  return async (tx, { before, after: { id, kind, serverId, status } }) => {
    const entry = auditEntry(caller, {
      ...{ action: 'command.cancel', targetType: 'command', targetId: id },
      before: { status: before.status },
      after: { kind, serverId, status, isCancelAsked: true }
    })
    await audit.write(tx, entry)
  }
}
