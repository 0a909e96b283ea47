import type { NetworkInspectInfo } from 'dockerode'
import { DriverError } from './driver-error.ts'
import type { Engine } from './engine.ts'
import { statusOf } from './engine-errors.ts'

/** Servers share a bridge on which they cannot reach one another. */
export const GAMES_NETWORK = 'cap-games'

/** Makes the network when it is missing; refuses one of the same name that lets servers reach one another. */
export type EnsureGamesNetwork = () => Promise<void>

type Network = Pick<NetworkInspectInfo, 'Id' | 'Name' | 'Created' | 'Options'>

const ICC = 'com.docker.network.bridge.enable_icc'
const TIMEOUT_MS = 30_000

/** Where a game finds its node: the address of the network's bridge. */
export async function gatewayOf({ docker, call }: Engine): Promise<string> {
  const network: NetworkInspectInfo = await call(TIMEOUT_MS, () =>
    docker.getNetwork(GAMES_NETWORK).inspect()
  )
  const gateway = network.IPAM?.Config?.find(({ Gateway }) => Gateway)?.Gateway
  if (gateway) return gateway
  throw new DriverError(
    'START_FAILED',
    `The Docker network ${GAMES_NETWORK} has no gateway that a config file could name`
  )
}

export function createGamesNetwork({ docker, call }: Engine): EnsureGamesNetwork {
  let ensuring: Promise<void> | undefined

  async function ensure(): Promise<void> {
    const network = (await find()) ?? (await make())
    if (network?.Options?.[ICC] === 'false') return
    throw new DriverError(
      'POLICY_REFUSED',
      `The Docker network ${GAMES_NETWORK} lets servers reach one another: remove it (docker network rm ${GAMES_NETWORK}), the agent makes it anew`
    )
  }

  /** Docker gives one name to several when they are made at once, and then starts nothing there: the oldest stays. */
  async function find(): Promise<Network | undefined> {
    const filters = { name: [GAMES_NETWORK] }
    const listed: Network[] = await call(TIMEOUT_MS, abortSignal =>
      docker.listNetworks({ filters, abortSignal })
    )
    const [oldest, ...others] = listed.filter(({ Name }) => Name === GAMES_NETWORK).sort(byAge)
    for (const { Id } of others) await remove(Id)
    return oldest
  }

  async function make(): Promise<Network | undefined> {
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
    return find()
  }

  async function remove(id: string): Promise<void> {
    try {
      await call(TIMEOUT_MS, () => docker.getNetwork(id).remove())
    } catch (error) {
      // Another agent has removed it, or games run on it.
      if (statusOf(error) !== 404 && statusOf(error) !== 403) throw error
    }
  }

  return () => {
    ensuring ??= ensure().finally(() => {
      ensuring = undefined
    })
    return ensuring
  }
}

function byAge(a: Network, b: Network): number {
  return Date.parse(a.Created) - Date.parse(b.Created) || a.Id.localeCompare(b.Id)
}
