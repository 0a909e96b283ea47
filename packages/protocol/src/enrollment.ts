import { type Static, Type } from '@sinclair/typebox'
import { MachineFacts } from './node-report.ts'
import { Base64Of32, Base64Of64, KeyId, ShortText, Uuid } from './parts.ts'

/** `cap_<id>.<secret>`: the id finds the row, the secret (256 bits, base64url) proves it. */
export const EnrollmentTokenText = Type.String({
  pattern: '^cap_[0-9a-f]{32}\\.[A-Za-z0-9_-]{43}$'
})

export const EnrollmentRequest = Type.Object(
  {
    token: EnrollmentTokenText,
    publicKey: Base64Of32,
    /** Over `enrollTranscript`, by the key that is being enrolled. */
    proof: Base64Of64,
    machine: MachineFacts
  },
  { additionalProperties: false }
)
export type EnrollmentRequest = Static<typeof EnrollmentRequest>

export const EnrollmentAnswer = Type.Object({
  nodeId: Uuid,
  nodeName: ShortText,
  kid: KeyId,
  panelId: Uuid,
  panelKey: Base64Of32,
  /** Over `enrolledTranscript`, by the panel's key: the agent checks it against the key it was told. */
  signature: Base64Of64
})
export type EnrollmentAnswer = Static<typeof EnrollmentAnswer>

export function parseEnrollmentToken(token: string): { id: string; secret: string } | undefined {
  const match = /^cap_([0-9a-f]{32})\.([A-Za-z0-9_-]{43})$/.exec(token)
  return match?.[1] && match[2] ? { id: match[1], secret: match[2] } : undefined
}
