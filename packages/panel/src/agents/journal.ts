import { type AgentBody, isCommandKind, recoveryOf } from '@ctrl-alt-play/protocol'
import type { CommandRow } from './command-row.ts'
import { isOpen } from './command-states.ts'

export type JournalEntry = AgentBody<'snapshot'>['commands'][number]

/** What an agent's journal and the panel's rows, put beside each other, ask for. */
export interface JournalPlan {
  /** Commands of other nodes: nobody but a forger speaks of them. */
  foreign: string[]
  /** Outcomes to store, then to confirm. */
  settle: { id: string; outcome: NonNullable<JournalEntry['outcome']> }[]
  /** Ended here already, or long forgotten: the agent may forget them. */
  confirm: string[]
  acknowledged: string[]
  begun: string[]
  /** The agent no longer knows them and they must not be done twice. */
  giveUp: string[]
}

/**
 * `sent` are the node's open commands that were sent before, `known` the rows that the journal names.
 * One that the agent had written to its journal and now does not know is as lost as the journal.
 */
export function planJournal(options: {
  nodeId: string
  journal: { lost: boolean; entries: readonly JournalEntry[] }
  sent: readonly CommandRow[]
  known: readonly CommandRow[]
}): JournalPlan {
  const { nodeId, journal, sent, known } = options
  const rows = new Map(known.map(row => [row.id, row]))
  const named = new Set(journal.entries.map(entry => entry.id))
  const own = journal.entries.filter(entry => (rows.get(entry.id)?.nodeId ?? nodeId) === nodeId)
  const stillOpen = own.filter(entry => isOpen(rows.get(entry.id)?.status ?? 'UNKNOWN'))
  const done = own.filter(entry => entry.state === 'DONE')
  return {
    foreign: journal.entries.filter(entry => !own.includes(entry)).map(entry => entry.id),
    settle: stillOpen.flatMap(({ id, state, outcome }) =>
      state === 'DONE' && outcome ? [{ id, outcome }] : []
    ),
    confirm: done.filter(entry => !stillOpen.includes(entry)).map(entry => entry.id),
    acknowledged: stillOpen.filter(entry => entry.state === 'RECEIVED').map(entry => entry.id),
    begun: stillOpen.filter(entry => entry.state === 'STARTED').map(entry => entry.id),
    giveUp: sent
      .filter(row => !named.has(row.id) && isOnceOnly(row.kind))
      .filter(row => journal.lost || row.status !== 'DISPATCHED')
      .map(row => row.id)
  }
}

function isOnceOnly(kind: string): boolean {
  return isCommandKind(kind) && recoveryOf[kind] === 'unknown'
}
