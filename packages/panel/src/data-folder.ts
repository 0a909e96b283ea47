import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Makes the folder and writes in it once, so that what is wrong with it is said at once. */
export async function prepareDataFolder(dataDir: string): Promise<void> {
  const trial = join(dataDir, `.write-test-${process.pid}`)
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 })
    await writeFile(trial, '')
    await rm(trial)
  } catch (err) {
    const reason = err instanceof Error && 'code' in err ? String(err.code) : String(err)
    throw new Error(
      `DATA_DIR ${dataDir} cannot be written (${reason}): give it to this user or choose another folder.`,
      { cause: err }
    )
  }
}
