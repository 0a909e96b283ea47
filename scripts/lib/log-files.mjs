import { closeSync, fstatSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { root } from './environment.mjs'

const maxBytes = 10 * 1024 * 1024
const tailLines = 30

/** One file for each part, as JSON lines; two files of 10 MiB at most are kept of each. */
function createLogFile(path) {
  let file = openSync(path, 'a')
  let bytes = fstatSync(file).size
  return line => {
    bytes += writeSync(file, `${line}\n`)
    if (bytes < maxBytes) return
    closeSync(file)
    renameSync(path, `${path}.1`)
    file = openSync(path, 'a')
    bytes = 0
  }
}

/** Readable lines from pino's JSON; other lines stay as they are. */
function createFormatter() {
  const requireFromPanel = createRequire(join(root, 'packages/panel/package.json'))
  const { prettyFactory } = requireFromPanel('pino-pretty')
  const pretty = prettyFactory({
    colorize: process.stdout.isTTY === true,
    ignore: 'pid,hostname',
    translateTime: 'SYS:HH:MM:ss'
  })
  return line => pretty(line).trimEnd()
}

/**
 * Takes the log lines of panel and agent: always into files, and to the terminal while `show` is on.
 * `tail(name)` gives the last readable lines, for a failure.
 */
export function createLogs(folder, { show = false } = {}) {
  mkdirSync(folder, { recursive: true })
  const format = createFormatter()
  const parts = new Map()
  const state = { show }

  function part(name) {
    const known = parts.get(name)
    if (known) return known
    const made = { write: createLogFile(join(folder, `${name}.log`)), last: [] }
    parts.set(name, made)
    return made
  }

  return {
    folder,
    take(name, line) {
      const { write, last } = part(name)
      write(line)
      last.push(line)
      if (last.length > tailLines) last.shift()
      if (state.show) process.stdout.write(`${name.padEnd(5)} ${format(line)}\n`)
    },
    show() {
      state.show = true
    },
    tail: name => part(name).last.map(format).join('\n')
  }
}
