import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Logger } from 'pino'
import type { Clock } from '../clock.ts'
import { Cursor } from './cursor.ts'
import { type Journal, journalPath, openJournal } from './journal.ts'
import { type LastEpoch, openLastEpoch } from './last-epoch.ts'
import { Notes } from './notes.ts'
import { openRecordFolder, type RecordFolder } from './record-folder.ts'
import { openWantedStore, type WantedStore } from './wanted.ts'

/** All that the agent keeps on disk beside its credentials. One agent at a time. */
export interface AgentState {
  wanted: WantedStore
  notes: RecordFolder<Notes>
  cursors: RecordFolder<Cursor>
  journal: Journal
  lastEpoch: LastEpoch
  close(): Promise<void>
}

export async function openState(
  stateDir: string,
  { log, clock }: { log: Logger; clock: Clock }
): Promise<AgentState> {
  await mkdir(stateDir, { recursive: true, mode: 0o700 })
  const wanted = await openWantedStore(join(stateDir, 'wanted'), log)
  const notes = await openRecordFolder({ dir: join(stateDir, 'notes'), schema: Notes, log })
  const cursors = await openRecordFolder({ dir: join(stateDir, 'console'), schema: Cursor, log })
  const lastEpoch = await openLastEpoch(stateDir, log)
  // Who has had a session has had a journal.
  const isExpected = lastEpoch.get() > 0
  const journal = await openJournal({ path: journalPath(stateDir), log, clock, isExpected })
  return {
    wanted,
    notes,
    cursors,
    journal,
    lastEpoch,
    async close() {
      await Promise.all([notes.idle(), cursors.idle()])
      await journal.close()
    }
  }
}

/** Not `console`: a game that runs on keeps its place in its console, whichever node this is next. */
const records = /^(epoch|journal.*|wanted|notes)(\.tmp)?$/
const secrets = /^(credentials|enrolment)\.json(\.tmp)?$/

/** Makes the machine one that is not enrolled. What the agent does not know stays. */
export async function clearState(stateDir: string): Promise<void> {
  await removeFrom(stateDir, name => records.test(name) || secrets.test(name))
}

/** What an agent of another node has left here is not for the next one. */
export async function clearRecords(stateDir: string): Promise<void> {
  await removeFrom(stateDir, name => records.test(name))
}

async function removeFrom(stateDir: string, isMeant: (name: string) => boolean): Promise<void> {
  const names = await readdir(stateDir).catch(() => [])
  for (const name of names.filter(isMeant)) {
    await rm(join(stateDir, name), { recursive: true, force: true })
  }
}
