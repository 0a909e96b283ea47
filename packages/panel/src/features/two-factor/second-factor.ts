import type { AuditEntry } from '../../agents/contract.ts'
import type { Sealer } from '../../plugins/sealed.ts'
import { createAccountThrottle } from '../auth/account-throttle.ts'
import type { AuthRepo } from '../auth/auth.repo.ts'
import { hashOfRecoveryCode } from './recovery-codes.ts'
import { stepOfCode } from './totp.ts'
import type { TwoFactorRepo } from './two-factor.repo.ts'

/** Whose code it is, as it is known to be kept. */
interface Holder {
  id: string
  /** Sealed. */
  totpSecret: string
}

/** The one place that decides whether a code is right, however it came in; wrong ones cost time, by account. */
export interface SecondFactor {
  /**
   * Takes a code of the app or a recovery code (then `used` is noted): each of them once, also of two at
   * the same moment. Throws TooManyRequests.
   */
  take(holder: Holder, code: string, used: AuditEntry): Promise<boolean>
  /** The step of a code that proves the secret to be in somebody's app. */
  stepOf(holder: Holder, code: string, ip: string): Promise<number | undefined>
}

const SECOND_MS = 1_000
const throttleRule = { free: 5, firstDelayMs: SECOND_MS, maxDelayMs: 300 * SECOND_MS }

export interface SecondFactorDeps {
  repo: Pick<TwoFactorRepo, 'takeStep' | 'takeRecoveryCode'>
  logins: Pick<AuthRepo, 'knowsNetwork'>
  sealer: Sealer
}

export function createSecondFactor({ repo, logins, sealer }: SecondFactorDeps): SecondFactor {
  const byAccount = createAccountThrottle(throttleRule, logins)

  async function counted<T>(holder: Holder, ip: string, look: () => Promise<T | undefined>) {
    const attempt = await byAccount.begin(holder.id, holder.id, ip)
    try {
      const found = await look()
      if (found === undefined) attempt.failed()
      else attempt.succeeded()
      return found
    } finally {
      attempt.dropped()
    }
  }

  /** With another secret of the panel than it was sealed with no code is right, and a recovery code helps. */
  function stepNow({ id, totpSecret }: Holder, code: string): number | undefined {
    const secret = sealer.open(totpSecret, id)
    if (secret === undefined) return undefined
    return stepOfCode(secret, code.replaceAll(' ', ''), Date.now())
  }

  async function takeCode(holder: Holder, code: string): Promise<true | undefined> {
    const step = stepNow(holder, code)
    if (step === undefined) return undefined
    return (await repo.takeStep(holder.id, holder.totpSecret, step)) || undefined
  }

  async function takeRecoveryCode(holder: Holder, code: string, used: AuditEntry) {
    return (await repo.takeRecoveryCode(holder.id, hashOfRecoveryCode(code), used)) || undefined
  }

  return {
    async take(holder, code, used) {
      const isOfApp = /^[\d ]{6,9}$/.test(code)
      const look = () => (isOfApp ? takeCode(holder, code) : takeRecoveryCode(holder, code, used))
      return (await counted(holder, used.ip ?? '', look)) === true
    },
    stepOf: (holder, code, ip) => counted(holder, ip, async () => stepNow(holder, code))
  }
}
