import type { Audit, AuditEntry, PanelEvents } from '../../agents/contract.ts'
import type { Config } from '../../config.ts'
import {
  LoginFailed,
  SessionNotFound,
  Unauthenticated,
  validationFailed,
  WrongPassword
} from '../../errors.ts'
import { decodeCursor, pageOf } from '../../plugins/conventions.ts'
import type { Requester } from '../permissions/can.ts'
import { networkOf, sourceOf } from './address.ts'
import type { Account, AuthRepo, SessionRow } from './auth.repo.ts'
import type { AccountView, SessionView } from './auth.schema.ts'
import { createLoginThrottle, type LoginAttempt } from './login-throttle.ts'
import { checkPasswordLength, type Passwords } from './passwords.ts'

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
  login(given: { username: string; password: string }, origin: Origin): Promise<OpenedLogin>
  logout(actor: Requester, origin: Origin): Promise<void>
  account(actor: Requester): Promise<AccountView>
  sessions(
    actor: Requester,
    list: { limit: number; sort: string; cursor?: string }
  ): Promise<{ data: SessionView[]; nextCursor: string | null }>
  endSession(actor: Requester, sessionId: string, origin: Origin): Promise<void>
  /** Ends every login of the user and opens a new one. */
  changePassword(
    actor: Requester,
    given: { currentPassword: string; newPassword: string },
    origin: Origin
  ): Promise<OpenedLogin>
}

export interface AuthDeps {
  repo: AuthRepo
  passwords: Passwords
  audit: Audit
  events: PanelEvents
  session: Config['session']
  now?: () => number
}

const MAX_USER_AGENT = 256

export function createAuthService(deps: AuthDeps): AuthService {
  const { repo, passwords, audit, events, session, now = Date.now } = deps
  const seconds = 1_000
  const byAddress = createLoginThrottle(
    { free: 20, firstDelayMs: seconds, maxDelayMs: 300 * seconds },
    deps.now
  )
  const byAccount = createLoginThrottle(
    { free: 5, firstDelayMs: seconds, maxDelayMs: 60 * seconds },
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

  /** A flood on an account does not keep its owner out: from a network known to be theirs it is not held up. */
  async function beginForAccount(account: Account | undefined, name: string, ip: string) {
    try {
      return byAccount.begin(account?.id ?? name.toLowerCase())
    } catch (err) {
      const network = networkOf(ip)
      const isKnown =
        account && (await repo.knowsNetwork(account.id, known => networkOf(known) === network))
      if (!isKnown) throw err
      return byAccount.begin(`${account.id} from ${network}`)
    }
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
    const attempt = await beginForAccount(account, username, origin.ip)
    if (await check(account, password, attempt)) return account
    const subject = account ?? { id: '', username: '' }
    const entry = { ...entryOf(subject, 'auth.login.failed', origin), targetType: 'user' }
    // A name that nobody has may be a password typed into the wrong field.
    if (account) audit.note({ ...entry, targetId: account.id })
    else audit.note({ ...entry, actorId: null, actorName: null })
    return undefined
  }

  return {
    async login({ username, password }, origin) {
      checkPasswordLength('body.password', password)
      const fromAddress = byAddress.begin(sourceOf(origin.ip))
      try {
        const account = await findAndCheck(username, password, origin)
        if (!account) {
          fromAddress.failed()
          throw new LoginFailed()
        }
        const entry = entryOf(account, 'auth.login', origin)
        const row = await repo.openSession(newSession(account.id, origin), entry)
        return openedLogin(account, row)
      } finally {
        // A right password does not wash off the wrong ones before it.
        fromAddress.dropped()
      }
    },

    async logout(actor, origin) {
      if (!actor.sessionId) throw new Unauthenticated()
      const { userId, sessionId } = actor
      const entry = entryOf({ id: userId, username: actor.username }, 'auth.logout', origin)
      await repo.endSession(userId, sessionId, { ...entry, targetId: sessionId })
      events.publish({ type: 'access.changed', userId, sessionId })
    },

    async account(actor) {
      const account = await repo.findAccountById(actor.userId)
      if (!account) throw new Unauthenticated()
      return accountView(account)
    },

    async sessions(actor, list) {
      const after = decodeCursor(list.sort, list.cursor, 'date')
      const rows = await repo.listSessions(actor.userId, { limit: list.limit, after })
      return pageOf(
        rows,
        list,
        row => ({ key: row.createdAt.toISOString(), id: row.id }),
        row => sessionView(row, actor)
      )
    },

    async endSession(actor, sessionId, origin) {
      const user = { id: actor.userId, username: actor.username }
      const entry = { ...entryOf(user, 'auth.session.ended', origin), targetId: sessionId }
      if (!(await repo.endSession(actor.userId, sessionId, entry))) {
        throw new SessionNotFound(sessionId)
      }
      events.publish({ type: 'access.changed', userId: actor.userId, sessionId })
    },

    async changePassword(actor, { currentPassword, newPassword }, origin) {
      checkPasswordLength('body.currentPassword', currentPassword)
      checkPasswordLength('body.newPassword', newPassword)
      if (currentPassword === newPassword) {
        throw validationFailed([
          { field: 'body.newPassword', message: 'must be another than the current one' }
        ])
      }
      const account = await repo.findAccountById(actor.userId)
      if (!account) throw new Unauthenticated()
      const attempt = byAccount.begin(`${account.id} changes`)
      if (!(await check(account, currentPassword, attempt))) throw new WrongPassword()
      const hash = await passwords.hash(newPassword)
      const entry = entryOf(account, 'auth.password.changed', origin)
      const row = await repo.changePassword(hash, newSession(account.id, origin), {
        ...entry,
        targetType: 'user',
        targetId: account.id
      })
      events.publish({ type: 'access.changed', userId: account.id })
      return openedLogin({ ...account, mustChangePassword: false }, row)
    }
  }
}

function openedLogin(account: Account, row: SessionRow): OpenedLogin {
  return { user: accountView(account), sessionId: row.id, expiresAt: row.expiresAt }
}

function accountView(account: Account): AccountView {
  const { id, username, email, roleName, mustChangePassword, createdAt } = account
  return {
    id,
    username,
    email,
    role: roleName,
    mustChangePassword,
    createdAt: createdAt.toISOString()
  }
}

function sessionView(row: SessionRow, actor: Requester): SessionView {
  const { id, ip, userAgent, createdAt, lastUsedAt, expiresAt } = row
  return {
    id,
    ip,
    userAgent,
    createdAt: createdAt.toISOString(),
    lastUsedAt: lastUsedAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
    isCurrent: id === actor.sessionId
  }
}
