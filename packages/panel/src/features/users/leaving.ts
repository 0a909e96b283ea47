import type { FastifyBaseLogger } from 'fastify'
import type { Audit, Outbox, PanelEvents } from '../../agents/contract.ts'
import type { Caller } from '../caller.ts'
import { cancelNote } from '../commands/commands.service.ts'
import { systemActor } from '../permissions/system-actor.ts'
import type { RemovalService } from '../servers/removal.service.ts'
import type { LeavingRepo } from './leaving.repo.ts'
import type { UserChangesRepo } from './user-changes.repo.ts'
import { auditedOf, entryOf } from './user-changes.service.ts'
import { isOfLeaving, isRefusal } from './user-removal.service.ts'

/**
 * Brings to an end what `DELETE /users/:id?servers=delete` began. The wish is a column of the user, so it
 * outlives the panel: a server that was not reached, or whose deletion failed, is tried again.
 */
export interface Leaving {
  /** One round of what `start` repeats. */
  round(): Promise<void>
  /** The user stays: what has begun and not ended is cancelled, as far as its agent still can. */
  callOff(caller: Caller, userId: string, since: Date): Promise<void>
  start(): void
  stop(): Promise<void>
}

export interface LeavingDeps {
  repo: LeavingRepo
  users: Pick<UserChangesRepo, 'transaction' | 'lock' | 'isLeaving' | 'serversOf' | 'remove'>
  servers: RemovalService
  outbox: Pick<Outbox, 'cancel'>
  audit: Audit
  events: PanelEvents
  log: Pick<FastifyBaseLogger, 'info' | 'warn'>
}

const EVERY_MS = 30_000
const FAILED_FOR_MS = 3_600_000

const caller: Caller = { actor: systemActor }

export function createLeaving(deps: LeavingDeps): Leaving {
  const { repo, users, servers, outbox, audit, events, log } = deps
  const closing = new AbortController()
  let underWay: Promise<void> = Promise.resolve()
  let isWanted = false

  async function finish(id: string): Promise<void> {
    const hasGone = await users.transaction(async tx => {
      const user = await users.lock(tx, id)
      // Called off, or given a server, in between.
      if (!user?.deletingSince || (await users.serversOf(tx, id)).length > 0) return false
      await users.remove(tx, id)
      const before = { ...auditedOf(user), deletingSince: user.deletingSince }
      await audit.write(tx, entryOf(caller, 'user.deleted', id, { before }))
      return true
    })
    if (!hasGone) return
    log.info({ userId: id }, 'a user went with the last server')
    events.publish({ type: 'access.changed', userId: id })
  }

  async function finishAll(): Promise<void> {
    for (const userId of await repo.ready()) {
      await finish(userId).catch(err => log.warn({ err, userId }, 'a user who leaves waits'))
    }
  }

  async function deleteServers(): Promise<void> {
    const failedBefore = new Date(Date.now() - FAILED_FOR_MS)
    for (const serverId of await repo.serversToDelete(failedBefore)) {
      if (closing.signal.aborted) return
      try {
        await servers.removeIf(caller, serverId, isOfLeaving(users))
      } catch (err) {
        // It cannot begin as things stand: whoever asks for the deletion again is told why.
        if (!isRefusal(err)) log.warn({ err, serverId }, 'a server of a user who leaves waits')
      }
    }
  }

  /** One after the other; what comes while one waits is done by it. */
  function inTurn(work: () => Promise<void>): Promise<void> {
    underWay = underWay.then(async () => {
      if (closing.signal.aborted) return
      await work().catch((err: unknown) => {
        log.warn({ err }, 'those who leave wait for the next round')
      })
    })
    return underWay
  }

  function finishSoon(): void {
    if (isWanted) return
    isWanted = true
    void inTurn(() => {
      isWanted = false
      return finishAll()
    })
  }

  function round(): Promise<void> {
    return inTurn(async () => {
      await deleteServers()
      await finishAll()
    })
  }

  const unsubscribe = events.subscribe(event => {
    if (event.type === 'server.deleted') finishSoon()
  })
  let timer: NodeJS.Timeout | undefined

  return {
    round,
    async callOff(by, userId, since) {
      const note = cancelNote(audit, by)
      for (const id of await repo.openDeletions(userId, since)) await outbox.cancel(id, note)
    },
    start() {
      void round()
      timer = setInterval(round, EVERY_MS)
      timer.unref()
    },
    async stop() {
      closing.abort()
      clearInterval(timer)
      unsubscribe()
      await underWay
    }
  }
}
