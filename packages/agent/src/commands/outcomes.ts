import type { CommandOutcome } from '@ctrl-alt-play/protocol'
import { DriverError } from '../runtime/driver-error.ts'
import { isDiskFull } from '../state/atomic-file.ts'
import { JournalFull } from '../state/journal.ts'

const MOST_CHARACTERS = 2_000

export function succeeded(result: Record<string, unknown> = {}): CommandOutcome {
  return { status: 'SUCCEEDED', result }
}

export function failed(errorCode: string, message: string): CommandOutcome {
  return { status: 'FAILED', errorCode, message: message.slice(0, MOST_CHARACTERS) }
}

export const outcomes = {
  superseded: failed('SUPERSEDED', 'A later act replaced it.'),
  overtaken: failed('SUPERSEDED', 'A later act came before the game was ready.'),
  killed: failed('KILLED_MEANWHILE', 'The server was killed meanwhile.'),
  aborted: failed('ABORTED', 'Somebody cancelled it when it had already begun.'),
  tooLate: failed('TOO_LATE', 'Other work kept the node from beginning it in time.'),
  diskFull: failed('DISK_FULL', "The disk with the agent's state is full: nothing was begun."),
  tooMany: failed('TOO_MANY', 'Too many commands wait on this node already.'),
  unreadable: failed('BAD_PAYLOAD', 'The agent does not understand this command.'),
  cancelled: {
    status: 'CANCELLED',
    message: 'It was cancelled before it began.'
  } as CommandOutcome,
  unknown: {
    status: 'UNKNOWN',
    errorCode: 'INTERRUPTED',
    message: 'The agent was stopped in the middle of it: nobody knows how far it came.'
  } as CommandOutcome
}

/** What a surprise in the middle of a command is called. */
export function outcomeOf(err: unknown): CommandOutcome {
  if (isDiskFull(err) || err instanceof JournalFull) return outcomes.diskFull
  const message = err instanceof Error ? err.message : String(err)
  return failed(err instanceof DriverError ? err.code : 'FAILED', message)
}
