import bcrypt from 'bcrypt'
import { validationFailed } from '../../errors.ts'
import { createTurns } from '../../in-turn.ts'

/** Of bcrypt: each more doubles the time. */
const COST = 12
/** More at once would take the processors from everything else; bcrypt runs on libuv's threads. */
const AT_ONCE = 2
const MAX_WAITING = 32
/** bcrypt ignores what comes after. */
const MAX_BYTES = 72
/** Compared with when there is no such user, so that the answer takes as long: salt and hash of a random value. */
const NOBODY = 'nuqjGb7N9KWDV5BfZCBv3.0hvQ.iegCQC9uMdfb7Vi75frMiB8DSy'

export interface Passwords {
  hash(password: string): Promise<string>
  /** False for undefined after the same time. Rejects with TooManyRequests when too many wait. */
  verify(password: string, hash: string | undefined): Promise<boolean>
}

export function createPasswords(cost = COST): Passwords {
  const nobody = `$2b$${String(cost).padStart(2, '0')}$${NOBODY}`
  const inTurn = createTurns({ atOnce: AT_ONCE, maxWaiting: MAX_WAITING })

  return {
    hash: password => inTurn(() => bcrypt.hash(password, cost)),
    async verify(password, hash) {
      const fits = await inTurn(() => bcrypt.compare(password, hash ?? nobody))
      return fits && hash !== undefined
    }
  }
}

/** Refuses what bcrypt would cut off. */
export function checkPasswordLength(field: string, password: string): void {
  if (Buffer.byteLength(password) <= MAX_BYTES) return
  throw validationFailed([{ field, message: `must not be longer than ${MAX_BYTES} bytes` }])
}
