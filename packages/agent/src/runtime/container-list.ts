import type { Orphan } from '@ctrl-alt-play/protocol'
import type { ContainerInfo } from 'dockerode'
import { installName, labels } from './container-names.ts'
import { asContainer, asOrphan, kindOf, nameOf } from './container-view.ts'
import type { Container, Driver } from './driver.ts'
import { DriverError } from './driver-error.ts'
import type { Engine } from './engine.ts'
import type { OomKills } from './oom-kills.ts'

const TIMEOUT_MS = 20_000
/** Questions to the engine at once. */
const WIDTH = 8

export interface ListOptions {
  nodeId: string
  oomKills: Pick<OomKills, 'has'>
  isInstalling(serverId: string): boolean
}

export function createList({ docker, call }: Engine, options: ListOptions): Driver['list'] {
  async function inspect(listed: ContainerInfo): Promise<Container | Orphan | undefined> {
    const { Id } = listed
    try {
      const view = await call(TIMEOUT_MS, abortSignal =>
        docker.getContainer(Id).inspect({ abortSignal })
      )
      const container = asContainer(view, options.nodeId)
      if (!container) return asOrphan(listed)
      const ranOutOfMemory = container.exitCode !== null && options.oomKills.has(Id)
      return ranOutOfMemory ? { ...container, oomKilled: true } : container
    } catch (error) {
      // Removed since it was listed.
      if (error instanceof DriverError && error.code === 'NO_SUCH_CONTAINER') return
      throw error
    }
  }

  function isAtWork(listed: ContainerInfo): boolean {
    const serverId = listed.Labels[labels.install]
    if (serverId === undefined || !options.isInstalling(serverId)) return false
    return nameOf(listed) === installName(serverId)
  }

  return async function list(known) {
    /** To ask about each takes the engine and us much longer than the whole list. */
    const asBefore = (listed: ContainerInfo): Container | undefined => {
      const before = known?.get(listed.Id)
      const isSame = before?.state === listed.State && before.name === nameOf(listed)
      return isSame && before.state === 'running' ? before : undefined
    }
    const all = await call(TIMEOUT_MS, abortSignal =>
      docker.listContainers({ all: true, abortSignal })
    )
    const ours = all.filter(listed => kindOf(listed, options.nodeId) === 'ours')
    const orphans = all.filter(listed => kindOf(listed, options.nodeId) === 'orphan')
    const look = async (listed: ContainerInfo) => asBefore(listed) ?? inspect(listed)
    const found = (await inWidth(ours, look)).filter(one => one !== undefined)
    const left = orphans.filter(listed => !isAtWork(listed)).map(asOrphan)
    return {
      containers: found.filter(one => 'serverId' in one),
      orphans: [...left, ...found.filter(one => 'containerId' in one)]
    }
  }
}

async function inWidth<A, B>(items: A[], run: (item: A) => Promise<B>): Promise<B[]> {
  const results: B[] = []
  for (let start = 0; start < items.length; start += WIDTH) {
    results.push(...(await Promise.all(items.slice(start, start + WIDTH).map(run))))
  }
  return results
}
