import { type Logger, pino } from 'pino'
import pretty from 'pino-pretty'

/** Lines of JSON for machines; on a terminal, lines for people. */
export function createLog(level: string, isTerminal: boolean): Logger {
  const options = { level, base: null }
  return isTerminal ? pino(options, pretty({ colorize: true, sync: true })) : pino(options)
}
