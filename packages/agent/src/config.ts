import { type FailpointSetting, readFailpointSetting } from '@ctrl-alt-play/protocol'

/** What the environment says; everything else is said by flags or stands in the state folder. */
export interface Config {
  logLevel: string
  /** Of an enrolment: better here than among a process's arguments, which every user of the machine can read. */
  enrollmentToken: string | undefined
  /** Where a test makes this process fail; CAP_FAILPOINT, which no production has. */
  failpoint: FailpointSetting | undefined
  /** The longest wait between two attempts to reach the panel; undefined: as long as suits a large fleet. */
  reconnectMs: number | undefined
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
    failpoint: readFailpointSetting(environment, 'agent'),
    reconnectMs: readSeconds('CAP_RECONNECT_SECONDS', environment.CAP_RECONNECT_SECONDS)
  }
}

function readSeconds(key: string, text: string | undefined): number | undefined {
  if (!text) return undefined
  const seconds = Number(text)
  if (seconds >= 1 && seconds <= 3_600) return seconds * 1_000
  throw new Error(`${key} is "${text}": it must be a number from 1 to 3600`)
}
