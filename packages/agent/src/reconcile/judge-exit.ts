import type { Container } from '../runtime/driver.ts'
import type { Timing } from './timing.ts'

/** What was going on around a run's end. */
export interface ExitContext {
  crashesBefore: number
  /** Somebody else had Docker send it a signal shortly before: a person, or Docker itself on its way down. */
  killedOutside: boolean
  /** Docker was away between the last time the game was seen running and now. */
  engineWasAway: boolean
  /** Docker keeps games running while it is away. */
  liveRestore: boolean
  /** The machine has booted since the run began. */
  rebooted: boolean
  /** This agent has not seen the game running: it was away itself. */
  unseen: boolean
}

export type Verdict =
  | { kind: 'ended' }
  /** The machine, Docker or a person beside us took the game down: it is started again, and it is not to blame. */
  | { kind: 'taken-down'; by: 'docker' | 'reboot' | 'outside' }
  | { kind: 'crashed'; count: number }

const KILLED = 137

/** What the end of a game that should be running means. Pure. */
export function judgeExit(
  container: Container,
  context: ExitContext,
  timing: Pick<Timing, 'steadyRunMs'>
): Verdict {
  const { exitCode, oomKilled } = container
  if (context.rebooted) return { kind: 'taken-down', by: 'reboot' }
  if (context.engineWasAway && !context.liveRestore && !oomKilled) {
    return { kind: 'taken-down', by: 'docker' }
  }
  const wasKilled = exitCode === KILLED && !oomKilled
  if (wasKilled && (context.unseen || context.engineWasAway)) {
    return { kind: 'taken-down', by: 'docker' }
  }
  if (context.killedOutside && !oomKilled) return { kind: 'taken-down', by: 'outside' }
  if (exitCode === 0 && !oomKilled) return { kind: 'ended' }
  const isSteady = ranMs(container) >= timing.steadyRunMs
  return { kind: 'crashed', count: isSteady ? 1 : context.crashesBefore + 1 }
}

/** No reason is known yet: Docker's word that it was for want of memory may still be on its way. Pure. */
export function wasKilledByNobody(
  { exitCode, oomKilled }: Container,
  context: Pick<ExitContext, 'killedOutside' | 'engineWasAway' | 'unseen'>
): boolean {
  const { killedOutside, engineWasAway, unseen } = context
  return exitCode === KILLED && !oomKilled && !killedOutside && !engineWasAway && !unseen
}

function ranMs({ startedAt, finishedAt }: Container): number {
  return startedAt && finishedAt ? Date.parse(finishedAt) - Date.parse(startedAt) : 0
}
