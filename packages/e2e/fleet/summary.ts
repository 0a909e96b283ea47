import type { FleetCounts } from './fleet.ts'

/** A fleet in one line. */
export function summaryOf(counts: FleetCounts): string {
  const { agents, connected, welcomes, commandsEnded, commandsFailed, newestProblem } = counts
  const number = (value: number) => value.toLocaleString('en')
  const parts = [`${number(connected)} of ${number(agents)} connected`]
  if (welcomes > connected) parts.push(`${number(welcomes)} sessions so far`)
  if (commandsEnded > 0) parts.push(`${number(commandsEnded)} commands ended`)
  if (commandsFailed > 0) parts.push(`${number(commandsFailed)} of them not well`)
  if (connected < agents && newestProblem) parts.push(newestProblem.slice(0, 120))
  return parts.join(' · ')
}
