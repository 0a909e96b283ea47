import { randomUUID } from 'node:crypto'
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Keeps a second panel out of a folder. The lock of a process that has died is taken over. */
export async function lockFolder(dir: string): Promise<{ release(): Promise<void> }> {
  const file = join(dir, 'owner')
  const mine = `${process.pid} ${await startOf(process.pid)}`
  const draft = join(dir, `owner-${randomUUID()}`)
  await writeFile(draft, mine, { mode: 0o600 })
  try {
    await link(draft, file).catch(async () => {
      const held = await readFile(file, 'utf8').catch(() => '')
      const [pid = '', start = ''] = held.split(' ')
      if (start !== '' && (await startOf(Number(pid))) === start) {
        throw new Error(
          `Another panel (process ${pid}) is using the database in ${dir}: stop it first, or choose another DATA_DIR.`
        )
      }
      await rename(draft, file)
    })
  } finally {
    await rm(draft, { force: true })
  }
  return { release: () => rm(file, { force: true }) }
}

/** What tells a process from a later one with the same number; empty when there is none. */
async function startOf(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  if (stat !== '') {
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' ? '' : (fields[19] ?? '')
  }
  try {
    // No /proc on this system: being alive has to do.
    process.kill(pid, 0)
    return process.platform === 'linux' ? '' : 'alive'
  } catch {
    return ''
  }
}
