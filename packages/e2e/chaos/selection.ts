import { createRandom } from '../test/world/link-faults.ts'
import { allCells, type Cell, ownerOf, roundsOf } from './cells.ts'

/** How much of what takes long is tried each time; the rest of it has its turn with another seed. */
const share = { agentErrors: 4, agentDelays: 3, agentStops: 1, panelErrors: 1, panelDelays: 1 }

/**
 * Every kill -9 there is, and a part of the rest that the seed chooses. Of that only a panel that stands
 * still is never chosen: for a minute at each arrow all else would wait. The whole matrix has it.
 */
export function fixedAndRotating(seed: number): { fixed: Cell[]; rotating: Cell[] } {
  const random = createRandom(seed)
  const cells = allCells()
  const some = <T>(from: T[], count: number): T[] => {
    const left = [...from]
    return Array.from({ length: Math.min(count, left.length) }, () =>
      left.splice(Math.floor(random() * left.length), 1)
    ).flat()
  }
  const of = (owner: 'agent' | 'panel', action: Cell['action']) =>
    cells.filter(cell => ownerOf(cell.failpoint) === owner && cell.action === action)
  const rounds = (action: Cell['action'], count: number) =>
    some(roundsOf(of('panel', action)), count).flat()
  return {
    fixed: cells.filter(({ action }) => action === 'kill9'),
    rotating: [
      ...some(of('agent', 'stop'), share.agentStops),
      ...some(of('agent', 'delay'), share.agentDelays),
      ...some(of('agent', 'error'), share.agentErrors),
      ...rounds('error', share.panelErrors),
      ...rounds('delay', share.panelDelays)
    ]
  }
}
