import { readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { until } from '../test/world/until.ts'
import type { AgentProcess, World } from '../test/world/world.ts'

export const actions = ['kill9', 'stop', 'error', 'delay'] as const
export type Action = (typeof actions)[number]

/** A process that is made to fail, and that somebody starts again when it ends. */
export interface Victim {
  pid(): number
  hasEnded(): boolean
  start(): Promise<void>
}

/** Longer than what waits for the process: acknowledgements (10 s) and, when it stands still, signs of life (45 s). */
const DELAY_MS = 12_000
const STOP_MS = 50_000
const ENDS_WITHIN_MS = 10_000

/** How the failpoint is told what to do. */
export function orderOf(action: Action): string {
  return action === 'delay' ? `delay:${DELAY_MS}` : action
}

export function panelOf(world: World): Victim {
  return { pid: world.panelPid, hasEnded: world.panelHasEnded, start: world.startPanel }
}

/** What has to happen after the failpoint has fired, until the fault is over. */
export async function overcome(victim: Victim | AgentProcess, action: Action): Promise<void> {
  switch (action) {
    case 'kill9':
      await until('the process ends', victim.hasEnded, { deadlineMs: ENDS_WITHIN_MS, everyMs: 20 })
      return victim.start()
    case 'stop':
      await until('the process stands still', () => isStopped(victim.pid()))
      await pause(STOP_MS)
      process.kill(victim.pid(), 'SIGCONT')
      return
    case 'delay':
      return pause(DELAY_MS)
    case 'error':
      return
  }
}

/** Starts the process again when it ends meanwhile, as a service manager would. */
export async function supervised<T>(victim: Victim | AgentProcess, work: Promise<T>): Promise<T> {
  let restart = Promise.resolve()
  const timer = setInterval(() => {
    if (victim.hasEnded())
      restart = restart.then(() => (victim.hasEnded() ? victim.start() : undefined))
    restart.catch(() => undefined)
  }, 500)
  try {
    return await work
  } finally {
    clearInterval(timer)
    await restart
  }
}

/** The third field of /proc/PID/stat, behind the name in parentheses. */
function isStopped(pid: number): boolean {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3) === 'T'
}
