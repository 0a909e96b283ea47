import { type FailpointSetting, readFailpointSetting } from '@ctrl-alt-play/protocol'

/** What the environment says; everything else is said by flags or stands in the state folder. */
export interface Config {
  logLevel: string
  /** Of an enrolment: better here than among a process's arguments, which every user of the machine can read. */
  enrollmentToken: string | undefined
  /** Where a test makes this process fail; CAP_FAILPOINT, which no production has. */
  failpoint: FailpointSetting | undefined
}

const levels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']

/** Throws with the key's name when a value is none. */
export function loadConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  const logLevel = environment.LOG_LEVEL || 'info'
  if (!levels.includes(logLevel)) {
    throw new Error(`LOG_LEVEL is "${logLevel}": it must be one of ${levels.join(', ')}`)
  }
  return {
    logLevel,
    enrollmentToken: environment.CAP_ENROLLMENT_TOKEN || undefined,
    failpoint: readFailpointSetting(environment, 'agent')
  }
}
