import { type FileHandle, link, open, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { crc32 } from 'node:zlib'
import type { CommandOutcome } from '@ctrl-alt-play/protocol'
import type { Logger } from 'pino'
import type { Clock } from '../clock.ts'
import { codeOf, isDiskFull, syncFolder, writeFileAtomically } from './atomic-file.ts'
import {
  apply,
  forgetOld,
  giveUpOnceOnly,
  type JournalEntry,
  type JournalRecord,
  type JournalState,
  recordsOf,
  replay
} from './journal-entries.ts'
import { encodeRecord, scanRecords } from './journal-format.ts'

/** The disk has no room for another command; those that are known keep theirs. */
export class JournalFull extends Error {}

export type { JournalEntry } from './journal-entries.ts'
export type NewEntry = Pick<JournalEntry, 'id' | 'kind' | 'serverId' | 'payload' | 'deadline'>

/** What the panel asked for and what became of it, on disk before anybody hears of it and before it has an effect. */
export interface Journal {
  /** Damage was found, and the panel does not know it yet. */
  isLost(): boolean
  lastSeq(): number
  find(id: string): JournalEntry | undefined
  /** All that the panel has not confirmed, oldest first. */
  open(): JournalEntry[]
  /** Rejects with JournalFull when the disk is full: then nothing was begun. */
  received(command: NewEntry): Promise<void>
  started(id: string): Promise<void>
  done(id: string, outcome: CommandOutcome): Promise<void>
  confirmed(ids: string[]): Promise<void>
  lossKnown(): Promise<void>
  close(): Promise<void>
}

export interface JournalOptions {
  path: string
  log: Logger
  clock: Clock
  /** That there is none, or none of it can be read, is a loss like any other. */
  isExpected?: boolean
  sizes?: Partial<typeof defaultSizes>
}

const defaultSizes = {
  /** A file that has grown to this is written anew with what still counts. */
  segmentBytes: 16 * 2 ** 20,
  /** A file shorter than this is gone on with at the start, as it is: that needs no room on the disk. */
  goOnBytes: 2 ** 20,
  /** The file grows by so much at a time, so that a full disk is met before a command is taken on. */
  extentBytes: 256 * 1024,
  /** What a new command must leave free for the ends of those under way. */
  reserveBytes: 64 * 1024,
  mostEntries: 50_000,
  keepMs: 24 * 3_600_000
}

interface Waiting {
  record: JournalRecord
  resolve(): void
  reject(err: unknown): void
}

/** Opens the journal, whatever state its file is in: damage is put aside, said once to the panel, and survived. */
export async function openJournal(options: JournalOptions): Promise<Journal> {
  const { path, log, clock } = options
  const sizes = { ...defaultSizes, ...options.sizes }
  const found = await readIfThere(path)
  const { state, end, damaged } = load(found, options)
  if (damaged) {
    log.error({ path, bytes: found.length }, 'journal damaged or gone: begun anew')
    if (found.length > 0) await keepAside(path, found, log)
  }
  const goesOn = end > 0 && end < sizes.goOnBytes && !damaged
  let file = goesOn ? await goOn() : await compactIfRoom()
  let queue: Waiting[] = []
  let writing: Promise<void> | undefined
  let isClosed = false

  function goOn(): Promise<JournalFile> {
    return openFile(path, end, sizes.extentBytes)
  }

  /** A full disk must not keep the agent from starting: its games need it most then. */
  async function compactIfRoom(): Promise<JournalFile> {
    try {
      return await compact()
    } catch (err) {
      if (!isDiskFull(err) || end === 0 || damaged) throw err
      log.error({ err, path }, 'journal not compacted: the disk is full')
      return goOn()
    }
  }

  /** Everything that still counts, as a new file in place of the old one. */
  async function compact(): Promise<JournalFile> {
    forgetOld(state, clock.wallMs() - sizes.keepMs, sizes.mostEntries)
    const records = Buffer.concat(recordsOf(state).map(encodeRecord))
    await writeFileAtomically(path, records)
    return openFile(path, records.length, sizes.extentBytes)
  }

  /** Resolves when the record is on disk; records that come while the disk is busy go together. */
  function append(record: JournalRecord): Promise<void> {
    if (isClosed) return Promise.reject(new Error('The journal is closed.'))
    return new Promise<void>((resolve, reject) => {
      queue.push({ record, resolve, reject })
      writing ??= writeAll()
    })
  }

  async function writeAll(): Promise<void> {
    while (queue.length > 0) {
      const batch = queue
      queue = []
      await writeBatch(batch)
      await compactWhenLarge()
    }
    // In the same breath as the last look into the queue: nothing that comes is left lying there.
    writing = undefined
  }

  async function writeBatch(all: Waiting[]): Promise<void> {
    const batch = await withRoom(all)
    const bytes = Buffer.concat(batch.map(({ record }) => encodeRecord(record)))
    try {
      await file.append(bytes)
    } catch (err) {
      for (const { reject } of batch) reject(isDiskFull(err) ? new JournalFull() : err)
      return
    }
    for (const { record, resolve } of batch) {
      apply(state, record)
      resolve()
    }
  }

  /** Without room for more, new commands are refused while the ends of old ones still find their place. */
  async function withRoom(batch: Waiting[]): Promise<Waiting[]> {
    const isNew = ({ record }: Waiting): boolean => record.type === 'received'
    const bytes = batch.reduce((sum, { record }) => sum + encodeRecord(record).length, 0)
    try {
      await file.reserve(bytes + (batch.some(isNew) ? sizes.reserveBytes : 0))
      return batch
    } catch (err) {
      log.error({ err }, 'no room for the journal')
      for (const { reject } of batch.filter(isNew)) {
        reject(new JournalFull('disk full', { cause: err }))
      }
      return batch.filter(waiting => !isNew(waiting))
    }
  }

  let nextCompactionBytes = sizes.segmentBytes
  async function compactWhenLarge(): Promise<void> {
    if (file.end() < nextCompactionBytes) return
    const old = file
    try {
      file = await compact()
      await old.close()
      nextCompactionBytes = Math.max(sizes.segmentBytes, 2 * file.end())
    } catch (err) {
      log.error({ err }, 'journal not compacted')
      nextCompactionBytes = 2 * file.end()
    }
  }

  return {
    isLost: () => state.lost,
    lastSeq: () => state.lastSeq,
    find: id => state.entries.get(id),
    open: () => [...state.entries.values()].filter(e => !e.confirmed).sort((a, b) => a.seq - b.seq),
    received: command =>
      append({ type: 'received', seq: ++state.lastSeq, atMs: clock.wallMs(), ...command }),
    started: id => append({ type: 'started', id }),
    done: (id, outcome) => append({ type: 'done', id, outcome, atMs: clock.wallMs() }),
    confirmed: ids => append({ type: 'confirmed', ids }),
    lossKnown: () => append({ type: 'head', lastSeq: state.lastSeq, lost: false }),
    async close() {
      isClosed = true
      await writing
      await file.close()
    }
  }
}

function load(
  bytes: Buffer,
  { clock, isExpected }: Pick<JournalOptions, 'clock' | 'isExpected'>
): { state: JournalState; end: number; damaged: boolean } {
  const { records, end, ...scan } = scanRecords(bytes)
  // Even an empty one has its head.
  const damaged = scan.damaged || (isExpected === true && end === 0)
  const state = replay(records)
  if (damaged) {
    state.lost = true
    giveUpOnceOnly(state, clock.wallMs())
  }
  return { state, end, damaged }
}

/** The bytes of the journal in an agent's state folder; none when there is none. */
export function readJournal(stateDir: string): Promise<Buffer> {
  return readIfThere(journalPath(stateDir))
}

export const journalPath = (stateDir: string): string => join(stateDir, 'journal')

async function readIfThere(path: string): Promise<Buffer> {
  try {
    return await readFile(path)
  } catch (err) {
    if (codeOf(err) === 'ENOENT') return Buffer.alloc(0)
    throw err
  }
}

/**
 * A second name for the damaged file: the first one is its own until the new journal is there, so that the
 * loss is not forgotten when that cannot be written. Once, however often it is tried.
 */
async function keepAside(path: string, bytes: Buffer, log: Logger): Promise<void> {
  const aside = `${path}.damaged-${crc32(bytes).toString(16).padStart(8, '0')}`
  try {
    await link(path, aside)
  } catch (err) {
    // What could be read of it goes on in the new one.
    if (codeOf(err) !== 'EEXIST') log.error({ err, aside }, 'damaged journal not kept aside')
  }
}

interface JournalFile {
  end(): number
  /** Makes sure that so many bytes can be appended; rejects when the disk is full. */
  reserve(bytes: number): Promise<void>
  append(bytes: Buffer): Promise<void>
  close(): Promise<void>
}

/** The file is filled with zeros ahead of its records: appending then needs no room that the disk may not have. */
async function openFile(path: string, start: number, extentBytes: number): Promise<JournalFile> {
  const handle = await open(path, 'r+')
  await syncFolder(dirname(path))
  let end = start
  let filled = Math.max(start, (await handle.stat()).size)
  // What a torn write has left behind must not be taken for damage later.
  await writeFully(handle, Buffer.alloc(filled - end), end)
  return {
    end: () => end,
    async reserve(bytes) {
      while (filled < end + bytes) {
        await writeFully(handle, Buffer.alloc(extentBytes), filled)
        await handle.sync()
        filled += extentBytes
      }
    },
    async append(bytes) {
      if (bytes.length === 0) return
      try {
        await writeFully(handle, bytes, end)
        await handle.datasync()
      } catch (err) {
        await writeFully(handle, Buffer.alloc(bytes.length), end).catch(() => undefined)
        throw err
      }
      end += bytes.length
      filled = Math.max(filled, end)
    },
    close: () => handle.close()
  }
}

async function writeFully(handle: FileHandle, bytes: Buffer, position: number): Promise<void> {
  let written = 0
  while (written < bytes.length) {
    const left = bytes.length - written
    const { bytesWritten } = await handle.write(bytes, written, left, position + written)
    written += bytesWritten
  }
}
