import { createHash, randomBytes } from 'node:crypto'
import type { MailPurpose, Prisma } from '../../db/generated/client.ts'

type Tx = Prisma.TransactionClient

const SECRET_BYTES = 32
const GOOD_FOR_MS = 30 * 60_000

/** What a link in a mail carries: kept as a hash, good once and for 30 minutes. */
export interface MailTokens {
  /** Makes one and answers its secret. */
  issue(tx: Tx, token: { userId: string; purpose: MailPurpose; email: string }): Promise<string>
  /** How many were made for a user since then. */
  countSince(tx: Tx, userId: string, purpose: MailPurpose, since: Date): Promise<number>
  /** Whose it is, while it is good. */
  find(tx: Tx, purpose: MailPurpose, secret: string): Promise<OpenToken | undefined>
  /** The same, and nobody else uses it until the transaction ends. */
  take(tx: Tx, purpose: MailPurpose, secret: string): Promise<OpenToken | undefined>
  /** No link that was mailed to this user works any more. */
  useUp(tx: Tx, userId: string): Promise<void>
}

export interface OpenToken {
  userId: string
  username: string
  /** Where it was sent. */
  email: string
}

export const mailTokens: MailTokens = {
  async issue(tx, token) {
    const secret = randomBytes(SECRET_BYTES).toString('base64url')
    const expiresAt = new Date(Date.now() + GOOD_FOR_MS)
    await tx.mailToken.create({
      data: { ...token, secretHash: hashOf(secret), expiresAt },
      select: { id: true }
    })
    return secret
  },
  countSince: (tx, userId, purpose, since) =>
    tx.mailToken.count({ where: { userId, purpose, createdAt: { gt: since } } }),
  find,
  async take(tx, purpose, secret) {
    // The user's row first: of two at once the second sees the token used.
    await tx.$queryRaw`SELECT FROM "User" WHERE id = (
      SELECT "userId" FROM "MailToken" WHERE "secretHash" = ${hashOf(secret)}) FOR NO KEY UPDATE`
    return find(tx, purpose, secret)
  },
  async useUp(tx, userId) {
    await tx.mailToken.updateMany({
      where: { userId, usedAt: null },
      data: { usedAt: new Date() }
    })
  }
}

async function find(tx: Tx, purpose: MailPurpose, secret: string): Promise<OpenToken | undefined> {
  const row = await tx.mailToken.findFirst({
    where: {
      ...{ purpose, secretHash: hashOf(secret), usedAt: null, expiresAt: { gt: new Date() } },
      user: { disabledAt: null }
    },
    select: { userId: true, email: true, user: { select: { username: true } } }
  })
  return row ? { userId: row.userId, email: row.email, username: row.user.username } : undefined
}

/** As many random bits need no slow hash. */
function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}
