import { access, readdir, rename } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { stampOf } from './backup-plan.ts'

/** Puts a folder in the place of another, which is kept beside; answers where. Both are on one file system. */
export async function swapFolder(
  target: string,
  fresh: string,
  now = new Date()
): Promise<string | undefined> {
  const kept = `${target}.before-${stampOf(now)}`
  const isThere = await exists(target)
  if (isThere) await rename(target, kept).catch(err => refuse(target, err))
  try {
    await rename(fresh, target)
  } catch (err) {
    if (isThere) await rename(kept, target)
    throw err
  }
  return isThere ? kept : undefined
}

function refuse(target: string, err: NodeJS.ErrnoException): never {
  const why =
    err.code === 'EBUSY'
      ? 'it is a mount point: have the data in a folder within it (PGDATA)'
      : err.message
  throw new Error(`${target} cannot be put aside: ${why}. Nothing was changed.`, { cause: err })
}

/** What swaps have kept beside the folder. */
export async function keptBeside(target: string): Promise<string[]> {
  const names = await readdir(dirname(target)).catch(() => [])
  const start = `${basename(target)}.before-`
  return names.filter(name => name.startsWith(start)).map(name => join(dirname(target), name))
}

export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false
  )
}
