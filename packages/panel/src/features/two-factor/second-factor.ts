import type { AuditEntry } from '../../agents/contract.ts'
import type { SealedColumn } from '../../secrets/sealed-columns.ts'
import type { Vault } from '../../secrets/vault.ts'
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

/** Who has a secret that is not in force yet. */
interface Pending {
  id: string
  /** Sealed. */
  totpPendingSecret: string
}

/** The one place that decides whether a code is right, however it came in; wrong ones cost time, by account. */
export interface SecondFactor {
  /**
   * Takes a code of the app or a recovery code (then `used` is noted): each of them once, also of two at
   * the same moment. Throws TooManyRequests.
   */
  take(holder: Holder, code: string, used: AuditEntry): Promise<boolean>
  /** The step of a code that proves the pending secret to be in somebody's app. */
  stepOf(pending: Pending, code: string, ip: string): Promise<number | undefined>
}

const SECOND_MS = 1_000
const throttleRule = { free: 5, firstDelayMs: SECOND_MS, maxDelayMs: 300 * SECOND_MS }

export interface SecondFactorDeps {
  repo: Pick<TwoFactorRepo, 'takeStep' | 'takeRecoveryCode' | 'findSecret'>
  logins: Pick<AuthRepo, 'knowsNetwork'>
  vault: Vault
}

export function createSecondFactor({ repo, logins, vault }: SecondFactorDeps): SecondFactor {
  const byAccount = createAccountThrottle(throttleRule, logins)

  async function counted<T>(id: string, ip: string, look: () => Promise<T | undefined>) {
    const attempt = await byAccount.begin(id, id, ip)
    try {
      const found = await look()
      if (found === undefined) attempt.failed()
      else attempt.succeeded()
      return found
    } finally {
      attempt.dropped()
    }
  }

  /** Where its key was given up no code is right, and a recovery code helps. */
  function stepNow(column: SealedColumn, id: string, of: { sealed: string; code: string }) {
    const secret = vault.open(column, id, of.sealed)
    if (secret === undefined) return undefined
    return stepOfCode(secret, of.code.replaceAll(' ', ''), Date.now())
  }

  async function takeCode({ id, totpSecret }: Holder, code: string): Promise<true | undefined> {
    const step = stepNow('User.totpSecret', id, { sealed: totpSecret, code })
    if (step === undefined) return undefined
    if (await repo.takeStep(id, totpSecret, step)) return true
    // The same secret may have been sealed with a new key at this very moment.
    const newest = await repo.findSecret(id)
    if (newest === undefined || newest === totpSecret) return undefined
    if (stepNow('User.totpSecret', id, { sealed: newest, code }) !== step) return undefined
    return (await repo.takeStep(id, newest, step)) || undefined
  }

  async function takeRecoveryCode(holder: Holder, code: string, used: AuditEntry) {
    return (await repo.takeRecoveryCode(holder.id, hashOfRecoveryCode(code), used)) || undefined
  }

  return {
    async take(holder, code, used) {
      const isOfApp = /^[\d ]{6,9}$/.test(code)
      const look = () => (isOfApp ? takeCode(holder, code) : takeRecoveryCode(holder, code, used))
      return (await counted(holder.id, used.ip ?? '', look)) === true
    },
    stepOf: ({ id, totpPendingSecret: sealed }, code, ip) =>
      counted(id, ip, async () => stepNow('User.totpPendingSecret', id, { sealed, code }))
  }
}
