import { randomBytes, randomInt } from 'node:crypto'

/**
 * Words that a judge sends and the relay replaces: a login that ends is renewed without the judge, and
 * what must be new each time is new each time.
 */
export const placeholders = {
  key: 'JUDGESKEY',
  cookie: 'JUDGESCOOKIE',
  next: 'JUDGESNEXT',
  /** Stands for a number. */
  port: 777_777
} as const

const FIRST_PORT = 10_000
const PORTS = 55_000

export type Fresh = (text: string) => string

/** Fills in what must not come twice, nor from two of these. */
export function createFresh(): Fresh {
  const origin = randomBytes(3).toString('hex')
  const firstPort = randomInt(PORTS)
  let count = 0
  return text =>
    text
      .replaceAll(placeholders.next, () => {
        count += 1
        return origin + count.toString(36)
      })
      .replaceAll(String(placeholders.port), () => {
        count += 1
        return String(FIRST_PORT + ((firstPort + count) % PORTS))
      })
}
