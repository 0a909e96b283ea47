import { readdir, readFile, readlink, realpath } from 'node:fs/promises'
import { platform } from 'node:os'
import { basename, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

const POLL_MS = 20

/** What PostgreSQL writes about itself into its data folder. */
export interface Postmaster {
  pid: number
  port: number
  ready: boolean
}

export async function readPostmaster(dataDir: string): Promise<Postmaster | undefined> {
  const text = await readFile(join(dataDir, 'postmaster.pid'), 'utf8').catch(() => '')
  const lines = text.split('\n').map(line => line.trim())
  const pid = Number(lines[0])
  if (!Number.isInteger(pid) || pid <= 1) return undefined
  return { pid, port: Number(lines[3]), ready: lines[7] === 'ready' }
}

/** True only for a PostgreSQL that works in this data folder: a process id may have passed to another. */
export async function isPostgresOf(dataDir: string, pid: number): Promise<boolean> {
  if (platform() !== 'linux') return isAlive(pid)
  const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => '')
  if (cwd === '' || cwd !== (await realpath(dataDir).catch(() => dataDir))) return false
  const program = await readlink(`/proc/${pid}/exe`).catch(() => '')
  // "(deleted)" follows the name when the package was updated under a running server.
  return basename(program.replace(' (deleted)', '')) === 'postgres'
}

/** Also finds the children of a postmaster that was killed. */
export async function postgresProcesses(dataDir: string): Promise<number[]> {
  if (platform() !== 'linux') {
    const postmaster = await readPostmaster(dataDir)
    return postmaster && isAlive(postmaster.pid) ? [postmaster.pid] : []
  }
  const pids = (await readdir('/proc')).map(Number).filter(Number.isInteger)
  const found = await Promise.all(pids.map(async pid => isPostgresOf(dataDir, pid)))
  return pids.filter((_, index) => found[index])
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // It has ended meanwhile.
  }
}

/** Fast shutdown, then an immediate one, then the end by force; true when all are gone. */
export async function endPostgres(dataDir: string, graceMs: number): Promise<boolean> {
  const steps: Array<[NodeJS.Signals, number]> = [
    ['SIGINT', graceMs],
    ['SIGQUIT', 5_000],
    ['SIGKILL', 5_000]
  ]
  for (const [name, waitMs] of steps) {
    const postmaster = await readPostmaster(dataDir)
    const pids = await postgresProcesses(dataDir)
    if (pids.length === 0) return true
    // The postmaster tells its children; orphans must be told one by one.
    const targets = postmaster && pids.includes(postmaster.pid) ? [postmaster.pid] : pids
    for (const pid of name === 'SIGKILL' ? pids : targets) signal(pid, name)
    if (await poll(async () => (await postgresProcesses(dataDir)).length === 0, waitMs)) return true
  }
  return false
}

/** Asks again and again until the answer is yes; false when the time is over. */
export async function poll(probe: () => Promise<boolean>, waitMs: number): Promise<boolean> {
  const deadline = performance.now() + waitMs
  while (performance.now() < deadline) {
    if (await probe()) return true
    await delay(POLL_MS)
  }
  return probe()
}
