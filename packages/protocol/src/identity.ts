import {
  createHash,
  createPrivateKey,
  createPublicKey,
  randomBytes,
  sign as signBytes,
  verify as verifyBytes
} from 'node:crypto'

/** An Ed25519 key pair; both halves are base64 of their 32 raw bytes. */
export interface KeyPair {
  publicKey: string
  privateKey: string
}

/**
 * A private key of Ed25519 is any 32 bytes (RFC 8032 §5.1.5). Not by generateKeyPairSync: in Node 20 a
 * garbage collection at the wrong moment of the export that follows locks the whole process up for good.
 */
export function createKeyPair(): KeyPair {
  const seed = randomBytes(KEY_BYTES)
  const key = createPrivateKey({
    format: 'der',
    type: 'pkcs8',
    key: Buffer.concat([PKCS8_HEAD, seed])
  })
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' })
  return {
    publicKey: spki.subarray(-KEY_BYTES).toString('base64'),
    privateKey: seed.toString('base64')
  }
}

const KEY_BYTES = 32
/** What stands before the 32 bytes in PKCS #8 (RFC 8410 §7). */
const PKCS8_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex')

/** Short name of a key: the first 16 characters of the base64url SHA-256 of its public half. */
export function keyIdOf(publicKey: string): string {
  return createHash('sha256')
    .update(Buffer.from(publicKey, 'base64'))
    .digest('base64url')
    .slice(0, 16)
}

export function sign(keys: KeyPair, bytes: Buffer): string {
  return createSigner(keys)(bytes)
}

/** Signs again and again with one key, which is read once. */
export function createSigner(keys: KeyPair): (bytes: Buffer) => string {
  const key = createPrivateKey({
    format: 'jwk',
    key: {
      kty: 'OKP',
      crv: 'Ed25519',
      x: toBase64Url(keys.publicKey),
      d: toBase64Url(keys.privateKey)
    }
  })
  return bytes => signBytes(null, bytes, key).toString('base64')
}

/** False for a wrong signature and for a key that is none. */
export function verify(publicKey: string, bytes: Buffer, signature: string): boolean {
  try {
    const key = createPublicKey({
      format: 'jwk',
      key: { kty: 'OKP', crv: 'Ed25519', x: toBase64Url(publicKey) }
    })
    return verifyBytes(null, bytes, key, Buffer.from(signature, 'base64'))
  } catch {
    return false
  }
}

function toBase64Url(base64: string): string {
  return Buffer.from(base64, 'base64').toString('base64url')
}
