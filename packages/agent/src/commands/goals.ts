import type { CommandOutcome, WantedServer } from '@ctrl-alt-play/protocol'
import { isUp } from '../reconcile/plan.ts'
import { reasons } from '../reconcile/reasons.ts'
import type { ServerView } from '../reconcile/server-view.ts'
import { failed, outcomes, succeeded } from './outcomes.ts'

/** What a command that wants a state waits for; undefined: it is not decided yet. Pure. */
export type Goal = (view: ServerView, wanted: WantedServer) => CommandOutcome | undefined

/** The run that was asked for is ready, or it will not be. */
export const started: Goal = (view, wanted) => {
  const { report, container, failure } = view
  const isReplaced = view.wanted.desired !== 'RUNNING' || view.wanted.restartSeq > wanted.restartSeq
  if (view.wanted.generation > wanted.generation && isReplaced) return outcomes.superseded
  const isOfThisRun = failure?.restartSeq === view.wanted.restartSeq
  if (isOfThisRun && failure.generation >= wanted.generation) {
    return failed(failure.code, failure.message)
  }
  if (!isSettledFact(view)) return
  const isThisRun = container !== undefined && container.restartSeq >= wanted.restartSeq
  if (report.state === 'RUNNING' && isThisRun) {
    return succeeded({ containerId: report.containerId, startedAt: report.startedAt })
  }
  if (view.settledGeneration < wanted.generation) return
  if (report.state === 'INSTALL_FAILED' || report.state === 'ABSENT') {
    return failed('NOT_INSTALLED', report.reason ?? reasons.notInstalled)
  }
  if (report.endedByItself) return failed('ENDED_BY_ITSELF', report.reason ?? '')
  if (report.state === 'CRASHED') return failed('CRASHED', report.reason ?? '')
}

export const stopped: Goal = (view, wanted) => {
  if (isSuperseded(view, wanted)) return outcomes.superseded
  if (!isSettledFact(view) || view.settledGeneration < wanted.generation) return
  if (!view.container || !isUp(view.container)) return succeeded()
}

export const gone: Goal = (view, wanted) => {
  if (isSuperseded(view, wanted)) return outcomes.superseded
  if (!isSettledFact(view) || view.settledGeneration < wanted.generation) return
  if (!view.container) return succeeded()
}

/** The game is down and its container gone, whatever is wanted afterwards. */
export const cleared: Goal = (view, wanted) => {
  if (view.wanted.desired === 'ABSENT' && wanted.desired !== 'ABSENT') return outcomes.superseded
  if (!isSettledFact(view) || view.settledGeneration < wanted.generation) return
  if (!view.container) return succeeded()
}

function isSuperseded(view: ServerView, wanted: WantedServer): boolean {
  return view.wanted.generation > wanted.generation && view.wanted.desired !== wanted.desired
}

/** Docker itself said so, and says so now. */
function isSettledFact(view: ServerView): boolean {
  return view.isKnown && view.engineProblem === null
}
