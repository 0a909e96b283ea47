import type { Audit, AuditEntry } from '../../agents/contract.ts'
import type { Database } from '../../db/client.ts'
import { Prisma } from '../../db/generated/client.ts'
import { mailTokens } from '../mail/mail-tokens.ts'
import { type SessionRow, sessionColumns } from '../sessions/sessions.repo.ts'

export interface Account {
  id: string
  username: string
  email: string
  passwordHash: string
  mustChangePassword: boolean
  disabledAt: Date | null
  /** Sealed; null: there is no second factor. */
  totpSecret: string | null
  createdAt: Date
  roleName: string
  /** Whether the role demands a second factor. */
  requiresTotp: boolean
}

/** What a password and a code were held against. */
export type Checked = Pick<Account, 'id' | 'passwordHash' | 'totpSecret'>

type NewSession = Pick<SessionRow, 'userId' | 'ip' | 'userAgent' | 'expiresAt'>

export interface AuthRepo {
  /** By username or e-mail, without regard to case. */
  findAccount(name: string): Promise<Account | undefined>
  findAccountById(userId: string): Promise<Account | undefined>
  /** Whether this user has logged in from this network within 30 days. */
  knowsNetwork(userId: string, isSame: (ip: string) => boolean): Promise<boolean>
  /** Undefined when the account is not any more what the password and the code were held against. */
  openSession(
    session: NewSession,
    checked: Checked,
    entry: AuditEntry
  ): Promise<SessionRow | undefined>
  /**
   * Sets the password, ends every login, voids every mailed link and opens a new one, all or nothing.
   * Undefined as in `openSession`: a reset that came in between is not undone.
   */
  changePassword(
    passwordHash: string,
    session: NewSession,
    checked: Checked,
    entry: AuditEntry
  ): Promise<SessionRow | undefined>
}

const REMEMBERED_MS = 30 * 24 * 3_600_000

const ACCOUNT = `
  SELECT u.id, username, email, "passwordHash", "mustChangePassword", "disabledAt",
    "totpSecret", u."createdAt", r.name AS "roleName", r."requiresTotp"
  FROM "User" u JOIN "Role" r ON r.id = u."roleId"`

const BY_NAME = `${ACCOUNT}
  WHERE lower(username) = lower($1) OR lower(email) = lower($1)
  ORDER BY lower(username) = lower($1) DESC LIMIT 1`

export function createAuthRepo({ prisma, pool, transaction }: Database, audit: Audit): AuthRepo {
  return {
    // Prisma's insensitive mode is ILIKE, to which a name with "_" or "%" is a pattern.
    async findAccount(name) {
      const { rows } = await pool.query<Account>(BY_NAME, [name])
      return rows[0]
    },
    async findAccountById(userId) {
      const query = { name: 'account', text: `${ACCOUNT} WHERE u.id = $1`, values: [userId] }
      return (await pool.query<Account>(query)).rows[0]
    },
    async knowsNetwork(userId, isSame) {
      // Prisma's `distinct` would read every login of them and sort out here.
      const rows = await prisma.session.groupBy({
        by: ['ip'],
        where: { userId, createdAt: { gt: new Date(Date.now() - REMEMBERED_MS) } },
        orderBy: { ip: 'asc' },
        take: 200
      })
      return rows.some(row => isSame(row.ip))
    },
    openSession(session, checked, entry) {
      return transaction(async tx => {
        if (!(await isAsChecked(tx, checked, Prisma.sql`FOR SHARE`))) return undefined
        const row = await tx.session.create({ data: session, select: sessionColumns })
        await audit.write(tx, { ...entry, targetId: row.id })
        return row
      })
    },
    changePassword(passwordHash, session, checked, entry) {
      const { userId } = session
      return transaction(async tx => {
        if (!(await isAsChecked(tx, checked, Prisma.sql`FOR UPDATE`))) return undefined
        await tx.user.update({
          where: { id: userId },
          data: { passwordHash, mustChangePassword: false },
          select: { id: true }
        })
        await tx.session.updateMany({
          where: { userId, revokedAt: null },
          data: { revokedAt: new Date() }
        })
        // A link that waits in a mailbox would undo the change.
        await mailTokens.useUp(tx, userId)
        await audit.write(tx, entry)
        return tx.session.create({ data: session, select: sessionColumns })
      })
    }
  }
}

/** What password and code were held against still holds, and does until the transaction ends. */
export async function isAsChecked(
  tx: Prisma.TransactionClient,
  { id, passwordHash, totpSecret }: Checked,
  lock: Prisma.Sql
): Promise<boolean> {
  const same = await tx.$queryRaw<unknown[]>`
    SELECT FROM "User"
    WHERE id = ${id}::uuid AND "passwordHash" = ${passwordHash} AND "disabledAt" IS NULL
      AND "totpSecret" IS NOT DISTINCT FROM ${totpSecret} ${lock}`
  return same.length > 0
}
