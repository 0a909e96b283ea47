import type { WantedServer } from '@ctrl-alt-play/protocol'
import { gameName, labels } from './container-names.ts'
import { containerOptions, type Place } from './container-spec.ts'
import { asContainer, nameOf } from './container-view.ts'
import type { Driver } from './driver.ts'
import { DriverError } from './driver-error.ts'
import type { Engine } from './engine.ts'
import { isDataMissing, statusOf, wordsOf } from './engine-errors.ts'
import type { EnsureGamesNetwork } from './games-network.ts'
import { specHashOf } from './spec-hash.ts'

const TIMEOUT_MS = 20_000

export interface CreateOptions {
  nodeId: string
  ensureNetwork: EnsureGamesNetwork
  /** Where the server's files are; DATA_MISSING when they were laid down once and are gone. */
  placeOf(wanted: WantedServer): Promise<Place>
}

export function createCreate(engine: Engine, options: CreateOptions): Driver['create'] {
  const { nodeId, ensureNetwork, placeOf } = options
  const { docker, call } = engine

  /** The container that has the name already, if it was made for just this run. */
  async function existing({ serverId, restartSeq, spec }: WantedServer): Promise<string> {
    const view = await call(TIMEOUT_MS, () => docker.getContainer(gameName(serverId)).inspect())
    const found = asContainer(view, nodeId)
    if (found?.restartSeq === restartSeq && found.specHash === specHashOf(spec)) return found.id
    const whose = found
      ? 'an earlier run of the server: it has to be removed first'
      : 'not made by this agent: rename or remove it'
    throw new DriverError('NAME_TAKEN', `A container ${gameName(serverId)} exists that is ${whose}`)
  }

  /** Two games on the same files would spoil them. */
  async function refuseTwin({ serverId }: WantedServer): Promise<void> {
    const label = [`${labels.node}=${nodeId}`, `${labels.server}=${serverId}`]
    const running = await call(TIMEOUT_MS, abortSignal =>
      docker.listContainers({ filters: { label }, abortSignal })
    )
    const twin = running.map(nameOf).find(name => name !== gameName(serverId))
    if (twin === undefined) return
    throw new DriverError(
      'NAME_TAKEN',
      `The server runs already under another name, ${twin}: rename it back (docker rename ${twin} ${gameName(serverId)}) or remove it`
    )
  }

  return async function create(wanted) {
    const container = containerOptions(wanted, await placeOf(wanted))
    await refuseTwin(wanted)
    await ensureNetwork()
    try {
      return (await engine.create(container)).id
    } catch (error) {
      if (statusOf(error) === 409) return await existing(wanted)
      throw createError(error, wanted)
    }
  }
}

function createError(error: unknown, { serverId, spec }: WantedServer): unknown {
  if (error instanceof DriverError) return error
  const said = wordsOf(error)
  if (/no such image/i.test(said)) {
    const text = `The image ${spec.image} is not on this node: pull it first`
    return new DriverError('IMAGE_MISSING', text, { cause: error })
  }
  if (isDataMissing(said)) {
    const text = `The files of server ${serverId} are gone from this node: bring them back or reinstall the server`
    return new DriverError('DATA_MISSING', text, { cause: error })
  }
  return new DriverError('START_FAILED', `Docker could not make the container: ${said}`, {
    cause: error
  })
}
