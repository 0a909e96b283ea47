import type { CommandProgress, ServerReport, WantedServer } from '@ctrl-alt-play/protocol'
import type { Container } from '../runtime/driver.ts'
import type { EngineProblem } from './engine-watch.ts'

/** A run or an attempt that went wrong. */
export interface Failure {
  /** What was wanted when it went wrong: a later wish may be about the same run, and has not failed yet. */
  generation: number
  restartSeq: number
  code: string
  message: string
}

/** One server as the rest of the agent sees it at one moment. */
export interface ServerView {
  wanted: WantedServer
  container: Container | undefined
  report: ServerReport
  /** Docker has answered at least once; until then the report is from memory. */
  isKnown: boolean
  progress: CommandProgress | null
  failure: Failure | null
  /** The newest generation that was looked at with fresh eyes and that left nothing to do but wait. */
  settledGeneration: number
  engineProblem: EngineProblem | null
}
