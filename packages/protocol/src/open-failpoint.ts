import {
  createFailpoint,
  type Failpoint,
  type FailpointSetting,
  parseFailpoint
} from './failpoint.ts'

/** What a process lets its failpoint do: reading and removing the file that arms it, signals to itself, a line in its log. */
export interface FailpointProcess {
  readFile(path: string): string
  removeFile(path: string): void
  signal(name: 'SIGKILL' | 'SIGSTOP'): void
  warn(details: object, text: string): void
}

/** The failpoint of a process, for tests alone; a file that armed it is removed when it fires. */
export function openFailpoint(setting: FailpointSetting, own: FailpointProcess): Failpoint {
  let isSpent = false

  function read(file: string): string {
    try {
      return own.readFile(file).trim()
    } catch {
      return ''
    }
  }

  return createFailpoint({
    armed() {
      if ('armed' in setting) return isSpent ? undefined : setting.armed
      const text = read(setting.file)
      return text === '' ? undefined : parseFailpoint(text, setting.owner)
    },
    disarm() {
      isSpent = true
      if ('file' in setting) own.removeFile(setting.file)
    },
    signal: own.signal,
    tell: (failpoint, action) => own.warn({ failpoint, action }, 'failpoint')
  })
}
