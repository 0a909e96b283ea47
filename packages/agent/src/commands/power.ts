import type { CommandOutcome, PowerKind, WantedServer } from '@ctrl-alt-play/protocol'
import type { Reconciler } from '../reconcile/reconciler.ts'
import { type Goal, started, stopped } from './goals.ts'
import type { CommandContext, CommandHandlers } from './handlers.ts'
import { refusalOf } from './outcomes.ts'
import type { Reach } from './reach.ts'

/** Acts that say what should be true from now on: done when Docker shows that it is. */
export function createPowerHandlers(
  reconciler: Pick<Reconciler, 'want' | 'hurry'>,
  reach: Reach
): Pick<CommandHandlers, PowerKind> {
  async function bring(
    goal: Goal,
    wanted: WantedServer,
    context: CommandContext
  ): Promise<CommandOutcome> {
    const refusal = await refusalOf(reconciler.want(wanted))
    await context.failpoint?.('agent.effect.wanted', context.kind)
    return refusal ?? reach(goal, wanted, context)
  }

  return {
    start: ({ wanted }, context) => bring(started, wanted, context),
    restart: ({ wanted }, context) => bring(started, wanted, context),
    stop: ({ wanted }, context) => bring(stopped, wanted, context),
    async kill({ wanted }, context) {
      const refusal = await refusalOf(reconciler.want(wanted))
      if (refusal) return refusal
      await context.failpoint?.('agent.effect.wanted', context.kind)
      reconciler.hurry(wanted.serverId)
      return reach(stopped, wanted, context)
    }
  }
}
