import { once } from 'node:events'
import { SMTPServer } from 'smtp-server'
import type { Test } from 'tap'
import { until } from './helper.ts'

interface ReceivedMail {
  from: string
  to: string
  subject: string
  text: string
  /** What the link in it carries. */
  token: string
  raw: string
}

export interface MailServer {
  port: number
  /** What the panel is told of it. */
  env: Record<string, string>
  mails: ReceivedMail[]
  /** The mails to one address, once there are so many. */
  to(address: string, count?: number): Promise<ReceivedMail[]>
  /** How many connections were opened to it. */
  connections(): number
  stop(): Promise<void>
}

export interface MailServerOptions {
  port?: number
  /** Answers each mail with this instead of taking it. */
  refuse?: () => number | undefined
  /** Takes the mail and never answers. */
  isSilent?: () => boolean
}

const USER = 'panel'
const PASSWORD = 'a password of the mail server'

/** A real SMTP server that wants a login; it goes with the test. */
export async function startMailServer(
  t: Test,
  { port = 0, refuse = () => undefined, isSilent = () => false }: MailServerOptions = {}
): Promise<MailServer> {
  const mails: ReceivedMail[] = []
  const counted = { connections: 0 }
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    closeTimeout: 100,
    onConnect(_session, callback) {
      counted.connections += 1
      callback()
    },
    onAuth({ username, password }, _session, callback) {
      if (username === USER && password === PASSWORD) callback(null, { user: username })
      else callback(new Error('who are you?'))
    },
    onData(stream, session, callback) {
      const parts: Buffer[] = []
      stream.on('data', (part: Buffer) => parts.push(part))
      stream.on('end', () => {
        const code = refuse()
        if (isSilent()) return
        if (code !== undefined) {
          callback(Object.assign(new Error('not now'), { responseCode: code }))
          return
        }
        const { mailFrom, rcptTo } = session.envelope
        const from = mailFrom ? mailFrom.address : ''
        for (const { address } of rcptTo) mails.push(read(from, address, Buffer.concat(parts)))
        callback()
      })
    }
  })
  // Clients that give up break their connection.
  server.on('error', () => undefined)
  const listening = server.listen(port, '127.0.0.1')
  await once(listening, 'listening')
  const address = listening.address()
  const own = typeof address === 'object' && address ? address.port : port
  const stop = () => new Promise<void>(resolve => server.close(() => resolve()))
  t.teardown(stop)
  return {
    port: own,
    env: {
      SMTP_URL: `smtp://${USER}:${encodeURIComponent(PASSWORD)}@127.0.0.1:${own}`,
      MAIL_FROM: 'panel@example.invalid'
    },
    mails,
    to: (to, count = 1) =>
      until(`${count} mails to ${to}`, () => {
        const found = mails.filter(mail => mail.to === to)
        return found.length >= count ? found : undefined
      }),
    connections: () => counted.connections,
    stop
  }
}

function read(from: string, to: string, bytes: Buffer): ReceivedMail {
  const raw = bytes.toString('utf8')
  const [head = '', ...rest] = raw.split('\r\n\r\n')
  const body = rest.join('\n\n').replaceAll('\r\n', '\n')
  const isQuoted = /^content-transfer-encoding: quoted-printable/im.test(head)
  const text = isQuoted ? unquoted(body) : body
  const subject = /^subject: (.*)$/im.exec(head)?.[1]?.trim() ?? ''
  const token = /#token=([\w-]+)/.exec(text)?.[1] ?? ''
  return { from, to, subject, text, token, raw }
}

function unquoted(text: string): string {
  return text
    .replace(/=\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}
