import type { CommandProgress, ServerReport, WantedServer } from '@ctrl-alt-play/protocol'
import type { Container } from '../runtime/driver.ts'
import type { Notes } from '../state/notes.ts'
import { holdOf, isInstalled, isOutdated, isUp } from './plan.ts'
import { engineAway, reasons } from './reasons.ts'

/** What there is to say about one server. */
export interface Circumstances {
  wanted: WantedServer
  container: Container | undefined
  notes: Notes
  /** What the agent is doing with it at this moment. */
  progress: CommandProgress | null
  /** The newest step that went wrong and is tried again. */
  trouble: string | null
  engineProblem: string | null
}

type Told = Pick<ServerReport, 'state' | 'reason'>

/** The report on one server. Pure: what Docker showed, put into the words of the protocol. */
export function describe(now: Circumstances): ServerReport {
  const { wanted, container, notes } = now
  const told = tell(now)
  const ran = container && !isUp(container) ? container : undefined
  const { crashes } = notes
  return {
    serverId: wanted.serverId,
    state: told.state,
    generation: wanted.generation,
    restartSeq: container?.restartSeq ?? wanted.restartSeq,
    containerId: container?.id ?? null,
    startedAt: container?.startedAt ?? null,
    exitCode: ran?.exitCode ?? null,
    oomKilled: ran?.oomKilled ?? false,
    crashCount: crashes.restartSeq === wanted.restartSeq ? crashes.count : 0,
    endedByItself: !isUpAt(now) && holdOf(wanted, notes)?.because === 'ENDED_BY_ITSELF',
    pendingRestart: container !== undefined && isUpAt(now) && isOutdated(wanted, container),
    reason: now.engineProblem === null ? told.reason : engineAway(now.engineProblem)
  }
}

function tell(now: Circumstances): Told {
  const { wanted, container, notes } = now
  if (notes.install?.state === 'RUNNING') return { state: 'INSTALLING', reason: null }
  if (container && isUp(container)) return tellUp(now, container)
  if (wanted.desired === 'ABSENT' && !container) return { state: 'ABSENT', reason: now.trouble }
  if (wanted.desired === 'RUNNING' && isInstalled(wanted, notes)) return tellDown(now)
  if (notes.install?.state === 'FAILED') {
    return { state: 'INSTALL_FAILED', reason: notes.install.reason }
  }
  if (!container && !isInstalled(wanted, notes)) {
    return { state: 'ABSENT', reason: reasons.notInstalled }
  }
  return { state: 'STOPPED', reason: now.trouble ?? whyItEnded(now) }
}

/** Said until another run is wanted: the panel wants a game stopped as soon as it hears that it has ended. */
function whyItEnded({ wanted, container, notes: { held } }: Circumstances): string | null {
  const isOfThisRun = container && held?.restartSeq === wanted.restartSeq
  return isOfThisRun && held.because === 'ENDED_BY_ITSELF' ? held.reason : null
}

function tellUp({ progress, trouble, notes }: Circumstances, container: Container): Told {
  if (container.state === 'paused') return { state: 'RUNNING', reason: reasons.paused }
  if (progress?.phase === 'STOPPING' || progress?.phase === 'DELETING') {
    return { state: 'STOPPING', reason: trouble }
  }
  return { state: isReady(container, notes) ? 'RUNNING' : 'STARTING', reason: trouble }
}

/** It should run and does not. */
function tellDown({ wanted, notes, progress, trouble }: Circumstances): Told {
  const held = holdOf(wanted, notes)
  if (held?.because === 'ENDED_BY_ITSELF') return { state: 'STOPPED', reason: held.reason }
  if (held) return { state: 'CRASHED', reason: held.reason }
  const { crashes } = notes
  const isWaiting = progress === null && crashes.restartSeq === wanted.restartSeq
  if (isWaiting && crashes.count > 0) return { state: 'CRASHED', reason: crashes.reason }
  const inLine = progress?.phase === 'WAITING_IN_LINE' ? reasons.waitingInLine : null
  return { state: 'STARTING', reason: inLine ?? trouble }
}

/** This very run has said that it is ready. */
export function isReady(container: Container, { run }: Notes): boolean {
  return run?.containerId === container.id && run.startedAt === container.startedAt && run.ready
}

function isUpAt({ container }: Circumstances): boolean {
  return container !== undefined && isUp(container)
}
