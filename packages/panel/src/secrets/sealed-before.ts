import { createDecipheriv, hkdfSync } from 'node:crypto'

const IV_BYTES = 12
const TAG_BYTES = 16
const keyFor = (secret: string, use: string) => Buffer.from(hkdfSync('sha256', secret, '', use, 32))

/** Opens what the first releases sealed with a key of SESSION_SECRET; undefined when it is not theirs. */
export function openSealedBefore(
  secret: string,
  purpose: string,
  { sealed, place }: { sealed: string; place: string }
): string | undefined {
  const bytes = Buffer.from(sealed, 'base64')
  if (bytes.length < IV_BYTES + TAG_BYTES) return undefined
  const iv = bytes.subarray(0, IV_BYTES)
  try {
    const decipher = createDecipheriv('aes-256-gcm', keyFor(secret, purpose), iv, {
      authTagLength: TAG_BYTES
    })
    decipher.setAAD(Buffer.from(place))
    decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES))
    const body = decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES))
    return Buffer.concat([body, decipher.final()]).toString('utf8')
  } catch {
    return undefined
  }
}
