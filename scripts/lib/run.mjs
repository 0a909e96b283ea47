import { spawn } from 'node:child_process'
import { environment, root } from './environment.mjs'
import { problem } from './problem.mjs'

const keptBytes = 256 * 1024

/**
 * Runs a command to its end and returns { code, output }; output holds the last of both streams.
 * `onOutput` gets every piece as it comes. A command that outlives its deadline is killed.
 */
export function runFreely(command, args, options = {}) {
  const { cwd = root, env = {}, timeoutMs = 300_000, signal, input, onOutput } = options
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...environment, ...env },
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      signal
    })
    let output = ''
    let timedOut = false
    const take = chunk => {
      output = (output + chunk).slice(-keptBytes)
      onOutput?.(chunk)
    }
    child.stdout.setEncoding('utf8').on('data', take)
    child.stderr.setEncoding('utf8').on('data', take)
    if (input !== undefined) child.stdin.end(input)
    const timer = setTimeout(() => {
      timedOut = true
      child.kill('SIGKILL')
    }, timeoutMs)
    child.on('error', error => {
      clearTimeout(timer)
      reject(signal?.aborted ? problem('Interrupted.') : error)
    })
    child.on('close', (code, killedBy) => {
      clearTimeout(timer)
      const late = timedOut ? `\n(no end after ${timeoutMs / 1000} s, killed)` : ''
      resolve({ code: code ?? 1, killedBy, output: output + late })
    })
  })
}

/** Runs a command that must succeed; otherwise throws one sentence and the end of its output. */
export async function run(command, args, options = {}) {
  const { what = `${command} ${args.join(' ')}`, ...rest } = options
  const result = await runFreely(command, args, rest).catch(error => {
    if (error.code === 'ENOENT') throw problem(`${what} failed: ${command} is not installed.`)
    throw error
  })
  if (result.code === 0) return result.output
  const tail = result.output.trimEnd().split('\n').slice(-40).join('\n')
  throw problem(`${what} failed (exit code ${result.code}):\n${tail}`)
}
