import { allocationsTaken, NoFreeAllocation, TooManyAllocations } from '../../errors.ts'
import { MAX_PORTS_OF_NODE } from '../allocations/allocations.schema.ts'
import { type AskedPort, type PortStep, planPorts } from './port-plan.ts'
import type { Tx } from './server-changes.repo.ts'
import type { ServerPortsRepo } from './server-ports.repo.ts'

/** The ports that were asked for by their numbers, or else one that is free. Under the node's lock. */
export async function choosePorts(
  ports: ServerPortsRepo,
  tx: Tx,
  { node, asked }: { node: { id: string; name: string }; asked: AskedPort[] | undefined }
): Promise<PortStep[]> {
  if (asked) {
    const numbers = asked.map(({ port }) => port)
    const plan = planPorts(await ports.byNumbers(tx, node.id, numbers), asked)
    if (plan.ok) return plan.steps
    const [first = 0, ...others] = plan.taken
    throw allocationsTaken([first, ...others])
  }
  const step = await ports.next(tx, node.id)
  if (!step) throw new NoFreeAllocation(node.name)
  return [step]
}

/** What is made for a server counts as what was made beforehand. */
export async function checkPortsOfNode(
  ports: ServerPortsRepo,
  tx: Tx,
  { nodeId, steps }: { nodeId: string; steps: PortStep[] }
): Promise<void> {
  const made = steps.filter(step => step.do === 'make').length
  if (made > 0 && (await ports.count(tx, nodeId)) + made > MAX_PORTS_OF_NODE) {
    throw new TooManyAllocations(MAX_PORTS_OF_NODE)
  }
}
