import type { Audit, AuditEntry } from '../../agents/contract.ts'
import type { Database } from '../../db/client.ts'
import type { Prisma } from '../../db/generated/client.ts'

/** What a change of the second factor is made with. */
interface Change {
  userId: string
  /** The login that goes on; every other one ends. */
  sessionId?: string | undefined
  entry: AuditEntry
}

export interface TwoFactorRepo {
  /** False when there is a second factor already. */
  keepPending(userId: string, sealedSecret: string, entry: AuditEntry): Promise<boolean>
  findPending(userId: string): Promise<string | undefined>
  findSecret(userId: string): Promise<string | undefined>
  /** Makes the pending secret the second factor; false when it is not the pending one any more. */
  enable(
    change: Change & {
      pendingSecret: string
      sealedSecret: string
      step: number
      codeHashes: string[]
    }
  ): Promise<boolean>
  /** False when there is none. */
  disable(change: Change): Promise<boolean>
  /** False when there is no second factor. */
  replaceCodes(userId: string, codeHashes: string[], entry: AuditEntry): Promise<boolean>
  /** Whether this step is newer than all that were accepted: of two at once one wins. */
  takeStep(userId: string, sealedSecret: string, step: number): Promise<boolean>
  /** False when there is no such code, or it was used. */
  takeRecoveryCode(userId: string, codeHash: string, entry: AuditEntry): Promise<boolean>
}

const TAKE_STEP = `
  UPDATE "User" SET "totpLastStep" = $3
  WHERE id = $1 AND "totpSecret" = $2 AND coalesce("totpLastStep" < $3, true)`

export function createTwoFactorRepo(
  { prisma, pool, transaction }: Database,
  audit: Audit
): TwoFactorRepo {
  type Tx = Prisma.TransactionClient

  /** The change and its line in the audit log, or neither. */
  function audited(entry: AuditEntry, work: (tx: Tx) => Promise<boolean>): Promise<boolean> {
    return transaction(async tx => {
      const isDone = await work(tx)
      if (isDone) await audit.write(tx, entry)
      return isDone
    })
  }

  async function endOtherLogins(tx: Tx, { userId, sessionId }: Change): Promise<void> {
    await tx.session.updateMany({
      where: { userId, revokedAt: null, ...(sessionId && { id: { not: sessionId } }) },
      data: { revokedAt: new Date() }
    })
  }

  async function setCodes(tx: Tx, userId: string, codeHashes: string[]): Promise<void> {
    await tx.recoveryCode.deleteMany({ where: { userId } })
    await tx.recoveryCode.createMany({ data: codeHashes.map(codeHash => ({ userId, codeHash })) })
  }

  return {
    keepPending(userId, sealedSecret, entry) {
      return audited(entry, async tx => {
        const { count } = await tx.user.updateMany({
          where: { id: userId, totpSecret: null },
          data: { totpPendingSecret: sealedSecret }
        })
        return count > 0
      })
    },
    async findPending(userId) {
      const select = { totpPendingSecret: true }
      const row = await prisma.user.findUnique({ where: { id: userId }, select })
      return row?.totpPendingSecret ?? undefined
    },
    async findSecret(userId) {
      const select = { totpSecret: true }
      const row = await prisma.user.findUnique({ where: { id: userId }, select })
      return row?.totpSecret ?? undefined
    },
    enable(change) {
      const { userId, pendingSecret, sealedSecret, step, codeHashes, entry } = change
      return audited(entry, async tx => {
        const { count } = await tx.user.updateMany({
          where: { id: userId, totpSecret: null, totpPendingSecret: pendingSecret },
          data: { totpSecret: sealedSecret, totpPendingSecret: null, totpLastStep: step }
        })
        if (count === 0) return false
        await setCodes(tx, userId, codeHashes)
        await endOtherLogins(tx, change)
        return true
      })
    },
    disable(change) {
      const { userId, entry } = change
      return audited(entry, async tx => {
        const { count } = await tx.user.updateMany({
          where: { id: userId, totpSecret: { not: null } },
          data: { totpSecret: null, totpPendingSecret: null }
        })
        if (count === 0) return false
        await setCodes(tx, userId, [])
        await endOtherLogins(tx, change)
        return true
      })
    },
    replaceCodes(userId, codeHashes, entry) {
      return audited(entry, async tx => {
        // Its row is held, so that of two at once the later one's codes are all there are.
        const { count } = await tx.user.updateMany({
          where: { id: userId, totpSecret: { not: null } },
          data: { totpPendingSecret: null }
        })
        if (count > 0) await setCodes(tx, userId, codeHashes)
        return count > 0
      })
    },
    async takeStep(userId, sealedSecret, step) {
      const { rowCount } = await pool.query(TAKE_STEP, [userId, sealedSecret, step])
      return rowCount === 1
    },
    takeRecoveryCode(userId, codeHash, entry) {
      return audited(entry, async tx => {
        const { count } = await tx.recoveryCode.updateMany({
          where: { userId, codeHash, usedAt: null },
          data: { usedAt: new Date() }
        })
        return count > 0
      })
    }
  }
}
