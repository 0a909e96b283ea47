import type { FastifyBaseLogger } from 'fastify'
import type { Background } from '../mail/background.ts'
import { createMailLimit } from '../mail/mail-limit.ts'
import type { Mailer } from '../mail/mailer.ts'
import { mailTexts } from '../mail/texts.ts'
import { isEmailAddress } from '../users/user-names.ts'
import type { InvitationRow, InvitationsRepo } from './invitations.repo.ts'

/** Tells who is invited, by a mail to the address that was named, or to that of the user who was. */
export interface InvitationMail {
  /** Returns at once, and tells nothing of whether there is such a user, or was a mail. */
  send(invitation: InvitationRow): void
}

export interface InvitationMailDeps {
  invited: Pick<InvitationsRepo, 'addressOf'>
  mailer: Mailer
  background: Background
  publicUrl: () => string
  log: Pick<FastifyBaseLogger, 'warn'>
}

const HOUR_MS = 3_600_000

/** Of one who invites, whether mails come of it or not. */
const ofSender = { max: 10, windowMs: HOUR_MS }
/** To one mailbox, whoever invites and whatever the name was. */
const toAddress = { max: 3, windowMs: 24 * HOUR_MS }

export function createInvitationMail(deps: InvitationMailDeps): InvitationMail {
  const { invited, mailer, background, publicUrl, log } = deps
  const bySender = createMailLimit(ofSender)
  const byAddress = createMailLimit(toAddress)

  async function mail({ invitee, invitedById, invitedBy, serverName }: InvitationRow) {
    const isNamed = !invitee.includes('@')
    const to = isNamed ? await invited.addressOf(invitee) : invitee
    if (to === undefined || !isEmailAddress(to)) return
    const about = { kind: 'invitation', userId: invitedById }
    if (!byAddress.take(to.toLowerCase())) {
      log.warn(about, 'a mail is not sent: this address got many')
      return
    }
    const link = `${publicUrl()}/invitations`
    mailer.send({ to, ...mailTexts.invitation({ invitedBy, serverName, link }), about })
  }

  return {
    send(invitation) {
      if (!mailer.isSetUp) return
      if (!bySender.take(invitation.invitedById)) {
        const { invitedById: userId } = invitation
        log.warn({ kind: 'invitation', userId }, 'a mail is not sent: this user sent many')
        return
      }
      background.run('invitation', () => mail(invitation))
    }
  }
}
