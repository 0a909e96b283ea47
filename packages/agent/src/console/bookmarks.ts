import type { Logger } from 'pino'
import type { Cursor } from '../state/cursor.ts'
import type { RecordFolder } from '../state/record-folder.ts'
import type { Resume } from './ring.ts'

/** Where reading each console goes on after a restart of the agent. */
export interface Bookmarks {
  of(serverId: string): Cursor | undefined
  /** The panel has stored up to there. Never goes back. */
  advance(serverId: string, resume: Resume): void
  /** Another log begins, or the positions are others now. On its way to the disk at once. */
  move(serverId: string, resume: Resume): void
  /** Lines that no log keeps reach up to there. Resolved: the disk knows, and their positions are not given out again. */
  spend(serverId: string, position: number): Promise<void>
  /** The panel's end has been compared. */
  confirm(serverId: string): void
  save(): void
  forget(serverId: string): Promise<void>
  close(): Promise<void>
}

/** Noted ahead of lines that cannot be read again, so that not each of them costs a write. */
const AHEAD_BYTES = 64 * 1024

export function createBookmarks(options: {
  cursors: RecordFolder<Cursor>
  log: Logger
  /** The panel has not said yet how its end lies to these positions. */
  isUnconfirmed(serverId: string): boolean
}): Bookmarks {
  const { cursors, log } = options
  const cursorOf = new Map(cursors.loaded.map(cursor => [cursor.serverId, cursor]))
  const unsaved = new Set<string>()
  const reserved = new Map<string, { position: number; onDisk: Promise<void> }>()

  function put(serverId: string, { containerId, sinceNs, skip, position }: Resume): void {
    cursorOf.set(serverId, { serverId, containerId, sinceNs: String(sinceNs), skip, position })
    unsaved.add(serverId)
  }

  function save(): void {
    for (const serverId of unsaved) {
      const cursor = cursorOf.get(serverId)
      if (cursor) void write(cursor, reserved.get(serverId)?.position ?? 0)
    }
    unsaved.clear()
  }

  /** Never rejects: a console goes on without its place on disk. */
  async function write(cursor: Cursor, reservedTo: number): Promise<void> {
    const position = Math.max(cursor.position, reservedTo)
    const unconfirmed = options.isUnconfirmed(cursor.serverId)
    await cursors
      .put({ ...cursor, position, unconfirmed })
      .catch(err => log.warn({ err }, 'console cursor not written'))
  }

  return {
    of: serverId => cursorOf.get(serverId),
    advance(serverId, resume) {
      if (resume.position < (cursorOf.get(serverId)?.position ?? 0)) return
      reserved.delete(serverId)
      put(serverId, resume)
    },
    move(serverId, resume) {
      reserved.delete(serverId)
      put(serverId, resume)
      save()
    },
    spend(serverId, position) {
      const cursor = { serverId, containerId: '', sinceNs: '0', skip: 0, position }
      cursorOf.set(serverId, cursor)
      unsaved.delete(serverId)
      const known = reserved.get(serverId)
      if (known && known.position - position >= AHEAD_BYTES / 2) return known.onDisk
      const ahead = position + AHEAD_BYTES
      const onDisk = write(cursor, ahead)
      reserved.set(serverId, { position: ahead, onDisk })
      return onDisk
    },
    confirm(serverId) {
      unsaved.add(serverId)
      save()
    },
    save,
    async forget(serverId) {
      cursorOf.delete(serverId)
      unsaved.delete(serverId)
      reserved.delete(serverId)
      await cursors.remove(serverId)
    },
    async close() {
      for (const serverId of reserved.keys()) unsaved.add(serverId)
      reserved.clear()
      save()
      await cursors.idle()
    }
  }
}
