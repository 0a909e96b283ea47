import { constants } from 'node:fs'
import { type FileHandle, lstat, mkdir, open, rename, unlink } from 'node:fs/promises'

const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL, O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK, O_NOCTTY } =
  constants

/** Of one that is being written; what an agent left that ended meanwhile goes with the next. */
const BESIDE = '.cap-config-file.new'
const FOLDER_BESIDE = '.cap-config-folder.new'

const aFolder = O_RDONLY | O_DIRECTORY | O_NOFOLLOW

interface Owner {
  uid: number
  gid: number
}

/** There is something at the path that the agent does not touch; the message goes on after the path. */
export class PathRefused extends Error {
  override name = 'PathRefused'
}

/**
 * A folder that is held open: whatever is renamed or swapped meanwhile, a name is looked for just in it.
 * Nothing that a game can put there leads anywhere else.
 */
export interface AnchoredFolder {
  /** Undefined when there is none; with `owner` it is made. */
  folder(name: string, make?: Owner): Promise<AnchoredFolder | undefined>
  /** Undefined when there is none. */
  read(name: string, maxBytes: number): Promise<Buffer | undefined>
  /** In one step: who looks meanwhile sees the file as it was or as it will be. */
  replace(name: string, bytes: Buffer, owner: Owner): Promise<void>
  close(): Promise<void>
}

/** Opens a folder of the agent's own; on the way to it there are only names that no game can change. */
export async function openAnchored(path: string): Promise<AnchoredFolder> {
  return anchored(await open(path, aFolder))
}

function anchored(handle: FileHandle): AnchoredFolder {
  const within = (name: string): string => `/proc/self/fd/${handle.fd}/${checkName(name)}`

  async function openFolder(name: string): Promise<FileHandle | undefined> {
    return await open(within(name), aFolder).catch(orRefused)
  }

  /** It comes into being in one step, so that one that is there is the game's own. */
  async function makeFolder(path: string, owner: Owner): Promise<FileHandle> {
    const beside = within(FOLDER_BESIDE)
    await mkdir(beside, { mode: 0o755 }).catch(orThere)
    const made = await openFolder(FOLDER_BESIDE)
    if (!made) throw new PathRefused('was taken away meanwhile')
    try {
      await give(made, owner)
      await rename(beside, path)
      return made
    } catch (err) {
      const isTaken = ['ENOTDIR', 'ENOTEMPTY', 'EEXIST'].some(code => isErrno(err, code))
      return await closed(made, isTaken ? new PathRefused('was put there meanwhile') : err)
    }
  }

  return {
    async folder(name, make) {
      const found = await openFolder(name)
      if (found || !make) return found && anchored(found)
      return anchored(await makeFolder(within(name), make))
    },
    async read(name, maxBytes) {
      const file = await openFile(within(name))
      if (!file) return undefined
      try {
        return await readWhole(file, maxBytes)
      } finally {
        await file.close()
      }
    },
    async replace(name, bytes, owner) {
      const path = within(name)
      const mode = await modeOf(path)
      const beside = within(BESIDE)
      await unlink(beside).catch(orInTheWay)
      const file = await open(beside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600)
      try {
        await file.writeFile(bytes)
        await give(file, owner)
        await file.chmod(mode)
        await file.sync()
        await rename(beside, path)
      } catch (err) {
        await unlink(beside).catch(() => undefined)
        throw isErrno(err, 'EISDIR') ? new PathRefused('is a folder') : err
      } finally {
        await file.close()
      }
    },
    close: () => handle.close()
  }
}

/** Without blocking on a FIFO, and without opening a device. */
async function openFile(path: string): Promise<FileHandle | undefined> {
  const found = await lstat(path).catch(orMissing)
  if (!found) return undefined
  refuseSpecial(found)
  const file = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY).catch(orRefused)
  if (!file) return undefined
  try {
    refuseSpecial(await file.stat())
    return file
  } catch (err) {
    return await closed(file, err)
  }
}

type Facts = Awaited<ReturnType<typeof lstat>>

/** Of a hard link the other name may be anything of the same owner's. */
function refuseSpecial(facts: Facts): void {
  if (facts.isSymbolicLink()) throw new PathRefused('is a symbolic link')
  if (facts.isDirectory()) throw new PathRefused('is a folder')
  if (!facts.isFile()) throw new PathRefused('is no ordinary file')
  if (facts.nlink > 1) throw new PathRefused('is a hard link')
}

/** The size that a file says may grow meanwhile, or be a hole. */
async function readWhole(file: FileHandle, maxBytes: number): Promise<Buffer> {
  const { size } = await file.stat()
  if (size > maxBytes) throw new TooLarge()
  const bytes = Buffer.alloc(maxBytes + 1)
  let length = 0
  for (;;) {
    const { bytesRead } = await file.read(bytes, length, bytes.length - length)
    length += bytesRead
    if (length > maxBytes) throw new TooLarge()
    if (bytesRead === 0) return bytes.subarray(0, length)
  }
}

export class TooLarge extends Error {
  override name = 'TooLarge'
}

/** Its own, without any right to run as somebody else; of a new file the usual one. */
async function modeOf(path: string): Promise<number> {
  const found = await lstat(path).catch(orMissing)
  if (!found) return 0o644
  refuseSpecial(found)
  return found.mode & 0o777
}

/** Only root can; without it there is just our own. */
async function give(file: FileHandle, { uid, gid }: Owner): Promise<void> {
  const now = await file.stat()
  if (now.uid !== uid || now.gid !== gid) await file.chown(uid, gid)
}

async function closed(file: FileHandle, err: unknown): Promise<never> {
  await file.close()
  throw err
}

function checkName(name: string): string {
  const isName = name !== '' && name !== '.' && name !== '..' && !/[/\0]/.test(name)
  if (isName && Buffer.byteLength(name) <= 255) return name
  throw new PathRefused('is no name of a file')
}

function orMissing(err: unknown): undefined {
  if (!isErrno(err, 'ENOENT')) throw err
}

/** A folder of the game's own that has the name: nothing is lost by asking a person. */
function orInTheWay(err: unknown): undefined {
  if (isErrno(err, 'EISDIR') || isErrno(err, 'EPERM')) {
    throw new PathRefused(`has a folder ${BESIDE} beside it`)
  }
  return orMissing(err)
}

function orThere(err: unknown): undefined {
  if (!isErrno(err, 'EEXIST')) throw err
}

function orRefused(err: unknown): undefined {
  if (isErrno(err, 'ELOOP')) throw new PathRefused('is a symbolic link')
  if (isErrno(err, 'ENOTDIR')) throw new PathRefused('is no folder')
  if (isErrno(err, 'ENXIO')) throw new PathRefused('is no ordinary file')
  return orMissing(err)
}

function isErrno(err: unknown, code: string): boolean {
  return err instanceof Error && (err as NodeJS.ErrnoException).code === code
}
