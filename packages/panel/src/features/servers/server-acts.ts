import type { CommandKind } from '@ctrl-alt-play/protocol'
import { createBatcher } from '../../agents/batcher.ts'
import type { Audit, AuditEntry, CommandView } from '../../agents/contract.ts'
import { ServerNotFound } from '../../errors.ts'
import { auditEntry, type Caller } from '../caller.ts'
import type { CommandDesk, Order, Reach } from './command-desk.ts'
import type { LockedServer, ServerChangesRepo, ServerWanted, Tx } from './server-changes.repo.ts'

/** Something that a caller wants done with a server. */
export interface ServerAct {
  caller: Caller
  serverId: string
  /** By the server as it stands, and stays until the act is written. Throws what the caller is told. */
  decide(server: LockedServer): Decision
}

interface Decision extends Omit<ServerWanted, 'id'> {
  kind: CommandKind
  reach: Reach
  wipe?: boolean
  /** What the audit log says of it. */
  after: unknown
}

export interface ServerActsDeps {
  repo: ServerChangesRepo
  desk: CommandDesk
  audit: Audit
}

/** With more of them each would wait longer than it saves. */
const MOST_TOGETHER = 100

/**
 * Takes acts in: wanted state, command and audit line together or not at all; then the node is told.
 * The acts of one moment share a transaction. One that would have to wait for its server, or cannot be
 * written, is taken in by itself: it is no matter of the others.
 */
export function createServerActs({ repo, desk, audit }: ServerActsDeps) {
  const together = createBatcher<ServerAct, CommandView | Error | undefined>({
    windowMs: 0,
    most: MOST_TOGETHER,
    keyOf: act => act.serverId,
    async run(acts) {
      let isWriting = false
      try {
        return await repo.transaction(async tx => {
          isWriting = true
          const servers = await repo.lockFree(
            tx,
            acts.map(act => act.serverId)
          )
          const taken = await write(tx, acts, servers)
          isWriting = false
          return acts.map(act => taken.get(act))
        })
      } catch (err) {
        // A commit without an answer may have happened; one alone, or before it began, would only fail again.
        if (!isWriting || acts.length === 1) throw err
        return acts.map(() => undefined)
      }
    }
  })

  function apart(act: ServerAct): Promise<CommandView | Error | undefined> {
    return repo.transaction(async tx => {
      const server = await repo.lock(tx, act.serverId)
      if (!server) throw new ServerNotFound(act.serverId)
      return (await write(tx, [act], [server])).get(act)
    })
  }

  /** Says nothing of acts whose server is not among these. */
  async function write(
    tx: Tx,
    acts: ServerAct[],
    servers: LockedServer[]
  ): Promise<Map<ServerAct, CommandView | Error>> {
    const taken = new Map<ServerAct, CommandView | Error>()
    const plans: Plan[] = []
    for (const act of acts) {
      const server = servers.find(({ id }) => id === act.serverId)
      if (!server) continue
      try {
        plans.push(planOf(act, server))
      } catch (err) {
        taken.set(act, err as Error)
      }
    }
    if (plans.length === 0) return taken
    await repo.want(
      tx,
      plans.map(plan => plan.change)
    )
    await audit.write(tx, ...plans.map(plan => plan.entry))
    const commands = await desk.enqueueAll(
      tx,
      plans.map(plan => plan.order)
    )
    for (const [index, command] of commands.entries()) {
      const plan = plans[index]
      if (plan) taken.set(plan.of, command)
    }
    return taken
  }

  return async (act: ServerAct): Promise<CommandView> => {
    const command = (await together(act)) ?? (await apart(act))
    if (!command || command instanceof Error) throw command
    await desk.accepted(command)
    return command
  }
}

/** What is to be written for an act. */
interface Plan {
  of: ServerAct
  change: ServerWanted
  entry: AuditEntry
  order: Order
}

function planOf(act: ServerAct, server: LockedServer): Plan {
  const { caller } = act
  const { kind, reach, wanted, installState, wipe, after } = act.decide(server)
  const { id, desiredState, status, restartSeq } = server
  return {
    of: act,
    change: { id, wanted, ...(installState && { installState }) },
    entry: auditEntry(caller, {
      action: `server.${kind}`,
      targetType: 'server',
      targetId: id,
      before: { desiredState, status },
      after
    }),
    order: {
      caller,
      reach,
      act: {
        serverId: id,
        kind,
        wanted,
        previous: { desired: desiredState, restartSeq },
        ...(wipe !== undefined && { wipe })
      }
    }
  }
}
