import type { Teardown } from '../test/world/world.ts'
import type { Figure } from './table.ts'

interface BenchOptions {
  /** How large the simulated fleets are. */
  agents: number
}

/** Something that can be measured by itself: it makes its world, and takes it down. */
export interface Row {
  /** For --only. */
  name: string
  /** In a sentence, for --list. */
  about: string
  measure(t: Teardown, options: BenchOptions): Promise<Figure[]>
}
