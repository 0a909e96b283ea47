import type { Container } from '../runtime/driver.ts'

/** A number of milliseconds as people say it. */
export function inWords(ms: number): string {
  const seconds = Math.round(ms / 1000)
  if (seconds < 120) return `${seconds} s`
  return `${Math.round(seconds / 60)} min`
}

/** How a run ended, as the subject of a sentence's rest: "was killed because …", "crashed (exit code 139)". */
export function howItEnded({ exitCode, oomKilled }: Container): string {
  if (oomKilled) return 'was killed because it needed more memory than it may have'
  if (exitCode === 137) return 'was killed by something outside Ctrl-Alt-Play (exit code 137)'
  return `crashed (exit code ${exitCode ?? 'unknown'})`
}

export function crashedAgain(container: Container, next: { count: number; ms: number }): string {
  return `The game ${howItEnded(container)}. It is started again after ${inWords(next.ms)} (failure ${next.count} in a row).`
}

export function crashLoop(last: string, count: number): string {
  return `${last} That was failure ${count} in a row: it is not tried again until somebody starts the server.`
}

export const reasons = {
  endedByItself: 'The game ended by itself.',
  notInstalled: 'Nothing is installed here yet.',
  paused: 'The container was paused outside Ctrl-Alt-Play; "docker unpause" lets the game go on.',
  installInterrupted:
    'The agent was stopped while the server was being installed: nobody knows how far it came. Install it again.',
  waitingInLine: 'Other games are being started on this node; this one is next in line.'
} as const

export function engineAway(problem: string): string {
  return `Docker does not answer (${problem}). What is shown is what was last known.`
}
