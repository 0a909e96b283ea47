import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** Makes the folder and writes in it once, so that what is wrong with it is said at once. */
export async function prepareDataFolder(dataDir: string): Promise<void> {
  const trial = join(dataDir, `.write-test-${process.pid}`)
  try {
    await makeFolder(dataDir)
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

/** Node's own `recursive` never comes back where the system answers "no such entry" to the making of one, as /proc does. */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 })
  } catch (err) {
    const code = err instanceof Error && 'code' in err ? err.code : ''
    if (code === 'EEXIST') return
    if (code !== 'ENOENT' || dirname(path) === path) throw err
    await makeFolder(dirname(path))
    await mkdir(path, { mode: 0o700 })
  }
}
