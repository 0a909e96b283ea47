import type { Audit, AuditEntry, PanelEvents } from '../../agents/contract.ts'
import type { Config } from '../../config.ts'
import {
  LoginFailed,
  LoginTotpWrong,
  TotpRequired,
  validationFailed,
  WrongPassword
} from '../../errors.ts'
import type { Requester } from '../permissions/can.ts'
import type { SessionRow } from '../sessions/sessions.repo.ts'
import type { SecondFactor } from '../two-factor/second-factor.ts'
import { createAccountThrottle } from './account-throttle.ts'
import { sourceOf } from './address.ts'
import type { Account, AuthRepo } from './auth.repo.ts'
import type { AccountView } from './auth.schema.ts'
import { createLoginThrottle, type LoginAttempt } from './login-throttle.ts'
import { checkNewPassword } from './new-password.ts'
import { checkPasswordLength, type Passwords } from './passwords.ts'
import type { Proofs } from './proofs.ts'

/** From where a request came. */
export interface Origin {
  ip: string
  userAgent: string
  requestId: string
}

interface OpenedLogin {
  user: AccountView
  sessionId: string
  expiresAt: Date
}

export interface AuthService {
  /** `totp` is asked for only once the password was right. */
  login(
    given: { username: string; password: string; totp?: string },
    origin: Origin
  ): Promise<OpenedLogin>
  account(actor: Requester): Promise<AccountView>
  /** Ends every login of the user and opens a new one. */
  changePassword(
    actor: Requester,
    given: { currentPassword: string; newPassword: string; code?: string },
    origin: Origin
  ): Promise<OpenedLogin>
}

export interface AuthDeps {
  repo: AuthRepo
  passwords: Passwords
  proofs: Proofs
  factor: SecondFactor
  audit: Audit
  events: PanelEvents
  session: Config['session']
  now?: () => number
}

const MAX_USER_AGENT = 256

export function createAuthService(deps: AuthDeps): AuthService {
  const { repo, passwords, proofs, factor, audit, events, session, now = Date.now } = deps
  const seconds = 1_000
  const byAddress = createLoginThrottle(
    { free: 20, firstDelayMs: seconds, maxDelayMs: 300 * seconds },
    deps.now
  )
  const byAccount = createAccountThrottle(
    { free: 5, firstDelayMs: seconds, maxDelayMs: 60 * seconds },
    repo,
    deps.now
  )

  function newSession(userId: string, { ip, userAgent }: Origin) {
    const expiresAt = new Date(now() + session.lifetimeMs)
    return { userId, ip, userAgent: userAgent.slice(0, MAX_USER_AGENT), expiresAt }
  }

  function entryOf(user: Pick<Account, 'id' | 'username'>, action: string, origin: Origin) {
    const entry: AuditEntry = {
      actorType: 'USER',
      actorId: user.id,
      actorName: user.username,
      action,
      targetType: 'session',
      targetId: null,
      ip: origin.ip,
      requestId: origin.requestId
    }
    return entry
  }

  async function check(account: Account | undefined, password: string, attempt: LoginAttempt) {
    try {
      const fits = await passwords.verify(password, account?.passwordHash)
      const isRight = fits && account !== undefined && account.disabledAt === null
      if (isRight) attempt.succeeded()
      else attempt.failed()
      return isRight
    } finally {
      attempt.dropped()
    }
  }

  async function findAndCheck(username: string, password: string, origin: Origin) {
    const account = await repo.findAccount(username)
    const attempt = await byAccount.begin(username, account?.id, origin.ip)
    if (await check(account, password, attempt)) return account
    const subject = account ?? { id: '', username: '' }
    const entry = { ...entryOf(subject, 'auth.login.failed', origin), targetType: 'user' }
    // A name that nobody has may be a password typed into the wrong field.
    if (account) audit.note({ ...entry, targetId: account.id })
    else audit.note({ ...entry, actorId: null, actorName: null })
    return undefined
  }

  async function passesSecondFactor(account: Account, code: string | undefined, origin: Origin) {
    const { id, totpSecret } = account
    if (totpSecret === null) return true
    if (code === undefined) throw new TotpRequired()
    const target = { targetType: 'user', targetId: id }
    const used = { ...entryOf(account, 'auth.recovery-code.used', origin), ...target }
    if (await factor.take({ id, totpSecret }, code, used)) return true
    const entry = entryOf(account, 'auth.login.failed', origin)
    audit.note({ ...entry, ...target, after: { reason: 'the second factor' } })
    return false
  }

  return {
    async login({ username, password, totp }, origin) {
      checkPasswordLength('body.password', password)
      const fromAddress = byAddress.begin(sourceOf(origin.ip))
      try {
        const account = await findAndCheck(username, password, origin)
        if (!account) {
          fromAddress.failed()
          throw new LoginFailed()
        }
        if (!(await passesSecondFactor(account, totp, origin))) {
          fromAddress.failed()
          throw new LoginTotpWrong()
        }
        const opened = newSession(account.id, origin)
        const { userAgent, expiresAt } = opened
        const entry = { ...entryOf(account, 'auth.login', origin), after: { userAgent, expiresAt } }
        const row = await repo.openSession(opened, account, entry)
        if (!row) throw new LoginFailed()
        return openedLogin(account, row)
      } finally {
        // A right password does not wash off the wrong ones before it.
        fromAddress.dropped()
      }
    },

    async account(actor) {
      return accountView(await proofs.account(actor))
    },

    async changePassword(actor, { currentPassword, newPassword, code }, origin) {
      if (currentPassword === newPassword) {
        throw validationFailed([
          { field: 'body.newPassword', message: 'must be another than the current one' }
        ])
      }
      const account = await proofs.byPassword(actor, currentPassword)
      await checkNewPassword('body.newPassword', newPassword, [account.username, account.email])
      await proofs.byCode({ actor, requestId: origin.requestId }, account, code)
      const hash = await passwords.hash(newPassword)
      const entry = entryOf(account, 'auth.password.changed', origin)
      const row = await repo.changePassword(hash, newSession(account.id, origin), account, {
        ...entry,
        targetType: 'user',
        targetId: account.id,
        before: { mustChangePassword: account.mustChangePassword },
        after: { mustChangePassword: false, loginsEnded: true }
      })
      if (!row) throw new WrongPassword()
      events.publish({ type: 'access.changed', userId: account.id })
      return openedLogin({ ...account, mustChangePassword: false }, row)
    }
  }
}

function openedLogin(account: Account, row: SessionRow): OpenedLogin {
  return { user: accountView(account), sessionId: row.id, expiresAt: row.expiresAt }
}

function accountView(account: Account): AccountView {
  const { id, username, email, roleName, mustChangePassword, totpSecret, createdAt } = account
  const hasTotp = totpSecret !== null
  return {
    id,
    username,
    email,
    role: roleName,
    mustChangePassword,
    hasTotp,
    mustSetUpTotp: account.requiresTotp && !hasTotp,
    createdAt: createdAt.toISOString()
  }
}
