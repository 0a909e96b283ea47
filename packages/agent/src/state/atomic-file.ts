import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Replaces a file as a whole: a crash at any point leaves the old text or the new one. One writer at a time. */
export async function writeFileAtomically(path: string, text: string | Buffer): Promise<void> {
  const temporary = `${path}.tmp`
  try {
    await withFile(temporary, 'w', async file => {
      await file.writeFile(text)
      await file.sync()
    })
    await rename(temporary, path)
  } catch (err) {
    await rm(temporary, { force: true }).catch(() => undefined)
    throw err
  }
  await syncFolder(dirname(path))
}

/** Makes what was renamed, made or removed in a folder outlast a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  await withFile(folder, 'r', file => file.sync())
}

async function withFile(
  path: string,
  flags: string,
  use: (file: FileHandle) => Promise<void>
): Promise<void> {
  const file = await open(path, flags, 0o600)
  try {
    await use(file)
  } finally {
    await file.close()
  }
}

export function isDiskFull(err: unknown): boolean {
  const code = codeOf(err)
  return code === 'ENOSPC' || code === 'EDQUOT'
}

/** The system's name of an error, e.g. ENOENT. */
export function codeOf(err: unknown): string | undefined {
  return err instanceof Error && 'code' in err ? String(err.code) : undefined
}
