import { isDeepStrictEqual } from 'node:util'
import { WantedServer } from '@ctrl-alt-play/protocol'
import type { Logger } from 'pino'
import { openRecordFolder, type RecordFolder } from './record-folder.ts'

/** What the panel wants of each server, newest first known: on disk, so that it holds without the panel too. */
export interface WantedStore {
  all(): WantedServer[]
  get(serverId: string): WantedServer | undefined
  /** Answers false for one that is older than what is known. Durable once resolved, else rejected and unchanged. */
  put(wanted: WantedServer): Promise<boolean>
  /** Nobody wants anything of this server any more. */
  forget(serverId: string): Promise<void>
}

export async function openWantedStore(dir: string, log: Logger): Promise<WantedStore> {
  return createWantedStore(await openRecordFolder({ dir, schema: WantedServer, log }))
}

export function createWantedStore(folder: RecordFolder<WantedServer>): WantedStore {
  const known = new Map(folder.loaded.map(wanted => [wanted.serverId, wanted]))
  /** Generations on their way to the disk. */
  const writing = new Map<string, number>()
  const newestOf = (serverId: string): number =>
    Math.max(known.get(serverId)?.generation ?? 0, writing.get(serverId) ?? 0)
  return {
    all: () => [...known.values()],
    get: serverId => known.get(serverId),
    async put(wanted) {
      const { serverId, generation } = wanted
      if (generation < newestOf(serverId)) return false
      if (isDeepStrictEqual(known.get(serverId), wanted)) return true
      writing.set(serverId, generation)
      try {
        await folder.put(wanted)
      } finally {
        if (writing.get(serverId) === generation) writing.delete(serverId)
      }
      if (generation < newestOf(serverId)) return false
      known.set(serverId, wanted)
      return true
    },
    async forget(serverId) {
      known.delete(serverId)
      await folder.remove(serverId)
    }
  }
}
