import { once } from 'node:events'
import { SMTPServer } from 'smtp-server'
import type { Teardown } from './world.ts'

export interface MailServer {
  url: string
  /** What the links in the mails to this address carry, oldest first. */
  tokensTo(address: string): string[]
}

/** A real SMTP server that wants this password; it goes with the test. */
export async function startMailServer(t: Teardown, password: string): Promise<MailServer> {
  const mails: { to: string; text: string }[] = []
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    closeTimeout: 100,
    onAuth(given, _session, callback) {
      if (given.password === password) callback(null, { user: given.username })
      else callback(new Error('who are you?'))
    },
    onData(stream, { envelope }, callback) {
      const parts: Buffer[] = []
      stream.on('data', (part: Buffer) => parts.push(part))
      stream.on('end', () => {
        const text = Buffer.concat(parts).toString().replaceAll('=\r\n', '').replaceAll('=3D', '=')
        mails.push(...envelope.rcptTo.map(({ address }) => ({ to: address, text })))
        callback()
      })
    }
  })
  server.on('error', () => undefined)
  const listening = server.listen(0, '127.0.0.1')
  await once(listening, 'listening')
  const address = listening.address()
  const port = typeof address === 'object' && address ? address.port : 0
  t.teardown(() => new Promise<void>(resolve => server.close(() => resolve())))
  return {
    url: `smtp://panel:${password}@127.0.0.1:${port}`,
    tokensTo: to =>
      mails.flatMap(mail => (mail.to === to ? (/#token=([\w-]+)/.exec(mail.text)?.[1] ?? []) : []))
  }
}
