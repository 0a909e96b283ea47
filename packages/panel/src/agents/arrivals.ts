import { createBatcher } from './batcher.ts'
import type { CommandRow } from './command-row.ts'
import type { CommandsRepo, Fence } from './commands.repo.ts'
import type { Description, NodeSessionsRepo } from './node-sessions.repo.ts'
import type { OwnServer, StatusesRepo } from './statuses.repo.ts'

/** Short: under load each batch gathers what comes while the one before it runs. */
const WINDOW_MS = 5
/** More would keep the event loop for too long when their answers come. */
const MOST_AT_ONCE = 100

/** What every session asks the database when it begins: one statement for all that begin together. */
export interface Arrivals {
  /** False: a newer session exists. */
  describe(description: Description): Promise<boolean>
  /** The node's servers. */
  serversOf(nodeId: string): Promise<OwnServer[]>
  /** What was sent to the node and has no outcome now belongs to this session. */
  adopt(fence: Fence): Promise<CommandRow[]>
  /** Commands of the node that were queued for longer than they may wait. */
  overdue(nodeId: string): Promise<string[]>
  /** All that is queued for the node is DISPATCHED now. */
  claimAll(fence: Fence): Promise<CommandRow[]>
}

export function createArrivals(repos: {
  commands: Pick<CommandsRepo, 'adopt' | 'claimAll' | 'overdue'>
  nodes: Pick<NodeSessionsRepo, 'describe'>
  statusesRepo: Pick<StatusesRepo, 'serversOf'>
}): Arrivals {
  const { commands, nodes, statusesRepo } = repos
  const nodeOf = ({ nodeId }: { nodeId: string }) => nodeId
  const self = (nodeId: string) => nodeId
  const serversOf = together(self, statusesRepo.serversOf)
  const overdue = together(self, commands.overdue)
  const describe = together(nodeOf, nodes.describe)
  return {
    describe: async description => (await describe(description)).length > 0,
    serversOf,
    adopt: together(nodeOf, commands.adopt),
    overdue: async nodeId => (await overdue(nodeId)).map(row => row.id),
    claimAll: together(nodeOf, commands.claimAll)
  }
}

/** Asks for many nodes at once and gives each what is its own, in the order in which it came. */
function together<In, Row extends { nodeId: string }>(
  nodeOf: (item: In) => string,
  ask: (items: In[]) => Promise<Row[]>
): (item: In) => Promise<Row[]> {
  return createBatcher<In, Row[]>({
    windowMs: WINDOW_MS,
    most: MOST_AT_ONCE,
    keyOf: nodeOf,
    async run(items) {
      const rows = new Map(items.map(item => [nodeOf(item), [] as Row[]]))
      for (const row of await ask(items)) rows.get(row.nodeId)?.push(row)
      return items.map(item => rows.get(nodeOf(item)) ?? [])
    }
  })
}
