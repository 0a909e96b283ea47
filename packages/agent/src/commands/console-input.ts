import type { CallHandlers } from '@ctrl-alt-play/protocol'
import type { Reconciler } from '../reconcile/reconciler.ts'
import type { Driver } from '../runtime/driver.ts'
import { DriverError } from '../runtime/driver-error.ts'

/** Types one line into a game, or says at once why not. */
export function createConsoleInput(
  reconciler: Pick<Reconciler, 'view'>,
  driver: Pick<Driver, 'input'>
): CallHandlers['console.input'] {
  return async ({ serverId, line }) => {
    const container = reconciler.view(serverId)?.container
    if (container?.state !== 'running') {
      const message = 'The server does not run, so nothing can be typed into it.'
      throw new DriverError('NOT_RUNNING', message)
    }
    await driver.input(container.id, line)
    return {}
  }
}
