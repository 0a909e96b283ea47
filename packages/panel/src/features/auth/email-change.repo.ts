import type { Audit, AuditEntry } from '../../agents/contract.ts'
import type { Database } from '../../db/client.ts'
import { nameTakenAt } from '../../errors.ts'
import { mailTokens } from '../mail/mail-tokens.ts'
import { lockNames, takenName } from '../users/user-names.ts'

export interface EmailChangeRepo {
  /** The secret of the new link; undefined when somebody has the address already. */
  ask(userId: string, newEmail: string, entry: AuditEntry): Promise<string | undefined>
  /** False when the token is not good, or another user's. */
  confirm(
    userId: string,
    secret: string,
    entryOf: (change: { before: string; after: string }) => AuditEntry
  ): Promise<boolean>
}

const purpose = 'EMAIL_CHANGE'

export function createEmailChangeRepo({ transaction }: Database, audit: Audit): EmailChangeRepo {
  return {
    ask(userId, newEmail, entry) {
      return transaction(async tx => {
        await audit.write(tx, entry)
        if (await takenName(tx, { email: newEmail }, userId)) return undefined
        return mailTokens.issue(tx, { userId, purpose, email: newEmail })
      })
    },
    confirm(userId, secret, entryOf) {
      return transaction(async tx => {
        await lockNames(tx)
        const token = await mailTokens.take(tx, purpose, secret)
        if (token?.userId !== userId) return false
        const { email } = token
        if (await takenName(tx, { email }, userId)) throw nameTakenAt('email', email)
        const where = { id: userId }
        const before = await tx.user.findUniqueOrThrow({ where, select: { email: true } })
        await mailTokens.useUp(tx, userId)
        await tx.user.update({ where, data: { email }, select: { id: true } })
        await audit.write(tx, entryOf({ before: before.email, after: email }))
        return true
      })
    }
  }
}
