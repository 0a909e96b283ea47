import { type Logger, pino, stdTimeFunctions } from 'pino'
import { PinoPretty } from 'pino-pretty'
import type { Config } from '../config.ts'

/** What could ever hold a secret, wherever it stands in a line. */
const secrets = [
  'password',
  'passwordHash',
  'token',
  'secret',
  'authorization',
  'cookie',
  'privateKey'
]

/** Lines of JSON for machines, words for whoever sits at a terminal. */
export function createLogger(
  level: Config['logLevel'],
  output: NodeJS.WriteStream = process.stdout
): Logger {
  const options = {
    level,
    timestamp: stdTimeFunctions.isoTime,
    redact: {
      paths: secrets.flatMap(name => [name, `*.${name}`, `*.*.${name}`, `*["set-${name}"]`]),
      censor: '[secret]'
    }
  }
  if (!output.isTTY) return pino(options, output)
  return pino(options, PinoPretty({ destination: output, ignore: 'pid,hostname', sync: true }))
}
