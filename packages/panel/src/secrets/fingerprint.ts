import { createHmac, hkdfSync } from 'node:crypto'

/** The same for the same text; who has only the database cannot try texts against it. */
export function createFingerprint(secret: string, purpose: string): (text: string) => string {
  const key = Buffer.from(hkdfSync('sha256', secret, '', `${purpose} fingerprint`, 32))
  return text => createHmac('sha256', key).update(text).digest('hex')
}
