import type { Mail } from './mailer.ts'

type Text = Pick<Mail, 'subject' | 'text'>

interface LinkText {
  username: string
  link: string
}

interface InvitationText {
  invitedBy: string
  serverName: string
  link: string
}

/** Every mail that the panel writes, in plain text. */
export const mailTexts = {
  passwordReset: ({ username, link }: LinkText): Text =>
    written('A new password', [
      `Hello ${username},`,
      'somebody asked for a new password for your account. If it was you, choose one here:',
      link,
      'The link works once, and for 30 minutes. Choosing a new password ends all your logins.',
      'If it was not you, there is nothing to do: your password stays as it is.'
    ]),

  welcome: ({ username, link }: LinkText): Text =>
    written('Your new account', [
      `Hello ${username},`,
      'an account was made for you. Choose your password here:',
      link,
      'The link works once, and for 30 minutes. Should it be too late, ask for a new password on the page where you log in.'
    ]),

  emailChange: ({ username, link }: LinkText): Text =>
    written('Confirm your new address', [
      `Hello ${username},`,
      'this is to become the e-mail address of your account. Log in and confirm it here:',
      link,
      'The link works once, and for 30 minutes. If you did not ask for this, there is nothing to do.'
    ]),

  emailTaken: (): Text =>
    written('An account has this address already', [
      'Hello,',
      'somebody wanted to make this the e-mail address of their account. An account has it already, so nothing was changed.',
      'If it was you, log in with this address, or ask for a new password with it.'
    ]),

  invitation: ({ invitedBy, serverName, link }: InvitationText): Text =>
    written('An invitation to a server', [
      'Hello,',
      `${shown(invitedBy)} invites you to share a server with them: ${shown(serverName)}`,
      'Log in with this address, or with the account that has it, and accept or decline here:',
      link,
      'The invitation is open for a week. If you do not know who this is, there is nothing to do.'
    ]),

  emailChangeNotice: ({ username }: Pick<LinkText, 'username'>): Text =>
    written('Your address is to change', [
      `Hello ${username},`,
      'somebody who knows your password asked for another e-mail address for your account. It changes when the new address is confirmed.',
      'If it was not you, choose a new password now: that also voids the change.'
    ])
}

const MAX_SHOWN = 40

/** A name that somebody chose: one line of it, in which no mail program finds an address or a link. */
function shown(name: string): string {
  const plain = name.normalize('NFKC').replace(/[^\p{L}\p{M}\p{N}\p{So}'()#&+!,_-]+/gu, ' ')
  return [...plain.trim()].slice(0, MAX_SHOWN).join('').trim() || '?'
}

function written(subject: string, paragraphs: string[]): Text {
  return { subject: `Ctrl-Alt-Play: ${subject}`, text: `${paragraphs.join('\n\n')}\n` }
}
