import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Static, TSchema } from '@sinclair/typebox'
import { TypeCompiler } from '@sinclair/typebox/compiler'
import type { Logger } from 'pino'
import { syncFolder, writeFileAtomically } from './atomic-file.ts'

/** A folder with one JSON file for each server. */
export interface RecordFolder<T> {
  /** What was on disk when the folder was opened. */
  loaded: T[]
  /** Resolves once it is on disk. Of several waiting for the same file only the newest is written. */
  put(record: T): Promise<void>
  remove(serverId: string): Promise<void>
  /** Resolves once nothing is being written. */
  idle(): Promise<void>
}

export interface RecordFolderOptions<S extends TSchema> {
  dir: string
  schema: S
  log: Logger
}

/** A file that cannot be read as what it should be is put aside as `.damaged`: the agent starts all the same. */
export async function openRecordFolder<S extends TSchema>(
  options: RecordFolderOptions<S>
): Promise<RecordFolder<Static<S> & { serverId: string }>> {
  type T = Static<S> & { serverId: string }
  const { dir } = options
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const loaded = await loadAll<T>(options)
  const tails = new Map<string, Promise<void>>()
  const waiting = new Map<string, { record: T; written: Promise<void> }>()

  function inTurn(serverId: string, work: () => Promise<void>): Promise<void> {
    const before = tails.get(serverId) ?? Promise.resolve()
    const done = before.catch(() => undefined).then(work)
    const settled = done
      .catch(() => undefined)
      .then(() => {
        if (tails.get(serverId) === settled) tails.delete(serverId)
      })
    tails.set(serverId, settled)
    return done
  }

  return {
    loaded,
    put(record) {
      const { serverId } = record
      const later = waiting.get(serverId)
      if (later) {
        later.record = record
        return later.written
      }
      const written = inTurn(serverId, () => {
        const newest = waiting.get(serverId)?.record ?? record
        waiting.delete(serverId)
        return writeFileAtomically(join(dir, `${serverId}.json`), JSON.stringify(newest))
      })
      waiting.set(serverId, { record, written })
      return written
    },
    remove: serverId =>
      inTurn(serverId, async () => {
        await rm(join(dir, `${serverId}.json`), { force: true })
        await syncFolder(dir)
      }),
    async idle() {
      await Promise.all(tails.values())
    }
  }
}

async function loadAll<T extends { serverId: string }>(
  options: RecordFolderOptions<TSchema>
): Promise<T[]> {
  const { dir, log } = options
  const check = TypeCompiler.Compile(options.schema)
  const records: T[] = []
  for (const name of await readdir(dir)) {
    if (!name.endsWith('.json')) continue
    const record = parse(await readFile(join(dir, name), 'utf8'))
    if (check.Check(record) && `${(record as T).serverId}.json` === name) {
      records.push(record as T)
      continue
    }
    log.error({ file: join(dir, name) }, 'damaged state file put aside')
    await rename(join(dir, name), join(dir, `${name}.damaged`))
  }
  return records
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
