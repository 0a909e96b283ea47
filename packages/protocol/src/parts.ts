import { Type } from '@sinclair/typebox'

export const Uuid = Type.String({
  pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'
})

/** Base64 of 32 bytes: a nonce or a raw Ed25519 public key. */
export const Base64Of32 = Type.String({ pattern: '^[A-Za-z0-9+/]{43}=$' })

/** Base64 of 64 bytes: an Ed25519 signature. */
export const Base64Of64 = Type.String({ pattern: '^[A-Za-z0-9+/]{86}==$' })

export const KeyId = Type.String({ pattern: '^[A-Za-z0-9_-]{16}$' })

/** A session's fencing token: it only grows. */
export const Epoch = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })

/** A place in a server's console: a count of bytes since its first line ever. */
export const ConsolePosition = Type.Integer({ minimum: 0, maximum: 2 ** 48 - 1 })

export const Timestamp = Type.String({ maxLength: 40, pattern: '^\\d{4}-\\d{2}-\\d{2}T[0-9:.]+Z$' })

export const ShortText = Type.String({ maxLength: 200 })
export const Sentence = Type.String({ maxLength: 2_000 })

export const ProtocolRange = Type.Object({
  min: Type.Integer({ minimum: 1, maximum: 1_000 }),
  max: Type.Integer({ minimum: 1, maximum: 1_000 })
})
