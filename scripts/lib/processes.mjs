import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { runFreely } from './run.mjs'

/** Whether a process with this id exists, also one that we may not signal. */
export function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

/** The command line of a process, or '' when there is none. */
export async function commandLine(pid) {
  try {
    return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ').trim()
  } catch {
    if (process.platform === 'linux') return ''
    const { output } = await runFreely('ps', ['-o', 'command=', '-p', String(pid)])
    return output.trim()
  }
}

/** Polls until the condition gives something truthy, or undefined once the time is over. */
export async function until(condition, { timeoutMs, everyMs = 100, signal }) {
  const end = Date.now() + timeoutMs
  for (;;) {
    const value = await condition()
    if (value) return value
    if (Date.now() >= end || signal?.aborted) return undefined
    await sleep(everyMs)
  }
}

/** Asks a process to end, and makes it end after the grace. */
export async function endProcess(pid, graceMs) {
  const send = signal => {
    try {
      process.kill(pid, signal)
    } catch (error) {
      if (error.code !== 'ESRCH') throw error
    }
  }
  send('SIGTERM')
  if (await until(() => !isAlive(pid), { timeoutMs: graceMs })) return
  send('SIGKILL')
  await until(() => !isAlive(pid), { timeoutMs: 2000 })
}
