import type { Orphan } from '@ctrl-alt-play/protocol'
import type { ContainerInfo, ContainerInspectInfo } from 'dockerode'
import { gameName, labels, serverIdOfName } from './container-names.ts'
import type { Container } from './driver.ts'

const NEVER = '0001-01-01T00:00:00Z'

/** Undefined when name and labels do not belong together. */
export function asContainer(view: ContainerInspectInfo, nodeId: string): Container | undefined {
  const marks = view.Config.Labels
  const name = view.Name.replace(/^\//, '')
  const serverId = marks[labels.server]
  const generation = Number(marks[labels.generation])
  const restartSeq = Number(marks[labels.restartSeq])
  if (marks[labels.node] !== nodeId || !serverId || name !== gameName(serverId)) return
  if (!Number.isSafeInteger(generation) || !Number.isSafeInteger(restartSeq)) return
  const { Status, StartedAt, FinishedAt, ExitCode, OOMKilled } = view.State
  const hasEnded = Status === 'exited' || Status === 'dead'
  return {
    id: view.Id,
    name,
    serverId,
    generation,
    restartSeq,
    specHash: marks[labels.specHash] ?? '',
    state: Status as Container['state'],
    startedAt: StartedAt === NEVER ? null : StartedAt,
    finishedAt: hasEnded && FinishedAt !== NEVER ? FinishedAt : null,
    exitCode: hasEnded ? ExitCode : null,
    oomKilled: hasEnded && OOMKilled,
    tty: view.Config.Tty
  }
}

export type Listed = 'ours' | 'orphan' | 'other'

/** From the short list: another agent's containers on the same engine are no matter of ours. */
export function kindOf(listed: ContainerInfo, nodeId: string): Listed {
  const name = nameOf(listed)
  const node = listed.Labels[labels.node]
  const serverId = serverIdOfName(name)
  if (node !== undefined && node !== nodeId) return 'other'
  if (node === undefined) return serverId === undefined ? 'other' : 'orphan'
  return serverId !== undefined && listed.Labels[labels.server] === serverId ? 'ours' : 'orphan'
}

export function asOrphan(listed: ContainerInfo): Orphan {
  return {
    containerId: listed.Id,
    name: nameOf(listed).slice(0, 200),
    image: listed.Image.slice(0, 512),
    running: listed.State === 'running',
    reason: reasonOf(listed)
  }
}

export function nameOf({ Names }: ContainerInfo): string {
  // A linked container has further names with a slash in them.
  const own = Names.find(name => !name.slice(1).includes('/'))
  return (own ?? '').replace(/^\//, '')
}

function reasonOf(listed: ContainerInfo): string {
  const { Labels } = listed
  const hasRightName = serverIdOfName(nameOf(listed)) !== undefined
  if (Labels[labels.node] === undefined || hasRightName) {
    return 'It has the name of a server but was not made by this agent: rename or remove it'
  }
  if (Labels[labels.install] !== undefined) {
    return "It is left from an installation that was cut off: the server's next installation removes it"
  }
  return 'It was made for a server but has another name now: rename it back or remove it'
}
