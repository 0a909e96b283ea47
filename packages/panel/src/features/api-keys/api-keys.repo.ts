import type { Audit, AuditEntry } from '../../agents/contract.ts'
import type { Database } from '../../db/client.ts'
import { type ApiKey, Prisma } from '../../db/generated/client.ts'
import { Unauthenticated } from '../../errors.ts'
import type { CursorPlace } from '../../plugins/conventions.ts'
import { type Checked, isAsChecked } from '../auth/auth.repo.ts'
import { madeBefore } from '../keyset.ts'

export type ApiKeyRow = Omit<ApiKey, 'secretHash' | 'revokedAt' | 'userId'>
type NewApiKey = Pick<
  ApiKey,
  'name' | 'secretHash' | 'allPermissions' | 'permissions' | 'allowedIps' | 'expiresAt'
>

export interface ApiKeysRepo {
  /** Newest first. */
  list(
    userId: string,
    page: { limit: number; after: CursorPlace | undefined }
  ): Promise<ApiKeyRow[]>
  /**
   * Undefined when the user has as many as there may be, however many are made at once. Throws
   * Unauthenticated when the account is not any more what its proof was held against.
   */
  insert(
    owner: Checked,
    key: NewApiKey,
    options: { max: number; entry: AuditEntry }
  ): Promise<ApiKeyRow | undefined>
  /** False when the user has no such key. */
  remove(userId: string, id: string, entry: AuditEntry): Promise<boolean>
}

const columns = {
  id: true,
  name: true,
  allPermissions: true,
  permissions: true,
  allowedIps: true,
  expiresAt: true,
  lastUsedAt: true,
  createdAt: true
} as const

export function createApiKeysRepo({ prisma, transaction }: Database, audit: Audit): ApiKeysRepo {
  return {
    list: (userId, { limit, after }) =>
      prisma.apiKey.findMany({
        where: { userId, revokedAt: null, ...(after && madeBefore(after)) },
        orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
        take: limit + 1,
        select: columns
      }),
    insert(owner, key, { max, entry }) {
      const userId = owner.id
      return transaction(async tx => {
        if (!(await isAsChecked(tx, owner, Prisma.sql`FOR UPDATE`))) throw new Unauthenticated()
        const count = await tx.apiKey.count({ where: { userId, revokedAt: null } })
        if (count >= max) return undefined
        const row = await tx.apiKey.create({ data: { userId, ...key }, select: columns })
        await audit.write(tx, { ...entry, targetId: row.id })
        return row
      })
    },
    remove(userId, id, entry) {
      return transaction(async tx => {
        const where = { id, userId }
        const key = await tx.apiKey.findFirst({ where, select: { name: true } })
        const { count } = await tx.apiKey.deleteMany({ where })
        if (count > 0) await audit.write(tx, { ...entry, before: key })
        return count > 0
      })
    }
  }
}
