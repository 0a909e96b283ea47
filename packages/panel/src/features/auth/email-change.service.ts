import type { PanelEvents } from '../../agents/contract.ts'
import { MailNotSetUp, MailTokenRefused, validationFailed } from '../../errors.ts'
import { auditEntry, type RequestCaller } from '../caller.ts'
import type { Background } from '../mail/background.ts'
import type { Mailer } from '../mail/mailer.ts'
import { mailTexts } from '../mail/texts.ts'
import type { Account } from './auth.repo.ts'
import type { EmailChangeRepo } from './email-change.repo.ts'
import { createLoginThrottle } from './login-throttle.ts'
import type { Proofs } from './proofs.ts'

/** Another e-mail address for one's own account, once who asks has shown to read its mails. */
export interface EmailChange {
  /** The answer does not tell whether the address is somebody's already: a mail to it does. */
  ask(
    caller: RequestCaller,
    given: { newEmail: string; currentPassword: string; code?: string }
  ): Promise<void>
  confirm(caller: RequestCaller, token: string): Promise<void>
}

export interface EmailChangeDeps {
  repo: EmailChangeRepo
  proofs: Proofs
  mailer: Mailer
  background: Background
  events: PanelEvents
  publicUrl: () => string
}

const SECOND_MS = 1_000

export function createEmailChange(deps: EmailChangeDeps): EmailChange {
  const { repo, proofs, mailer, background, events, publicUrl } = deps
  const rule = { free: 5, firstDelayMs: 60 * SECOND_MS, maxDelayMs: 3_600 * SECOND_MS }
  // Nobody floods a stranger's mailbox by this, neither alone nor with others.
  const byUser = createLoginThrottle(rule)
  const byAddress = createLoginThrottle(rule)

  async function sendLink(caller: RequestCaller, account: Account, newEmail: string) {
    const { id: userId, email, username } = account
    const entry = entryOf(caller, 'asked', email, newEmail)
    const secret = await repo.ask(userId, newEmail, entry)
    const link = `${publicUrl()}/confirm-email#token=${secret}`
    const text = secret ? mailTexts.emailChange({ username, link }) : mailTexts.emailTaken()
    mailer.send({ to: newEmail, ...text, about: { kind: 'e-mail change', userId } })
    const notice = mailTexts.emailChangeNotice({ username })
    mailer.send({ to: email, ...notice, about: { kind: 'notice of an e-mail change', userId } })
  }

  return {
    async ask(caller, { newEmail, currentPassword, code }) {
      const account = await proofs.byPassword(caller.actor, currentPassword)
      await proofs.byCode(caller, account, code)
      if (!mailer.isSetUp) throw new MailNotSetUp()
      if (newEmail.toLowerCase() === account.email.toLowerCase()) {
        throw validationFailed([{ field: 'body.newEmail', message: 'is your address already' }])
      }
      byUser.begin(account.id).failed()
      byAddress.begin(newEmail.toLowerCase()).failed()
      background.run('e-mail change', () => sendLink(caller, account, newEmail))
    },

    async confirm(caller, token) {
      const { userId } = caller.actor
      const isDone = await repo.confirm(userId, token, ({ before, after }) =>
        entryOf(caller, 'done', before, after)
      )
      if (!isDone) throw new MailTokenRefused()
      events.publish({ type: 'access.changed', userId })
    }
  }
}

function entryOf(caller: RequestCaller, what: 'asked' | 'done', before: string, after: string) {
  return auditEntry(caller, {
    ...{ action: `auth.email-change.${what}`, targetType: 'user', targetId: caller.actor.userId },
    before: { email: before },
    after: { email: after }
  })
}
