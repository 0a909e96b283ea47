import type { CommandKind, Failpoint } from '@ctrl-alt-play/protocol'
import type { Agents, CommandView, NewCommand, Outbox, Queries } from '../../agents/contract.ts'
import {
  IdempotencyKeyReused,
  NodeOffline,
  NodeQuarantined,
  ServerWithoutNode
} from '../../errors.ts'
import type { Caller } from '../caller.ts'
import type { WantedChange } from './server-changes.repo.ts'

/** A node that is there takes it at once; what it has not taken by then it will not. */
const ONLINE_TTL_MS = 60_000
const QUEUE_TTL_MS = 24 * 3_600_000

/** Where an act can be carried out, and how long it may wait for that. */
export interface Reach {
  nodeId: string
  ttlMs: number
}

interface Act {
  serverId: string
  kind: CommandKind
  wanted: WantedChange
  /** As it was before. */
  previous: Pick<WantedChange, 'desired' | 'restartSeq'>
  wipe?: boolean
}

export interface Order {
  caller: Caller
  reach: Reach
  act: Act
}

/** Takes acts in: says at once when the node is away, unless the caller would rather wait. */
export interface CommandDesk {
  reach(
    place: {
      name: string
      nodeId: string | null
      nodeName: string | null
      nodeStatus: string | null
    },
    queue: boolean
  ): Reach
  enqueue(tx: Queries, order: Order): Promise<CommandView>
  /** All of them or, with an error, none. */
  enqueueAll(tx: Queries, orders: Order[]): Promise<CommandView[]>
  /** The act is committed: its node hears of it. */
  accepted(command: CommandView): Promise<void>
}

export interface CommandDeskDeps {
  outbox: Pick<Outbox, 'enqueue' | 'wake'>
  agents: Pick<Agents, 'isOnline'>
  failpoint?: Failpoint | undefined
}

export function createCommandDesk({ outbox, agents, failpoint }: CommandDeskDeps): CommandDesk {
  async function enqueueAll(tx: Queries, orders: Order[]): Promise<CommandView[]> {
    const made = await outbox.enqueue(tx, orders.map(newCommand))
    const commands = made.filter(command => command !== undefined)
    // A day later the key serves again for other acts, not for one that made a command.
    if (commands.length < orders.length) throw new IdempotencyKeyReused()
    for (const { kind } of commands) await failpoint?.('panel.accept.written', kind)
    return commands
  }

  return {
    reach({ name, nodeId, nodeName, nodeStatus }, queue) {
      if (nodeId === null) throw new ServerWithoutNode(name)
      if (nodeStatus === 'QUARANTINED') throw new NodeQuarantined(nodeName)
      if (!queue && !agents.isOnline(nodeId)) throw new NodeOffline(nodeName)
      return { nodeId, ttlMs: queue ? QUEUE_TTL_MS : ONLINE_TTL_MS }
    },
    enqueueAll,
    async enqueue(tx, order) {
      const [command] = await enqueueAll(tx, [order])
      if (!command) throw new IdempotencyKeyReused()
      return command
    },
    async accepted({ nodeId, kind }) {
      await failpoint?.('panel.accept.committed', kind)
      outbox.wake(nodeId)
    }
  }
}

function newCommand({ caller, reach, act }: Order): NewCommand {
  const { actor, requestId, idempotencyKey } = caller
  const { serverId, kind, wanted, previous, wipe } = act
  return {
    ...reach,
    serverId,
    kind,
    payload: {
      ...wanted,
      previousDesired: previous.desired,
      previousRestartSeq: previous.restartSeq,
      ...(wipe !== undefined && { wipe })
    },
    actorId: actor.userId,
    ...(idempotencyKey !== undefined && { idempotencyKey }),
    ...(requestId !== undefined && { traceId: requestId })
  }
}
