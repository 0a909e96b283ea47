import { createHash, randomBytes } from 'node:crypto'

const COUNT = 10
const SYMBOLS = 16
/** 32 that nobody takes for one another. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'

/** Ten times 80 random bits, to be shown once. */
export function newRecoveryCodes(): string[] {
  return Array.from({ length: COUNT }, newCode)
}

function newCode(): string {
  const symbols = [...randomBytes(SYMBOLS)].map(byte => ALPHABET[byte % ALPHABET.length])
  return symbols.join('').replace(/(.{4})(?=.)/g, '$1-')
}

/** However it was typed: capitals, blanks and hyphens do not count. */
export function hashOfRecoveryCode(code: string): string {
  const plain = code.toLowerCase().replace(/[^0-9a-z]/g, '')
  return createHash('sha256').update(plain).digest('hex')
}
