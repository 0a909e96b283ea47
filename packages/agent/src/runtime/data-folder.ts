import { chown, lstat, mkdir, readdir, realpath, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { checkServerId } from './container-names.ts'
import { diskFull } from './engine-errors.ts'

export interface Owner {
  uid: number
  gid: number
}

/** The servers' folders on this machine: `servers/<serverId>`, each owned by a user of its own. */
export interface DataFolders {
  pathOf(serverId: string): Promise<string>
  /** Undefined when the folder is not there. */
  ownerOf(serverId: string): Promise<Owner | undefined>
  prepare(serverId: string, options: { wipe: boolean }): Promise<Owner>
  remove(serverId: string): Promise<void>
}

const FIRST_UID = 100_000

/**
 * The folder is the record: whose it is says the server's user, and it comes into being in one step,
 * so that a folder that is there was made whole. It lies where no game can reach its name.
 */
export function createDataFolders(
  dataDir: string,
  user: { uid: number; gid: number } = {
    uid: process.getuid?.() ?? 0,
    gid: process.getgid?.() ?? 0
  }
): DataFolders {
  let queue: Promise<unknown> = Promise.resolve()

  async function root(): Promise<string> {
    await mkdir(join(dataDir, 'servers'), { recursive: true, mode: 0o700 })
    return await realpath(join(dataDir, 'servers'))
  }

  async function pathOf(serverId: string): Promise<string> {
    return join(await root(), checkServerId(serverId))
  }

  async function ownerOf(serverId: string): Promise<Owner | undefined> {
    const path = await pathOf(serverId)
    const found = await lstat(path).catch(orMissing)
    if (!found) return
    if (!found.isDirectory()) throw new Error(`${path} is not a folder: move it away`)
    return { uid: found.uid, gid: found.gid }
  }

  /** A user that no other server has. Without root there is just our own. */
  async function freeOwner(): Promise<Owner> {
    if (user.uid !== 0) return user
    const path = await root()
    const names = await readdir(path)
    const found = await Promise.all(names.map(name => lstat(join(path, name)).catch(orMissing)))
    const taken = found.flatMap(entry => (entry ? [entry.uid, entry.gid] : []))
    const id = Math.max(FIRST_UID - 1, ...taken) + 1
    return { uid: id, gid: id }
  }

  async function make(serverId: string, owner: Owner): Promise<Owner> {
    const path = await pathOf(serverId)
    const beginning = join(await root(), `.new-${serverId}`)
    await clear(beginning)
    await mkdir(beginning, { mode: 0o750 })
    if (user.uid === 0) await chown(beginning, owner.uid, owner.gid)
    await rename(beginning, path)
    return owner
  }

  /** Out of the way in one step: half a world must not be taken for a whole one. */
  async function remove(serverId: string): Promise<void> {
    const path = await pathOf(serverId)
    const ending = join(await root(), `.old-${serverId}`)
    await clear(ending)
    await rename(path, ending).catch(orMissing)
    await clear(ending)
  }

  /** One after the other: two new folders must not get the same user. */
  function inTurn<T>(task: () => Promise<T>): Promise<T> {
    const result = queue.then(task)
    queue = result.catch(() => undefined)
    return result
  }

  async function prepare(serverId: string, wipe: boolean): Promise<Owner> {
    const owner = await ownerOf(serverId)
    if (owner && !wipe) return owner
    if (owner) await remove(serverId)
    return await make(serverId, owner ?? (await freeOwner()))
  }

  return {
    pathOf,
    ownerOf,
    prepare: (serverId, { wipe }) => inTurn(() => prepare(serverId, wipe).catch(rethrowDiskFull)),
    remove: serverId => inTurn(() => remove(serverId))
  }
}

/** Removes a link itself, never what it points to. */
async function clear(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true, maxRetries: 3 })
}

function orMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}

function rethrowDiskFull(error: NodeJS.ErrnoException): never {
  throw error.code === 'ENOSPC' || error.code === 'EDQUOT' ? diskFull(error) : error
}
