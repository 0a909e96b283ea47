import type { CommandOutcome, WantedServer } from '@ctrl-alt-play/protocol'
import type { Clock } from '../clock.ts'
import { inWords } from '../reconcile/reasons.ts'
import type { Reconciler } from '../reconcile/reconciler.ts'
import type { ServerView } from '../reconcile/server-view.ts'
import type { Timing } from '../reconcile/timing.ts'
import type { Goal } from './goals.ts'
import type { CommandContext } from './handlers.ts'
import { failed } from './outcomes.ts'

/** Waits until the goal is reached or cannot be; tells how far it is meanwhile. Never rejects. */
export type Reach = (
  goal: Goal,
  wanted: WantedServer,
  context: CommandContext
) => Promise<CommandOutcome>

export interface ReachOptions {
  reconciler: Pick<Reconciler, 'view' | 'watch'>
  clock: Clock
  timing: Timing
}

const LOOK_EVERY_MS = 500

export function createReach({ reconciler, clock, timing }: ReachOptions): Reach {
  return (goal, wanted, { signal, progress }) =>
    new Promise(resolve => {
      const { serverId } = wanted
      let readySinceMs: number | undefined

      function look(view: ServerView): void {
        if (view.progress) progress(view.progress)
        const isWaiting = view.progress?.phase === 'WAITING_FOR_READY'
        readySinceMs = isWaiting ? (readySinceMs ?? clock.monotonicMs()) : undefined
        const outcome = goal(view, wanted) ?? outOfPatience(view)
        if (outcome) end(outcome)
      }

      function outOfPatience({ engineProblem }: ServerView): CommandOutcome | undefined {
        const nowMs = clock.monotonicMs()
        if (engineProblem && nowMs - engineProblem.sinceMs > timing.enginePatienceMs) {
          return failed('ENGINE_UNAVAILABLE', `Docker does not answer: ${engineProblem.message}`)
        }
        if (readySinceMs !== undefined && nowMs - readySinceMs > timing.readyTimeoutMs) {
          const waited = inWords(timing.readyTimeoutMs)
          const message = `The game runs, but has not said within ${waited} that it is ready.`
          return failed('NOT_READY', message)
        }
      }

      function lookAgain(): void {
        const view = reconciler.view(serverId)
        if (view) look(view)
      }

      function giveUp(): void {
        end(signal.reason as CommandOutcome)
      }

      function end(outcome: CommandOutcome): void {
        unwatch()
        clearInterval(timer)
        signal.removeEventListener('abort', giveUp)
        resolve(outcome)
      }

      const unwatch = reconciler.watch(serverId, look)
      const timer = setInterval(lookAgain, LOOK_EVERY_MS)
      signal.addEventListener('abort', giveUp, { once: true })
      if (signal.aborted) giveUp()
      else lookAgain()
    })
}
