import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign as signBytes,
  verify as verifyBytes
} from 'node:crypto'

/** An Ed25519 key pair; both halves are base64 of their 32 raw bytes. */
export interface KeyPair {
  publicKey: string
  privateKey: string
}

export function createKeyPair(): KeyPair {
  const jwk = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' })
  return { publicKey: toBase64(jwk.x ?? ''), privateKey: toBase64(jwk.d ?? '') }
}

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

function toBase64(base64url: string): string {
  return Buffer.from(base64url, 'base64url').toString('base64')
}

function toBase64Url(base64: string): string {
  return Buffer.from(base64, 'base64').toString('base64url')
}
