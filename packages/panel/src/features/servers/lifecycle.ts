import type {
  NewCommand,
  Outbox,
  PanelEvents,
  Queries,
  ServerLifecycle
} from '../../agents/contract.ts'
import type { LifecycleRepo } from './lifecycle.repo.ts'

/** A start that follows an install: the node is there, it has just told its end. */
const START_TTL_MS = 60_000

export interface LifecycleDeps {
  repo: LifecycleRepo
  /** Asked when needed: the link that owns it is made with this lifecycle. */
  outbox: () => Pick<Outbox, 'enqueue' | 'wake'>
  events: PanelEvents
}

/** What follows for a server when an act on it has ended. */
export function createServerLifecycle({ repo, outbox, events }: LifecycleDeps): ServerLifecycle {
  // An install that has ended may have left a start to be sent.
  events.subscribe(event => {
    if (event.type !== 'command' || event.command.kind !== 'install') return
    if (event.command.status === 'SUCCEEDED') outbox().wake(event.command.nodeId)
  })

  async function installed(tx: Queries, serverId: string): Promise<void> {
    const server = await repo.markInstalled(tx, serverId)
    if (server?.desiredState !== 'RUNNING' || server.nodeId === null) return
    const { nodeId, generation, restartSeq } = server
    const wanted = {
      desired: 'RUNNING' as const,
      generation: generation + 1,
      restartSeq: restartSeq + 1
    }
    await repo.wantRun(tx, serverId, wanted)
    const start: NewCommand = {
      nodeId,
      serverId,
      kind: 'start',
      payload: { ...wanted, previousDesired: 'STOPPED', previousRestartSeq: restartSeq },
      actorId: await repo.whoInstalled(tx, serverId),
      ttlMs: START_TTL_MS
    }
    await outbox().enqueue(tx, [start])
  }

  return {
    installEnded: (serverId, outcome, given) =>
      repo.inTransaction(given, async tx => {
        if (outcome.ok) return installed(tx, serverId)
        if (outcome.neverRan) return repo.markNotBegun(tx, serverId, outcome.reason)
        return repo.markInstallFailed(tx, serverId, outcome.reason)
      }),
    deleted: (serverId, given) => repo.inTransaction(given, tx => repo.remove(tx, serverId)),
    endedByItself: (serverId, generation) => repo.wantStopped(serverId, generation)
  }
}
