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
      await removeStale(dir, file)
      await link(draft, file).catch(() => refuse(dir, 'that starts as well'))
    })
  } finally {
    await rm(draft, { force: true })
  }
  return {
    async release() {
      if ((await readFile(file, 'utf8').catch(() => '')) === mine) await rm(file, { force: true })
    }
  }
}

/** The process that keeps others out of a folder; undefined when there is none, or none any more. */
export async function ownerOf(dir: string): Promise<number | undefined> {
  const held = await readFile(join(dir, 'owner'), 'utf8').catch(() => '')
  const [pid = '', start = ''] = held.split(' ')
  return start !== '' && (await startOf(Number(pid))) === start ? Number(pid) : undefined
}

/** Refuses a living owner. Of two that find a dead one's lock, only one may take it away. */
async function removeStale(dir: string, file: string): Promise<void> {
  const held = await readFile(file, 'utf8').catch(() => '')
  const [pid = '', start = ''] = held.split(' ')
  if (start !== '' && (await startOf(Number(pid))) === start) refuse(dir, `process ${pid}`)
  const aside = join(dir, `owner-${randomUUID()}`)
  await rename(file, aside).catch(() => refuse(dir, 'that starts as well'))
  const taken = await readFile(aside, 'utf8')
  if (taken !== held) await link(aside, file).catch(() => undefined)
  await rm(aside)
  if (taken !== held) refuse(dir, 'that starts as well')
}

function refuse(dir: string, who: string): never {
  throw new Error(
    `Another panel (${who}) is using the database in ${dir}: stop it first, or choose another DATA_DIR.`
  )
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
