import type { AuditEntry, PanelEvents } from '../../agents/contract.ts'
import { MailTokenRefused } from '../../errors.ts'
import type { Background } from '../mail/background.ts'
import type { Mailer } from '../mail/mailer.ts'
import { mailTexts } from '../mail/texts.ts'
import { sourceOf } from './address.ts'
import type { Origin } from './auth.service.ts'
import { createLoginThrottle } from './login-throttle.ts'
import { checkNewPassword } from './new-password.ts'
import type { PasswordResetRepo } from './password-reset.repo.ts'
import type { Passwords } from './passwords.ts'

/** A new password for who reads the mails of an account. A second factor stays what it is. */
export interface PasswordReset {
  /** Returns at once, and the same for every address. */
  ask(email: string, origin: Origin): void
  /** Ends every login. Throws MailTokenRefused, whatever is wrong with the token. */
  confirm(given: { token: string; newPassword: string }, origin: Origin): Promise<void>
}

export interface PasswordResetDeps {
  repo: PasswordResetRepo
  mailer: Mailer
  background: Background
  passwords: Passwords
  events: PanelEvents
  publicUrl: () => string
}

const SECOND_MS = 1_000
const WINDOW_MS = 15 * 60 * SECOND_MS
/** Mails to one account in that time. */
const MAX_OF_ACCOUNT = 3

export function createPasswordReset(deps: PasswordResetDeps): PasswordReset {
  const { repo, mailer, background, passwords, events, publicUrl } = deps
  const rule = { firstDelayMs: 30 * SECOND_MS, maxDelayMs: WINDOW_MS }
  const asking = createLoginThrottle({ free: 10, ...rule })
  const guessing = createLoginThrottle({ free: 20, ...rule })

  async function sendLink(email: string, origin: Origin): Promise<void> {
    const limit = { max: MAX_OF_ACCOUNT, since: new Date(Date.now() - WINDOW_MS) }
    const asked = await repo.ask(email, limit, userId =>
      entryOf('auth.password-reset.asked', { id: userId }, origin)
    )
    if (!asked) return
    const { user, secret } = asked
    const link = resetLink(publicUrl(), secret)
    const about = { kind: 'password reset', userId: user.id }
    mailer.send({ to: user.email, ...mailTexts.passwordReset({ ...user, link }), about })
  }

  return {
    ask(email, origin) {
      asking.begin(sourceOf(origin.ip)).failed()
      background.run('password reset', () => sendLink(email, origin))
    },

    async confirm({ token: secret, newPassword }, origin) {
      await checkNewPassword('body.newPassword', newPassword)
      const attempt = guessing.begin(sourceOf(origin.ip))
      try {
        // A hash costs: nobody has one made without a link.
        const passwordHash = (await repo.findToken(secret)) && (await passwords.hash(newPassword))
        const done =
          passwordHash &&
          (await repo.reset(secret, passwordHash, ({ userId, username }) => ({
            ...entryOf('auth.password-reset.done', { id: userId, username }, origin),
            after: { mustChangePassword: false, loginsEnded: true }
          })))
        if (!done) {
          attempt.failed()
          throw new MailTokenRefused()
        }
        events.publish({ type: 'access.changed', userId: done.userId })
      } finally {
        attempt.dropped()
      }
    }
  }
}

/** After the "#", which browsers send to nobody; to where the panel says it is, not to where a request says it was sent. */
export function resetLink(publicUrl: string, secret: string): string {
  return `${publicUrl}/reset-password#token=${secret}`
}

/** Who asks is not known; who has the link acts as the user. */
function entryOf(
  action: string,
  user: { id: string; username?: string },
  { ip, requestId }: Origin
): AuditEntry {
  return {
    actorType: 'USER',
    actorId: user.username === undefined ? null : user.id,
    actorName: user.username ?? null,
    action,
    targetType: 'user',
    targetId: user.id,
    ip,
    requestId
  }
}
