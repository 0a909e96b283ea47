import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { environment, repository } from './config.ts'
import { until } from './until.ts'

export interface Running {
  child: ChildProcess
  /** All that it has printed so far, on both outputs. */
  output(): string
  /** What it has told over IPC. */
  messages: Record<string, unknown>[]
  /** Sends the signal and waits for the end; answers the exit code or the signal's name. */
  end(signal?: NodeJS.Signals): Promise<number | string>
}

export interface LaunchOptions {
  command?: string
  args: string[]
  env?: Record<string, string>
  cwd?: string
  ipc?: boolean
  /** In a process group of its own, as a terminal would have it. */
  detached?: boolean
}

const MAX_OUTPUT = 4_000_000

/** What runs on when a test's process falls over slows all tests that come after it. */
const alive = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of alive) child.kill('SIGKILL')
})

export function launch({ command, args, env, cwd, ipc, detached }: LaunchOptions): Running {
  const options: SpawnOptions = {
    cwd: cwd ?? repository,
    env: { ...environment, NODE_ENV: 'test', NO_COLOR: '1', ...env },
    stdio: ipc ? ['ignore', 'pipe', 'pipe', 'ipc'] : ['ignore', 'pipe', 'pipe'],
    detached: detached ?? false
  }
  // tap puts a hook into every Node that its tests start; ours are to be as people start them.
  const plain = ['-u', 'NODE_OPTIONS', command ?? process.execPath, ...args]
  const child = spawn('env', plain, options)
  let output = ''
  const messages: Record<string, unknown>[] = []
  const keep = (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-MAX_OUTPUT)
  }
  child.stdout?.on('data', keep)
  child.stderr?.on('data', keep)
  alive.add(child)
  child.once('exit', () => alive.delete(child))
  child.on('message', message => messages.push(message as Record<string, unknown>))
  return {
    child,
    output: () => output,
    messages,
    async end(signal = 'SIGTERM') {
      if (child.exitCode === null && child.signalCode === null) {
        const exited = once(child, 'exit')
        if (detached && child.pid) process.kill(-child.pid, signal)
        else child.kill(signal)
        await Promise.race([
          exited,
          until('the process ends', () => child.exitCode !== null || child.signalCode !== null, {
            deadlineMs: 30_000
          })
        ])
      }
      return child.exitCode ?? child.signalCode ?? 'unknown'
    }
  }
}

/** Runs a command to its end; throws with its output when it fails. */
export async function run(
  command: string,
  args: string[],
  options: { env?: Record<string, string>; cwd?: string; deadlineMs?: number } = {}
): Promise<string> {
  const running = launch({ ...options, command, args })
  const { child } = running
  const said = once(child, 'close')
  await until(
    `${command} ${args.join(' ')} ends`,
    () => child.exitCode !== null || child.signalCode !== null,
    { deadlineMs: options.deadlineMs ?? 60_000, everyMs: 20 }
  )
  // Its last words come after its end; what it left running may keep the line open.
  await Promise.race([said, delay(1_000, undefined, { ref: false })])
  if (child.exitCode !== 0)
    throw new Error(`${command} ${args.join(' ')} failed:\n${running.output()}`)
  return running.output()
}
