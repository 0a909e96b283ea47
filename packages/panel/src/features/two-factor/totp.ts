import { Secret, TOTP } from 'otpauth'

const ISSUER = 'Ctrl-Alt-Play'
const SECRET_BYTES = 20
/** The step before and the one after count too: clocks differ. */
const WINDOW = 1

/** A new secret in Base32, as people type it into their app. */
export function newTotpSecret(): string {
  return new Secret({ size: SECRET_BYTES }).base32
}

/** What an app reads from a QR code. */
export function totpUri(secret: string, username: string): string {
  return new TOTP({ issuer: ISSUER, label: username, secret }).toString()
}

/** The time step that a code stands for; undefined when it is none of this secret around now. */
export function stepOfCode(secret: string, code: string, nowMs: number): number | undefined {
  const totp = new TOTP({ secret })
  const delta = totp.validate({ token: code, timestamp: nowMs, window: WINDOW })
  return delta === null ? undefined : totp.counter({ timestamp: nowMs }) + delta
}
