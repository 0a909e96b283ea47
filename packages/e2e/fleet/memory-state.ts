import type { CommandOutcome } from '@ctrl-alt-play/protocol'
import type { Journal } from '../../agent/src/state/journal.ts'
import {
  apply,
  forgetOld,
  type JournalRecord,
  type JournalState
} from '../../agent/src/state/journal-entries.ts'
import type { RecordFolder } from '../../agent/src/state/record-folder.ts'
import type { AgentState } from '../../agent/src/state/state.ts'
import { createWantedStore } from '../../agent/src/state/wanted.ts'

const KEEP_MS = 24 * 3_600_000
const MOST_ENTRIES = 500

/** What an agent keeps on its disk, kept in memory: it lives as long as the process. */
export function createMemoryState(onCommandEnd: (outcome: CommandOutcome) => void): AgentState {
  let epoch = 0
  return {
    wanted: createWantedStore(memoryFolder()),
    notes: memoryFolder(),
    cursors: memoryFolder(),
    journal: createMemoryJournal(onCommandEnd),
    lastEpoch: {
      get: () => epoch,
      async set(next) {
        epoch = next
      }
    },
    close: async () => undefined
  }
}

/** Nothing is read back: what the agent knows it holds itself. */
function memoryFolder<T>(): RecordFolder<T> {
  const nothing = async (): Promise<void> => undefined
  return { loaded: [], put: nothing, remove: nothing, idle: nothing }
}

function createMemoryJournal(onCommandEnd: (outcome: CommandOutcome) => void): Journal {
  const state: JournalState = { entries: new Map(), lastSeq: 0, lost: false }
  const append = async (record: JournalRecord): Promise<void> => apply(state, record)
  return {
    isLost: () => false,
    lastSeq: () => state.lastSeq,
    find: id => state.entries.get(id),
    open: () => [...state.entries.values()].filter(entry => !entry.confirmed),
    received: command =>
      append({ type: 'received', seq: ++state.lastSeq, atMs: Date.now(), ...command }),
    started: id => append({ type: 'started', id }),
    done(id, outcome) {
      onCommandEnd(outcome)
      return append({ type: 'done', id, outcome, atMs: Date.now() })
    },
    async confirmed(ids) {
      await append({ type: 'confirmed', ids })
      if (state.entries.size > MOST_ENTRIES) {
        forgetOld(state, Date.now() - KEEP_MS, MOST_ENTRIES / 2)
      }
    },
    lossKnown: async () => undefined,
    close: async () => undefined
  }
}
