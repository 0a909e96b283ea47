import { DriverError } from './driver-error.ts'
import type { Engine } from './engine.ts'
import { statusOf } from './engine-errors.ts'

/** Servers share a bridge on which they cannot reach one another. */
export const GAMES_NETWORK = 'cap-games'

const ICC = 'com.docker.network.bridge.enable_icc'
const TIMEOUT_MS = 30_000

/** Makes the network when it is missing; refuses one of the same name that lets servers reach one another. */
export async function ensureGamesNetwork({ docker, call }: Engine): Promise<void> {
  const found = await findNetwork({ docker, call })
  if (found === undefined) await createNetwork({ docker, call })
  if (found === undefined || found[ICC] === 'false') return
  throw new DriverError(
    'POLICY_REFUSED',
    `The Docker network ${GAMES_NETWORK} lets servers reach one another: remove it (docker network rm ${GAMES_NETWORK}), the agent makes it anew`
  )
}

type Calls = Pick<Engine, 'docker' | 'call'>

async function findNetwork({ docker, call }: Calls): Promise<Record<string, string> | undefined> {
  try {
    const view = await call(TIMEOUT_MS, () => docker.getNetwork(GAMES_NETWORK).inspect())
    return view.Options ?? {}
  } catch (error) {
    if (statusOf(error) === 404) return undefined
    throw error
  }
}

async function createNetwork({ docker, call }: Calls): Promise<void> {
  try {
    await call(TIMEOUT_MS, abortSignal =>
      docker.createNetwork({
        Name: GAMES_NETWORK,
        Driver: 'bridge',
        CheckDuplicate: true,
        Options: { [ICC]: 'false' },
        Labels: { 'cap.network': 'games' },
        abortSignal
      })
    )
  } catch (error) {
    // Another agent on this machine was faster.
    if (statusOf(error) !== 409) throw error
  }
}
