/** How far a command has come by the journal: NONE when it knows nothing of it. */
export type JournalStatus = 'NONE' | 'RECEIVED' | 'STARTED' | 'DONE' | 'CONFIRMED'

interface Transition {
  from: readonly JournalStatus[]
  to: JournalStatus
}

/** What the journal may write about a command. In other states a record changes nothing: an end is an end. */
export const journalSteps = {
  received: { from: ['NONE'], to: 'RECEIVED' },
  /** Of a damaged journal the first record may be lost. */
  started: { from: ['NONE', 'RECEIVED'], to: 'STARTED' },
  /** From nothing: a tombstone, should the command still come. From RECEIVED: it is not begun any more. */
  done: { from: ['NONE', 'RECEIVED', 'STARTED'], to: 'DONE' },
  /** The panel knows the end. */
  confirmed: { from: ['DONE'], to: 'CONFIRMED' },
  /** Long after. */
  forgotten: { from: ['CONFIRMED'], to: 'NONE' }
} as const satisfies Record<string, Transition>

export type JournalStep = keyof typeof journalSteps

export function mayWrite(status: JournalStatus, step: JournalStep): boolean {
  const { from }: Transition = journalSteps[step]
  return from.includes(status)
}
