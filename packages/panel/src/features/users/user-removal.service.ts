import type { Audit, PanelEvents } from '../../agents/contract.ts'
import type { Prisma } from '../../db/generated/client.ts'
import { forbidden, UserNotFound, userHasServers } from '../../errors.ts'
import type { Caller } from '../caller.ts'
import { can } from '../permissions/can.ts'
import type { RemovalService } from '../servers/removal.service.ts'
import { checkUserAct } from './check-user-act.ts'
import type { OwnedServer, UserChangesRepo } from './user-changes.repo.ts'
import { auditedOf, entryOf, targetOf, type UserChangesDeps } from './user-changes.service.ts'
import type { UserRow } from './users.repo.ts'
import type { UserLeaving } from './users.schema.ts'
import { userView } from './users.service.ts'

type Tx = Prisma.TransactionClient

export interface UserRemoval {
  /**
   * Removes one who owns no server; throws userHasServers. `withServers` of one who does: the user is
   * disabled and leaving, each deletion begins, and the user goes with the last server (`Leaving`).
   */
  remove(
    caller: Caller,
    id: string,
    options: { withServers: boolean }
  ): Promise<UserLeaving | undefined>
}

export interface UserRemovalDeps extends Pick<UserChangesDeps, 'repo' | 'people'> {
  servers: RemovalService
  audit: Audit
  events: PanelEvents
}

export function createUserRemoval(deps: UserRemovalDeps): UserRemoval {
  const { repo, people, servers, audit, events } = deps

  async function removeNow(tx: Tx, caller: Caller, user: UserRow): Promise<undefined> {
    await repo.remove(tx, user.id)
    const before = auditedOf(user)
    await audit.write(tx, entryOf(caller, 'user.deleted', user.id, { before }))
  }

  async function begin(tx: Tx, caller: Caller, user: UserRow, owned: OwnedServer[]) {
    const { id } = user
    if (owned.some(server => !can(caller.actor, 'server-delete', server))) {
      throw forbidden('server-delete')
    }
    const { disabledAt, deletingSince } = user
    const now = await repo.now(tx)
    const since = { disabledAt: disabledAt ?? now, deletingSince: deletingSince ?? now }
    const updated = await repo.update(tx, id, since)
    await repo.endLogins(tx, id)
    await repo.voidLinks(tx, id)
    const after = { ...auditedOf(updated), servers: owned.length }
    const change = { before: auditedOf(user), after }
    await audit.write(tx, entryOf(caller, 'user.deletion.begun', id, change))
    return { user: userView(updated), owned }
  }

  /** What cannot begin is said, and does not hold up the rest. */
  async function removeServer(
    caller: Caller,
    { id, name }: OwnedServer
  ): Promise<UserLeaving['servers'][number]> {
    try {
      const command = await servers.removeIf(caller, id, isOfLeaving(repo))
      if (!command)
        return { id, name, commandId: null, problem: 'its owner does not leave any more' }
      return { id, name, commandId: command.id, problem: null }
    } catch (err) {
      if (!isRefusal(err)) throw err
      return { id, name, commandId: null, problem: err.message }
    }
  }

  return {
    async remove(caller, id, { withServers }) {
      const begun = await repo.transaction(async tx => {
        const user = await repo.lock(tx, id)
        const target = await targetOf(people, user, tx)
        if (!user || !target) throw new UserNotFound(id)
        const otherAdmins = await repo.countOtherAdmins(tx, id)
        checkUserAct(caller.actor, { do: 'delete', target, otherAdmins }, user.username)
        const owned = await repo.serversOf(tx, id)
        if (owned.length === 0) return removeNow(tx, caller, user)
        if (!withServers) throw userHasServers(user.username, owned)
        return begin(tx, caller, user, owned)
      })
      events.publish({ type: 'access.changed', userId: id })
      if (!begun) return undefined
      const { idempotencyKey: _, ...each } = caller
      const leaving: UserLeaving['servers'] = []
      for (const server of begun.owned) leaving.push(await removeServer(each, server))
      return { user: begun.user, servers: leaving }
    }
  }
}

/** For what is deleted with its owner: the wish may have been called off, or the server given away. */
export function isOfLeaving(repo: Pick<UserChangesRepo, 'isLeaving'>) {
  return (tx: Tx, { ownerId }: { ownerId: string }) => repo.isLeaving(tx, ownerId)
}

/** It says why it cannot be done as things stand. */
export function isRefusal(err: unknown): err is Error {
  const status = err instanceof Error && 'statusCode' in err ? Number(err.statusCode) : 500
  return status < 500
}
