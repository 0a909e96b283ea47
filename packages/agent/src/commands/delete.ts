import type { Reconciler } from '../reconcile/reconciler.ts'
import { gone } from './goals.ts'
import type { CommandHandlers } from './handlers.ts'
import { refusalOf } from './outcomes.ts'
import type { Reach } from './reach.ts'

/** Container and files go; done when nothing is left. */
export function createDeleteHandler(
  reconciler: Pick<Reconciler, 'want'>,
  reach: Reach
): CommandHandlers['delete'] {
  return async ({ wanted }, context) => {
    const refusal = await refusalOf(reconciler.want(wanted))
    await context.failpoint?.('agent.effect.wanted', context.kind)
    return refusal ?? reach(gone, wanted, context)
  }
}
