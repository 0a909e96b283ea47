import { validationFailed } from '../../errors.ts'
import { checkPasswordLength } from './passwords.ts'

/** Shorter ones are refused by their length already. */
const LEAST_CHARACTERS = 8

let common: Promise<ReadonlySet<string>> | undefined

/**
 * Refuses what bcrypt would cut off, what thousands of others have chosen, and the user's own names
 * (OWASP ASVS 4.0.3, 2.1.7).
 */
export async function checkNewPassword(
  field: string,
  password: string,
  names: readonly string[] = []
): Promise<void> {
  checkPasswordLength(field, password)
  const lower = password.toLowerCase()
  if (names.some(name => name.toLowerCase() === lower)) {
    throw validationFailed([{ field, message: 'must not be a name of the account' }])
  }
  if (await isCommonPassword(password)) {
    const message = 'is among the first that anybody would guess; take several words'
    throw validationFailed([{ field, message }])
  }
}

/** Whether it stands in the list of those that leak most often. */
export async function isCommonPassword(password: string): Promise<boolean> {
  common ??= loadCommon()
  return (await common).has(password.toLowerCase())
}

/** Only when somebody chooses a password: the list is large, and most panels never need it. */
async function loadCommon(): Promise<ReadonlySet<string>> {
  const { dictionary } = await import('@zxcvbn-ts/language-common')
  return new Set(dictionary['passwords-common'].filter(({ length }) => length >= LEAST_CHARACTERS))
}
