import { type Checker, createChecker } from '../test/world/checker.ts'
import type { Teardown } from '../test/world/world.ts'
import { type Cell, ownerOf, roadOf, roundsOf, titleOf } from './cells.ts'
import { agentCell, panelRound } from './command-cells.ts'
import { createField, type Field } from './field.ts'
import { keepLogs } from './kept-logs.ts'
import { keyCell } from './key-cells.ts'

export interface Outcome {
  cell: Cell
  /** What was not as promised. */
  problem: string | undefined
  ms: number
}

/**
 * Tries the cells, each with commands of its own: in one world agents fail, one beside the other, and
 * meanwhile in another one the panel does, for all kinds of commands at once.
 */
export async function runMatrix(
  t: Teardown,
  cells: readonly Cell[],
  onOutcome: (outcome: Outcome) => void
): Promise<void> {
  const inOwnWorld = async (owner: 'agent' | 'panel'): Promise<void> => {
    const own = cells.filter(({ failpoint }) => ownerOf(failpoint) === owner)
    if (own.length === 0) return
    const kinds = new Set(own.flatMap(({ kind }) => kind ?? []))
    const field = await createField(t, { lanes: Math.max(2, kinds.size) })
    const checker = createChecker(field)
    if (owner === 'agent') await agentsFail(field, checker, own, onOutcome)
    else for (const round of roundsOf(own)) await panelFails(field, checker, round, onOutcome)
    const agents = field.lanes.map(({ agent }) => agent)
    await checker.nodes()
    await checker.order(agents)
    await checker.bounds(agents)
  }
  await Promise.all([inOwnWorld('agent'), inOwnWorld('panel')])
}

/** Each lane takes the next cell that nobody has begun. */
async function agentsFail(
  field: Field,
  checker: Checker,
  cells: readonly Cell[],
  onOutcome: (outcome: Outcome) => void
): Promise<void> {
  const waiting = [...cells]
  await Promise.all(
    field.lanes.map(async lane => {
      for (let cell = waiting.shift(); cell; cell = waiting.shift()) {
        const began = performance.now()
        const trying = isOfKeys(cell) ? keyCell(field, cell) : agentCell(field, checker, lane, cell)
        const problem = await trying.then(() => undefined, saying)
        lane.arming.disarm()
        if (problem !== undefined)
          await keepLogs(titleOf(cell), { agents: [lane.agent], world: field.world })
        if (lane.agent.hasEnded()) await lane.agent.start()
        onOutcome({ cell, problem, ms: performance.now() - began })
      }
    })
  )
}

async function panelFails(
  field: Field,
  checker: Checker,
  round: readonly Cell[],
  onOutcome: (outcome: Outcome) => void
): Promise<void> {
  const began = performance.now()
  const problems = await tryRound(field, checker, round).catch(
    (err: unknown) => new Map(round.map(cell => [cell, err]))
  )
  field.arming.disarm()
  for (const cell of problems.keys()) await keepLogs(titleOf(cell), { world: field.world })
  if (field.world.panelHasEnded()) await field.world.startPanel()
  const ms = (performance.now() - began) / round.length
  for (const cell of round) {
    onOutcome({ cell, problem: problems.has(cell) ? saying(problems.get(cell)) : undefined, ms })
  }
}

async function tryRound(
  field: Field,
  checker: Checker,
  round: readonly Cell[]
): Promise<Map<Cell, unknown>> {
  const [first] = round
  if (!first || !isOfKeys(first)) return panelRound(field, checker, round)
  await keyCell(field, first)
  return new Map()
}

function isOfKeys({ failpoint }: Cell): boolean {
  return ['enrolment', 'rotation'].includes(roadOf(failpoint))
}

function saying(err: unknown): string {
  return err instanceof Error ? err.message : String(err)
}

export function lineOf({ cell, problem, ms }: Outcome): string {
  const seconds = `${(ms / 1_000).toFixed(1)} s`
  const title = titleOf(cell)
  return problem ? `FAILED ${title}: ${problem} (${seconds})` : `ok     ${title} (${seconds})`
}
