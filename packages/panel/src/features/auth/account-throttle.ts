import { networkOf } from './address.ts'
import type { AuthRepo } from './auth.repo.ts'
import { createLoginThrottle, type LoginAttempt, type ThrottleRule } from './login-throttle.ts'

/** Slows down whoever guesses at one account, and only them. */
export interface AccountThrottle {
  /**
   * Throws TooManyRequests. At a login `key` is the name that was typed, whether somebody has it or not: counted by
   * the account, its two names would betray that they are one.
   */
  begin(key: string, userId: string | undefined, ip: string): Promise<LoginAttempt>
}

/** A flood does not keep the owner out: from a network that is known to be theirs it is counted apart. */
export function createAccountThrottle(
  rule: ThrottleRule,
  repo: Pick<AuthRepo, 'knowsNetwork'>,
  now?: () => number
): AccountThrottle {
  const throttle = createLoginThrottle(rule, now)
  return {
    async begin(key, userId, ip) {
      try {
        return throttle.begin(key.toLowerCase())
      } catch (err) {
        const network = networkOf(ip)
        const isTheirs = (known: string) => networkOf(known) === network
        if (userId === undefined || !(await repo.knowsNetwork(userId, isTheirs))) throw err
        return throttle.begin(`${userId} from ${network}`)
      }
    }
  }
}
