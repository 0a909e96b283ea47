import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { root } from './environment.mjs'

/**
 * Starts one part as a child in a process group of its own, so that Ctrl-C reaches only the start
 * script, which then stops the parts in order. `withChannel` opens an IPC channel.
 */
export function startService({ name, script, args = [], env, logs, withChannel = false }) {
  const child = spawn(process.execPath, [script, ...args], {
    cwd: root,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', ...(withChannel ? ['ipc'] : [])]
  })
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on('line', line => logs.take(name, line))
  const exited = once(child, 'exit').then(
    ([code, signal]) => ({ code, signal }),
    error => ({ code: 1, error })
  )
  const isRunning = () => child.exitCode === null && child.signalCode === null

  return {
    name,
    pid: child.pid,
    channel: withChannel ? child : undefined,
    exited,
    isRunning,
    /** Asks it to end; after the grace it is killed. */
    async stop(graceMs) {
      if (isRunning()) child.kill('SIGTERM')
      const timer = new AbortController()
      const late = sleep(graceMs, 'late', { signal: timer.signal }).catch(() => {})
      const isLate = (await Promise.race([exited, late])) === 'late'
      timer.abort()
      if (isLate) child.kill('SIGKILL')
      return exited
    },
    kill: () => child.kill('SIGKILL')
  }
}

/** How it ended, in words. */
export const describeExit = ({ code, signal, error }) => {
  if (error) return `could not be started: ${error.message}`
  return signal ? `ended by ${signal}` : `ended with exit code ${code}`
}
