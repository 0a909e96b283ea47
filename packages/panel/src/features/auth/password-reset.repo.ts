import type { Audit, AuditEntry } from '../../agents/contract.ts'
import type { Database } from '../../db/client.ts'
import { mailTokens, type OpenToken } from '../mail/mail-tokens.ts'

export interface PasswordResetRepo {
  /** Undefined when nobody who may log in has this address, or too many were asked for lately. */
  ask(
    email: string,
    limit: { max: number; since: Date },
    entryOf: (userId: string) => AuditEntry
  ): Promise<{ user: ResetUser; secret: string } | undefined>
  findToken(secret: string): Promise<OpenToken | undefined>
  /** Sets the password, ends every login and voids every link, or does nothing: undefined. */
  reset(
    secret: string,
    passwordHash: string,
    entryOf: (token: OpenToken) => AuditEntry
  ): Promise<OpenToken | undefined>
}

interface ResetUser {
  id: string
  username: string
  email: string
}

const purpose = 'PASSWORD_RESET'

export function createPasswordResetRepo(
  { prisma, transaction }: Database,
  audit: Audit
): PasswordResetRepo {
  return {
    ask(email, { max, since }, entryOf) {
      return transaction(async tx => {
        const [user] = await tx.$queryRaw<ResetUser[]>`
          SELECT id, username, email FROM "User"
          WHERE lower(email) = lower(${email}) AND "disabledAt" IS NULL FOR NO KEY UPDATE`
        if (!user || (await mailTokens.countSince(tx, user.id, purpose, since)) >= max) {
          return undefined
        }
        const secret = await mailTokens.issue(tx, {
          ...{ userId: user.id, purpose, email: user.email }
        })
        await audit.write(tx, entryOf(user.id))
        return { user, secret }
      })
    },
    findToken: secret => mailTokens.find(prisma, purpose, secret),
    reset(secret, passwordHash, entryOf) {
      return transaction(async tx => {
        const token = await mailTokens.take(tx, purpose, secret)
        if (!token) return undefined
        const { userId } = token
        await mailTokens.useUp(tx, userId)
        await tx.user.update({
          where: { id: userId },
          data: { passwordHash, mustChangePassword: false },
          select: { id: true }
        })
        await tx.session.updateMany({
          where: { userId, revokedAt: null },
          data: { revokedAt: new Date() }
        })
        await audit.write(tx, entryOf(token))
        return token
      })
    }
  }
}
