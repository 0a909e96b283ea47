import { Unauthenticated, validationFailed, WrongPassword, WrongTotp } from '../../errors.ts'
import { auditEntry, type RequestCaller } from '../caller.ts'
import type { Requester } from '../permissions/can.ts'
import type { SecondFactor } from '../two-factor/second-factor.ts'
import type { Account, AuthRepo } from './auth.repo.ts'
import { createLoginThrottle } from './login-throttle.ts'
import { checkPasswordLength, type Passwords } from './passwords.ts'

/** Who is logged in shows once more to be that person, before what a stolen login must not do. */
export interface Proofs {
  account(actor: Requester): Promise<Account>
  /** The account, if this is its password; throws WrongPassword, and TooManyRequests after some. */
  byPassword(actor: Requester, password: string): Promise<Account>
  /** Nothing to prove for who has no second factor. A recovery code serves as well, and is used up. */
  byCode(caller: RequestCaller, account: Account, code: string | undefined): Promise<void>
}

export interface ProofsDeps {
  repo: Pick<AuthRepo, 'findAccountById'>
  passwords: Passwords
  factor: SecondFactor
}

const SECOND_MS = 1_000

export function createProofs({ repo, passwords, factor }: ProofsDeps): Proofs {
  const byAccount = createLoginThrottle({
    free: 5,
    firstDelayMs: SECOND_MS,
    maxDelayMs: 60 * SECOND_MS
  })

  async function account({ userId }: Requester): Promise<Account> {
    const found = await repo.findAccountById(userId)
    if (!found) throw new Unauthenticated()
    return found
  }

  return {
    account,
    async byPassword(actor, password) {
      checkPasswordLength('body.currentPassword', password)
      const found = await account(actor)
      const attempt = byAccount.begin(found.id)
      try {
        const fits = await passwords.verify(password, found.passwordHash)
        if (fits) attempt.succeeded()
        else attempt.failed()
        if (!fits) throw new WrongPassword()
        return found
      } finally {
        attempt.dropped()
      }
    },
    async byCode(caller, { id, totpSecret }, code) {
      if (totpSecret === null) return
      if (code === undefined) {
        const message = 'is needed: you have a second factor'
        throw validationFailed([{ field: 'body.code', message }])
      }
      const act = { action: 'auth.recovery-code.used', targetType: 'user', targetId: id }
      if (!(await factor.take({ id, totpSecret }, code, auditEntry(caller, act)))) {
        throw new WrongTotp()
      }
    }
  }
}
