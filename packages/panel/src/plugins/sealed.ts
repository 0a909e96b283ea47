import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto'

/** Keeps a text so that the database alone does not tell it: AES-256-GCM, bound to its place. */
export interface Sealer {
  seal(text: string, place: string): string
  /** Undefined when it was sealed for another place, with another secret, or was changed. */
  open(sealed: string, place: string): string | undefined
  /** The same for the same text; who has only the database cannot try texts against it. */
  fingerprint(text: string): string
}

const IV_BYTES = 12
const TAG_BYTES = 16

export function createSealer(secret: string, purpose: string): Sealer {
  const keyFor = (use: string) => Buffer.from(hkdfSync('sha256', secret, '', use, 32))
  const key = keyFor(purpose)
  const fingerprintKey = keyFor(`${purpose} fingerprint`)
  return {
    seal(text, place) {
      const iv = randomBytes(IV_BYTES)
      const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(place))
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
      return Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64')
    },
    open(sealed, place) {
      const bytes = Buffer.from(sealed, 'base64')
      if (bytes.length < IV_BYTES + TAG_BYTES) return undefined
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV_BYTES))
        decipher.setAAD(Buffer.from(place))
        decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES))
        const body = decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES))
        return Buffer.concat([body, decipher.final()]).toString('utf8')
      } catch {
        return undefined
      }
    },
    fingerprint: text => createHmac('sha256', fingerprintKey).update(text).digest('hex')
  }
}
