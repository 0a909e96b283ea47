import { spawn } from 'node:child_process'
import { open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { environment } from '../test/world/config.ts'

export interface Ended {
  output: string
  /** Its time was over. */
  isCut: boolean
  seconds: number
}

const GRACE_MS = 5_000

/**
 * Runs a judge to its end, or until its time is over. It knows nothing of this shell but where programs
 * are: no proxy, no settings of its user, no home but the folder, where its words are kept too.
 */
export async function runJudge(
  command: string,
  args: string[],
  { home, seconds, signal }: { home: string; seconds: number; signal: AbortSignal }
): Promise<Ended> {
  const began = performance.now()
  const file = join(home, 'output.txt')
  const words = await open(file, 'w')
  const child = spawn(command, args, {
    cwd: home,
    env: { PATH: environment.PATH, HOME: home, LANG: 'C.UTF-8', PYTHONUNBUFFERED: '1' },
    stdio: ['ignore', words.fd, words.fd],
    detached: true
  })
  const closed = new Promise<void>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', () => resolve())
  })
  const end = (name: NodeJS.Signals) => {
    try {
      if (child.pid) process.kill(-child.pid, name)
    } catch {
      // It has ended by itself.
    }
  }
  let isCut = false
  const cut = async () => {
    isCut = true
    end('SIGINT')
    await pause(GRACE_MS, undefined, { ref: false })
    end('SIGKILL')
  }
  const timer = setTimeout(() => void cut(), seconds * 1_000)
  const onAbort = () => end('SIGKILL')
  signal.addEventListener('abort', onAbort)
  try {
    await closed
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', onAbort)
    await words.close()
  }
  const output = await readFile(file, 'utf8')
  return { output, isCut, seconds: (performance.now() - began) / 1_000 }
}
