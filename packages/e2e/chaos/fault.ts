import type { Field, Lane } from './field.ts'
import type { PrivatePostgres } from './private-postgres.ts'

/** Where a random walk happens. */
export interface Stage {
  field: Field
  postgres: PrivatePostgres
}

export interface Fault {
  /** As it is printed. */
  says: string
  /** A game that it ends, which may then be started again. */
  kills?: string
  /** Its engine is away for a while, and nobody tells what happened to its games meanwhile. */
  hides?: Lane
  /** From its beginning to its end; afterwards everything is whole again. */
  happen(): Promise<void>
}

export type Random = () => number
/** Made with numbers of the walk, so that a seed repeats it. */
export type MakeFault = (stage: Stage, random: Random) => Fault

const LONGEST_MS = 15_000

/** How long a fault lasts. */
export function someMs(random: Random): number {
  return Math.round(random() * LONGEST_MS)
}

export function laneOf(field: Field, random: Random): Lane {
  const lane = pick(field.lanes, random)
  if (!lane) throw new Error('there is no lane')
  return lane
}

export function pick<T>(from: readonly T[], random: Random): T | undefined {
  return from[Math.floor(random() * from.length)]
}
