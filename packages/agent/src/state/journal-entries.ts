import {
  type CommandKind,
  CommandOutcome,
  isCommandKind,
  recoveryOf
} from '@ctrl-alt-play/protocol'
import { type Static, Type } from '@sinclair/typebox'
import { TypeCompiler } from '@sinclair/typebox/compiler'
import { type JournalStatus, type JournalStep, mayWrite } from './journal-states.ts'

/** Until when a command must have begun. It counts only within the same boot of the machine. */
const Deadline = Type.Object({ monotonicMs: Type.Number(), bootId: Type.String() })

const JournalRecord = Type.Union([
  Type.Object({
    type: Type.Literal('received'),
    seq: Type.Integer(),
    id: Type.String(),
    kind: Type.String(),
    serverId: Type.String(),
    payload: Type.Unknown(),
    deadline: Deadline,
    atMs: Type.Number()
  }),
  Type.Object({ type: Type.Literal('started'), id: Type.String() }),
  Type.Object({
    type: Type.Literal('done'),
    id: Type.String(),
    outcome: CommandOutcome,
    atMs: Type.Number()
  }),
  Type.Object({ type: Type.Literal('confirmed'), ids: Type.Array(Type.String()) }),
  /** Heads a compacted file; a later one counts. */
  Type.Object({ type: Type.Literal('head'), lastSeq: Type.Integer(), lost: Type.Boolean() })
])
export type JournalRecord = Static<typeof JournalRecord>

const IDS_IN_RECORD = 1_000

const check = TypeCompiler.Compile(JournalRecord)

/** One command as this agent knows it. `kind` is empty when only its end is known. */
export interface JournalEntry {
  seq: number
  id: string
  kind: CommandKind | ''
  serverId: string
  payload: unknown
  deadline: Static<typeof Deadline>
  state: 'RECEIVED' | 'STARTED' | 'DONE'
  outcome?: CommandOutcome
  confirmed: boolean
  atMs: number
}

export interface JournalState {
  entries: Map<string, JournalEntry>
  lastSeq: number
  lost: boolean
}

export function replay(records: unknown[]): JournalState {
  const state: JournalState = { entries: new Map(), lastSeq: 0, lost: false }
  for (const record of records) if (check.Check(record)) apply(state, record)
  return state
}

/** Changes the state as the record says. */
export function apply(state: JournalState, record: JournalRecord): void {
  switch (record.type) {
    case 'received':
      state.lastSeq = Math.max(state.lastSeq, record.seq)
      if (may(state, record.id, 'received')) state.entries.set(record.id, received(record))
      return
    case 'started':
      if (may(state, record.id, 'started')) entryOf(state, record.id).state = 'STARTED'
      return
    case 'done':
      if (!may(state, record.id, 'done')) return
      Object.assign(entryOf(state, record.id), {
        state: 'DONE',
        outcome: record.outcome,
        payload: null,
        atMs: record.atMs
      })
      return
    case 'confirmed':
      for (const id of record.ids) {
        if (may(state, id, 'confirmed')) entryOf(state, id).confirmed = true
      }
      return
    case 'head':
      state.lastSeq = Math.max(state.lastSeq, record.lastSeq)
      state.lost = record.lost
      return
  }
}

function may(state: JournalState, id: string, step: JournalStep): boolean {
  return mayWrite(statusOf(state.entries.get(id)), step)
}

function statusOf(entry: JournalEntry | undefined): JournalStatus {
  if (!entry) return 'NONE'
  return entry.confirmed ? 'CONFIRMED' : entry.state
}

/** The records from which `replay` makes the same state again. */
export function recordsOf(state: JournalState): JournalRecord[] {
  const entries = [...state.entries.values()].sort((a, b) => a.seq - b.seq)
  const confirmed = entries.filter(entry => entry.confirmed).map(entry => entry.id)
  return [
    { type: 'head', lastSeq: state.lastSeq, lost: state.lost },
    ...entries.flatMap(recordsOfEntry),
    ...inParts(confirmed).map(ids => ({ type: 'confirmed' as const, ids }))
  ]
}

/** A record has a longest length. */
function inParts(ids: string[]): string[][] {
  const count = Math.ceil(ids.length / IDS_IN_RECORD)
  return Array.from({ length: count }, (_, part) =>
    ids.slice(part * IDS_IN_RECORD, (part + 1) * IDS_IN_RECORD)
  )
}

/** After damage nobody can tell what became of a once-only act that is open: it is never done again. */
export function giveUpOnceOnly(state: JournalState, nowMs: number): void {
  for (const { id, kind, state: at } of state.entries.values()) {
    if (at === 'DONE' || (kind !== '' && recoveryOf[kind] === 'inspect')) continue
    const message = "The agent's journal was damaged: nobody knows whether this was done."
    const outcome: CommandOutcome = { status: 'UNKNOWN', errorCode: 'JOURNAL_LOST', message }
    apply(state, { type: 'done', id, outcome, atMs: nowMs })
  }
}

/** Forgets what the panel has confirmed and what is old enough; of more than `most`, the oldest confirmed too. */
export function forgetOld(state: JournalState, olderThanMs: number, most: number): void {
  const entries = [...state.entries.values()]
  const confirmed = entries.filter(entry => mayWrite(statusOf(entry), 'forgotten'))
  confirmed.sort((a, b) => a.atMs - b.atMs)
  const excess = state.entries.size - most
  for (const [index, entry] of confirmed.entries()) {
    if (entry.atMs < olderThanMs || index < excess) state.entries.delete(entry.id)
  }
}

function received(record: Extract<JournalRecord, { type: 'received' }>): JournalEntry {
  const { type: _, kind, ...rest } = record
  return { ...rest, kind: isCommandKind(kind) ? kind : '', state: 'RECEIVED', confirmed: false }
}

function entryOf(state: JournalState, id: string): JournalEntry {
  const known = state.entries.get(id)
  if (known) return known
  const entry: JournalEntry = {
    seq: state.lastSeq,
    id,
    kind: '',
    serverId: '',
    payload: null,
    deadline: { monotonicMs: 0, bootId: '' },
    state: 'STARTED',
    confirmed: false,
    atMs: 0
  }
  state.entries.set(id, entry)
  return entry
}

function recordsOfEntry(entry: JournalEntry): JournalRecord[] {
  const { seq, id, kind, serverId, payload, deadline, atMs, outcome } = entry
  const records: JournalRecord[] = [
    { type: 'received', seq, id, kind, serverId, payload, deadline, atMs }
  ]
  if (entry.state !== 'RECEIVED') records.push({ type: 'started', id })
  if (outcome) records.push({ type: 'done', id, outcome, atMs })
  return records
}
