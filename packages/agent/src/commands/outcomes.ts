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

/** Whatever it wanted is not to happen later either: the panel takes it back. */
function neverBegun(outcome: CommandOutcome): CommandOutcome {
  return { ...outcome, result: { neverBegan: true } }
}

export const outcomes = {
  superseded: failed('SUPERSEDED', 'A later act replaced it.'),
  overtaken: failed('SUPERSEDED', 'A later act came before the game was ready.'),
  killed: failed('KILLED_MEANWHILE', 'The server was killed meanwhile.'),
  aborted: failed('ABORTED', 'Somebody cancelled it when it had already begun.'),
  tooLate: neverBegun(failed('TOO_LATE', 'Other work kept the node from beginning it in time.')),
  tooMany: neverBegun(failed('TOO_MANY', 'Too many commands wait on this node already.')),
  unreadable: neverBegun(failed('BAD_PAYLOAD', 'The agent does not understand this command.')),
  cancelled: {
    status: 'CANCELLED',
    message: 'It was cancelled before it began.'
  } as CommandOutcome,
  unwritten: {
    status: 'UNKNOWN',
    errorCode: 'JOURNAL_UNWRITABLE',
    message: 'It was not begun, but that could not be written down: it may still be done.'
  } as CommandOutcome,
  unknown: {
    status: 'UNKNOWN',
    errorCode: 'INTERRUPTED',
    message: 'The agent was stopped in the middle of it: nobody knows how far it came.'
  } as CommandOutcome
}

/** What a surprise in the middle of a command is called. */
export function outcomeOf(err: unknown): CommandOutcome {
  if (isNoRoom(err)) return failed('DISK_FULL', "The disk with the agent's state is full.")
  const message = err instanceof Error ? err.message : String(err)
  return failed(err instanceof DriverError ? err.code : 'FAILED', message)
}

/** What it is called when it was not even written down that it begins. */
export function outcomeOfNothing(err: unknown): CommandOutcome {
  if (!isNoRoom(err)) return neverBegun(outcomeOf(err))
  const message = "The disk with the agent's state is full: nothing was begun."
  return neverBegun(failed('DISK_FULL', message))
}

/** Why what is wanted was not taken over; undefined when it was. */
export async function refusalOf(wanting: Promise<boolean>): Promise<CommandOutcome | undefined> {
  try {
    return (await wanting) ? undefined : outcomes.superseded
  } catch (err) {
    return outcomeOfNothing(err)
  }
}

function isNoRoom(err: unknown): boolean {
  return isDiskFull(err) || err instanceof JournalFull
}
