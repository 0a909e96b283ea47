import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import { createTransport } from 'nodemailer'
import type { Config } from '../../config.ts'

export interface Mail {
  to: string
  subject: string
  text: string
  /** For the log, in place of what the mail says. */
  about: { kind: string; userId: string }
}

/** Sends mails in the background; none is waited for. */
export interface Mailer {
  /** Whether there is a mail server at all. */
  isSetUp: boolean
  send(mail: Mail): void
  close(): Promise<void>
}

export interface MailTiming {
  /** How long one try may take. */
  deadlineMs: number
  /** The waits before further tries. */
  retryMs: readonly number[]
  /** How many mails may wait. */
  maxWaiting: number
}

/** All tries together end well before what the mail's link is good for. */
const standardTiming: MailTiming = {
  deadlineMs: 30_000,
  retryMs: [5_000, 30_000, 120_000],
  maxWaiting: 1_000
}
const AT_ONCE = 4

export interface MailerDeps {
  config: Config['mail']
  log: Pick<FastifyBaseLogger, 'info' | 'warn' | 'error'>
  timing?: Partial<MailTiming> | undefined
}

export function createMailer({ config, log, timing }: MailerDeps): Mailer {
  if (!config) return withoutServer(log)
  const { smtpUrl, from } = config
  const { deadlineMs, retryMs, maxWaiting } = { ...standardTiming, ...timing }
  const transport = createTransport({
    url: smtpUrl,
    connectionTimeout: deadlineMs,
    greetingTimeout: deadlineMs,
    socketTimeout: deadlineMs,
    disableFileAccess: true,
    disableUrlAccess: true
  })
  const waiting: Mail[] = []
  const underWay = new Set<Promise<void>>()
  const closing = new AbortController()

  function start(): void {
    while (underWay.size < AT_ONCE) {
      const mail = waiting.shift()
      if (!mail) return
      const work = deliver(mail).finally(() => {
        underWay.delete(work)
        start()
      })
      underWay.add(work)
    }
  }

  async function deliver(mail: Mail): Promise<void> {
    const { about } = mail
    for (const waitMs of [...retryMs, undefined]) {
      const failure = await attempt(mail)
      if (!failure) {
        log.info(about, 'a mail was handed to the mail server')
        return
      }
      if (waitMs === undefined || failure.isFinal || closing.signal.aborted) {
        log.error({ ...about, ...failure }, 'a mail could not be sent')
        return
      }
      log.warn({ ...about, ...failure }, 'a mail could not be sent yet: it is tried again')
      await delay(waitMs, undefined, { signal: closing.signal }).catch(() => undefined)
    }
  }

  async function attempt({ to, subject, text }: Mail): Promise<Failure | undefined> {
    const address = { name: '', address: to }
    const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(deadlineMs)])
    try {
      await transport.sendMail({ from, to: address, subject, text, signal })
      return undefined
    } catch (err) {
      return failureOf(err)
    }
  }

  return {
    isSetUp: true,
    send(mail) {
      if (waiting.length >= maxWaiting || closing.signal.aborted) {
        log.error(mail.about, 'a mail is not sent: too many wait')
        return
      }
      waiting.push(mail)
      start()
    },
    async close() {
      for (const { about } of waiting.splice(0)) log.error(about, 'a mail is not sent: we stop')
      closing.abort()
      await Promise.all(underWay)
      transport.close()
    }
  }
}

function withoutServer(log: MailerDeps['log']): Mailer {
  return {
    isSetUp: false,
    send: ({ about }) => log.warn(about, 'a mail is not sent: SMTP_URL is not set'),
    close: async () => undefined
  }
}

interface Failure {
  reason: string
  code: string | undefined
  /** The mail server will not have it, however often it is asked. */
  isFinal: boolean
}

/** Not the error itself: it holds what was said to the mail server. */
function failureOf(err: unknown): Failure {
  const { message = '', code, responseCode = 0 } = err as Partial<SmtpError>
  return { reason: message.slice(0, 200), code, isFinal: responseCode >= 500 }
}

interface SmtpError extends Error {
  code: string
  responseCode: number
}
