import type { WantedServer } from '@ctrl-alt-play/protocol'
import type { DataFolders } from '../runtime/data-folder.ts'
import { DriverError } from '../runtime/driver-error.ts'
import { diskFull } from '../runtime/engine-errors.ts'
import { ConfigFileRefused, writeConfigFiles } from './write-config-files.ts'

interface Site {
  folders: Pick<DataFolders, 'ownerOf' | 'pathOf'>
  gateway(): Promise<string>
}

/**
 * Brings a server's config files about in its folder, as its game's own user would. One at a time for each server: who
 * gave up waiting for a slow disk leaves a write behind that would share the file beside with the next.
 */
export function createServerFiles(site: Site): (wanted: WantedServer) => Promise<string[]> {
  const underWay = new Set<string>()
  return async wanted => {
    const { serverId } = wanted
    if (underWay.has(serverId)) {
      const message = "The server's config files are still being written: its disk takes too long."
      throw new DriverError('ENGINE_UNAVAILABLE', message)
    }
    underWay.add(serverId)
    try {
      return await writeServerFiles(wanted, site)
    } finally {
      underWay.delete(serverId)
    }
  }
}

async function writeServerFiles(
  { serverId, spec }: WantedServer,
  { folders, gateway }: Site
): Promise<string[]> {
  const files = spec.configFiles ?? []
  if (files.length === 0) return []
  const owner = await folders.ownerOf(serverId)
  const dataPath = await folders.pathOf(serverId)
  if (!owner) {
    throw new DriverError(
      'DATA_MISSING',
      `The server's files at ${dataPath} are gone: bring them back, or reinstall the server to begin anew`
    )
  }
  try {
    return await writeConfigFiles(files, { dataPath, ...owner, gateway })
  } catch (err) {
    throw asDriverError(err)
  }
}

function asDriverError(err: unknown): unknown {
  if (err instanceof DriverError || !(err instanceof Error)) return err
  const { message, code } = err as NodeJS.ErrnoException
  if (err instanceof ConfigFileRefused) {
    return new DriverError('CONFIG_FILE_REFUSED', message, { cause: err })
  }
  if (code === 'ENOSPC' || code === 'EDQUOT') return diskFull(err)
  const text = `The server's config files cannot be written: ${message}`
  return new DriverError('START_FAILED', text, { cause: err })
}
