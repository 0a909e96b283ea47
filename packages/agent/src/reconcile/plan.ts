import type { WantedServer } from '@ctrl-alt-play/protocol'
import type { Container } from '../runtime/driver.ts'
import { specHashOf } from '../runtime/spec-hash.ts'
import type { Notes } from '../state/notes.ts'

/** All that is known of one server when its next step is chosen. */
export interface Situation {
  wanted: WantedServer
  container: Container | undefined
  notes: Notes
  /** Of a server that must go: its files are gone already. */
  erased: boolean
  nowMs: number
  /** After a failure nothing is tried before this. */
  retryAtMs: number
}

export type Step =
  | { do: 'nothing' }
  | { do: 'wait'; ms: number }
  /** Find out what the end of a run means, and note it. */
  | { do: 'judge'; container: Container }
  /** Image, folder, container. */
  | { do: 'make' }
  | { do: 'start'; container: Container }
  | { do: 'stop'; container: Container; atOnce: boolean }
  | { do: 'remove'; container: Container }
  | { do: 'erase' }

const nothing: Step = { do: 'nothing' }

/** Docker is at work on the container itself: look again soon. */
const CHANGE_MS = 1_000

/** The next step towards what is wanted of one server. Pure: it looks at nothing but its argument. */
export function plan(situation: Situation): Step {
  const step = nextStep(situation)
  const waitMs = situation.retryAtMs - situation.nowMs
  const isHarmless = step.do === 'nothing' || step.do === 'judge'
  return waitMs > 0 && !isHarmless ? { do: 'wait', ms: waitMs } : step
}

function nextStep(situation: Situation): Step {
  const { wanted, notes, container } = situation
  if (container && isChanging(container)) return { do: 'wait', ms: CHANGE_MS }
  if (notes.install?.state === 'RUNNING') return clear(situation, false)
  if (wanted.desired === 'ABSENT') return goAway(situation)
  if (wanted.desired === 'STOPPED') return stayDown(situation)
  return comeUp(situation)
}

function goAway(situation: Situation): Step {
  if (situation.container) return clear(situation, true)
  return situation.erased ? nothing : { do: 'erase' }
}

function clear({ container }: Situation, atOnce: boolean): Step {
  if (!container) return nothing
  return isUp(container) ? { do: 'stop', container, atOnce } : { do: 'remove', container }
}

function stayDown({ container }: Situation): Step {
  return container && isUp(container) ? { do: 'stop', container, atOnce: false } : nothing
}

function comeUp(situation: Situation): Step {
  const { wanted, container, notes } = situation
  if (!container) return mayStart(wanted, notes) ? { do: 'make' } : nothing
  if (container.restartSeq < wanted.restartSeq) return clear(situation, false)
  if (isUp(container)) return nothing
  if (isUnjudged(container, notes)) return { do: 'judge', container }
  if (container.state === 'dead') return { do: 'remove', container }
  if (!mayStart(wanted, notes)) return nothing
  if (isOutdated(wanted, container)) return { do: 'remove', container }
  return { do: 'start', container }
}

export function isUp(container: Container): boolean {
  return container.state === 'running' || container.state === 'paused'
}

function isChanging(container: Container): boolean {
  return container.state === 'restarting' || container.state === 'removing'
}

/** Made from another spec than the wanted one. */
export function isOutdated(wanted: WantedServer, container: Container): boolean {
  return container.specHash !== specHashOf(wanted.spec)
}

/** The container has run and ended, and nobody has looked yet at why. */
function isUnjudged(container: Container, { judged }: Notes): boolean {
  if (isUp(container) || container.startedAt === null || container.state === 'created') return false
  return judged?.containerId !== container.id || judged.startedAt !== container.startedAt
}

function mayStart(wanted: WantedServer, notes: Notes): boolean {
  return isInstalled(wanted, notes) && holdOf(wanted, notes) === undefined
}

/** The panel's record counts, but for an installation that went wrong here and that no newer wish has overruled. */
export function isInstalled(wanted: WantedServer, { install }: Notes): boolean {
  if (install?.state === 'DONE') return true
  const failedSince = install?.state === 'FAILED' && install.generation >= wanted.generation
  return wanted.installed && !failedSince
}

/** A crash loop holds until a person starts the game; the others until anything else is wanted. */
export function holdOf(wanted: WantedServer, { held }: Notes): Notes['held'] | undefined {
  if (!held || held.restartSeq !== wanted.restartSeq) return
  if (held.because === 'CRASH_LOOP' || held.generation === wanted.generation) return held
}
