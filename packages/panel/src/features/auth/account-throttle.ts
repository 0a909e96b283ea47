import { networkOf } from './address.ts'
import type { AuthRepo } from './auth.repo.ts'
import { createLoginThrottle, type LoginAttempt, type ThrottleRule } from './login-throttle.ts'

/** Slows down whoever guesses at one account, and only them. */
export interface AccountThrottle {
  /** Throws TooManyRequests. */
  begin(account: { id: string } | { name: string }, ip: string): Promise<LoginAttempt>
}

/** A flood does not keep the owner out: from a network that is known to be theirs it is counted apart. */
export function createAccountThrottle(
  rule: ThrottleRule,
  repo: Pick<AuthRepo, 'knowsNetwork'>,
  now?: () => number
): AccountThrottle {
  const throttle = createLoginThrottle(rule, now)
  return {
    async begin(account, ip) {
      if ('name' in account) return throttle.begin(account.name.toLowerCase())
      const { id } = account
      try {
        return throttle.begin(id)
      } catch (err) {
        const network = networkOf(ip)
        const isTheirs = (known: string) => networkOf(known) === network
        if (!(await repo.knowsNetwork(id, isTheirs))) throw err
        return throttle.begin(`${id} from ${network}`)
      }
    }
  }
}
