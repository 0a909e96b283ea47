import { Type } from '@sinclair/typebox'
import type { Prisma } from '../../db/generated/client.ts'

type Tx = Prisma.TransactionClient

export const Username = Type.String({
  minLength: 3,
  maxLength: 32,
  pattern: '^[A-Za-z0-9._-]+$'
})

/** One address and nothing that a mail program could take for more. */
export const EmailAddress = Type.String({
  minLength: 3,
  maxLength: 254,
  pattern: '^[^\\p{C}\\s@<>(),;:"\\\\[\\]]{1,64}@[^\\p{C}\\s@<>(),;:"\\\\[\\]]{1,190}$'
})

const emailPattern = new RegExp(EmailAddress.pattern ?? '', 'u')

export function isEmailAddress(text: string): boolean {
  return text.length <= (EmailAddress.maxLength ?? 0) && emailPattern.test(text)
}

const NAMES_LOCK = 4_242_021

/** Until the transaction ends nobody else gives names to users, makes, disables or removes them. */
export async function lockNames(tx: Tx): Promise<void> {
  await tx.$queryRaw`SELECT FROM (SELECT pg_advisory_xact_lock(${NAMES_LOCK})) AS locked`
}

/** Which of the names is another user's username or e-mail address, whatever its case. */
export async function takenName(
  tx: Tx,
  { username = null, email = null }: { username?: string | null; email?: string | null },
  exceptId: string | null = null
): Promise<'username' | 'email' | undefined> {
  const [taken] = await tx.$queryRaw<{ field: 'username' | 'email' }[]>`
    SELECT v.field FROM (VALUES ('username', lower(${username})), ('email', lower(${email})))
      AS v(field, name)
    JOIN "User" u ON lower(u.username) = v.name OR lower(u.email) = v.name
    WHERE u.id IS DISTINCT FROM ${exceptId}::uuid
    ORDER BY v.field DESC LIMIT 1`
  return taken?.field
}
