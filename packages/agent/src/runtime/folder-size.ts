import { constants } from 'node:fs'
import { type FileHandle, lstat, open, opendir } from 'node:fs/promises'

/** The disk that a server's files take, known roughly and for nearly nothing. */
export interface FolderSizes {
  /** Bytes as counted last; starts a new count when that was long ago, and never waits for it. */
  bytesOf(serverId: string, path: string): number
  forget(serverId: string): void
}

const INTERVAL_MS = 60_000
const MAX_DEPTH = 64
const MAX_ENTRIES = 500_000
const ENTRIES_PER_BREATH = 500

interface Known {
  bytes: number
  countedAt: number
  isCounting: boolean
}

export function createFolderSizes(now: () => number = () => performance.now()): FolderSizes {
  const known = new Map<string, Known>()

  async function recount(entry: Known, path: string): Promise<void> {
    entry.isCounting = true
    try {
      entry.bytes = await countFolder(path)
    } catch {
      // It is being changed or removed under our hands; the next count tells.
    } finally {
      entry.isCounting = false
      entry.countedAt = now()
    }
  }

  return {
    bytesOf(serverId, path) {
      const fresh = { bytes: 0, countedAt: Number.NEGATIVE_INFINITY, isCounting: false }
      const entry = known.get(serverId) ?? fresh
      known.set(serverId, entry)
      const isOld = now() - entry.countedAt >= INTERVAL_MS
      if (isOld && !entry.isCounting) recount(entry, path).catch(() => undefined)
      return entry.bytes
    },
    forget: serverId => void known.delete(serverId)
  }
}

interface Count {
  bytes: number
  entries: number
  /** Inodes with several names, counted already. */
  shared: Set<number>
}

/**
 * Each folder is opened within the one above and never through a link, so that a game that swaps
 * a folder for a link while we count cannot lead us out of its own.
 */
export async function countFolder(path: string): Promise<number> {
  const count: Count = { bytes: 0, entries: 0, shared: new Set() }
  const root = await openFolder(path)
  await countWithin(root, count, 0)
  return count.bytes
}

async function openFolder(path: string): Promise<FileHandle> {
  return await open(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW)
}

async function countWithin(folder: FileHandle, count: Count, depth: number): Promise<void> {
  try {
    const inside = `/proc/self/fd/${folder.fd}`
    for await (const entry of await opendir(inside)) {
      if (count.entries >= MAX_ENTRIES) return
      count.entries++
      if (count.entries % ENTRIES_PER_BREATH === 0) await new Promise(setImmediate)
      await countEntry(`${inside}/${entry.name}`, count)
      if (!entry.isDirectory() || depth >= MAX_DEPTH) continue
      const child = await openFolder(`${inside}/${entry.name}`).catch(() => undefined)
      if (child) await countWithin(child, count, depth + 1)
    }
  } finally {
    await folder.close()
  }
}

async function countEntry(path: string, count: Count): Promise<void> {
  const found = await lstat(path).catch(() => undefined)
  if (!found) return
  if (found.nlink > 1 && !found.isDirectory()) {
    if (count.shared.has(found.ino)) return
    count.shared.add(found.ino)
  }
  count.bytes += found.blocks * 512
}
