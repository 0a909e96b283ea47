import { readFileSync, rmSync } from 'node:fs'
import {
  createFailpoint,
  type Failpoint,
  type FailpointSetting,
  parseFailpoint
} from '@ctrl-alt-play/protocol'

/** The failpoint of this process, for tests alone; a file that armed it is removed when it fires. */
export function openFailpoint(
  setting: FailpointSetting,
  log: { warn(details: object, text: string): void }
): Failpoint {
  let isSpent = false

  function read(file: string): string {
    try {
      return readFileSync(file, 'utf8').trim()
    } catch {
      return ''
    }
  }

  return createFailpoint({
    armed() {
      if ('armed' in setting) return isSpent ? undefined : setting.armed
      const text = read(setting.file)
      return text === '' ? undefined : parseFailpoint(text, 'agent')
    },
    disarm() {
      isSpent = true
      if ('file' in setting) rmSync(setting.file, { force: true })
    },
    signal: name => void process.kill(process.pid, name),
    tell: (failpoint, action) => log.warn({ failpoint, action }, 'failpoint')
  })
}
