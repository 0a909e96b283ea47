import type { Audit } from '../../agents/contract.ts'
import { Unauthenticated, validationFailed, WrongPassword, WrongTotp } from '../../errors.ts'
import { auditEntry, type Caller, type RequestCaller } from '../caller.ts'
import type { Requester } from '../permissions/can.ts'
import type { SecondFactor } from '../two-factor/second-factor.ts'
import { createAccountThrottle } from './account-throttle.ts'
import type { Account, AuthRepo } from './auth.repo.ts'
import { checkPasswordLength, type Passwords } from './passwords.ts'

/** Who is logged in shows once more to be that person, before what a stolen login must not do. */
export interface Proofs {
  account(actor: Requester): Promise<Account>
  /** The account, if this is its password; throws WrongPassword, and TooManyRequests after some. */
  byPassword(actor: Requester, password: string): Promise<Account>
  /** Nothing to prove for who has no second factor. A recovery code serves as well, and is used up. */
  byCode(caller: RequestCaller, account: Account, code: string | undefined): Promise<void>
  /** By a code of who has a second factor, by the password of who has none. */
  byEither(
    caller: RequestCaller,
    given: { currentPassword?: string; code?: string }
  ): Promise<Account>
}

export interface ProofsDeps {
  repo: Pick<AuthRepo, 'findAccountById' | 'knowsNetwork'>
  passwords: Passwords
  factor: SecondFactor
  audit: Pick<Audit, 'note'>
}

const SECOND_MS = 1_000

export function createProofs({ repo, passwords, factor, audit }: ProofsDeps): Proofs {
  const rule = { free: 5, firstDelayMs: SECOND_MS, maxDelayMs: 60 * SECOND_MS }
  const byAccount = createAccountThrottle(rule, repo)

  async function account({ userId }: Requester): Promise<Account> {
    const found = await repo.findAccountById(userId)
    if (!found) throw new Unauthenticated()
    return found
  }

  /** Somebody at an open login does not know what its owner knows. */
  function noteFailure(caller: Caller, userId: string, reason: string): void {
    const target = { targetType: 'user', targetId: userId, after: { reason } }
    audit.note(auditEntry(caller, { action: 'auth.proof.failed', ...target }))
  }

  async function byPassword(actor: Requester, password: string): Promise<Account> {
    checkPasswordLength('body.currentPassword', password)
    const found = await account(actor)
    const attempt = await byAccount.begin(found.id, found.id, actor.ip)
    try {
      const fits = await passwords.verify(password, found.passwordHash)
      if (fits) attempt.succeeded()
      else attempt.failed()
      if (!fits) {
        noteFailure({ actor }, found.id, 'the password')
        throw new WrongPassword()
      }
      return found
    } finally {
      attempt.dropped()
    }
  }

  async function byCode(caller: RequestCaller, of: Account, code: string | undefined) {
    const { id, totpSecret } = of
    if (totpSecret === null) return
    if (code === undefined) throw needed('code', 'you have a second factor')
    const act = { action: 'auth.recovery-code.used', targetType: 'user', targetId: id }
    const used = auditEntry(caller, act)
    if (await factor.take({ id, totpSecret }, code, used)) return
    noteFailure(caller, id, 'the second factor')
    throw new WrongTotp()
  }

  return {
    account,
    byPassword,
    byCode,
    async byEither(caller, { currentPassword, code }) {
      const found = await account(caller.actor)
      if (found.totpSecret !== null) {
        await byCode(caller, found, code)
        return found
      }
      if (currentPassword === undefined) throw needed('currentPassword', 'it shows that it is you')
      return byPassword(caller.actor, currentPassword)
    }
  }
}

function needed(field: string, why: string) {
  return validationFailed([{ field: `body.${field}`, message: `is needed: ${why}` }])
}
