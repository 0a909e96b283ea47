import { readFileSync, rmSync } from 'node:fs'
import type { FailpointProcess } from '@ctrl-alt-play/protocol'

/** This process, as far as a failpoint may reach into it. */
export const failpointProcess = (log: Pick<FailpointProcess, 'warn'>): FailpointProcess => ({
  readFile: path => readFileSync(path, 'utf8'),
  removeFile: path => rmSync(path, { force: true }),
  signal: name => void process.kill(process.pid, name),
  warn: (details, text) => log.warn(details, text)
})
