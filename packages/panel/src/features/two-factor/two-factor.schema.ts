import { Type } from '@sinclair/typebox'
import { AnyCode, AppCode, CurrentPassword } from '../auth/auth.schema.ts'

export const TotpBody = Type.Object({ currentPassword: CurrentPassword })

export const TotpAnswer = Type.Object({
  secret: Type.String({ description: 'In Base32, to be typed into an app.' }),
  uri: Type.String({ description: 'otpauth://, to be shown as a QR code.' })
})

export const ConfirmBody = Type.Object({ code: AppCode })

export const ProofBody = Type.Object({ currentPassword: CurrentPassword, code: AnyCode })

export const RecoveryCodesAnswer = Type.Object({
  recoveryCodes: Type.Array(Type.String(), {
    description: 'Each opens the account once in place of a code. They are not shown again.'
  })
})
