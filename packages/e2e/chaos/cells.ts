import {
  type Arrow,
  type CommandKind,
  type FailpointName,
  failpoints
} from '@ctrl-alt-play/protocol'
import { type Action, actions } from './victim.ts'

/** One failure of one process at one arrow, in one kind of command's way where it is a command's. */
export interface Cell {
  failpoint: FailpointName
  kind: CommandKind | undefined
  action: Action
}

const arrows: [FailpointName, Arrow][] = Object.entries(failpoints) as [FailpointName, Arrow][]

export function roadOf(failpoint: FailpointName): Arrow['road'] {
  return failpoints[failpoint].road
}

export function ownerOf(failpoint: FailpointName): 'panel' | 'agent' {
  return failpoint.startsWith('panel.') ? 'panel' : 'agent'
}

/** All there are: made from the catalogues of failpoints and of commands. */
export function allCells(): Cell[] {
  return actions.flatMap(action =>
    arrows.flatMap(([failpoint, { kinds }]) =>
      (kinds.length > 0 ? kinds : [undefined]).map(kind => ({ failpoint, kind, action }))
    )
  )
}

/** As it is armed by hand, and named to run it alone. */
export function titleOf({ failpoint, kind, action }: Cell): string {
  return `${failpoint}${kind ? `@${kind}` : ''}:${action}`
}

/** One of `of` parts that are about as long as each other. What the panel fails at once stays together. */
export function partOf(cells: readonly Cell[], { part, of }: { part: number; of: number }): Cell[] {
  const owns = (owner: 'agent' | 'panel') =>
    cells.filter(({ failpoint }) => ownerOf(failpoint) === owner)
  const units = [...owns('agent').map(cell => [cell]), ...roundsOf(owns('panel'))]
  return units.filter((_, at) => at % of === part - 1).flat()
}

/** What one process failing once tries out: a panel fails for all kinds at the same arrow at once. */
export function roundsOf(cells: readonly Cell[]): Cell[][] {
  const rounds = new Map<string, Cell[]>()
  for (const cell of cells) {
    const { failpoint, action, kind } = cell
    // Acts are taken in one transaction after the other there: none can wait at that arrow for the others.
    const isAlone = failpoint === 'panel.accept.written'
    const name = `${failpoint} ${action} ${isAlone ? kind : ''}`
    rounds.set(name, [...(rounds.get(name) ?? []), cell])
  }
  return [...rounds.values()]
}
