import type { CommandView } from './contract.ts'

export type CommandStatus = CommandView['status']

interface Transition {
  from: readonly CommandStatus[]
  to: CommandStatus
}

const open = ['DISPATCHED', 'ACKED', 'RUNNING'] as const
/** Also one that our own records call QUEUED: a database restored from a backup forgets what it sent. */
const answerable = ['QUEUED', ...open] as const

/**
 * What can happen to a command. Nothing leaves a final state, and only what was never sent may expire
 * or be cancelled by the panel alone: once it was sent, the agent's journal decides.
 */
export const transitions = {
  dispatch: { from: ['QUEUED'], to: 'DISPATCHED' },
  acknowledge: { from: ['DISPATCHED'], to: 'ACKED' },
  /** It runs; again and again with its progress. */
  progress: { from: open, to: 'RUNNING' },
  expire: { from: ['QUEUED'], to: 'EXPIRED' },
  cancel: { from: ['QUEUED'], to: 'CANCELLED' },
  /** The panel found that it cannot be sent at all. */
  refuse: { from: ['QUEUED', 'DISPATCHED'], to: 'FAILED' },
  /** Nobody will ever say what became of it. */
  giveUp: { from: open, to: 'UNKNOWN' },
  succeeded: { from: answerable, to: 'SUCCEEDED' },
  failed: { from: answerable, to: 'FAILED' },
  unknown: { from: answerable, to: 'UNKNOWN' },
  /** The agent swears that it never began. */
  cancelled: { from: answerable, to: 'CANCELLED' }
} as const satisfies Record<string, Transition>

export type CommandStep = keyof typeof transitions

/** A step after which a command is final. */
export type FinalStep = Exclude<CommandStep, 'dispatch' | 'acknowledge' | 'progress'>

export const openStatuses: readonly CommandStatus[] = answerable

/** What the step makes of the status, or undefined when it may not happen to it. */
export function after(status: CommandStatus, step: CommandStep): CommandStatus | undefined {
  const { from, to }: Transition = transitions[step]
  return from.includes(status) ? to : undefined
}

export function isOpen(status: CommandStatus): boolean {
  return openStatuses.includes(status)
}

const unbegun: readonly CommandStep[] = ['expire', 'cancel', 'refuse', 'cancelled']

/** It is known that the act never began: what was wanted before is wanted again. */
export function neverBegan(step: FinalStep, result: unknown): boolean {
  return unbegun.includes(step) || (step === 'failed' && saysNeverBegan(result))
}

/** How an agent says so of what it did not take up at all. */
function saysNeverBegan(result: unknown): boolean {
  return (result as { neverBegan?: unknown } | null | undefined)?.neverBegan === true
}
