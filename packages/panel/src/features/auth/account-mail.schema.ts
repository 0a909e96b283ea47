import { Type } from '@sinclair/typebox'
import { EmailAddress } from '../users/user-names.ts'
import { AnyCode, CurrentPassword } from './auth.schema.ts'

/** One that is not ours is answered as one that is too old. */
const MailToken = Type.String({ minLength: 1, maxLength: 128 })

export const ResetBody = Type.Object({ email: EmailAddress })

export const ResetConfirmBody = Type.Object({
  token: MailToken,
  newPassword: Type.String({ minLength: 8, maxLength: 72 })
})

export const EmailBody = Type.Object({
  newEmail: EmailAddress,
  currentPassword: CurrentPassword,
  code: Type.Optional(AnyCode)
})

export const EmailConfirmBody = Type.Object({ token: MailToken })

/** The same for every address. */
export const MailAnswer = Type.Object({ message: Type.String() })
