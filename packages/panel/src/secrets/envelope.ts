import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

/** One of the keys that secrets are sealed with; its id stands in each envelope. */
export interface SealingKey {
  id: string
  bytes: Buffer
}

/** "sealed:1:KEY:" and, in base64url, nonce, ciphertext and tag. The text is bound to its place. */
const ENVELOPE = /^sealed:1:([0-9a-f]{12}):([A-Za-z0-9_-]{38,})$/
const CIPHER = 'aes-256-gcm'
const NONCE_BYTES = 12
const TAG_BYTES = 16

/** What every envelope of this version begins with. */
export const ENVELOPE_START = 'sealed:1:'

export function sealText(key: SealingKey, place: string, text: string): string {
  const nonce = randomBytes(NONCE_BYTES)
  const start = `${ENVELOPE_START}${key.id}:`
  const cipher = createCipheriv(CIPHER, key.bytes, nonce).setAAD(boundTo(start, place))
  const body = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final()])
  return start + Buffer.concat([body, cipher.getAuthTag()]).toString('base64url')
}

/** Undefined when it was sealed for another place, with another key, or was changed. */
export function openText(key: SealingKey, place: string, envelope: string): string | undefined {
  const [, id = '', encoded = ''] = ENVELOPE.exec(envelope) ?? []
  if (id !== key.id) return undefined
  const bytes = Buffer.from(encoded, 'base64url')
  if (bytes.length < NONCE_BYTES + TAG_BYTES) return undefined
  const nonce = bytes.subarray(0, NONCE_BYTES)
  try {
    const decipher = createDecipheriv(CIPHER, key.bytes, nonce, { authTagLength: TAG_BYTES })
    decipher.setAAD(boundTo(`${ENVELOPE_START}${id}:`, place))
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES))
    const text = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES))
    return Buffer.concat([text, decipher.final()]).toString('utf8')
  } catch {
    return undefined
  }
}

/** The id of the key that an envelope names; undefined for any other text. */
export function keyIdOf(text: string): string | undefined {
  return ENVELOPE.exec(text)?.[1]
}

function boundTo(start: string, place: string): Buffer {
  return Buffer.from(start + place)
}
