import type { Driver } from './driver.ts'
import { DriverError } from './driver-error.ts'
import type { Engine } from './engine.ts'
import { startError, statusOf } from './engine-errors.ts'

const START_TIMEOUT_MS = 60_000
const SIGNAL_TIMEOUT_MS = 30_000
const REMOVE_TIMEOUT_MS = 120_000
const NOT_MODIFIED = 304

export type Acts = Pick<Driver, 'start' | 'signal' | 'kill' | 'remove'>

/** What "already so" means to each: success. */
export function createActs({ docker, call }: Engine): Acts {
  async function portsOf(containerId: string): Promise<string> {
    const view = await call(SIGNAL_TIMEOUT_MS, () => docker.getContainer(containerId).inspect())
    return Object.keys(view.HostConfig.PortBindings ?? {}).join(', ')
  }

  async function signal(containerId: string, name: string): Promise<void> {
    try {
      await call(SIGNAL_TIMEOUT_MS, () => docker.getContainer(containerId).kill({ signal: name }))
    } catch (error) {
      // It does not run.
      if (statusOf(error) !== 409) throw error
    }
  }

  return {
    signal,
    kill: containerId => signal(containerId, 'SIGKILL'),
    async start(containerId) {
      try {
        await call(START_TIMEOUT_MS, () => docker.getContainer(containerId).start())
      } catch (error) {
        if (statusOf(error) === NOT_MODIFIED) return
        if (error instanceof DriverError) throw error
        throw startError(error, await portsOf(containerId).catch(() => ''))
      }
    },
    async remove(containerId) {
      const container = docker.getContainer(containerId)
      try {
        await call(REMOVE_TIMEOUT_MS, () => container.remove({ force: true, v: true }))
      } catch (error) {
        const isGone = error instanceof DriverError && error.code === 'NO_SUCH_CONTAINER'
        // 409: somebody else is removing it.
        if (!isGone && statusOf(error) !== 409) throw error
      }
    }
  }
}
