import type { ParseArgsConfig } from 'node:util'
import type { Config } from '../config.ts'

export type Flags = Record<string, string | boolean | undefined>

/** One thing that a person can ask of this program. */
export interface CliCommand {
  name: string
  /** One line for the list of commands. */
  summary: string
  help: string
  options: NonNullable<ParseArgsConfig['options']>
  /** Answers the exit code: 0 done, 1 it did not work. Throws UsageError (2) when it was asked wrongly. */
  run(flags: Flags, io: CliIo): Promise<number>
}

interface CliIo {
  config: Config
  /** To standard output, a line. */
  say(line: string): void
  isTerminal: boolean
}

export class UsageError extends Error {}

const DEFAULT_STATE_DIR = '/var/lib/ctrl-alt-play/agent'
export const DEFAULT_DATA_DIR = '/var/lib/ctrl-alt-play'

export const commonOptions = {
  'state-dir': { type: 'string', default: DEFAULT_STATE_DIR },
  json: { type: 'boolean', default: false }
} as const

export const commonHelp = `  --state-dir DIR   where its key, journal and records are (${DEFAULT_STATE_DIR})
  --json            for machines
  --help            this text

Exit codes: 0 done, 1 it did not work, 2 it was asked wrongly.`

/** The value of a flag that takes one. */
export function textOf(flags: Flags, name: string): string | undefined {
  const value = flags[name]
  return typeof value === 'string' && value !== '' ? value : undefined
}

export function stateDirOf(flags: Flags): string {
  return textOf(flags, 'state-dir') ?? DEFAULT_STATE_DIR
}
